#!/bin/sh
# Runs once, when the data folder is new: the roles and databases that the services use. Migrations make the tables and grant the rights.
set -eu

psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set owner="$RESOLUTIONFLOW_OWNER_PASSWORD" --set app="$RESOLUTIONFLOW_APP_PASSWORD" \
    --set temporal="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE resolutionflow_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS PASSWORD :'owner';
CREATE ROLE resolutionflow_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app';
CREATE ROLE temporal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'temporal';
CREATE DATABASE resolutionflow OWNER resolutionflow_owner;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE resolutionflow, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE resolutionflow TO resolutionflow_app;
\connect resolutionflow
ALTER SCHEMA public OWNER TO resolutionflow_owner;
GRANT USAGE ON SCHEMA public TO resolutionflow_app;
\connect temporal
ALTER SCHEMA public OWNER TO temporal;
\connect temporal_visibility
ALTER SCHEMA public OWNER TO temporal;
CREATE EXTENSION btree_gin;
SQL
