"""What an account may set, and where its texts and tickets go by it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from domain.closing_settings import BOARDS_LIMIT, ClosingSettings
from domain.psa import BoardStatus, NoteVisibility
from domain.target_status import choose_status, stays_closed, wants_status
from domain.vocabulary import ENDING_ARTIFACTS, UPDATE_KINDS, ArtifactKind

NOTE, PACKAGE = ENDING_ARTIFACTS
UPDATES = tuple(UPDATE_KINDS.values())


def test_an_account_that_has_set_nothing_shows_notes_to_clients_and_packages_to_nobody_else() -> None:
    settings = ClosingSettings()
    assert settings.visibility(NOTE) is NoteVisibility.RESOLUTION
    assert settings.visibility(PACKAGE) is NoteVisibility.INTERNAL
    assert settings.auto_post_on_close
    assert not settings.auto_time_entry


def test_an_update_stands_where_its_audience_reads_whatever_is_set_for_notes() -> None:
    settings = ClosingSettings(
        resolution_visibility=NoteVisibility.INTERNAL, escalation_visibility=NoteVisibility.DISCUSSION
    )
    assert [settings.visibility(kind) for kind in UPDATES] == [
        NoteVisibility.INTERNAL,
        NoteVisibility.DISCUSSION,
        NoteVisibility.DISCUSSION,
    ]


def test_only_the_resolution_note_leaves_the_checks_out() -> None:
    without = ClosingSettings(include_diagnostic_steps=False)
    assert [kind for kind in ArtifactKind if not without.lists_checks(kind)] == [NOTE]
    assert all(ClosingSettings().lists_checks(kind) for kind in ArtifactKind)


def test_the_boards_own_status_comes_before_the_fallback_and_an_update_has_none() -> None:
    settings = ClosingSettings.model_validate(
        {"status_map": {"1": {"resolved": 105}}, "cw_resolved_status_id": 9, "cw_escalated_status_id": 8}
    )
    targets = settings.target_statuses()
    assert targets.candidates(1, NOTE) == [105, 9]
    assert targets.candidates(2, NOTE) == [9]
    assert targets.candidates(1, PACKAGE) == [8]
    assert all(targets.candidates(1, kind) == [] for kind in UPDATES)


def test_a_fallback_counts_only_where_the_board_has_it() -> None:
    resolved = BoardStatus(id=9, name="Done", board_id=1, is_closed=True)
    assert choose_status("Help Desk", [resolved], [105, 9]).status == resolved
    assert choose_status("Help Desk", [resolved], [105]).skipped_reason is not None


def test_an_ending_moves_the_status_and_an_update_when_it_is_asked_to() -> None:
    assert all(wants_status(kind, None) for kind in ENDING_ARTIFACTS)
    assert not any(wants_status(kind, None) for kind in UPDATES)
    assert all(wants_status(kind, 105) for kind in ArtifactKind)


def test_only_resolving_leaves_a_ticket_closed_that_someone_has_closed() -> None:
    assert [kind for kind in ArtifactKind if stays_closed(kind, None, is_closed=True)] == [NOTE]
    assert not stays_closed(NOTE, 105, is_closed=True)
    assert not stays_closed(NOTE, None, is_closed=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status_map": {"help desk": {"resolved": 1}}},
        {"status_map": {"0": {"resolved": 1}}},
        {"status_map": {"1": {"resolved": 0}}},
        {"status_map": {"1": {"closed": 1}}},
        {"status_map": {"1": 105}},
        {"status_map": {str(board): {} for board in range(1, BOARDS_LIMIT + 2)}},
        {"cw_resolved_status_id": -1},
        {"cw_escalated_status_id": 2**31},
        {"time_rounding": "hour"},
        {"resolution_visibility": "public"},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClosingSettings.model_validate(wrong)
