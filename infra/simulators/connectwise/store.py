"""The simulator's records: seeded the same way every time, changes kept in one small JSON file when asked."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.simulators.connectwise.clock import vendor_now
from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.schema import SCHEMAS, Kind
from infra.simulators.connectwise.seed.build import build_records

Record = dict[str, Any]


class Store:
    """Collections of records by id.

    With a `state_file`, every change is in the file before the request is answered. The file holds only what
    differs from the seed (and when that was made), so writing it stays cheap, and it is replaced in one step.
    """

    def __init__(self, state_file: Path | None = None, seeded_at: datetime | None = None) -> None:
        self._state_file = state_file
        self._collections: dict[str, dict[int, Record]] = {}
        self._changed: dict[str, set[int]] = {}
        self._deleted: dict[str, set[int]] = {}
        self._seeded_at = seeded_at or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        saved = self._read()
        if saved is not None:
            self._seeded_at = datetime.fromisoformat(saved["seededAt"])
        self._seed()
        if saved is not None:
            self._restore(saved)
        else:
            self._write()

    def reset(self) -> None:
        """Back to the seed; everything written since is gone."""
        self._seed()
        self._write()

    def all(self, collection: str) -> list[Record]:
        """Every record by ascending id. Callers must not change them."""
        records = self._collections[collection]
        return [records[key] for key in sorted(records)]

    def get(self, collection: str, record_id: int) -> Record | None:
        """The record as it is now. Callers must not change it; `save` a changed copy."""
        return self._collections[collection].get(record_id)

    def draft(self, collection: str, record_id: int) -> Record:
        """A copy to change and `save`."""
        return copy.deepcopy(self._collections[collection][record_id])

    def new(self, collection: str, values: Record, author: str = API_MEMBER) -> Record:
        """A record with every field of its kind and the next id, not yet saved."""
        now = vendor_now()
        empty: Record = {
            name: False if field.kind is Kind.BOOLEAN else [] if field.kind is Kind.LIST else None
            for name, field in SCHEMAS[collection].items()
        }
        info = {"lastUpdated": now, "updatedBy": author, "dateEntered": now, "enteredBy": author}
        next_id = max(self._collections[collection], default=0) + 1
        for deleted in self._deleted.get(collection, ()):
            next_id = max(next_id, deleted + 1)
        return {**empty, **values, "id": next_id, "_info": info}

    def save(self, collection: str, record: Record, *, author: str = API_MEMBER) -> Record:
        info = {**record.get("_info", {}), "lastUpdated": vendor_now(), "updatedBy": author}
        saved = {**record, "_info": info}
        self._collections[collection][saved["id"]] = saved
        self._changed.setdefault(collection, set()).add(saved["id"])
        self._write()
        return saved

    def delete(self, collection: str, record_id: int) -> None:
        del self._collections[collection][record_id]
        self._changed.get(collection, set()).discard(record_id)
        self.use_up(collection, record_id)

    def use_up(self, collection: str, record_id: int) -> None:
        """The id was given away: no other record gets it."""
        self._deleted.setdefault(collection, set()).add(record_id)
        self._write()

    def _seed(self) -> None:
        self._collections = {name: {} for name in SCHEMAS}
        self._changed, self._deleted = {}, {}
        for collection, records in build_records(self._seeded_at).items():
            self._collections[collection] = {record["id"]: record for record in records}

    def _read(self) -> dict[str, Any] | None:
        if self._state_file is None or not self._state_file.exists():
            return None
        saved: dict[str, Any] = json.loads(self._state_file.read_text(encoding="utf-8"))
        return saved

    def _restore(self, saved: dict[str, Any]) -> None:
        for collection, records in saved["changed"].items():
            for record in records:
                self._collections[collection][record["id"]] = record
                self._changed.setdefault(collection, set()).add(record["id"])
        for collection, ids in saved["deleted"].items():
            for record_id in ids:
                self._collections[collection].pop(record_id, None)
                self._deleted.setdefault(collection, set()).add(record_id)

    def _write(self) -> None:
        if self._state_file is None:
            return
        changed = {
            name: [self._collections[name][key] for key in sorted(ids)] for name, ids in self._changed.items()
        }
        deleted = {name: sorted(ids) for name, ids in self._deleted.items()}
        state = {"seededAt": self._seeded_at.isoformat(), "changed": changed, "deleted": deleted}
        self._state_file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._state_file.with_name(self._state_file.name + ".new")
        beside.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
        beside.replace(self._state_file)
