"""The digest of a long conversation: what stands in a turn for the messages that it no longer carries.

It has three parts. *Fixes* and *answers* are listed from the session's state, whoever wrote the digest: one line for
every fix with how it stood, and one for every answered question or check that has not become a fact. *What was said*
is the rest: a model's text, or without a model the first sentence of every message.

Facts are not repeated, and neither are open questions and checks: every turn is given those themselves.

How long it gets: what was said has at most `TALK_CHARACTERS`, where the oldest go first and what the session itself
recorded (a fix applied, an outcome, a note posted) goes last. The lists share `LISTED_CHARACTERS`: the more lines the
shorter each of them, but never shorter than `SHORTEST_LINE`, because no outcome and no answer is ever left out.
"""

from collections.abc import Iterable, Sequence

from domain.pilot import FixView, HistoryMessage, LaneItemView
from domain.text import clean_text, clip
from domain.titles import first_sentence
from domain.vocabulary import FixStatus, LaneItemStatus, MessageRole

TALK_CHARACTERS = 6_000
LISTED_CHARACTERS = 6_000
DIGEST_CHARACTERS = TALK_CHARACTERS + LISTED_CHARACTERS + 200
"""All of it with its headings, for as long as `LISTED_CHARACTERS` are enough for a line each."""
SHORTEST_LINE = 60
LONGEST_LINE = 240

FIXES_HEADING = "## Fixes tried or proposed, as they stood then"
ANSWERS_HEADING = "## Answered questions and checks that are not facts"
TALK_HEADING = "## What was said"

_SENTENCE = 200
_RECORDED = "Recorded: "
_SPEAKERS = {
    MessageRole.ENGINEER: "Engineer: ",
    MessageRole.PILOT: "Pilot: ",
    MessageRole.SYSTEM: _RECORDED,
}


def compose_digest(talk: str, fixes: Sequence[FixView], items: Iterable[LaneItemView]) -> str:
    """The digest as it is stored. `items` are the answered ones that no fact was made of."""
    answered = [item for item in items if item.status is LaneItemStatus.ANSWERED]
    count = len(fixes) + len(answered)
    limit = max(SHORTEST_LINE, min(LONGEST_LINE, LISTED_CHARACTERS // count if count else LONGEST_LINE))
    parts = (
        (FIXES_HEADING, [_fix_line(fix, limit) for fix in fixes]),
        (ANSWERS_HEADING, [_answer_line(item, limit) for item in answered]),
        (TALK_HEADING, _bounded(_lines(talk))),
    )
    return "\n\n".join("\n".join([heading, *lines]) for heading, lines in parts if lines)


def talk_of(digest: str | None) -> str:
    """What was said, as a digest holds it: what the next one takes over."""
    _, found, talk = f"\n{digest or ''}".partition(f"\n{TALK_HEADING}\n")
    return talk if found else ""


def plain_talk(previous: str, messages: Sequence[HistoryMessage]) -> str:
    """What was said, without a model: what the digest before held, and a sentence for every message since."""
    return "\n".join(_bounded([*_lines(previous), *filter(None, map(_said_line, messages))]))


def _said_line(message: HistoryMessage) -> str:
    said = clip(first_sentence(message.text), _SENTENCE)
    return f"{_SPEAKERS[message.role]}{said}" if said else ""


def _fix_line(fix: FixView, limit: int) -> str:
    standing = _standing(fix)
    why = _one_line(fix.failure_reason or fix.partial_notes or "")
    line = f"- {clip(_one_line(fix.title) or 'a fix', limit - len(standing) - 4)}: {standing}"
    left = limit - len(line) - 3
    return f"{line} ({clip(why, left)})" if why and left > 1 else line


def _standing(fix: FixView) -> str:
    match fix.status:
        case FixStatus.APPLIED_SUCCESS:
            return "worked"
        case FixStatus.APPLIED_FAILED:
            return "did not help"
        case FixStatus.APPLIED_PARTIAL:
            return "done in part"
        case FixStatus.DISMISSED:
            return "dismissed"
        case FixStatus.PROPOSED if fix.applied_at is not None:
            return "run, no outcome recorded"
        case FixStatus.PROPOSED:
            return "replaced, never run" if fix.superseded else "proposed, not run"


def _answer_line(item: LaneItemView, limit: int) -> str:
    """Both sides of an answer; a short question leaves its room to the answer."""
    said = "; ".join(part for part in (_one_line(item.answer or ""), _one_line(item.output or "")) if part)
    asked = clip(_one_line(item.text), (limit - 5) // 2)
    return f"- {asked}: {clip(said or 'answered', limit - len(asked) - 4)}"


def _lines(text: str) -> list[str]:
    """The lines of a text, without headings that could be taken for those of the digest."""
    lines = (line.strip() for line in clean_text(text).split("\n"))
    return [line.lstrip("#").strip() if line.startswith("#") else line for line in lines if line.strip("# ")]


def _bounded(lines: Sequence[str]) -> list[str]:
    """The lines that fit: first what was recorded, newest first, then the rest, newest first; in their order."""
    left = TALK_CHARACTERS
    kept: set[int] = set()
    by_weight = sorted(range(len(lines)), key=lambda at: (not lines[at].startswith(_RECORDED), -at))
    for place in by_weight:
        left -= len(lines[place]) + 1
        if left < 0:
            break
        kept.add(place)
    if not kept and lines:
        return [clip(lines[by_weight[0]], TALK_CHARACTERS)]
    return [line for place, line in enumerate(lines) if place in kept]


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())
