"""Writes blocks: the opposite of the parser, for providers that have no model."""

import json
from typing import Any

from domain.markers.tags import TAG, BlockName


def render_block(name: BlockName, payload: Any) -> str:
    """The block with `payload` (anything JSON) inside.

    A tag quoted in the payload's texts is written with an escaped bracket, so that no text can end the block
    or open another one.
    """
    body = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    defused = TAG.sub(lambda match: f"\\u005b{match[0][1:]}", body)
    return f"[{name}]{defused}[/{name}]"
