"""The rows of a session: locked, numbered, told to readers, and read back as its decision state."""
