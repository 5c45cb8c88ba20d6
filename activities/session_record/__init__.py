"""Writing a session's documents: one transaction a step, every command recorded exactly once."""
