"""Which status a ticket is moved to when a session ends. Status ids belong to boards."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain.psa import BoardStatus
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind


class ConfiguredStatuses(NamedTuple):
    """What the account configured: {board id: {"resolved": id, "escalated": id}} and fallbacks for other boards."""

    status_map: Mapping[str, Mapping[str, Any]]
    resolved_fallback: int | None = None
    escalated_fallback: int | None = None

    def candidates(self, board_id: int, kind: ArtifactKind) -> list[int]:
        """Configured ids in the order of preference: the board's own, then the fallback. None for an update."""
        if kind not in ENDING_ARTIFACTS:
            return []
        resolved = kind is ArtifactKind.RESOLUTION_NOTE
        own = self.status_map.get(str(board_id), {}).get("resolved" if resolved else "escalated")
        fallback = self.resolved_fallback if resolved else self.escalated_fallback
        return [status_id for status_id in (own, fallback) if isinstance(status_id, int)]


class StatusTarget(NamedTuple):
    """The status to set, or why none is set. Neither when nobody wants another status."""

    status: BoardStatus | None = None
    skipped_reason: str | None = None


def wants_status(kind: ArtifactKind, requested: int | None) -> bool:
    """Whether the artifact is to move the ticket's status: an ending does, an update only when asked to."""
    return kind in ENDING_ARTIFACTS or requested is not None


def stays_closed(kind: ArtifactKind, requested: int | None, *, is_closed: bool) -> bool:
    """Whether a ticket that someone has closed keeps its status: resolving it must not open it again.

    An escalation says that there is work left, and a status that was asked for is a status that was asked for.
    """
    return is_closed and kind is ArtifactKind.RESOLUTION_NOTE and requested is None


def choose_status(
    board: str,
    statuses: Sequence[BoardStatus],
    candidates: Sequence[int],
    requested: int | None = None,
) -> StatusTarget:
    """The status asked for, else the first configured one that exists on the ticket's board."""
    by_id = {status.id: status for status in statuses}
    if requested is not None:
        if requested in by_id:
            return StatusTarget(status=by_id[requested])
        return StatusTarget(skipped_reason=f"The chosen status does not exist on board “{board}”.")
    for status_id in candidates:
        if status_id in by_id:
            return StatusTarget(status=by_id[status_id])
    if candidates:
        return StatusTarget(skipped_reason=f"The configured status does not exist on board “{board}”.")
    return StatusTarget(skipped_reason=f"No status is configured for board “{board}”.")
