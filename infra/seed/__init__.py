"""Demo content."""
