"""Lists as the vendor answers them: conditions, order, paging with a Link header, chosen fields."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse

from infra.simulators.connectwise.conditions import parse_conditions
from infra.simulators.connectwise.errors import bad_condition
from infra.simulators.connectwise.schema import BOOLEAN, SCHEMAS, Schema, text
from infra.simulators.connectwise.store import Record

DEFAULT_PAGE_SIZE = 25
MAX_PAGE_SIZE = 1000
CHILD_SCHEMA: Schema = {"value": text(), "communicationType": text(), "defaultFlag": BOOLEAN}
"""Of a contact's communicationItems, the only child rows conditions can reach here."""


def parameters(request: Request) -> dict[str, str]:
    """Query parameters; their names are case-insensitive."""
    return {name.lower(): value for name, value in request.query_params.items()}


def matching(records: list[Record], collection: str, query: dict[str, str]) -> list[Record]:
    predicate = parse_conditions(query.get("conditions", ""), SCHEMAS[collection])
    child = query.get("childconditions")
    if child:
        records = [record for record in records if _child_matches(record, child)]
    return [record for record in records if predicate(record)]


def list_response(
    request: Request, records: list[Record], collection: str, query: dict[str, str] | None = None
) -> JSONResponse:
    """One page. Page by number, or forward-only by id when the request asks for it."""
    query = parameters(request) if query is None else query
    found = matching(records, collection, query)
    size = max(1, min(_whole(query, "pagesize", DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE))
    if request.headers.get("pagination-type", "").lower() == "forward-only":
        return _forward_only(request, found, size, query)
    ordered = _ordered(found, query.get("orderby"), SCHEMAS[collection])
    page = max(1, _whole(query, "page", 1))
    last = max(1, -(-len(ordered) // size))
    links: list[tuple[str, int]] = []
    if page < last:
        links += [("next", page + 1), ("last", last)]
    if page > 1:
        links += [("first", 1), ("prev", min(page - 1, last))]
    header = ", ".join(f'<{_link(request, "page", number)}>; rel="{rel}"' for rel, number in links)
    rows = ordered[(page - 1) * size : page * size]
    body = [chosen_fields(row, query.get("fields")) for row in rows]
    return JSONResponse(body, headers={"Link": header} if header else None)


def chosen_fields(record: Record, fields: str | None) -> Record:
    """Only the asked fields (`_info` too only when asked); without `fields` the whole record."""
    if not fields:
        return record
    chosen: Record = {}
    for path in fields.split(","):
        name, _, below = path.strip().partition("/")
        if name not in record:
            continue
        value = record[name]
        if below and isinstance(value, dict):
            chosen.setdefault(name, {})
            if below in value:
                chosen[name][below] = value[below]
        else:
            chosen[name] = value
    return chosen


def _forward_only(request: Request, found: list[Record], size: int, query: dict[str, str]) -> JSONResponse:
    if "orderby" in query:
        raise bad_condition("orderBy is not supported with forward-only pagination.")
    after = _whole(query, "pageid", 0)
    rest = sorted((record for record in found if record["id"] > after), key=lambda record: int(record["id"]))
    rows = rest[:size]
    headers = None
    if len(rest) > size:
        headers = {"Link": f'<{_link(request, "pageId", rows[-1]["id"])}>; rel="next"'}
    return JSONResponse([chosen_fields(row, query.get("fields")) for row in rows], headers=headers)


def _link(request: Request, name: str, number: int) -> str:
    """The live form: a slash before `?`, spaces as `+`, lower-case percent escapes, the page last."""
    kept = [
        (key, value) for key, value in request.query_params.items() if key.lower() not in ("page", "pageid")
    ]
    pairs = [f"{key}={_lower_escapes(quote_plus(value))}" for key, value in kept] + [f"{name}={number}"]
    host = request.headers.get("host", "localhost")
    path: str = request.scope.get("simulator.original_path", request.url.path)
    return f"{request.url.scheme}://{host}{path.rstrip('/')}/?{'&'.join(pairs)}"


def _lower_escapes(encoded: str) -> str:
    parts = encoded.split("%")
    return parts[0] + "".join("%" + part[:2].lower() + part[2:] for part in parts[1:])


def _whole(query: dict[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise bad_condition(f"{name} must be a number.") from None


def _ordered(records: list[Record], order: str | None, schema: Schema) -> list[Record]:
    names = {name.lower(): name for name in schema}
    ordered = list(records)
    for part in reversed((order or "id").split(",")):
        path, _, direction = part.strip().partition(" ")
        first, _, below = path.partition("/")
        info = {"lastupdated": "lastUpdated", "dateentered": "dateEntered"}.get(first.lower())
        if info is None and first.lower() not in names:
            raise bad_condition(f"{path} is not a recognized name.")

        def key(record: Record, info: str | None = info, first: str = first, below: str = below) -> Any:
            value = record.get("_info", {}).get(info) if info else record.get(names[first.lower()])
            value = (value or {}).get(below) if below else value
            value = value.get("name") if isinstance(value, dict) else value
            return (value is not None, value if isinstance(value, int | float) else str(value or "").lower())

        ordered.sort(key=key, reverse=direction.strip().lower() == "desc")
    return ordered


def _child_matches(record: Record, condition: str) -> bool:
    """`communicationItems/value="…"`: true when one child satisfies the whole condition."""
    items = record.get("communicationItems")
    if not isinstance(items, list):
        raise bad_condition("childConditions are not supported on this record.")
    stripped = condition.replace("communicationItems/", "")
    predicate = parse_conditions(stripped, CHILD_SCHEMA)
    return any(predicate(item) for item in items)
