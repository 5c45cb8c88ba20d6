"""Whether a found flow is about the problem at all.

The search behind the found flows matches any word, so that it misses nothing. A flow is only walked when enough of its
title and tags was really said; a tag counts as a whole, because its single words ("password", "drive") fit everywhere.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.flows import Flow
from domain.pilot import FoundFlow
from domain.playbook.language import content_stems, stem, words

ENOUGH = 2


def best_flow(found: Sequence[FoundFlow], said: Iterable[str], excluded: Iterable[UUID]) -> Flow | None:
    """The flow to walk, or None when none is about what was said.

    The flow of which most was said wins; the search's own score decides between equals.
    """
    texts = [[stem(word) for word in words(text)] for text in said]
    left_out = set(excluded)
    best: tuple[int, float] = (0, 0.0)
    chosen: Flow | None = None
    for one in found:
        if one.flow.id in left_out:
            continue
        rank = (_said_of(one.flow, texts), one.score)
        if rank[0] >= ENOUGH and rank > best:
            best, chosen = rank, one.flow
    return chosen


def _said_of(flow: Flow, texts: list[list[str]]) -> int:
    """How many words of the flow's title were said, and of those tags that were said as a whole."""
    in_title = content_stems([flow.title]) & {word for text in texts for word in text}
    tags = [[stem(word) for word in words(tag)] for tag in flow.tags]
    in_tags = sum(len(tag) for tag in tags if any(_contains(text, tag) for text in texts))
    return len(in_title) + in_tags


def _contains(text: list[str], phrase: list[str]) -> bool:
    return (
        any(text[at : at + len(phrase)] == phrase for at in range(len(text) - len(phrase) + 1))
        if phrase
        else False
    )
