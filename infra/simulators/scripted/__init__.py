"""What a simulated model answers, whoever's API it speaks: deterministic, from the prompt alone."""

from infra.simulators.scripted.turns import kind_of, reply_to

__all__ = ["kind_of", "reply_to"]
