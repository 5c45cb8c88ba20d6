"""True sentences made of what a check printed or of what was answered."""

import re

from domain.playbook.language import could_not, is_question, is_trivial, is_uncertain
from domain.text import clean_text, clip

_LINES = 3
_LENGTH = 260
_RULE = re.compile(r"[-=_*+|\s]+")
_PROMPT = re.compile(r"(?:PS [A-Za-z]:\\[^>]*>|[A-Za-z]:\\[^>]*>|[\w.-]+@[\w.-]+:[^$#]*[$#])\s*")
_FAILED = re.compile(
    r"is not recognized|command not found|CommandNotFound|access (?:is |was )?denied|FullyQualifiedErrorId"
    r"|unauthori[sz]ed|could not be loaded|^error:|exception|permission denied",
    re.IGNORECASE | re.MULTILINE,
)


def fact_of_output(label: str, output: str) -> str | None:
    """What a check showed, as one past-tense sentence; None for empty or failed output."""
    if _FAILED.search(output):
        return None
    lines = [" ".join(line.split()) for line in clean_text(output).split("\n") if not _PROMPT.match(line)]
    # What stands above a rule of dashes is a table's header.
    rules = [index for index, line in enumerate(lines) if len(line) > 2 and _RULE.fullmatch(line)]
    if rules and any(lines[rules[0] + 1 :]):
        lines = lines[rules[0] + 1 :]
    meaningful = [line for line in lines if line and not _RULE.fullmatch(line)]
    if not meaningful:
        return None
    shown = clip("; ".join(meaningful[:_LINES]), _LENGTH)
    return f"The check “{clip(label, 120)}” returned: {shown}"


def fact_of_result(label: str, result: str) -> str | None:
    """A check's result in the engineer's words; None when they say nothing about what was seen."""
    if (
        not result.strip()
        or is_trivial(result)
        or is_uncertain(result)
        or is_question(result)
        or could_not(result)
    ):
        return None
    return f"The check “{clip(label, 120)}” showed: {clip(' '.join(clean_text(result).split()), _LENGTH)}"


def fact_of_statement(topic: str, answer: str) -> str | None:
    """An open answer under its topic; None when it says nothing."""
    if not answer.strip() or is_uncertain(answer) or is_question(answer) or is_trivial(answer):
        return None
    return f"{topic} was stated as: {clip(' '.join(clean_text(answer).split()), _LENGTH)}"
