"""Snapshots of which every field of every record says something, made out of the types alone."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from verifier.snapshot import TrustSnapshot
from verifier.trust.canon import arranged

Path = tuple[str, ...]


def made(hint: Any, number: int) -> Any:
    """A value of this type; another one for another number."""
    shape, parts = get_origin(hint), get_args(hint)
    if shape in (Union, types.UnionType):
        return made(next(one for one in parts if one is not type(None)), number)
    if is_dataclass(hint) and isinstance(hint, type):
        return hint(**{name: made(kind, number) for name, kind in get_type_hints(hint).items()})
    if shape is tuple:
        return (made(parts[0], number),) if Ellipsis in parts else tuple(made(one, number) for one in parts)
    if shape is frozenset:
        members = list(parts[0])
        return frozenset({members[number % len(members)]})
    if isinstance(shape, type) and issubclass(shape, Mapping):
        return {f"key {number}": made(parts[1], number)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[number]
    simple: dict[Any, Any] = {
        str: f"text {number}",
        int: number,
        bool: number % 2 == 1,
        bytes: b"bytes %d" % number,
        datetime: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number),
        date: date(2020, 1, 1) + timedelta(days=number),
    }
    return simple[hint]


def full() -> TrustSnapshot:
    snapshot: TrustSnapshot = made(TrustSnapshot, 1)
    return arranged(snapshot)


def places(record: Any, before: Path = ()) -> Iterator[Path]:
    """Every field of a record and of the records within, as the way to it."""
    for field in fields(record):
        way = (*before, field.name)
        yield way
        inner = first(getattr(record, field.name))
        if is_dataclass(inner):
            yield from places(inner, way)


def first(value: Any) -> Any:
    """The one member of a tuple or mapping, or the value itself."""
    if isinstance(value, tuple):
        return value[0]
    return next(iter(value.values())) if isinstance(value, Mapping) else value


def changed(record: Any, way: Path) -> Any:
    """The record with another value at this place."""
    name, further = way[0], way[1:]
    value = getattr(record, name)
    if not further:
        return replace(record, **{name: made(get_type_hints(type(record))[name], 2)})
    inner = changed(first(value), further)
    if isinstance(value, tuple):
        inner = (inner,)
    elif isinstance(value, Mapping):
        inner = dict.fromkeys(value, inner)
    return replace(record, **{name: inner})


PLACES = [way for way in places(full()) if way != ("id",)]
