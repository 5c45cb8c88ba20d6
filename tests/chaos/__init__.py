"""Killing processes at random under load, and counting what was lost or done twice. `make chaos`."""
