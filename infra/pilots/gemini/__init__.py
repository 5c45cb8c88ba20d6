"""Google's Gemini API as a pilot. Needs the optional extra `gemini`."""

from infra.pilots.gemini.provider import GeminiPilot

__all__ = ["GeminiPilot"]
