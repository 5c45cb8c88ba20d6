"""Time is on the ticket as it was worked, for the member who worked it, and only the desk can read what was done."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.psa import NewTimeEntry, PsaRejected, PsaUnavailable
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer

DEMO = "48231"
STARTED = datetime(2026, 3, 4, 9, 30, 15, 987654, tzinfo=UTC)
ENTRY = NewTimeEntry(member="mreyes", started_at=STARTED, minutes=45, notes="Reset the token")


async def test_time_is_charged_to_the_ticket_for_the_member_who_worked(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    logged = await psa.log_time(DEMO, ENTRY)
    (stored,) = simulator.time_entries(int(DEMO))
    assert (stored["chargeToType"], stored["actualHours"]) == ("ServiceTicket", 0.75)
    assert stored["member"]["identifier"] == "mreyes"
    assert (stored["timeStart"], stored["timeEnd"]) == ("2026-03-04T09:30:15Z", "2026-03-04T10:15:15Z")
    assert (logged.id, logged.minutes, logged.member) == (str(stored["id"]), 45, "mreyes")
    assert logged.notes == "Reset the token"
    assert logged.started_at == STARTED.replace(microsecond=0)
    assert logged.created_at is not None


async def test_what_was_done_is_internal(psa: ConnectWiseProvider, simulator: SimulatorServer) -> None:
    await psa.log_time(DEMO, ENTRY)
    (stored,) = simulator.time_entries(int(DEMO))
    assert (stored["internalNotes"], stored["notes"]) == ("Reset the token", None)
    assert not stored["addToDetailDescriptionFlag"]
    assert not stored["addToResolutionFlag"]


async def test_a_time_with_an_offset_is_sent_as_utc(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    local = STARTED.astimezone(timezone(timedelta(hours=5, minutes=30)))
    await psa.log_time(DEMO, ENTRY.model_copy(update={"started_at": local}))
    assert simulator.time_entries(int(DEMO))[0]["timeStart"] == "2026-03-04T09:30:15Z"


async def test_without_a_member_it_is_the_keys_own(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    logged = await psa.log_time(DEMO, ENTRY.model_copy(update={"member": None}))
    assert logged.member == "rflowapi"


@pytest.mark.parametrize("minutes", [1, 7, 20, 50, 61, 1439])
async def test_minutes_survive_the_way_through_hours(psa: ConnectWiseProvider, minutes: int) -> None:
    logged = await psa.log_time(DEMO, ENTRY.model_copy(update={"minutes": minutes}))
    assert logged.minutes == minutes
    assert [entry.minutes for entry in await psa.list_time_entries(DEMO)] == [minutes]


async def test_time_of_a_ticket_is_listed_oldest_first_and_no_other_tickets(
    psa: ConnectWiseProvider,
) -> None:
    first = await psa.log_time(DEMO, ENTRY)
    await psa.log_time("48232", ENTRY)
    second = await psa.log_time(DEMO, ENTRY.model_copy(update={"notes": "Called back"}))
    assert await psa.list_time_entries(DEMO) == [first, second]


async def test_hours_that_an_agreement_rounds_are_told_as_stored(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(hours_rounded_to=0.25)
    assert (await psa.log_time(DEMO, ENTRY.model_copy(update={"minutes": 20}))).minutes == 30


async def test_a_status_that_takes_no_time_says_so(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    await psa.set_status(DEMO, 106)
    with pytest.raises(PsaRejected, match="Time entry is not allowed for the status of this ticket"):
        await psa.log_time(DEMO, ENTRY)
    assert simulator.time_entries(int(DEMO)) == []


async def test_a_work_role_that_does_not_fit_the_location_is_told_in_the_psas_words(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(default_work_role_fits=False)
    with pytest.raises(PsaRejected, match="The default Work Role is not valid for the selected location"):
        await psa.log_time(DEMO, ENTRY)


async def test_an_unknown_member_and_an_unknown_ticket_are_told(psa: ConnectWiseProvider) -> None:
    with pytest.raises(PsaRejected, match="Member nobody not found"):
        await psa.log_time(DEMO, ENTRY.model_copy(update={"member": "nobody"}))
    with pytest.raises(PsaRejected, match="Ticket 99999 not found"):
        await psa.log_time("99999", ENTRY)


async def test_an_answer_lost_after_the_time_was_stored_leaves_the_effect_unknown_and_the_entry_to_be_found(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("lost_answer", method="POST", path="/time/entries$")
    with pytest.raises(PsaUnavailable) as caught:
        await psa.log_time(DEMO, ENTRY)
    assert caught.value.effect_unknown
    assert [entry.notes for entry in await psa.list_time_entries(DEMO)] == ["Reset the token"]


@pytest.mark.parametrize(("status", "unknown"), [(500, True), (429, False)])
async def test_a_psa_in_trouble_says_whether_the_time_may_be_there(
    psa: ConnectWiseProvider, simulator: SimulatorServer, status: int, unknown: bool
) -> None:
    simulator.add_fault("status", method="POST", path="/time/entries$", status=status)
    with pytest.raises(PsaUnavailable) as caught:
        await psa.log_time(DEMO, ENTRY)
    assert caught.value.effect_unknown is unknown
    assert simulator.time_entries(int(DEMO)) == []
