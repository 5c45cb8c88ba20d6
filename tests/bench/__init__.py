"""Measuring: ratios within one run, printed as a table and saved as JSON. `make bench`."""
