"""Reading tickets again and creating second ones: calls to the ticketing system."""
