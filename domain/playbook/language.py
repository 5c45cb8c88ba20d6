"""The little English that the playbook understands: words, polarity, doubt."""

import re
from collections.abc import Iterable

from domain.text import normalise_text

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

AFFIRMATIVE = frozenset({"yes", "yep", "yeah", "yup", "correct", "true", "indeed", "affirmative", "y"})
NEGATIVE = frozenset({"no", "nope", "nah", "negative", "false", "n"})
NEGATIONS = frozenset({"not", "no", "never", "none", "nothing", "without", "neither", "nor", "cannot"})

STOP_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
    a about after again all also am an and any are as at be been but by can could did do does doing for from
    get gets got had has have he her here him his how i if in into is it its just me more my now of on one
    only or other our out over please she since so some still than that the their them then there these they
    this those to too up us user users very was we were what when where which while who why will with would
    you your issue issues problem problems help need needs started ticket company client since today yesterday no
    not yes left enough
    thing things anything something work works working day days week keeps
    """,
    )
)

_PLAIN_NO = re.compile(
    r"(?:no|nope|nah|negative|false|n)\b(?:\W*$|\s*[,.;:!-]|\s+(?:it|its|they|we|she|he|that|this|the|i|only|not"
    r"|never|there)\b)"
)
_UNCERTAIN = re.compile(
    r"\b(?:i do(?:n't| not) know|dunno|no idea|not (?:really )?sure|unsure|no clue|can(?:'t|not) (?:tell|say)"
    r"|don't know|unknown|not certain|idk"
    r"|not that (?:i|we) know|nothing recorded|can(?:'t|not) find out)\b|^(?:n/?a|\?+|-+)$"
)
_TRIVIAL = frozenset(
    re.findall(
        r"\S+",
        """
    done ok okay ran run did it yes no next continue go on skip finished complete completed checked executed
    the check i that this ive please all and both them have
    """,
    )
)
_CANNOT = re.compile(
    r"\b(?:can(?:'t|not)|could(?:n't| not)|unable|not possible|no access|skip|later|do(?:n't| not) have)\b"
)


def words(text: str) -> list[str]:
    """The words of a text in lower case; apostrophes are straight."""
    return [word.replace("’", "'") for word in _WORD.findall(normalise_text(text))]


def stem(word: str) -> str:
    """A crude stem, good enough to let "printers" find "printer" and "locked" find "lock"."""
    for suffix in ("ing", "ed", "es", "s"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            return word[: -len(suffix)]
    return word


def content_stems(texts: Iterable[str]) -> set[str]:
    """The stems of the words that carry meaning."""
    return {stem(word) for text in texts for word in words(text) if word not in STOP_WORDS and len(word) > 1}


def is_negation(word: str) -> bool:
    return word in NEGATIONS or word.endswith("n't")


def polarity(text: str) -> bool | None:
    """True for a text that begins with a yes, False for a no, else None."""
    first = next(iter(words(text)), "")
    if first in AFFIRMATIVE:
        return True
    return False if first in NEGATIVE else None


def said_polarity(text: str) -> bool | None:
    """Like `polarity` for what somebody said, where "no access" names a thing and is no answer."""
    said = polarity(text)
    return None if said is False and not _PLAIN_NO.match(normalise_text(text)) else said


def is_uncertain(text: str) -> bool:
    """Whether the text says that its writer does not know."""
    return bool(_UNCERTAIN.search(normalise_text(text).replace("’", "'")))


def is_question(text: str) -> bool:
    return text.rstrip().endswith("?")


def is_trivial(text: str) -> bool:
    """Whether the text only says that something was done, not what was seen."""
    return all(word.replace("'", "") in _TRIVIAL for word in words(text))


def could_not(text: str) -> bool:
    """Whether the text says that something could not be done."""
    return bool(_CANNOT.search(normalise_text(text).replace("’", "'")))
