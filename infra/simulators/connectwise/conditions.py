"""The vendor's `conditions` language: parse, check against a record's fields, evaluate."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.simulators.connectwise.errors import bad_condition
from infra.simulators.connectwise.schema import INFO_FIELDS, REFERENCE_FIELDS, Field, Kind, Schema

Record = dict[str, Any]
Predicate = Callable[[Record], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"[^"]*"|'[^']*')
      | \[(?P<date>[^\[\]]*)\]
      | (?P<number>-?\d+(?:\.\d+)?)(?![\w/])
      | (?P<operator><=|>=|!=|=|<|>)
      | (?P<symbol>[(),])
      | (?P<word>[A-Za-z_][\w/]*)
    )""",
    re.VERBOSE,
)
_WORD_OPERATORS = {"contains", "like", "in"}
_ORDERINGS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BOOLEAN_EXPECTED = (
    "Expected a boolean value, not a numeric. String values should be enclosed with double or single quotes; "
    "DateTime values should be enclosed with square brackets; Boolean values should be True or False."
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while source[position:].strip():
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            raise bad_condition(f"Invalid condition near '{source[position : position + 20].strip()}'.")
        found.append(_Token(match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return found


def _literal_text(quoted: str) -> str:
    """The text inside the quotes. A bare `[` would be read as the start of a date; `[[]` stands for one."""
    inner = quoted[1:-1]
    if "[" in inner.replace("[[]", ""):
        raise bad_condition("DateTime values should be enclosed with square brackets and be valid dates.")
    return inner.replace("[[]", "[")


def _parse_date(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise bad_condition(f"'{text}' is not a valid DateTime.") from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


class _Parser:
    def __init__(self, tokens: list[_Token], schema: Schema) -> None:
        self._tokens = tokens
        self._position = 0
        self._names = {name.lower(): (name, field) for name, field in schema.items()}

    def parse(self) -> Predicate:
        predicate = self._expression()
        if self._position != len(self._tokens):
            raise bad_condition(f"Unexpected '{self._tokens[self._position].text}' in condition.")
        return predicate

    def _peek(self, *texts: str) -> bool:
        if self._position >= len(self._tokens):
            return False
        token = self._tokens[self._position]
        return token.kind != "string" and token.text.lower() in texts

    def _next(self) -> _Token:
        if self._position >= len(self._tokens):
            raise bad_condition("The condition ends too early.")
        self._position += 1
        return self._tokens[self._position - 1]

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.kind == "string" or token.text != text:
            raise bad_condition(f"Expected '{text}', found '{token.text}'.")

    def _expression(self) -> Predicate:
        result = self._conjunction()
        while self._peek("or"):
            self._next()
            result = _either(result, self._conjunction())
        return result

    def _conjunction(self) -> Predicate:
        result = self._term()
        while self._peek("and"):
            self._next()
            result = _both(result, self._term())
        return result

    def _term(self) -> Predicate:
        if self._peek("("):
            self._next()
            inner = self._expression()
            self._expect(")")
            return inner
        read, field = self._field()
        negated = self._peek("not")
        if negated:
            self._next()
        token = self._next()
        name = token.text.lower()
        if token.kind != "operator" and name not in _WORD_OPERATORS:
            raise bad_condition(f"'{token.text}' is not a recognized operator.")
        if name == "in":
            test = self._membership(field)
        else:
            value = self._value(field)
            test = _comparison(name, value)
        return (lambda record: not test(read(record))) if negated else (lambda record: test(read(record)))

    def _field(self) -> tuple[Callable[[Record], Any], Field]:
        token = self._next()
        if token.kind != "word":
            raise bad_condition(f"Expected a field name, found '{token.text}'.")
        first, *rest = token.text.split("/")
        info = {key.lower(): key for key in INFO_FIELDS}.get(first.lower())
        if info is not None and not rest:
            return (lambda record: record.get("_info", {}).get(info)), Field(INFO_FIELDS[info])
        name, field = self._names.get(first.lower(), ("", Field(Kind.LIST)))
        if field.kind is Kind.LIST:
            raise bad_condition(f"{token.text} is not a recognized name.")
        if not rest:
            return (lambda record: record.get(name)), field
        below = {key.lower(): (key, kind) for key, kind in REFERENCE_FIELDS.items()}
        if field.kind is not Kind.REFERENCE or len(rest) != 1 or rest[0].lower() not in below:
            raise bad_condition(f"{token.text} is not a recognized name.")
        key, kind = below[rest[0].lower()]
        return (lambda record: (record.get(name) or {}).get(key)), Field(kind)

    def _membership(self, field: Field) -> Callable[[Any], bool]:
        self._expect("(")
        values = [self._value(field)]
        while self._peek(","):
            self._next()
            values.append(self._value(field))
        self._expect(")")
        tests = [_comparison("=", value) for value in values]
        return lambda actual: any(test(actual) for test in tests)

    def _value(self, field: Field) -> Any:
        token = self._next()
        word = token.text.lower()
        if token.kind == "word" and word == "null":
            return None
        if field.kind is Kind.BOOLEAN:
            if token.kind == "word" and word in ("true", "false"):
                return word == "true"
            raise bad_condition(_BOOLEAN_EXPECTED)
        if token.kind == "string":
            text = _literal_text(token.text)
            if field.kind is Kind.ENUM and text.lower() not in {choice.lower() for choice in field.choices}:
                raise bad_condition("Enum value supplied was invalid")
            return text
        if token.kind == "date":
            return _parse_date(token.text)
        if token.kind == "number":
            return float(token.text)
        hint = "String values should be enclosed with double or single quotes."
        raise bad_condition(f"'{token.text}' is not a valid value. {hint}")


def _both(left: Predicate, right: Predicate) -> Predicate:
    return lambda record: left(record) and right(record)


def _either(left: Predicate, right: Predicate) -> Predicate:
    return lambda record: left(record) or right(record)


def _comparable(actual: Any, wanted: Any) -> tuple[Any, Any] | None:
    """Both sides in a common type, or None when they cannot be compared (null, or different kinds)."""
    if isinstance(wanted, bool) or isinstance(actual, bool):
        return (actual, wanted) if isinstance(actual, bool) and isinstance(wanted, bool) else None
    if isinstance(wanted, datetime):
        return (_parse_date(actual), wanted) if isinstance(actual, str) else None
    if isinstance(wanted, float):
        return (float(actual), wanted) if isinstance(actual, int | float) else None
    return (actual.lower(), wanted.lower()) if isinstance(actual, str) and isinstance(wanted, str) else None


def _comparison(name: str, wanted: Any) -> Callable[[Any], bool]:
    if wanted is None:
        if name not in ("=", "!="):
            raise bad_condition("null can only be compared with = and !=.")
        return lambda actual: (actual is None) == (name == "=")
    if name in ("contains", "like"):
        if not isinstance(wanted, str):
            raise bad_condition(f"'{name}' needs a string value.")
        body = re.escape(wanted)
        if name == "like":
            body = re.escape(wanted).replace(r"\*", ".*").replace("%", ".*")
        pattern = re.compile(body if name == "contains" else rf"\A{body}\Z", re.IGNORECASE | re.DOTALL)
        return lambda actual: isinstance(actual, str) and pattern.search(actual) is not None

    order = _ORDERINGS[name]

    def compare(actual: Any) -> bool:
        pair = _comparable(actual, wanted)
        return name == "!=" if pair is None else bool(order(*pair))

    return compare


def parse_conditions(source: str, schema: Schema) -> Predicate:
    """A predicate over records of `schema`. Raises the vendor's ApiFindCondition error (400)."""
    return _Parser(_tokens(source), schema).parse() if source.strip() else (lambda record: True)
