"""Each wall between accounts is broken in turn, and the checks must say so: what protects us is itself protected."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from infra.database import connection
from infra.database.connection import Database
from infra.database.row_security import APP_ROLE, isolate_table
from infra.stack.postgres import OWNER_ROLE
from tests.database.conftest import TwoIds
from tests.database.isolation_checks import (
    Breach,
    TwoAccounts,
    breaches,
    catalog_violations,
    row_violations,
    taken_back,
    tenant_tables,
    unfilled_tables,
)
from tests.database.setting_checks import Alternation

NEW = "CREATE TABLE public.newcomer (id uuid PRIMARY KEY, account_id uuid NOT NULL)"
OWN = "account_id = NULLIF(current_setting('app.current_account_id', true), '')::uuid"
SECURED = (
    NEW,
    "ALTER TABLE newcomer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE newcomer FORCE ROW LEVEL SECURITY",
)

CATALOG_BREACHES = [
    Breach("a table that nobody thought of", ("CREATE TABLE public.newcomer (id uuid PRIMARY KEY)",)),
    Breach("a table whose rows may lack an account", ("CREATE TABLE public.newcomer (account_id uuid)",)),
    Breach("a table without row security", (NEW,)),
    Breach("row security that is not forced", (*SECURED[:2], f"CREATE POLICY p ON newcomer USING ({OWN})")),
    Breach("no policy", SECURED),
    Breach("a policy without WITH CHECK", (*SECURED, f"CREATE POLICY p ON newcomer USING ({OWN})")),
    Breach("a policy for reading only", (*SECURED, f"CREATE POLICY p ON newcomer FOR SELECT USING ({OWN})")),
    Breach(
        "a second policy for all",
        (NEW, *isolate_table("newcomer"), "CREATE POLICY wide ON newcomer USING (true) WITH CHECK (true)"),
    ),
    Breach(
        "a view",
        ("CREATE VIEW newcomer AS SELECT * FROM sessions", f"GRANT SELECT ON newcomer TO {APP_ROLE}"),
    ),
    Breach(
        "a stored view",
        (
            "CREATE MATERIALIZED VIEW newcomer AS SELECT * FROM sessions",
            f"GRANT SELECT ON newcomer TO {APP_ROLE}",
        ),
    ),
    Breach(
        "a function with the owner's rights",
        ("CREATE FUNCTION newcomer() RETURNS bigint LANGUAGE sql SECURITY DEFINER RETURN 1",),
    ),
    Breach("a function on the caller's search path", ("ALTER FUNCTION find_sessions RESET search_path",)),
    *(
        Breach(right, (f"GRANT {right} ON sessions TO {APP_ROLE}",))
        for right in ("TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN")
    ),
    Breach("a sequence", ("CREATE SEQUENCE newcomer", f"GRANT USAGE ON newcomer TO {APP_ROLE}")),
    Breach("CREATE in the schema", (f"GRANT CREATE ON SCHEMA public TO {APP_ROLE}",)),
    Breach("a schema of its own", (f"CREATE SCHEMA newcomer AUTHORIZATION {APP_ROLE}",)),
    Breach("a table of its own", (f"ALTER TABLE facts OWNER TO {APP_ROLE}",)),
    *(
        Breach(attribute, (f"ALTER ROLE {APP_ROLE} {attribute}",))
        for attribute in ("BYPASSRLS", "SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION")
    ),
    Breach("the owner's rights", (f"GRANT {OWNER_ROLE} TO {APP_ROLE}",)),
    Breach("everybody's rows", (f"GRANT pg_read_all_data TO {APP_ROLE}",)),
]

SETTINGS = {
    "not set at all": "SELECT CAST(:account_id AS text)",
    "set to nothing": "SELECT set_config('app.current_account_id', left(:account_id, 0), true)",
    "set for the connection, not the transaction": (
        "SELECT set_config('app.current_account_id', :account_id, false)"
    ),
    "always the same": "SELECT set_config('app.current_account_id', '{first}', true), CAST(:account_id AS text)",
    "set under another name": "SELECT set_config('app.account_id', :account_id, true)",
}


async def test_no_way_of_weakening_a_table_goes_unnoticed(accounts: TwoAccounts) -> None:
    tables = await tenant_tables(accounts.connection)
    assert len(tables) > 20
    for table in tables:
        for breach in await breaches(accounts.connection, table):
            async with taken_back(accounts.connection, *breach.statements):
                async for _ in row_violations(accounts, [table]):
                    break
                else:
                    pytest.fail(f"{table.name}: {breach.name} goes unnoticed")


async def test_no_way_around_the_policies_goes_unnoticed(accounts: TwoAccounts) -> None:
    assert await catalog_violations(accounts.connection) == []
    for breach in CATALOG_BREACHES:
        async with taken_back(accounts.connection, *breach.statements):
            assert await catalog_violations(accounts.connection), f"{breach.name} goes unnoticed"


async def test_a_new_table_is_tried_as_soon_as_it_is_there(accounts: TwoAccounts) -> None:
    async with taken_back(accounts.connection, NEW, *isolate_table("newcomer")):
        tables = await tenant_tables(accounts.connection)
        assert await catalog_violations(accounts.connection) == []
        assert await unfilled_tables(accounts, tables) == ["newcomer: has no row of each account to try with"]


async def test_no_wrong_setting_of_the_account_goes_unnoticed(
    database: Database, two_ids: TwoIds, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mistake, statement in SETTINGS.items():
        with monkeypatch.context() as patch:
            patch.setattr(connection, "_SET_ACCOUNT", text(statement.format(first=two_ids.ours)))
            alternation = Alternation(database, two_ids, seed=1)
            await alternation.run(3)
        assert alternation.wrong, f"an account that is {mistake} goes unnoticed"
        # What a wrong setting has left on the connections is no business of the next one.
        await database.aclose()
