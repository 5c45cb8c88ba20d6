"""What must hold so that accounts are apart in the database, as functions that answer with what is wrong.

They are functions so that tests can break the walls on purpose and see whether they say so. Everything is asked of the
database's own catalog: a table, policy, function or view that is added later takes part by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from infra.database.row_security import APP_ROLE

# Statements are put together from names that the catalog gives.
# ruff: noqa: S608
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SHARED_TABLES = {
    "rate_limits": "counts what is allowed how often; its keys are hashes",
    "alembic_version": "which schema this is; the application may read it and nothing else",
}
"""Tables without a tenant, each with the reason. `accounts` is not one: each row is its own tenant."""

OWNER_FUNCTIONS = {
    "take_rate_limit": "counts what is allowed how often; its keys are hashes",
    "give_back_rate_limit": "counts what is allowed how often; its keys are hashes",
    "find_sessions": "reads an index that no policy lets it read; takes the account from the setting",
}
"""Functions that run with the owner's rights, each with the reason; what they answer has tests of its own."""

REFUSED = "42501"


class Identity(StrEnum):
    """Who a transaction is, as far as the database can tell."""

    OURS = "our account"
    THEIRS = "another account"
    UNSET = "no account set"
    EMPTY = "an empty account set"


@dataclass(frozen=True)
class TenantTable:
    """A table of the catalog and the column that says whose a row is."""

    name: str
    owner: str
    columns: tuple[str, ...]
    """Those that can be written."""
    readable: bool
    insertable: bool
    updatable: bool
    deletable: bool
    """What the app role may do to it at all."""

    @property
    def quoted(self) -> str:
        return f'public."{self.name}"'


@dataclass(frozen=True)
class TwoAccounts:
    """Rows of two accounts in every table, and a superuser's connection whose transaction will be rolled back."""

    connection: Connection
    ours: UUID
    theirs: UUID
    owner: str
    """A role that owns the tables and may not bypass policies, as the schema's real owner may: only FORCE holds it."""

    def account_of(self, identity: Identity) -> UUID | None:
        return {Identity.OURS: self.ours, Identity.THEIRS: self.theirs}.get(identity)


@dataclass(frozen=True)
class Outcome:
    """How a statement ended: the number of rows it touched and what it gave, or the SQLSTATE of its refusal."""

    rows: int = 0
    seen: tuple[UUID, ...] = ()
    refused: str | None = None


async def tenant_tables(connection: Connection) -> list[TenantTable]:
    """Tables with an account, by name."""
    found = await connection.fetch(
        """
        SELECT c.relname AS name,
               CASE c.relname WHEN 'accounts' THEN 'id' ELSE 'account_id' END AS owner,
               (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
        FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
          AND (c.relname = 'accounts' OR EXISTS (
               SELECT 1 FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped))
        ORDER BY 1
        """
    )
    tables = []
    for row in found:
        rights = await connection.fetchrow(
            """
            SELECT has_column_privilege($1, $2::text, $3::text, 'SELECT') AS readable,
                   has_table_privilege($1, $2::text, 'INSERT') AS insertable,
                   has_column_privilege($1, $2::text, $3::text, 'UPDATE') AS updatable,
                   has_table_privilege($1, $2::text, 'DELETE') AS deletable
            """,
            APP_ROLE,
            row["name"],
            row["owner"],
        )
        assert rights is not None
        tables.append(TenantTable(row["name"], row["owner"], tuple(row["columns"]), **rights))
    return tables


async def row_violations(accounts: TwoAccounts, tables: Sequence[TenantTable]) -> AsyncIterator[str]:
    """Every table × command × identity, really tried: by the app role, and by an owner who cannot bypass policies."""
    for table in tables:
        for role in (APP_ROLE, _OWNER):
            for identity in Identity:
                async for violation in _cells(accounts, table, role, identity):
                    yield violation


_OWNER = "the table's owner"


async def _cells(
    accounts: TwoAccounts, table: TenantTable, role: str, identity: Identity
) -> AsyncIterator[str]:
    own = accounts.account_of(identity)
    foreign = accounts.theirs if identity is not Identity.THEIRS else accounts.ours
    name, column = table.quoted, table.owner
    refused = Outcome(refused=REFUSED)
    mine = Outcome(1) if own else Outcome(0)

    async def cell(
        command: str, may: bool, wanted: Outcome, statement: str, *arguments: Any, before: str = ""
    ) -> AsyncIterator[str]:
        outcome = await _attempt(accounts, role, identity, statement, arguments, before)
        expected = wanted if may or role == _OWNER else refused
        if outcome != expected:
            yield f"{table.name}: {command} by {role} as {identity}: {outcome}, not {expected}"

    seen = Outcome(1, (own,)) if own else Outcome(0)
    cells = [
        cell("SELECT", table.readable, seen, f"SELECT {column} FROM {name}"),
        cell("DELETE", table.deletable, mine, f"DELETE FROM {name}"),
        cell("UPDATE", table.updatable, mine, f"UPDATE {name} SET {column} = $1", own or accounts.ours),
        cell(
            "UPDATE to another account",
            table.updatable,
            refused if own else mine,
            f"UPDATE {name} SET {column} = $1",
            foreign,
        ),
    ]
    columns = ", ".join(f'"{one}"' for one in table.columns)
    for account in (accounts.ours, accounts.theirs):
        row = await accounts.connection.fetchval(
            f"SELECT to_jsonb(t) FROM {name} t WHERE {column} = $1 LIMIT 1", account
        )
        cells.append(
            cell(
                "INSERT" if account == own else "INSERT for another account",
                table.insertable,
                mine if account == own else refused,
                f"INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{name}, $1)",
                row,
                before=f"DELETE FROM {name} WHERE {column} = '{account}'",
            )
        )
    for one in cells:
        async for violation in one:
            yield violation


async def _attempt(
    accounts: TwoAccounts,
    role: str,
    identity: Identity,
    statement: str,
    arguments: Sequence[Any],
    before: str,
) -> Outcome:
    """Run a statement as somebody else and take it back."""
    connection = accounts.connection
    account = accounts.account_of(identity)
    steps = [
        # Foreign keys and triggers would answer before, or instead of, the policies that are asked here.
        "SAVEPOINT attempt; SET LOCAL session_replication_role = replica",
        before,
        f"SET LOCAL ROLE {accounts.owner if role == _OWNER else role}",
    ]
    if identity is not Identity.UNSET:
        steps.append(f"SET LOCAL app.current_account_id = '{account or ''}'")
    await connection.execute(";".join(step for step in steps if step))
    try:
        if statement.startswith("SELECT"):
            rows = await connection.fetch(statement)
            return Outcome(len(rows), tuple(row[0] for row in rows))
        tag = await connection.execute(statement, *arguments)
        return Outcome(int(tag.rsplit(" ", 1)[1]))
    except asyncpg.PostgresError as error:
        return Outcome(refused=error.sqlstate)
    finally:
        await connection.execute("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")


async def join_violations(accounts: TwoAccounts) -> list[str]:
    """Rows of ours that are made to name a row of theirs: PostgreSQL checks references past row security.

    Over every reference of the catalog, a join must reach our own row and must not reach theirs.
    """
    references = await accounts.connection.fetch(
        """
        SELECT child.relname AS child, ca.attname AS names, parent.relname AS parent, pa.attname AS named
        FROM pg_constraint k
        JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
        CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (c, p)
        JOIN pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = pair.c
        JOIN pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = pair.p
        WHERE k.contype = 'f' AND parent.relname <> 'accounts' AND ca.attname <> 'account_id'
        ORDER BY 1, 2
        """
    )
    wrong = [] if references else ["no reference was found to try"]
    for one in references:
        child, parent = f"{one['child']} c", f"{one['parent']} p"
        join = f"SELECT p.account_id FROM {child} JOIN {parent} ON c.{one['names']} = p.{one['named']}"
        for whose in (accounts.ours, accounts.theirs):
            point = (
                f"UPDATE {one['child']} SET {one['names']} = "
                f"(SELECT {one['named']} FROM {one['parent']} WHERE account_id = '{whose}') "
                f"WHERE account_id = '{accounts.ours}'"
            )
            if whose != accounts.ours and one["child"] != one["parent"]:
                # A row that names the same thing may be in the way of ours.
                point = f"DELETE FROM {one['child']} WHERE account_id = '{whose}';" + point
            outcome = await _attempt(accounts, APP_ROLE, Identity.OURS, join, (), point)
            reached = Outcome(1, (accounts.ours,)) if whose == accounts.ours else Outcome(0)
            if outcome not in (reached, Outcome(refused=REFUSED)):
                wrong.append(f"{one['child']}.{one['names']} reaches {outcome}, not {reached}")
    return wrong


async def unfilled_tables(accounts: TwoAccounts, tables: Sequence[TenantTable]) -> list[str]:
    """Tables in which the two accounts do not have one row each: nothing could be tried on them."""
    wrong = []
    for table in tables:
        found = await accounts.connection.fetch(f"SELECT {table.owner} FROM {table.quoted}")
        if sorted(row[0] for row in found) != sorted((accounts.ours, accounts.theirs)):
            wrong.append(f"{table.name}: has no row of each account to try with")
    return wrong


_KNOWN = f"ARRAY{[*SHARED_TABLES, *OWNER_FUNCTIONS]}"

_CATALOG = {
    "{}: is neither a tenant's table nor known as shared": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND n.nspname !~ '^pg_t' AND c.relname <> 'accounts' AND c.relname <> ALL ({_KNOWN})
          AND (n.nspname <> 'public' OR NOT EXISTS (
               SELECT 1 FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attname = 'account_id' AND a.attnotnull AND NOT a.attisdropped))
    """,
    "{}: forced row security, or a policy for a command, is missing, or one is wider than the account": f"""
        WITH tenant AS (
            SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
            FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
              AND c.relname <> ALL ({_KNOWN})
        ), policy AS (
            SELECT polrelid, polcmd, pg_get_expr(polqual, polrelid) AS may_see,
                   pg_get_expr(polwithcheck, polrelid) AS may_write
            FROM pg_policy WHERE polpermissive
        ), covered AS (
            SELECT polrelid,
                   bool_or(polcmd IN ('*', 'r') AND may_see IS NOT NULL) AS reads,
                   bool_or(polcmd IN ('*', 'a') AND may_write IS NOT NULL) AS inserts,
                   bool_or(polcmd IN ('*', 'w') AND may_see IS NOT NULL AND may_write IS NOT NULL) AS updates,
                   bool_or(polcmd IN ('*', 'd') AND may_see IS NOT NULL) AS deletes,
                   bool_and(coalesce(may_see, 'app.current_account_id') LIKE '%app.current_account_id%'
                        AND coalesce(may_write, 'app.current_account_id') LIKE '%app.current_account_id%') AS own
            FROM policy GROUP BY polrelid
        )
        SELECT tenant.relname FROM tenant LEFT JOIN covered ON covered.polrelid = tenant.oid
        WHERE (relrowsecurity AND relforcerowsecurity AND reads AND inserts AND updates AND deletes AND own) IS NOT TRUE
    """,
    "the app role has the attribute {}": f"""
        SELECT attribute.key FROM pg_roles, jsonb_each_text(to_jsonb(pg_roles)) AS attribute
        WHERE rolname = '{APP_ROLE}' AND attribute.value = 'true'
          AND attribute.key IN ('rolsuper', 'rolbypassrls', 'rolcreaterole', 'rolcreatedb', 'rolreplication')
    """,
    "the app role may act as {}": f"""
        SELECT roleid::regrole::text FROM pg_auth_members WHERE member = '{APP_ROLE}'::regrole
    """,
    "the app role owns {}": f"""
        SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend
        WHERE refclassid = 'pg_authid'::regclass AND refobjid = '{APP_ROLE}'::regrole AND deptype = 'o'
    """,
    # TRUNCATE ignores row security, and TRIGGER or REFERENCES would reach rows through the back door.
    "the app role has {}": f"""
        SELECT p.privilege || ' on ' || c.relname
        FROM pg_class c, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN']) AS p (privilege)
        WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relnamespace = 'public'::regnamespace
          AND has_table_privilege('{APP_ROLE}', c.oid, p.privilege)
        UNION ALL
        SELECT 'a right on the sequence ' || c.relname FROM pg_class c
        WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
          AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege('{APP_ROLE}', c.oid, 'USAGE, SELECT, UPDATE') END
        UNION ALL
        SELECT 'CREATE in the schema ' || nspname FROM pg_namespace
        WHERE has_schema_privilege('{APP_ROLE}', oid, 'CREATE')
        UNION ALL
        SELECT p.privilege || ' in the database' FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS p (privilege)
        WHERE has_database_privilege('{APP_ROLE}', current_database(), p.privilege)
    """,
    # What runs with the owner's rights runs past the policies.
    "the app role may call {} with the owner's rights": f"""
        SELECT p.proname || CASE WHEN p.proname = ANY ({_KNOWN}) THEN ' on any search path' ELSE '' END
        FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
          AND has_function_privilege('{APP_ROLE}', p.oid, 'EXECUTE')
          AND (p.proname <> ALL ({_KNOWN}) OR NOT EXISTS (
               SELECT 1 FROM unnest(p.proconfig) AS one WHERE one LIKE 'search_path=%'))
    """,
    "the app role may read {} with the owner's rights": f"""
        SELECT c.relname FROM pg_class c
        WHERE c.relkind IN ('v', 'm') AND c.relnamespace = 'public'::regnamespace
          AND has_any_column_privilege('{APP_ROLE}', c.oid, 'SELECT, INSERT, UPDATE')
          AND (c.relkind = 'm' OR 'security_invoker=true' <> ALL (coalesce(c.reloptions, '{{}}')))
    """,
}


async def catalog_violations(connection: Connection) -> list[str]:
    """What the catalog says against the separation, whatever the rows are."""
    return [
        told.format(row[0])
        for told, query in _CATALOG.items()
        for row in await connection.fetch(f"{query} ORDER BY 1")
    ]


async def violations(accounts: TwoAccounts) -> list[str]:
    """Everything that is wrong with the separation of the two accounts."""
    tables = await tenant_tables(accounts.connection)
    return [
        *await catalog_violations(accounts.connection),
        *await unfilled_tables(accounts, tables),
        *[violation async for violation in row_violations(accounts, tables)],
        *await join_violations(accounts),
    ]


@dataclass(frozen=True)
class Breach:
    """One way of breaking a wall of one table, as statements."""

    name: str
    statements: tuple[str, ...]


_SETTING = "NULLIF(current_setting('app.current_account_id', true), '')::uuid"


async def breaches(connection: Connection, table: TenantTable) -> list[Breach]:
    """Every way of weakening what protects a table: what is there is taken away, widened, or something is added."""
    name = table.quoted
    policies = [
        row["polname"]
        for row in await connection.fetch("SELECT polname FROM pg_policy WHERE polrelid = $1::regclass", name)
    ]
    lenient = f"{table.owner} = coalesce({_SETTING}, {table.owner})"
    return [
        Breach("not forced", (f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY",)),
        Breach("not enabled", (f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY",)),
        *(Breach(f"{policy} dropped", (f"DROP POLICY {policy} ON {name}",)) for policy in policies),
        *(
            Breach(f"{policy}: {what}", (f"ALTER POLICY {policy} ON {name} {what}",))
            for policy in policies
            for what in ("USING (true)", "WITH CHECK (true)", f"USING ({lenient})", f"WITH CHECK ({lenient})")
        ),
        *(
            Breach(f"another policy {what}", (f"CREATE POLICY breach ON {name} {what}",))
            for what in (
                "FOR SELECT USING (true)",
                "FOR INSERT WITH CHECK (true)",
                "FOR UPDATE USING (true) WITH CHECK (true)",
                "FOR DELETE USING (true)",
            )
        ),
    ]


@asynccontextmanager
async def prepared_accounts(connection: Connection, ours: UUID, theirs: UUID) -> AsyncIterator[TwoAccounts]:
    """Try things on the rows of two accounts, in a superuser's transaction that is taken back at the end."""
    owner = f"owner_{ours.hex[:12]}"
    async with taken_back(
        connection, f"CREATE ROLE {owner} NOBYPASSRLS; GRANT USAGE ON SCHEMA public TO {owner}"
    ):
        for table in await tenant_tables(connection):
            await connection.execute(f"ALTER TABLE {table.quoted} OWNER TO {owner}")
        yield TwoAccounts(connection, ours, theirs, owner)


@asynccontextmanager
async def taken_back(connection: Connection, *statements: str) -> AsyncIterator[None]:
    """The statements hold inside the block."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        for statement in statements:
            await connection.execute(statement)
        yield
    finally:
        await transaction.rollback()
