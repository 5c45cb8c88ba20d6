"""Pilot providers: who writes the replies and the notes."""
