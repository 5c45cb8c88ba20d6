"""A stand-in for Anthropic's Messages API."""

from infra.simulators.anthropic.behaviour import Behaviour
from infra.simulators.anthropic.server import AnthropicSimulator

__all__ = ["AnthropicSimulator", "Behaviour"]
