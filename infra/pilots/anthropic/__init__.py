"""Anthropic's Messages API as a pilot."""

from infra.pilots.anthropic.provider import AnthropicPilot

__all__ = ["AnthropicPilot"]
