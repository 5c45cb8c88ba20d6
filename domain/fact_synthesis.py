"""A confirmed statement made of what an engineer said, without a model.

The yardstick of what is substantive, and what stands in when the model is off or away.
"""

import re
from typing import NamedTuple

from domain.facts import FACT_SUMMARY_LIMIT, FACT_TEXT_LIMIT
from domain.playbook.facts import fact_of_output
from domain.playbook.language import is_question, is_trivial
from domain.text import clean_text, clip, normalise_text
from domain.vocabulary import FactSource

_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_ASKED_LIMIT = 300
_SUMMARY_WORDS = 7
_EDGES = "\"'“”‘’()[]{}<>.,;:!?…-–—*`"

# The whole sentence, not a part of it: "not sure, but the link light was off" says something.
_VOID = re.compile(
    r"(?:n ?/? ?a|not applicable|tbd|idk|dunno|unknown|unsure|null|nil|skip(?:ped)?|later"
    r"|no (?:idea|clue|answer|comment)"
    r"|(?:i am |i'm |am |we are |we're )?(?:not|n't) (?:really |quite |entirely )?(?:sure|certain)"
    r"(?: yet| about (?:that|it|this))?"
    r"|(?:sorry |well |hm+ )?(?:i |we )?(?:really |honestly )?(?:do not|don't|dont) know"
    r"(?: yet| that| it| this| sorry| at the moment| right now)?"
    r"|(?:i |we )?(?:can't|can not|cannot|cant|could not|couldn't) (?:tell|say|find out)(?: yet| that| it| this)?"
    r"|(?:i |we )?have no (?:idea|clue)"
    r"|(?:i |we )?(?:will|'ll|have to|need to) (?:check|look|ask)(?: later| that| it)?"
    r"|hm+|uh+|um+|err?)"
)


class Synthesis(NamedTuple):
    """`text`: one statement, at most 2,000 characters, one line.

    `summary`: 3 to 7 words without a full stop on what it answers; none where they would only repeat the text.
    """

    text: str
    summary: str | None


def is_substantive(said: str) -> bool:
    """Whether anything in it states something: not blank, not only marks, "I don't know" or questions back."""
    return any(map(_states, _SENTENCES.split(clean_text(said))))


def synthesise(source: FactSource, asked: str | None, said: str) -> Synthesis | None:
    """What was said as a statement; None when it holds nothing substantive.

    `asked` is the question or the label of the check that it answers. The output of a check counts only when the
    check ran: an empty or a failed one shows nothing.
    """
    if not is_substantive(said):
        return None
    asked = _one_line(asked or "")
    if source is FactSource.DIAGNOSTIC_CHECK and asked:
        shown = None if is_trivial(said) else fact_of_output(asked, said)
        return _made(shown, "result of:", asked) if shown else None
    if source is FactSource.QUESTION and asked:
        return _made(
            f"“{clip(asked, _ASKED_LIMIT)}” was answered with: {_one_line(said)}", "answer to:", asked
        )
    if source is FactSource.DIAGNOSTIC_CHECK and is_trivial(said):
        return None
    return Synthesis(_statement(_capitalised(_one_line(said))), None)


def short_summary(summary: str | None) -> str | None:
    """A summary as facts carry it: one line within the limit, without a full stop; None when nothing is left."""
    return clip(_one_line(summary or "").rstrip(" ."), FACT_SUMMARY_LIMIT).rstrip(" .") or None


def _states(sentence: str) -> bool:
    plain = normalise_text(sentence).replace("’", "'").strip(_EDGES + " ")
    if not any(character.isalnum() for character in plain):
        return False
    return not (is_question(sentence) or _VOID.fullmatch(" ".join(re.sub(r"[,;.]", " ", plain).split())))


def _made(text: str, label: str, about: str) -> Synthesis:
    statement = _statement(text)
    words = [word for each in _one_line(about).split() if (word := each.strip(_EDGES))]
    label_words = label.split()
    shown = words[: _SUMMARY_WORDS - len(label_words)]
    if not shown:
        return Synthesis(statement, "states what was found")
    return Synthesis(statement, short_summary(" ".join([*label_words, *shown])) or "states what was found")


def _statement(text: str) -> str:
    clipped = clip(text, FACT_TEXT_LIMIT)
    return clipped if clipped[-1] in ".!?…" or len(clipped) >= FACT_TEXT_LIMIT else f"{clipped}."


def _capitalised(text: str) -> str:
    """With a capital letter where it begins with a plain word: names such as iLO or eth0 stay as they are."""
    first = text.split(" ", 1)[0]
    return text[0].upper() + text[1:] if first.isalpha() and first.islower() else text


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())
