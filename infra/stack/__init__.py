"""The embedded stack: everything ResolutionFlow needs, as child processes of one supervisor."""
