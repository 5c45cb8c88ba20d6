"""A stand-in for Google's Gemini API: generateContent and streamGenerateContent."""

from infra.simulators.gemini.behaviour import Behaviour
from infra.simulators.gemini.server import GeminiSimulator

__all__ = ["Behaviour", "GeminiSimulator"]
