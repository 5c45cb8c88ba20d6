"""Who may do what: every cell of the table."""

import pytest

from domain.permissions import ROLE_PERMISSIONS, Permission, may
from domain.vocabulary import AccountRole

ROLES = [AccountRole.VIEWER, AccountRole.ENGINEER, AccountRole.ADMIN, AccountRole.OWNER]

# One column per role, in the order above: y allowed, n not.
TABLE: dict[Permission, str] = {
    Permission.READ: "yyyy",
    Permission.WORK: "nyyy",
    Permission.ADMINISTER: "nnyy",
    Permission.OWN: "nnny",
    Permission.OPERATE: "nnnn",
}
CELLS = [
    (role, permission, cell == "y")
    for permission, row in TABLE.items()
    for role, cell in zip(ROLES, row, strict=True)
]


def test_the_table_covers_every_role_and_every_permission() -> None:
    assert set(ROLES) == set(AccountRole) == ROLE_PERMISSIONS.keys()
    assert TABLE.keys() == set(Permission)


@pytest.mark.parametrize(("role", "permission", "allowed"), CELLS)
def test_a_role_may_do_exactly_what_the_table_says(
    role: AccountRole, permission: Permission, allowed: bool
) -> None:
    assert may(role, permission) is allowed
    assert may(role, permission, acting_in_account=True) is allowed


@pytest.mark.parametrize("permission", list(Permission))
def test_a_stranger_may_do_nothing(permission: Permission) -> None:
    assert not may(None, permission)
    assert not may(None, permission, acting_in_account=True)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_super_admin_operates_the_platform_and_nothing_of_a_customer(permission: Permission) -> None:
    assert may(None, permission, is_super_admin=True) is (permission is Permission.OPERATE)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_super_admin_acting_in_an_account_may_also_read_it(permission: Permission) -> None:
    allowed = permission in {Permission.READ, Permission.OPERATE}
    assert may(None, permission, is_super_admin=True, acting_in_account=True) is allowed


@pytest.mark.parametrize(("role", "permission", "allowed"), CELLS)
def test_a_super_admin_keeps_the_role_in_an_account_of_their_own(
    role: AccountRole, permission: Permission, allowed: bool
) -> None:
    assert may(role, permission, is_super_admin=True) is (allowed or permission is Permission.OPERATE)
