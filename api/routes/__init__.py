"""One module per resource; each route sends one message or runs one read."""
