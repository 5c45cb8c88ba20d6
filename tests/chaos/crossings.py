"""Whether anything of one account got into another one's sessions, rows, tickets or pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.chaos.ledger import MARK, Case, Ledger
from tests.chaos.records import Records, Row


def crossings(ledger: Ledger, records: Records, cases: Sequence[Case]) -> Iterator[str]:
    """What was shown or allowed to somebody of another account, and what stands in the wrong one."""
    yield from ledger.crossed
    yield from records.mixed
    of_ticket = {case.ticket: case.account for case in cases if case.ticket is not None}
    ids: dict[str, set[str]] = {}
    for case in cases:
        for table, by_session in records.tables.items():
            rows = by_session.get(case.id, [])
            yield from _foreign(ledger, case.account, f"{table} of session {case.id}", rows)
            for row in rows if table == "sessions" else ():
                ids.setdefault(case.account, set()).add(row["account_id"])
    for name, of_account in ids.items():
        if len(of_account) > 1:
            yield f"the sessions of {name} belong to {len(of_account)} accounts"
    for note in records.notes:
        account = of_ticket.get(str(note["ticketId"]))
        if account is not None:
            yield from _foreign(ledger, account, f"a note on ticket {note['ticketId']}", [note])


def _foreign(ledger: Ledger, account: str, where: str, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        for mark in MARK.findall(str(row)):
            if (owner := ledger.owners.get(mark, account)) != account:
                yield f"{mark} of {owner} stands in {where}, which is of {account}"
