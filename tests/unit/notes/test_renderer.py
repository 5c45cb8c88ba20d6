"""What the notes say, by what was confirmed, tried and decided."""

import pytest

from domain.notes.renderer import render_note
from domain.notes.state import NoteState, NoteTicket
from domain.vocabulary import ENDING_ARTIFACTS, ArtifactKind, FactSource, LaneItemStatus
from tests.unit.notes.states import CLOSED_AT, a_check, a_fact, a_fix, a_state, an_open_question

NOTE = ArtifactKind.RESOLUTION_NOTE
PACKAGE = ArtifactKind.ESCALATION_PACKAGE


def section(kind: ArtifactKind, state: NoteState, name: str) -> str:
    rendered = render_note(kind, state, CLOSED_AT)
    return rendered.split(f"## {name}\n\n")[1].split("\n\n## ")[0]


def test_a_fix_that_worked_closes_the_note_with_the_time_it_was_verified() -> None:
    assert section(NOTE, a_state(a_fix("success")), "Resolution") == (
        "The problem is resolved. Applied: Reassign the licence. "
        "Confirmed to work, verified 2031-02-03 10:30 UTC."
    )
    assert section(NOTE, a_state(a_fix("success")), "Root cause") == (
        "Addressed by the fix that worked: The licence was lost when the plan changed."
    )


def test_a_fix_still_verifying_counts_as_worked_in_the_note_that_closes_the_session() -> None:
    state = a_state(a_fix("verifying"))
    assert section(NOTE, state, "Resolution") == (
        "The problem is resolved. Applied: Reassign the licence. "
        "Confirmed to work on closing, 2031-02-03 11:45 UTC."
    )
    assert render_note(NOTE, state, None).endswith("Confirmed to work on closing.")


def test_what_failed_is_told_with_its_reason_before_what_helped() -> None:
    state = a_state(
        a_fix("failed", title="Clear the cache.", superseded=True, notes="Still prompted"), a_fix("success")
    )
    told = section(NOTE, state, "Resolution")
    assert told.startswith(
        "- Clear the cache: did not help. Reason: Still prompted.\n\nThe problem is resolved."
    )


def test_an_unsuccessful_fix_alone_is_not_told_as_the_resolution() -> None:
    told = section(NOTE, a_state(a_fix("failed", notes=None)), "Resolution")
    assert (
        told == "- Reassign the licence: did not help.\n\nNone of this has been confirmed as the resolution."
    )


def test_a_partial_fix_is_told_with_what_was_noted() -> None:
    state = a_state(a_fix("partial", notes="Done for two of five users, three remain"))
    line = (
        "- Reassign the licence: done in part, its effect is uncertain. "
        "Done for two of five users, three remain."
    )
    assert line in section(NOTE, state, "Resolution")
    assert line in section(PACKAGE, state, "What we've tried")


def test_a_proposed_fix_is_told_as_not_yet_applied() -> None:
    state = a_state(a_fix("proposed"))
    assert section(NOTE, state, "Resolution") == "Proposed, not yet applied: Reassign the licence."
    assert "not yet applied" in section(PACKAGE, state, "Current hypothesis")
    assert section(PACKAGE, state, "What we've tried") == "No actions have been run yet."


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
def test_a_dismissed_fix_is_not_told(kind: ArtifactKind) -> None:
    assert render_note(kind, a_state(a_fix("dismissed")), None) == render_note(kind, a_state(), None)


@pytest.mark.parametrize("kind", ENDING_ARTIFACTS)
def test_a_replaced_fix_that_was_never_run_is_not_told(kind: ArtifactKind) -> None:
    state = a_state(a_fix("unrun", superseded=True))
    assert render_note(kind, state, None) == render_note(kind, a_state(), None)


@pytest.mark.parametrize(("kind", "name"), [(NOTE, "Resolution"), (PACKAGE, "What we've tried")])
def test_a_fix_replaced_after_its_run_is_told_as_tried_without_an_outcome(
    kind: ArtifactKind, name: str
) -> None:
    state = a_state(a_fix("verifying", title="Rebuild the profile", superseded=True), a_fix("proposed"))
    assert "- Rebuild the profile: tried, outcome not recorded." in section(kind, state, name)
    assert "Find out whether this helped: Rebuild the profile." in section(
        PACKAGE, state, "Suggested next steps"
    )


def test_an_earlier_failed_fix_stays_in_the_package_when_a_newer_one_replaced_it() -> None:
    state = a_state(a_fix("failed", title="Clear the cache", superseded=True), a_fix("proposed"))
    assert "- Clear the cache: did not help." in section(PACKAGE, state, "What we've tried")


@pytest.mark.parametrize("standing", ["success", "verifying", "partial", "proposed"])
def test_below_sixty_percent_the_root_cause_is_not_isolated_and_nothing_leads(standing: str) -> None:
    below = a_state(a_fix(standing, confidence_pct=59))
    at = a_state(a_fix(standing, confidence_pct=60))
    assert section(NOTE, below, "Root cause") == (
        "The root cause was not definitively isolated. Suspected: The licence was lost when the plan changed."
    )
    assert "not definitively isolated" not in section(NOTE, at, "Root cause")
    if standing != "success":
        assert section(PACKAGE, below, "Current hypothesis").startswith("None leading yet. Suspected: ")
        assert "None leading yet" not in section(PACKAGE, at, "Current hypothesis")


@pytest.mark.parametrize("fixes", [[], [a_fix("failed")], [a_fix("dismissed")]])
def test_without_a_fix_that_may_be_right_nothing_is_claimed(fixes: list[object]) -> None:
    state = a_state().model_copy(update={"fixes": fixes})
    assert section(NOTE, state, "Root cause") == "The root cause was not definitively isolated."
    assert section(PACKAGE, state, "Current hypothesis") == "None leading yet."


def test_a_package_after_a_success_says_that_the_escalation_has_another_reason() -> None:
    state = a_state(a_fix("success"))
    assert section(PACKAGE, state, "Current hypothesis") == (
        "The problem is resolved: Reassign the licence worked. Escalated for another reason."
    )
    assert "- Reassign the licence: worked, verified 2031-02-03 10:30 UTC." in section(
        PACKAGE, state, "What we've tried"
    )


def test_a_later_failure_takes_the_resolved_back() -> None:
    state = a_state(a_fix("success", superseded=True), a_fix("failed", title="Clear the cache"))
    assert section(PACKAGE, state, "Current hypothesis") == "None leading yet."


def test_a_proposed_fix_above_eighty_percent_is_the_first_step() -> None:
    lane = [an_open_question("Does webmail work?"), a_check("Sign-in log", status=LaneItemStatus.OPEN)]
    sure = a_state(a_fix("proposed", confidence_pct=81), lane=lane)
    unsure = a_state(
        a_fix("verifying", title="Rebuild the profile", superseded=True),
        a_fix("proposed", confidence_pct=80),
        lane=lane,
    )
    assert section(PACKAGE, sure, "Suggested next steps") == (
        "1. Try it: Reassign the licence.\n"
        "2. Run the open check: Sign-in log.\n"
        "3. Find out: Does webmail work?"
    )
    assert section(PACKAGE, unsure, "Suggested next steps").splitlines()[:2] == [
        "1. Find out whether this helped: Rebuild the profile.",
        "2. Consider: Reassign the licence.",
    ]


def test_a_partial_fix_is_finished_or_verified_first() -> None:
    steps = section(PACKAGE, a_state(a_fix("partial", notes="Three remain")), "Suggested next steps")
    assert steps.startswith(
        "1. Finish or verify what was done in part: Reassign the licence. Three remain.\n2. "
    )


def test_there_are_two_steps_at_least_and_four_at_most() -> None:
    many = [an_open_question(f"Question {number}?") for number in range(9)]
    assert len(section(PACKAGE, a_state(), "Suggested next steps").splitlines()) == 2
    assert len(section(PACKAGE, a_state(a_fix(), lane=many), "Suggested next steps").splitlines()) == 4


def test_only_checks_that_were_run_are_told_as_tried() -> None:
    lane = [
        a_check("Ping the gateway", command="ping 10.0.0.1", output="Reply from 10.0.0.1"),
        a_check("Look at the lamp", answer="green"),
        a_check("Restart the switch", status=LaneItemStatus.SKIPPED),
        a_check("Trace the route", status=LaneItemStatus.OPEN),
        a_check("Swap the cable", status=LaneItemStatus.SET_ASIDE),
    ]
    assert section(PACKAGE, a_state(lane=lane), "What we've tried") == (
        "- Check: Ping the gateway (ping 10.0.0.1). Result: Reply from 10.0.0.1.\n"
        "- Check: Look at the lamp. Result: green."
    )


def test_a_long_output_is_shortened_to_its_beginning_and_its_end() -> None:
    lane = [a_check("Trace", output="\n".join(f"hop {number}" for number in range(1, 31)))]
    assert section(PACKAGE, a_state(lane=lane), "What we've tried") == (
        "- Check: Trace. Result: hop 1; hop 2; … (27 more lines) …; hop 30."
    )


def test_facts_are_grouped_by_where_they_come_from_and_say_what_they_rule_out() -> None:
    facts = [
        a_fact("The ping was answered", FactSource.DIAGNOSTIC_CHECK),
        a_fact("Only one user was affected.", FactSource.QUESTION, "rules out the tenant"),
        a_fact("The lamp was green", FactSource.DIAGNOSTIC_CHECK),
    ]
    assert section(NOTE, a_state(facts=facts), "What we confirmed") == (
        "From what was reported:\n"
        "- Only one user was affected (rules out the tenant).\n"
        "\n"
        "From checks:\n"
        "- The ping was answered.\n"
        "- The lamp was green."
    )
    assert section(NOTE, a_state(facts=facts[:1]), "What we confirmed") == "- The ping was answered."


def test_more_facts_than_a_note_can_hold_are_counted() -> None:
    facts = [a_fact(f"Fact {number} " + "x" * 990) for number in range(10)]
    told = section(NOTE, a_state(facts=facts), "What we confirmed").splitlines()
    assert [line.split()[2] for line in told[:-1]] == [str(number) for number in range(6)]
    assert told[-1] == "- and 4 more"


def test_one_fact_too_many_is_counted_as_one() -> None:
    facts = [a_fact(f"Fact {number} " + "x" * 990) for number in range(7)]
    told = section(NOTE, a_state(facts=facts), "What we confirmed").splitlines()
    assert len(told) == 7
    assert told[-1] == "- and 1 more"


def test_more_fixes_than_a_note_can_hold_leave_the_newest_and_count_the_rest() -> None:
    fixes = [a_fix("failed", title=f"Fix {number}", superseded=True, notes="x" * 490) for number in range(10)]
    told = section(PACKAGE, a_state(*fixes), "What we've tried").splitlines()
    assert told[0] == "- and 3 more, tried earlier"
    assert told[-1].startswith("- Fix 9: did not help.")
    assert len(told) == 8


def test_ticket_and_problem_are_told_once_when_they_say_the_same() -> None:
    ticket = NoteTicket(
        ref="48307", summary="Outlook  password prompt.", client="Northwind", contact="Ana Ruiz"
    )
    apart = a_state(ticket=ticket)
    same = a_state(ticket=ticket, problem="outlook password prompt since Monday")
    assert section(NOTE, apart, "Problem") == (
        "Outlook password prompt.\n\nOutlook asks for a password again and again."
    )
    assert section(NOTE, same, "Problem") == "outlook password prompt since Monday."
    assert section(PACKAGE, same, "Problem").endswith("\n\nClient: Northwind. Contact: Ana Ruiz.")
    assert "Northwind" not in render_note(NOTE, same, None)


def test_sections_with_nothing_to_say_carry_their_fixed_sentence() -> None:
    empty = a_state(problem=None)
    assert section(NOTE, empty, "Problem") == "The problem was not described."
    assert section(NOTE, empty, "What we confirmed") == "Nothing has been confirmed yet."
    assert section(NOTE, empty, "Root cause") == "The root cause was not definitively isolated."
    assert section(NOTE, empty, "Resolution") == "No fix has been recorded."
    assert section(PACKAGE, empty, "What we've tried") == "No actions have been run yet."
    assert section(PACKAGE, empty, "Current hypothesis") == "None leading yet."
