"""One archive of everything that cannot be made again: rows, files, and which keys it takes to read them."""
