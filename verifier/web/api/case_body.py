"""Reads the JSON body of a request into a dataclass of the rules: strictly, with every text in order.

Nothing is converted: a number is no text, a text no number. What the dataclass does not know is refused, so that a slip
in a name is never a wish that goes unheard. No answer repeats what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from functools import cache
from types import GenericAlias
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import request
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import RequestEntityTooLarge

from verifier.accounts.plain_text import LONGEST_TEXT, clean_text
from verifier.errors import BadRequest
from verifier.plain import visible
from verifier.plain_json import ToldTwice, read_once

MOST_BYTES = 1024 * 1024
"""Of a JSON body."""
STRICT = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)
GREATEST = 2**31 - 1
"""The database counts no further."""
YEARS = range(1800, 9000)
MOST_ITEMS = 1000
"""Of a list or a mapping."""
LONGEST_FIELD = 100
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{8,}([Zz]|[+-][0-9]{2}:[0-9]{2})?")
"""As RFC 3339 writes it; that the zone may not be missing is said apart."""
MISSING = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
UNKNOWN = frozenset({"extra_forbidden", "unexpected_keyword_argument", "unexpected_positional_argument"})
ALLOWED = {
    "date": "YYYY-MM-DD",
    "datetime": "YYYY-MM-DDThh:mm:ss+07:00",
    "int": "whole number",
    "float": "number",
    "bool": "true, false",
    "string": "text",
    "uuid": "UUID",
    "tuple": "list",
    "list": "list",
    "frozen": "list",
    "dict": "object",
    "dataclass": "object",
}
"""What a person may write, by the beginning of the name that the reader's library has for the error."""

R = TypeVar("R")


def body(kind: type[R]) -> R:
    """Return the body of the request as one of `kind`; no body at all is an object without fields.

    BadRequest `json-expected`, `bad-request` where it is no JSON object, `field-missing`, `field-unknown`,
    `field-wrong`, `field-twice`, `text-unclear`, each with `field` as `papers.0.holder`; `body-too-large`.
    """
    try:
        data = request.get_data(cache=True)
    except RequestEntityTooLarge:
        raise BadRequest("body-too-large", "The body is larger than 1 MB.") from None
    if data and not request.is_json:
        raise BadRequest("json-expected", "The body must be JSON (application/json).")
    return read(kind, data or b"{}")


def read(kind: type[R], data: bytes) -> R:
    """Return JSON text as one of `kind`; BadRequest as `body`."""
    try:
        found = adapter(cast("Hashable", kind)).validate_json(b"[" + data + b"]")[0]
    except ValidationError as refusal:
        raise _refused(refusal.errors(include_url=False, include_input=False)[0]) from None
    try:
        sent = read_once(data.decode())  # of two values the reader above takes the last
    except ToldTwice as odd:
        raise twice(odd) from None
    _written(found, sent, "")
    return cleaned(cast("R", found))


def twice(odd: ToldTwice) -> BadRequest:
    """Return the refusal of a name that stands twice in one object."""
    name = visible(odd.name)[:LONGEST_FIELD]
    return BadRequest("field-twice", f"{name} is told twice.", field=name)


def cleaned(found: R) -> R:
    """Return what was read with every text in order and every number, day and length as the database can hold them.

    BadRequest `text-unclear`, `field-wrong`, `time-without-zone`, with `field`.
    """
    return cast("R", _cleaned(found, ""))


@cache
def adapter(kind: Hashable) -> TypeAdapter[tuple[Any]]:
    """Return what reads one of a type; it stands in a list, since the strictness cannot be said of a dataclass."""
    return TypeAdapter(cast("type[tuple[Any]]", GenericAlias(tuple, (kind,))), config=STRICT)


def _written(found: Any, sent: Any, at: str) -> None:
    """Refuse an instant or an id that the reader understood, but that was not written as the contract tells."""
    if isinstance(found, datetime) and not INSTANT.fullmatch(sent):
        raise _wrong(at, ALLOWED["datetime"])
    if isinstance(found, UUID) and str(found) != sent.lower():
        raise _wrong(at, ALLOWED["uuid"])
    if isinstance(sent, dict):
        for name, one in sent.items():
            held = found[name] if isinstance(found, Mapping) else getattr(found, name)
            _written(held, one, _under(at, name))
    elif isinstance(sent, list) and isinstance(found, tuple | list):
        for place, (held, one) in enumerate(zip(found, sent, strict=True)):
            _written(held, one, _under(at, place))


def bounded(schema: Any) -> None:
    """Write the bounds that `cleaned` holds every body to into its JSON schema, wherever there are no closer ones."""
    if isinstance(schema, list):
        for one in schema:
            bounded(one)
    if not isinstance(schema, dict):
        return
    for one in schema.values():
        bounded(one)
    if schema.get("type") == "integer":
        schema |= {"minimum": -GREATEST, "maximum": GREATEST, **schema}
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        schema |= {"maxLength": LONGEST_TEXT, **schema}
    if schema.get("type") == "array" and "prefixItems" not in schema:
        schema |= {"maxItems": MOST_ITEMS, **schema}
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        schema |= {"maxProperties": MOST_ITEMS, **schema}


def _refused(error: ErrorDetails) -> BadRequest:
    place = ".".join(visible(str(one)) for one in error["loc"][1:])[:LONGEST_FIELD]
    if error["type"] == "json_invalid":
        return BadRequest("bad-request", "The body is no JSON text.")
    if not place:
        return BadRequest("bad-request", "The body must be one JSON object.")
    if error["type"] in MISSING:
        return BadRequest("field-missing", f"{place} is missing.", field=place)
    if error["type"] in UNKNOWN:
        return BadRequest("field-unknown", f"There is no field {place!r}.", field=place)
    allowed = _allowed(error)
    return BadRequest("field-wrong", f"{place}: {allowed}.", field=place, allowed=allowed)


def _allowed(error: ErrorDetails) -> str:
    """Return what may stand where something else does."""
    if expected := error.get("ctx", {}).get("expected"):
        return str(expected)
    return ALLOWED.get(error["type"].partition("_")[0], error["type"])


def _cleaned(value: Any, at: str) -> Any:
    """Return a value with every text in NFC and in one line, or refuse it."""
    if isinstance(value, str):
        return _text(value, at)
    if isinstance(value, datetime | date):
        return _time(value, at)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > GREATEST:
        raise _wrong(at, f"at most {GREATEST}")
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: _cleaned(getattr(value, one.name), _under(at, one.name)) for one in fields(value)}
        return replace(value, **told)
    return _gathered(value, at)


def _gathered(value: Any, at: str) -> Any:
    if isinstance(value, Mapping | tuple | list | frozenset) and len(value) > MOST_ITEMS:
        raise _wrong(at, f"at most {MOST_ITEMS} entries")
    if isinstance(value, Mapping):
        return {_text(name, at): _cleaned(one, _under(at, name)) for name, one in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return type(value)(_cleaned(one, _under(at, place)) for place, one in enumerate(value))
    return value


def _text(raw: str, at: str) -> str:
    try:
        return clean_text(raw)
    except BadRequest as refusal:
        told = {**refusal.problem.params, "field": at[:LONGEST_FIELD]}
        raise BadRequest(refusal.problem.code, refusal.problem.detail, **told) from None


def _time(value: date, at: str) -> date:
    """Return a day or an instant of a time in which calendars can reckon."""
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise BadRequest("time-without-zone", f"{at} must name its time zone.", field=at)
    if value.year not in YEARS:
        raise _wrong(at, f"a year from {YEARS.start} to {YEARS.stop - 1}")
    return value


def _under(at: str, name: object) -> str:
    return f"{at}.{visible(str(name))}" if at else visible(str(name))


def _wrong(at: str, why: str) -> BadRequest:
    return BadRequest("field-wrong", f"{at}: {why}.", field=at[:LONGEST_FIELD], allowed=why)
