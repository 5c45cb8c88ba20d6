"""The steps of a writeback: each finds in the row what was done before, and does the rest."""
