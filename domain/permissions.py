"""Who may do what. The one table of the product; the API asks `may` and nothing else."""

from enum import StrEnum

from domain.vocabulary import AccountRole


class Permission(StrEnum):
    """What can be permitted.

    - `read`: sessions, facts, fixes, scripts, flows, maps and queue of the account
    - `work`: start and work sessions, write scripts, drafts, flows, maps and device types
    - `administer`: PSA connections, member mapping, settings, preferences, members and invites
    - `own`: delete the account, transfer it, change its plan
    - `operate`: other accounts, plans and trials, the payload codec, platform rows
    """

    READ = "read"
    WORK = "work"
    ADMINISTER = "administer"
    OWN = "own"
    OPERATE = "operate"


ROLE_PERMISSIONS: dict[AccountRole, frozenset[Permission]] = {
    AccountRole.VIEWER: frozenset({Permission.READ}),
    AccountRole.ENGINEER: frozenset({Permission.READ, Permission.WORK}),
    AccountRole.ADMIN: frozenset({Permission.READ, Permission.WORK, Permission.ADMINISTER}),
    AccountRole.OWNER: frozenset({Permission.READ, Permission.WORK, Permission.ADMINISTER, Permission.OWN}),
}

SUPER_ADMIN_PERMISSIONS = frozenset({Permission.OPERATE})

# A super admin sees a customer's data only by acting in the account, which the audit log records.
ACTING_SUPER_ADMIN_PERMISSIONS = frozenset({Permission.READ, Permission.OPERATE})


def may(
    role: AccountRole | None,
    permission: Permission,
    is_super_admin: bool = False,
    *,
    acting_in_account: bool = False,
) -> bool:
    """Whether someone may do this in the account at hand.

    `role` is theirs in that account, None for a stranger. `acting_in_account` counts for super admins only.
    """
    if role is not None and permission in ROLE_PERMISSIONS[role]:
        return True
    if not is_super_admin:
        return False
    granted = ACTING_SUPER_ADMIN_PERMISSIONS if acting_in_account else SUPER_ADMIN_PERMISSIONS
    return permission in granted
