"""Whether a found flow is about the problem at all.

The search behind the found flows matches any word, so that it misses nothing; a flow is only walked when
words of its title or tags were really said.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.flows import Flow
from domain.pilot import FoundFlow
from domain.playbook.language import content_stems


def best_flow(found: Sequence[FoundFlow], said: Iterable[str], excluded: Iterable[UUID]) -> Flow | None:
    """The flow to walk, or None when none is about what was said.

    Most words of title and tags wins; the search's own score decides between equals.
    """
    stems = content_stems(said)
    left_out = set(excluded)
    best: tuple[int, float] = (0, 0.0)
    chosen: Flow | None = None
    for one in found:
        if one.flow.id in left_out:
            continue
        rank = (_title_words(one.flow, stems), one.score)
        if rank[0] > 0 and rank > best:
            best, chosen = rank, one.flow
    return chosen


def _title_words(flow: Flow, stems: set[str]) -> int:
    return len(content_stems([flow.title, *flow.tags]) & stems)
