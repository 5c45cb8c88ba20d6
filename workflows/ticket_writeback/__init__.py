"""Putting an artifact on a ticket exactly once, and looking whether the ticket really took it."""
