"""What is written into a form: each value as its kind wants it, every letter one that can be printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from verifier.law.forms.records import Field, Form
from verifier.law.letters import plain, unprintable
from verifier.law.records import NoAnswer

LIMIT = 20_000
"""Most letters of one text."""
TOTAL = 500_000
"""Most letters of all texts of one sheet together."""
ROW = 250
"""Letters that a row of a table, or an item of a list, counts for, even an empty one: it takes room and memory."""
MOST = 10**18
"""First number that is too large."""
_CODE = re.compile(r"[\x21-\x7e]{1,64}")

Values = Mapping[str, Any]
"""By name of field; what is not said, or empty, is left out. Texts are lines; a table is a tuple of such mappings."""
STRUCK = "struck"
"""In a row of a table: names of its values that are struck through, as of an entry that was cancelled (gạch bỏ)."""


def checked(form: Form, values: Mapping[str, Any]) -> Values:
    """Return what is said; NoAnswer `form-value-unknown`, `form-value-wrong`, `form-unprintable`, `form-too-long`."""
    known = {one.id: one for one in form.fields}
    for name in values:
        if name not in known:
            raise NoAnswer("form-value-unknown", f"{form.id} has no field {str(name)!r}", **_about(form, str(name)))
    room = Room(form)
    found = {name: room.taken(field, values[name]) for name, field in known.items() if values.get(name) is not None}
    return {name: value for name, value in found.items() if value not in ((), "")}


class Room:
    """What one sheet has taken so far."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._letters = 0

    def taken(self, field: Field, value: object) -> Any:
        """Return a value as it is written."""
        takers: Mapping[str, Callable[[Field, object], Any]] = {
            "text": self._text,
            "code": self._code,
            "count": self._count,
            "amount": self._count,
            "date": self._day,
            "date-time": self._instant,
            "choice": self._choice,
            "list": self._list,
            "table": self._table,
        }
        return takers[field.kind](field, value)

    def wrong(self, field: Field) -> NoAnswer:
        """Return the refusal of a value of another kind."""
        detail = f"{field.id} must be of kind {field.kind}"
        return NoAnswer("form-value-wrong", detail, kind=field.kind, **_about(self._form, field.id, field))

    def _take(self, field: Field, letters: int) -> None:
        self._letters += letters
        if self._letters > TOTAL:
            raise self._long(field, TOTAL)

    def _long(self, field: Field, limit: int) -> NoAnswer:
        about = _about(self._form, field.id, field)
        return NoAnswer("form-too-long", f"more than {limit} letters", limit=str(limit), **about)

    def _text(self, field: Field, value: object) -> tuple[str, ...]:
        if not isinstance(value, str):
            raise self.wrong(field)
        if len(value) > LIMIT:
            raise self._long(field, LIMIT)
        self._take(field, len(value))
        lines = tuple(plain(line) for line in re.split(r"\r\n|\r|\n", value))
        for line in lines:
            if letter := unprintable(line):
                about = _about(self._form, field.id, field)
                raise NoAnswer("form-unprintable", f"{field.id} holds {letter}", letter=letter, **about)
        return lines if any(lines) else ()

    def _code(self, field: Field, value: object) -> str:
        if not isinstance(value, str) or (value and not _CODE.fullmatch(value)):
            raise self.wrong(field)
        return value

    def _count(self, field: Field, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST:
            raise self.wrong(field)
        return value

    def _day(self, field: Field, value: object) -> date:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong(field)
        return value

    def _instant(self, field: Field, value: object) -> datetime:
        if not isinstance(value, datetime) or value.utcoffset() is None:
            raise self.wrong(field)
        return value

    def _choice(self, field: Field, value: object) -> str:
        if value not in [one.value for one in field.choices]:
            raise self.wrong(field)
        return str(value)

    def _list(self, field: Field, value: object) -> tuple[tuple[str, ...], ...]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.wrong(field)
        self._take(field, ROW * len(value))
        return tuple(line for one in value if (line := self._text(field, one)))

    def _table(self, field: Field, value: object) -> tuple[Values, ...]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.wrong(field)
        self._take(field, ROW * len(value))
        return tuple(self._row(field, row) for row in value)

    def _row(self, field: Field, row: object) -> Values:
        parts = {one.id: one for one in field.parts}
        if not isinstance(row, Mapping):
            raise self.wrong(field)
        struck = row.get(STRUCK, ())
        if not isinstance(struck, tuple) or not set(struck) <= set(parts):
            raise self.wrong(field)
        for name in row:
            if name not in parts and name != STRUCK:
                detail = f"{field.id} has no part {str(name)!r}"
                raise NoAnswer("form-value-unknown", detail, **_about(self._form, f"{field.id}.{name}", field))
        found = {name: self.taken(part, row[name]) for name, part in parts.items() if row.get(name) is not None}
        said = {name: value for name, value in found.items() if value not in ((), "")}
        return {**said, STRUCK: struck} if struck else said


def _about(form: Form, name: str, field: Field | None = None) -> dict[str, str]:
    words = field.words if field else None
    return {
        "form": form.id,
        "field": name,
        "label_vi": words.vi if words else name,
        "label_en": (words.en or words.vi) if words else name,
    }
