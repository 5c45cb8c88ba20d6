"""The workflows on a real Temporal server and a real PostgreSQL, spoken to as any sender does: by messages."""
