"""Reads a request to a model as strictly as the product means it: constant sentences and data sections, nothing else.

Written apart from what builds the request, so that both must agree.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from infra.pilots.prompts.chat import SESSION_OPENING, TURN_REMINDER
from infra.pilots.untrusted import Section
from tests.injection.obedience import Body

CONSTANT = {TURN_REMINDER, SESSION_OPENING}
PLAIN_TEXT = {Section.MESSAGE, Section.EVENT, Section.PROBLEM, Section.DIGEST}

_NAMES = "|".join(Section)
_WHOLE = re.compile(rf"<({_NAMES})>\n(.*)\n</\1>", re.DOTALL)
_LIKE_A_TAG = re.compile(rf"<[\s/\\]*(?:{_NAMES})(?!\w)", re.IGNORECASE)
_NAMED = re.compile(r"⟨(?:U\+[0-9A-F]{4,6}|\d+ hidden characters)⟩")
_OTHER_ANGLES = dict.fromkeys(map(ord, "‹⟨〈《❮❬˂ᐸ"), "<")
_CYRILLIC = str.maketrans("асеіорхуткмнвп", "aceiopxytkmhbn")


def sections_of(body: Body) -> list[tuple[Section, str]]:
    """The data sections of the user's messages, in order. Fails on anything that is neither data nor constant."""
    found: list[tuple[Section, str]] = []
    for message in body["messages"]:
        if message["role"] == "assistant":
            continue
        for block in message["content"]:
            if block["type"] != "text" or block["text"] in CONSTANT:
                continue
            whole = _WHOLE.fullmatch(block["text"])
            assert whole is not None, f"outside of every section: {block['text'][:200]!r}"
            section, content = Section(whole[1]), whole[2]
            like = _LIKE_A_TAG.search(as_read(content))
            assert like is None, f"what reads like a tag in {section}: {like and like[0]!r}"
            if section not in PLAIN_TEXT:
                json.loads(content.replace("&lt;", "<"))
            found.append((section, content))
    return found


def as_read(text: str) -> str:
    """The text as someone reads it who does not look closely: what is hidden is gone, look-alikes are the letter."""
    seen = unicodedata.normalize("NFKC", _NAMED.sub("", text)).translate(_OTHER_ANGLES).translate(_CYRILLIC)
    return "".join(one for one in seen if unicodedata.category(one) not in ("Cf", "Cc", "Mn") or one == "\n")


def dumped(value: Any) -> str:
    """All of a request as one text, in which a secret would be found as it is."""
    return json.dumps(value, ensure_ascii=False, default=str)
