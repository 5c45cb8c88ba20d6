"""A worker dies at every place at which that could lose something or do it twice."""
