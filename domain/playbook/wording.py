"""What the playbook pilot says."""

from typing import NamedTuple

from domain.text import clip
from domain.vocabulary import ProposedOutcome


class OpenQuestion(NamedTuple):
    """A question without options. `topic` begins the fact that its answer makes."""

    text: str
    context: str
    topic: str
    summary: str


DESCRIPTION_QUESTIONS = (
    OpenQuestion(
        "What exactly fails, and what does the error message say?",
        "Name the program or device and quote the message; flows are found by these words.",
        "The symptom",
        "names the symptom",
    ),
    OpenQuestion(
        "Who is affected, and what changed before it began?",
        "One person or many, one site or all, and anything new: password, device, update, line.",
        "Who is affected and what changed",
        "narrows the scope",
    ),
)
HANDOVER_QUESTIONS = (
    OpenQuestion(
        "Who is affected, since when, and how badly does it hold up work?",
        "The next engineer decides the priority from this.",
        "The impact",
        "states the impact",
    ),
    OpenQuestion(
        "What was tried outside this session, and what came of it?",
        "So that nobody does it twice.",
        "What was tried before",
        "avoids repeated work",
    ),
    OpenQuestion(
        "What does the next engineer need to know about access and availability?",
        "Remote access, the contact's hours, credentials' location (not the credentials).",
        "Access and availability",
        "helps the next engineer",
    ),
)

NOTHING_FITS_YET = (
    "None of the team's flows fits the description so far. Say a little more about it and I look again."
)
NO_OPTION_FITS = "I could not match that to one of the answers. Pick one, or say it in other words."
NO_OPTION_FITS_TWICE = "That does not fit this flow."
PICK_AN_OPTION = "Pick the answer that comes closest."
PACKAGE_IS_READY = "No further flow fits, and the package has what is known. Use Escalate to hand it over."
SOLVED = "Good, that is recorded as solved. Use Resolve to preview the note and post it."
PARKED = "The fix is parked as partly done. Finish it from the banner, or ask for another idea."
VERIFYING = "Take your time to verify it. Tell me whether it worked, or set the outcome in the banner."
TURNED_DOWN = "Then I leave that one."
RUN_IT_FIRST = (
    "The fix is not marked as run yet. Press “I ran this” in the banner first, then say whether it worked."
)
CHECK_SUMMARY = "records what the check showed"
OUTCOME_READ = {
    ProposedOutcome.SUCCESS: "Good to hear. Confirm in the banner that it worked, then resolve.",
    ProposedOutcome.FAILURE: "Noted. Confirm in the banner that it did not work, and I go on.",
    ProposedOutcome.PARTIAL: "Noted. Set it to partial in the banner and write down what remains.",
}


def starting(flow_title: str) -> str:
    return f"This fits the flow “{flow_title}”."


def trying_next(flow_title: str) -> str:
    return f"The next best flow is “{flow_title}”."


def run_checks(title: str, commands: int) -> str:
    return f"Please run: {title}." if commands else f"Please check: {title}."


def how_to_check(description: str) -> str:
    return clip(description, 300)


def noted(fact: str) -> str:
    return f"Noted: {fact}"


def skipped(question: str) -> str:
    return f"Without an answer to “{clip(question, 120)}” this flow cannot go on; skip again to leave it."


def proposing(title: str) -> str:
    return f"The answers lead to this fix: {title}."


def still_proposed(title: str) -> str:
    return f"The proposed fix stands: {title}. Run it, or say that you want another idea."


def tried_already(title: str) -> str:
    return f"“{title}” was tried in this session already, so I pass it."


def did_not_help(title: str, *, dismissed: bool) -> str:
    return f"“{title}” is off the table." if dismissed else f"“{title}” did not help, so I go on."


def nothing_left(facts: int) -> str:
    """Says that no flow is left, and what an escalation would carry."""
    known = "nothing confirmed yet" if facts == 0 else f"{facts} confirmed fact{'s' if facts > 1 else ''}"
    return (
        f"No flow of the team is left for this. An escalation would carry {known}; "
        "these answers make the package complete."
    )
