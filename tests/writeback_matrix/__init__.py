"""Writeback against everything a PSA can do, at every step: see `test_writeback_matrix`."""
