"""What a session takes: one handler a message, grouped by what it is about."""
