"""A ConnectWise PSA that behaves like the real one where it matters, including its faults on demand."""
