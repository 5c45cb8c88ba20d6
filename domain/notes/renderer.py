"""Every artifact without a model: the fallback when it fails or is off, the yardstick for what it writes."""

from datetime import datetime

from domain.notes import escalation, resolution
from domain.notes.fact_list import fact_lines
from domain.notes.problem import affected, problem
from domain.notes.sections import NOTHING_CONFIRMED, heading, sections_of
from domain.notes.state import NoteState
from domain.notes.update import render_update
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind


def render_note(kind: ArtifactKind, state: NoteState, now: datetime | None) -> str:
    """The artifact as Markdown that also reads well as plain text, at most 20,000 characters, for any state.

    `now` is the time a resolution note states for a fix that is still verifying, which confirming declares to
    have worked; None states no time, so that the same state always gives the same text.
    """
    if kind not in ENDING_ARTIFACTS:
        return render_update(kind, state)
    confirmed = fact_lines(state)
    if kind is ArtifactKind.RESOLUTION_NOTE:
        checked = resolution.checked(state)
        bodies = [
            problem(state),
            [*(confirmed or [NOTHING_CONFIRMED]), *(["", *checked] if checked else [])],
            resolution.root_cause(state),
            resolution.resolution(state, now),
        ]
    else:
        bodies = [
            [*problem(state), *affected(state)],
            confirmed or [NOTHING_CONFIRMED],
            escalation.tried(state),
            escalation.hypothesis(state),
            escalation.next_steps(state),
        ]
    parts = zip(sections_of(kind), bodies, strict=True)
    return "\n\n".join("\n".join([heading(section), "", *body]) for section, body in parts)
