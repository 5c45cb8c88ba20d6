"""Finding sessions by a part of their title, ticket number or client, in an account of any size.

The text of each session is kept beside it, in lower case, with the set of its pieces of three characters (`grams`);
an index over the pieces finds the few texts that can contain what is wanted. Two things follow from row level
security: PostgreSQL uses such an index only where no policy has to be checked first, and so the look-up is a function
of the schema's owner. It takes the account from the transaction itself and answers only ids, and what is read by these
ids is under the policy again.

PostgreSQL's own trigram extension would do the same; the embedded server is built without it.
"""

from infra.database.row_security import APP_ROLE

_ACCOUNT = "NULLIF(current_setting('app.current_account_id', true), '')::uuid"

# Everything that is put into the statements below is a constant of this module.
# ruff: noqa: S608
_TEXT = r"lower(concat_ws(E'\n', {row}title, {row}psa_ticket_id, {row}ticket ->> 'client'))"

CREATE_SESSION_SEARCH = (
    """
    CREATE FUNCTION search_grams(content text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(array_agg(DISTINCT substr(content, position, 3)), '{}')
        FROM generate_series(1, length(content) - 2) AS position
    $$
    """,
    f"""
    CREATE FUNCTION keep_session_search_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO session_search_texts AS known (session_id, account_id, content, grams)
        SELECT NEW.id, NEW.account_id, content, search_grams(content) FROM {_TEXT.format(row="NEW.")} AS content
        ON CONFLICT (session_id) DO UPDATE SET content = excluded.content, grams = excluded.grams
        WHERE known.content <> excluded.content;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER keep_session_search_text AFTER INSERT OR UPDATE OF title, psa_ticket_id, ticket ON sessions
    FOR EACH ROW EXECUTE FUNCTION keep_session_search_text()
    """,
    f"""
    CREATE FUNCTION find_sessions(wanted text, pattern text) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
    SET search_path = public, pg_temp
    -- How rare the wanted pieces are decides between the two indexes: each call is planned for what it asks.
    SET plan_cache_mode = force_custom_plan AS $$
    BEGIN
        RETURN QUERY SELECT session_id FROM session_search_texts
        WHERE account_id = {_ACCOUNT} AND grams @> search_grams(lower(wanted)) AND content LIKE lower(pattern);
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION find_sessions FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION find_sessions TO {APP_ROLE}",
)

FILL_SESSION_SEARCH = f"""
    INSERT INTO session_search_texts (session_id, account_id, content, grams)
    SELECT id, account_id, content, search_grams(content)
    FROM sessions, LATERAL {_TEXT.format(row="sessions.")} AS content
"""

DROP_SESSION_SEARCH = (
    "DROP TRIGGER keep_session_search_text ON sessions",
    "DROP FUNCTION find_sessions",
    "DROP FUNCTION keep_session_search_text",
    "DROP FUNCTION search_grams",
)
