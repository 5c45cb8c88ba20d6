"""PostgreSQL: typed models, migrations and transactions with the tenant set."""
