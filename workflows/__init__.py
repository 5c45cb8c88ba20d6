"""What happens and in which order. Deterministic orchestration only; the effects are in `activities`."""
