"""Stand-ins for external systems, run by the embedded stack and by tests."""
