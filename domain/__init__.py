"""The product's words and rules as plain typed Python: no I/O, no clock of its own, no Temporal."""
