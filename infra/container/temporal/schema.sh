#!/bin/sh
# Brings Temporal's two databases to the schema of this server version; safe to repeat. SQL_PASSWORD is in the
# environment; the server is `postgres` unless POSTGRES_SEEDS and DB_PORT, as for the server itself, say otherwise.
set -eu

for pair in temporal:temporal temporal_visibility:visibility; do
    database=${pair%:*} schema=${pair#*:}
    tool="temporal-sql-tool --plugin postgres12 --endpoint ${POSTGRES_SEEDS:-postgres} --port ${DB_PORT:-5432} --user temporal --database $database"
    $tool setup-schema --version 0.0
    $tool update-schema --schema-name "postgresql/v12/$schema"
done
