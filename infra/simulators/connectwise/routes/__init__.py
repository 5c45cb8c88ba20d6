"""HTTP routes of the simulator, one module per part of the vendor API."""
