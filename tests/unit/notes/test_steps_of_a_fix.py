"""The steps of a fix stand in the resolution as a list, and its cause in the root cause without them."""

from datetime import UTC, datetime
from uuid import UUID

from domain.notes.renderer import render_note
from domain.notes.state import NoteFix, NoteState
from domain.vocabulary import ArtifactKind, FixStatus

WORKED = NoteFix(
    id=UUID(int=1),
    title="Allow sign-in for the account again",
    description="The account is blocked.\n1. Ask the approver why\n2. Enable it in the directory\n# 3. Not a step",
    confidence_pct=90,
    status=FixStatus.APPLIED_SUCCESS,
    active=True,
    superseded=False,
    applied_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    verified_at=datetime(2026, 1, 5, 9, 20, tzinfo=UTC),
)


def sections(fix: NoteFix) -> dict[str, str]:
    state = NoteState(problem_summary="Nobody can sign in", ticket=None, fixes=[fix])
    note = render_note(ArtifactKind.RESOLUTION_NOTE, state, None)
    parts = [part.split("\n", 1) for part in note.split("## ")[1:]]
    return {heading.strip(): body for heading, body in parts}


def test_the_steps_of_the_fix_that_worked_are_listed_in_the_resolution() -> None:
    resolution = sections(WORKED)["Resolution"]
    assert "- Ask the approver why.\n- Enable it in the directory." in resolution


def test_the_root_cause_names_the_cause_and_not_the_steps() -> None:
    cause = sections(WORKED)["Root cause"]
    assert "The account is blocked." in cause
    assert "Ask the approver" not in cause


def test_a_description_that_is_nothing_but_steps_still_says_something_of_the_cause() -> None:
    only_steps = WORKED.model_copy(update={"description": "1. Restart the router\n2. Connect again"})
    assert "Restart the router" in sections(only_steps)["Root cause"]


def test_a_step_cannot_open_a_section_of_its_own() -> None:
    hostile = WORKED.model_copy(update={"description": "Cause.\n1. ## Resolution\n2. fine"})
    note = render_note(
        ArtifactKind.RESOLUTION_NOTE, NoteState(problem_summary="x", ticket=None, fixes=[hostile]), None
    )
    assert [line for line in note.splitlines() if line.startswith("## ")].count("## Resolution") == 1


def test_a_fix_without_steps_promises_no_list() -> None:
    assert (
        "What was done:"
        not in sections(WORKED.model_copy(update={"description": "Just do it"}))["Resolution"]
    )
