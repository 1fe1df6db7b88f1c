"""Small tools of the repositories: from a row to its record and back."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Executable, func
from sqlalchemy.orm import Session

_R = TypeVar("_R")


def record(kind: type[_R], row: Any) -> _R:
    """Make a record out of the attributes of the same names."""
    return kind(**{one.name: getattr(row, one.name) for one in fields(kind)})  # type: ignore[arg-type]


def records(kind: type[_R], rows: Iterable[Any]) -> tuple[_R, ...]:
    """Make a record of each row."""
    return tuple(record(kind, row) for row in rows)


def values(one: Any) -> dict[str, Any]:
    """Return the fields of a record by name."""
    return {item.name: getattr(one, item.name) for item in fields(one)}


def touched(session: Session, statement: Executable) -> bool:
    """Carry a statement out; tell whether it met any row."""
    return bool(cast("CursorResult[Any]", session.execute(statement)).rowcount)


def token_hash(token: str) -> bytes:
    """SHA-256 of a random token, 32 bytes; what is kept of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


_LETTERS = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz"
_MARKED = "".join(letter for letter in _LETTERS + _LETTERS.upper() if not "a" <= letter <= "z")
"""Letters that searching takes for others."""


def folded(text: str) -> str:
    """Return text as it is searched: without marks and case, `đ` as `d`."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def like(text: str) -> str:
    """Return the pattern that finds the folded `text` anywhere; signs of patterns in it mean themselves."""
    escaped = folded(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


_PLACES = {letter: f"{place:02d}" for place, letter in enumerate(_LETTERS)}


def folded_column(column: Any) -> ColumnElement[str]:
    """Return a column as `folded` writes it, for text of Vietnamese letters in NFC."""
    return func.translate(column, _MARKED, folded(_MARKED))


def sort_key(text: str) -> str:
    """Return a key by which Vietnamese text sorts in plain byte order (a ă â b … d đ e ê …, then the tone marks)."""
    word = unicodedata.normalize("NFC", text.casefold())
    return "".join(_PLACES.get(letter, f"~{ord(letter):06x}" if letter.isalpha() else "!") for letter in word)


def name_key(name: str) -> str:
    """Return the key by which people sort: given name (tên) first, then family name and the rest."""
    parts = name.split()
    return sort_key(" ".join([parts[-1], *parts[:-1]])) if parts else ""
