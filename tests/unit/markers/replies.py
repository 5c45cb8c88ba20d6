"""Replies as models write them: prose and all six blocks, in every form that pilot's rules forgive."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from domain.markers import BlockName
from domain.text import normalise_text

SECRET = "§"
"""Stands in every text of a block and nowhere in the prose: one of it on the page is a leak."""

_WORDS = st.sampled_from(
    [
        "disk",
        "Größe",
        "日本語",
        "100 %",
        "it's",
        "e\u0301",
        "\u2028",
        "a, b",
        "<tag>",
        "{0}",
        "İ",
        "-",
        "C:\\new",
        "x" * 40,
    ]
)
_QUOTED = st.sampled_from(
    ['"', "\\", "[/QUESTIONS]", "[PROMOTE]", "[1]", "{", "}", "\n", "```", "📎", "ſ", "K"]
)


@st.composite
def hidden_texts(draw: st.DrawFn) -> str:
    """Text inside a block. It may quote tags, brackets and fences: a ticket may contain anything."""
    return SECRET + draw(_WORDS) + draw(st.lists(st.one_of(_WORDS, _QUOTED), max_size=3).map("".join))


UUIDS = st.uuids(version=4).map(str)
_QUESTION = st.fixed_dictionaries(
    {"text": hidden_texts()},
    optional={"context": hidden_texts(), "options": st.lists(hidden_texts(), min_size=2, max_size=3)},
)
_CHECK = st.fixed_dictionaries(
    {"label": hidden_texts()}, optional={"command": hidden_texts(), "description": hidden_texts()}
)
PAYLOADS: dict[BlockName, st.SearchStrategy[Any]] = {
    BlockName.QUESTIONS: st.lists(_QUESTION, max_size=3),
    BlockName.ACTIONS: st.lists(_CHECK, max_size=4),
    BlockName.PROMOTE: st.fixed_dictionaries(
        {
            "source_type": st.sampled_from(["question", "diagnostic_check", "ai_synthesis"]),
            "text": hidden_texts(),
        },
        optional={"source_ref": UUIDS, "summary": hidden_texts()},
    ),
    BlockName.SUGGEST_FIX: st.fixed_dictionaries(
        {"title": hidden_texts(), "description": hidden_texts(), "confidence": st.integers(0, 100)},
        optional={"ai_drafted_script": hidden_texts()},
    ),
    BlockName.FIX_OUTCOME: st.fixed_dictionaries(
        {
            "fix_id": UUIDS,
            "outcome": st.sampled_from(["success", "failure", "partial"]),
            "reason": hidden_texts(),
        }
    ),
    BlockName.FORK: st.fixed_dictionaries(
        {
            "fork_reason": hidden_texts(),
            "options": st.lists(
                st.fixed_dictionaries({"label": hidden_texts(), "description": hidden_texts()}),
                min_size=2,
                max_size=4,
                unique_by=lambda option: normalise_text(option["label"]),
            ),
        }
    ),
}


@dataclass(frozen=True)
class Block:
    """A block as meant. `raw` is how it was written."""

    name: BlockName
    payload: Any
    raw: str


@dataclass(frozen=True)
class Reply:
    """A whole reply: its pieces in order, each a piece of prose or a block."""

    parts: tuple[str | Block, ...]
    raw: str

    @property
    def blocks(self) -> list[Block]:
        return [part for part in self.parts if isinstance(part, Block)]


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """One block, closed, in one of the forms that models write."""
    name = draw(st.sampled_from(list(BlockName)))
    payload = draw(PAYLOADS[name])
    written = json.dumps(
        payload, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2])), sort_keys=True
    )
    tag = draw(st.sampled_from([name.value, name.value.lower(), name.value.title()]))
    form = draw(
        st.sampled_from(
            [
                "[{tag}]{body}[/{tag}]",
                "[{tag}]\n{body}\n[/{tag}]",
                "[{tag}]\n```json\n{body}\n```\n[/{tag}]",
                "```\n[{tag}]\n{body}\n[/{tag}]\n```",
            ]
        )
    )
    return Block(name, payload, form.replace("{tag}", tag).replace("{body}", written))


@st.composite
def prose(draw: st.DrawFn) -> str:
    """Sentences with brackets, quotes and code of their own, never a whole tag, and at the end no half of one."""
    pieces = draw(
        st.lists(
            st.one_of(
                _WORDS,
                st.sampled_from(
                    [
                        "[1]",
                        "[QUEST",
                        "IONS",
                        "[see the log]",
                        "[/",
                        "]",
                        "a[0]",
                        "`ipconfig`",
                        "\n\n",
                        " ",
                        "e\u0301",
                    ]
                ),
            ),
            min_size=1,
            max_size=6,
        )
    )
    return " ".join(pieces).strip() + "."


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    """Prose and blocks in any order; between two blocks there may be nothing."""
    parts: list[str | Block] = []
    for _ in range(draw(st.integers(1, 6))):
        if parts and isinstance(parts[-1], str):
            parts.append(draw(blocks()))
        else:
            parts.append(draw(st.one_of(prose(), blocks())))
    raw = "\n".join(part if isinstance(part, str) else part.raw for part in parts)
    if draw(st.booleans()):
        raw = raw.replace("\n", "\r\n")
    return Reply(tuple(parts), raw)


@st.composite
def cut_off_replies(draw: st.DrawFn) -> str:
    """A reply that ended, or was stopped, anywhere: in a tag, in a text, between a backslash and its letter."""
    raw = draw(replies()).raw
    return raw[: draw(st.integers(0, len(raw)))]


@st.composite
def unclosed_replies(draw: st.DrawFn) -> str:
    """A reply with a block whose close tag was forgotten."""
    reply = draw(replies().filter(lambda one: bool(one.blocks)))
    forgotten = draw(st.sampled_from(reply.blocks))
    start = forgotten.raw.rindex("[/")
    end = forgotten.raw.index("]", start) + 1
    return reply.raw.replace("\r\n", "\n").replace(
        forgotten.raw, forgotten.raw[:start] + forgotten.raw[end:], 1
    )


def pieces_of(raw: str) -> st.SearchStrategy[list[str]]:
    """The text in pieces, cut anywhere."""

    def cut(places: set[int]) -> list[str]:
        ordered = sorted(places)
        return [raw[start:end] for start, end in zip([0, *ordered], [*ordered, len(raw)], strict=True)]

    return st.sets(st.integers(0, len(raw)), max_size=25).map(cut)
