"""Which option of a decision an answer means."""

import re
from collections.abc import Sequence

from domain.flows import FlowOption
from domain.playbook.language import (
    STOP_WORDS,
    is_negation,
    is_question,
    is_uncertain,
    polarity,
    said_polarity,
    stem,
    words,
)
from domain.text import normalise_text

_NUMBER = re.compile(r"(?:option |number |answer |#)?(\d{1,2})[.)]?")
_NEGATION_REACH = 3
_ENOUGH = 2


def match_option(text: str, options: Sequence[FlowOption]) -> FlowOption | None:
    """The one option that `text` means, or None when it means none, several, or only doubt.

    In this order: the label or id itself, its number in the list, then points for yes or no, for keywords and
    for words of the label. A word that is negated in the text gives no points.
    """
    exact = normalise_text(text).rstrip(".!,; ")
    if not exact:
        return None
    for option in options:
        if exact in (normalise_text(option.label).rstrip(".!,; "), option.id):
            return option
    if number := _NUMBER.fullmatch(exact):
        index = int(number[1]) - 1
        return options[index] if 0 <= index < len(options) else None
    if is_uncertain(text) or is_question(text):
        return None
    scores = _scores(text, options)
    best = max(scores, default=0)
    if best < _ENOUGH or scores.count(best) > 1:
        return None
    return options[scores.index(best)]


def _scores(text: str, options: Sequence[FlowOption]) -> list[int]:
    said = [stem(word) for word in words(text)]
    negated = [index for index, word in enumerate(words(text)) if is_negation(word)]
    overall = said_polarity(text)
    scores: list[int] = []
    contradicted: list[bool] = []
    for option in options:
        score, denied = 0, False
        for phrase in option.keywords:
            match _find(said, [stem(word) for word in words(phrase)], negated):
                case True:
                    score += 2 + len(words(phrase))
                case False:
                    denied = True
                case None:
                    pass
        label = [stem(word) for word in words(option.label) if word not in STOP_WORDS]
        found = [_find(said, [word], negated) for word in label]
        if label and all(found):
            score += 2 + len(label)
        else:
            score += sum(one is True for one in found)
        denied = denied or any(one is False for one in found)
        scores.append(score)
        contradicted.append(denied)
    for index, option in enumerate(options):
        own = polarity(option.label)
        if own is None:
            continue
        if overall is not None:
            scores[index] = scores[index] + 3 if own is overall else 0
        elif own is False and any(
            denied and polarity(other.label) is True
            for denied, other in zip(contradicted, options, strict=True)
        ):
            scores[index] += 3
    return scores


def _find(said: list[str], phrase: list[str], negated: list[int]) -> bool | None:
    """True where the phrase is said, False where it is only said in a negation, None where it is not said."""
    if not phrase:
        return None
    places = [at for at in range(len(said) - len(phrase) + 1) if said[at : at + len(phrase)] == phrase]
    if not places:
        return None
    return any(not any(at - _NEGATION_REACH <= negation < at for negation in negated) for at in places)
