"""Reading TOML files of the trust store strictly: an unknown key, a missing key or a wrong type refuses the file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from verifier.errors import CouldNotJudge


@dataclass(frozen=True)
class Key:
    """What one key of a table must be."""

    kind: type | tuple[type, ...]
    required: bool = True


def unreadable(where: str, why: str) -> CouldNotJudge:
    """Build the error for a file of the trust store that cannot be used."""
    return CouldNotJudge("trust-store-unreadable", f"{where}: {why}", file=where)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; CouldNotJudge `trust-store-unreadable` where it cannot be read or is none."""
    try:
        return parse_toml(path.read_bytes(), path.name)
    except OSError as error:
        raise unreadable(path.name, error.strerror or "cannot be read") from None


def parse_toml(text: bytes, where: str) -> dict[str, Any]:
    """Read TOML; CouldNotJudge `trust-store-unreadable`, with `where` as file, where it is none."""
    try:
        return tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise unreadable(where, f"not TOML: {error}") from None


def check_table(table: object, keys: Mapping[str, Key], where: str) -> dict[str, Any]:
    """Return the table if it has just these keys; CouldNotJudge `trust-store-unreadable` otherwise."""
    if not isinstance(table, dict):
        raise unreadable(where, "a table was expected")
    for name, value in table.items():
        if name not in keys:
            raise unreadable(where, f"unknown key {name!r}")
        kind = keys[name].kind
        # a TOML boolean is no number, though Python says so
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise unreadable(where, f"{name} has the wrong type")
    missing = [name for name, key in keys.items() if key.required and name not in table]
    if missing:
        raise unreadable(where, f"{missing[0]} is missing")
    return table


def texts(value: object, where: str) -> tuple[str, ...]:
    """Return a list of strings; CouldNotJudge `trust-store-unreadable` for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise unreadable(where, "a list of strings was expected")
    return tuple(value)


def instant(value: object, where: str) -> datetime | None:
    """Return a TOML date (its first instant, UTC) or date-time with offset; None stays None."""
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise unreadable(where, "a time must say its offset from UTC, as 2026-01-31T00:00:00Z")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(0), UTC)
    raise unreadable(where, "a date was expected")
