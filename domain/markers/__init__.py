"""The reply format of the pilot: prose with machine-readable blocks."""

from domain.markers.parse import parse_reply
from domain.markers.render import render_block
from domain.markers.reply import (
    ParsedCheck,
    ParsedFix,
    ParsedQuestion,
    ParsedReply,
    Promotion,
    ReplyDiagnostics,
)
from domain.markers.stream import ProseStream
from domain.markers.tags import BlockName, without_tags

__all__ = [
    "BlockName",
    "ParsedCheck",
    "ParsedFix",
    "ParsedQuestion",
    "ParsedReply",
    "Promotion",
    "ProseStream",
    "ReplyDiagnostics",
    "parse_reply",
    "render_block",
    "without_tags",
]
