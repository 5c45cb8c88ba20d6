"""What of a session's state a kind of artifact may be made of: what is not given cannot get into it."""

from domain.notes.state import NoteFact, NoteFix, NoteLaneItem, NoteState
from domain.vocabulary import ArtifactKind, LaneItemKind, LaneItemStatus

CUSTOMER_UPDATES = (ArtifactKind.UPDATE_CLIENT, ArtifactKind.UPDATE_REQUEST_INFO)


def state_for(kind: ArtifactKind, state: NoteState, *, lists_checks: bool = True) -> NoteState:
    """The state without what the artifact must not tell.

    Without `lists_checks` the checks are left out, what they showed stays in the facts. An update for the client
    knows titles, facts and open questions only.
    """
    if kind in CUSTOMER_UPDATES:
        return state.model_copy(
            update={
                "facts": [NoteFact(text=fact.text, source_type=fact.source_type) for fact in state.facts],
                "lane": [
                    NoteLaneItem(kind=item.kind, text=item.text, status=item.status)
                    for item in state.lane
                    if item.kind is LaneItemKind.QUESTION and item.status is LaneItemStatus.OPEN
                ],
                "fixes": [_for_customers(fix) for fix in state.fixes],
            }
        )
    if lists_checks:
        return state
    questions = [item for item in state.lane if item.kind is not LaneItemKind.CHECK]
    return state.model_copy(update={"lane": questions})


def _for_customers(fix: NoteFix) -> NoteFix:
    inside = {"description": "", "partial_notes": None, "failure_reason": None}
    return fix.model_copy(update=inside)
