#!/bin/sh
# Brings Temporal's two databases to the schema of this server version; safe to repeat. SQL_PASSWORD is in the environment.
set -eu

for pair in temporal:temporal temporal_visibility:visibility; do
    database=${pair%:*} schema=${pair#*:}
    tool="temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user temporal --database $database"
    $tool setup-schema --version 0.0
    $tool update-schema --schema-name "postgresql/v12/$schema"
done
