"""The one form of row level security that every tenant table gets; used by migrations and checked by tests."""

APP_ROLE = "resolutionflow_app"

_CURRENT_ACCOUNT = "NULLIF(current_setting('app.current_account_id', true), '')::uuid"


def isolate_table(table: str, column: str = "account_id") -> list[str]:
    """Statements that restrict `table` to the current account, for its owner too. Unset or empty matches nothing."""
    own = f"{column} = {_CURRENT_ACCOUNT}"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_own_account ON {table} USING ({own}) WITH CHECK ({own})",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE}",
    ]
