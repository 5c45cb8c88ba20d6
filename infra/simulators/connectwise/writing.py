"""Checks and effects every write shares: kinds, lengths, references, the vendor's form of JSON Patch."""

from __future__ import annotations

import re
from typing import Any

from infra.simulators.connectwise.errors import ErrorItem, VendorError, invalid, missing_field
from infra.simulators.connectwise.schema import SCHEMAS, Field, Kind
from infra.simulators.connectwise.settings import SimulatorSettings
from infra.simulators.connectwise.store import Record, Store

RESOURCE_NAMES = {
    "tickets": "ticket",
    "notes": "serviceNote",
    "linkedConfigurations": "configuration",
    "configurations": "Configuration",
    "timeEntries": "timeEntry",
    "scheduleEntries": "schedule",
    "statuses": "Service Status",
    "boards": "Service Board",
    "members": "Member",
    "companies": "Company",
    "contacts": "Contact",
    "priorities": "Priority",
    "types": "Service Type",
    "workTypes": "Work Type",
    "workRoles": "Work Role",
    "scheduleTypes": "Schedule Type",
}
_STRICT_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_LOOSE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


class Writer:
    """Turns request bodies into record values for one collection."""

    def __init__(self, store: Store, settings: SimulatorSettings, collection: str) -> None:
        self._store = store
        self._settings = settings
        self._schema = SCHEMAS[collection]
        self._resource = RESOURCE_NAMES[collection]

    def values(self, body: Any) -> Record:
        """Values of a POST body. Unknown and read-only names are ignored, as the vendor does."""
        if not isinstance(body, dict):
            raise invalid(self._resource)
        found = {
            name: self.value(name, field, body[name])
            for name, field in self._schema.items()
            if name in body and not field.read_only
        }
        for name, field in self._schema.items():
            if field.required and found.get(name) in (None, ""):
                raise missing_field(self._resource, name)
        return found

    def value(self, name: str, field: Field, given: Any) -> Any:
        if given is None:
            return None
        if field.kind is Kind.REFERENCE:
            return self._reference(name, field, given)
        fitting = {
            Kind.INTEGER: isinstance(given, int) and not isinstance(given, bool),
            Kind.NUMBER: isinstance(given, int | float) and not isinstance(given, bool),
            Kind.BOOLEAN: isinstance(given, bool),
            Kind.LIST: isinstance(given, list),
        }.get(field.kind, isinstance(given, str))
        if not fitting:
            raise self._refused("InvalidField", name, f"The value of {name} is invalid.")
        if field.kind is Kind.DATE and not self._date_fits(given):
            raise self._refused("UnsupportedFormat", name, f"Unsupported format applied to {name}")
        if field.kind is Kind.ENUM and given not in field.choices:
            raise self._refused("InvalidField", name, "Enum value supplied was invalid")
        if field.max_length is not None and len(given) > field.max_length:
            text = f"The field {name} must be a string with a maximum length of {field.max_length}."
            raise self._refused("MaxLengthField", name, text)
        return given

    def patched(self, record: Record, operations: Any) -> Record:
        """A changed copy of the record; what a JSON Patch array in the vendor's dialect asks for."""
        if not isinstance(operations, list):
            raise VendorError(400, "InvalidObject", "The request body must be an array of patch operations.")
        changed = dict(record)
        for operation in operations:
            if not isinstance(operation, dict) or operation.get("op") not in ("add", "replace", "remove"):
                raise VendorError(400, "InvalidObject", "The patch operation is invalid.")
            path = str(operation.get("path") or "").removeprefix("/")
            name, _, below = path.partition("/")
            field = self._schema.get(name)
            if field is None:
                raise VendorError(400, "InvalidObject", f"The path '{path}' is invalid.")
            value = None if operation["op"] == "remove" else operation.get("value")
            if below:
                if self._settings.nested_path_patch == "ignore":
                    continue
                value = {below: value}
            if field.read_only:
                continue
            if value is None and field.required:
                raise missing_field(self._resource, name)
            changed[name] = self.value(name, field, value)
        return changed

    def _reference(self, name: str, field: Field, given: Any) -> Record:
        if not isinstance(given, dict):
            raise self._refused("InvalidField", "source", f"The value of path '{name}' is invalid.")
        if field.collection is None:
            return {key: given[key] for key in ("id", "name") if key in given}
        for key in ("id", "identifier", "name"):
            if key not in given:
                continue
            for candidate in self._store.all(field.collection):
                if candidate.get(key) == given[key]:
                    return as_reference(candidate)
            resource = RESOURCE_NAMES.get(field.collection, name)
            raise self._refused("NotFound", f"{name}/{key}", f"{resource} {given[key]} not found")
        raise missing_field(self._resource, f"{name}/id")

    def _date_fits(self, given: str) -> bool:
        pattern = _STRICT_DATE if self._settings.strict_dates else _LOOSE_DATE
        return pattern.fullmatch(given) is not None

    def _refused(self, code: str, name: str, message: str) -> VendorError:
        return invalid(self._resource, ErrorItem(code, message, self._resource, name))


def as_reference(record: Record) -> Record:
    """`{id, name}` of a record, with `identifier`, `sort` or `level` where its kind has them."""
    name = record.get("name") or f"{record.get('firstName', '')} {record.get('lastName', '')}".strip()
    found: Record = {"id": record["id"], "name": name}
    if record.get("identifier"):
        found["identifier"] = record["identifier"]
    if "closedStatus" in record:
        found["sort"] = record["sortOrder"]
    if "level" in record:
        found.update(sort=record["sortOrder"], level=record["level"])
    return found
