"""Resources as the database writes them: for reads of many rows, where objects of the mapper would cost the most.

What a resource has under the name of a column is that column; only what is called or made otherwise is said here.
`infra.database.resources` says the same of single rows, and a test holds the two together.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, literal_column, null, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import FromClause

from domain.facts import is_editable
from domain.resources import FactResource, LaneItemResource, MessageResource, Resource
from domain.vocabulary import FactSource

_EMPTY_LIST = literal_column("'[]'::jsonb", JSONB)
_JSON_NULL = literal_column("'null'::jsonb", JSONB)
_EDITABLE = [source for source in FactSource if is_editable(source)]


def message_json(rows: FromClause) -> ColumnElement[Any]:
    """A `MessageResource` of each row of `messages`."""
    columns = rows.c
    return _object(
        MessageResource,
        rows,
        answers=_list(columns.answers),
        uploads=_list(columns.uploads),
        error=_error(columns.error_code, columns.error_detail),
    )


def lane_item_json(rows: FromClause) -> ColumnElement[Any]:
    """A `LaneItemResource` of each row of `lane_items`, but for the fact that it was promoted to."""
    return _object(LaneItemResource, rows, promoted_fact_id=null())


def fact_json(rows: FromClause) -> ColumnElement[Any]:
    """A `FactResource` of each row of `facts`."""
    return _object(FactResource, rows, editable=or_(*(rows.c.source_type == source for source in _EDITABLE)))


def person_json(rows: FromClause) -> ColumnElement[Any]:
    """Id and name of each row of `users`."""
    columns = rows.c
    return func.json_build_object(
        literal_column("'user_id'"), columns.id, literal_column("'name'"), columns.name
    )


def json_list(items: FromClause, item: ColumnElement[Any]) -> ColumnElement[str]:
    """The items of a subquery, in its order, as the text of one JSON array."""
    listed = func.coalesce(func.json_agg(item), literal_column("'[]'::json"))
    return select(cast(listed, Text)).select_from(items).scalar_subquery()


def _object(resource: type[Resource], rows: FromClause, **made: ColumnElement[Any]) -> ColumnElement[Any]:
    pairs: list[Any] = []
    for name in resource.model_fields:
        pairs += [literal_column(f"'{name}'"), made[name] if name in made else rows.c[name]]
    return func.json_build_object(*pairs)


def _list(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The mapper writes None into a JSON column as the null of JSON."""
    return func.coalesce(func.nullif(column, _JSON_NULL), _EMPTY_LIST)


def _error(code: ColumnElement[Any], detail: ColumnElement[Any]) -> ColumnElement[Any]:
    told = func.json_build_object(
        literal_column("'code'"), code, literal_column("'detail'"), func.coalesce(detail, "")
    )
    return case((code.is_not(None), told), else_=null())
