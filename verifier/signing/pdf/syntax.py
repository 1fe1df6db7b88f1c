"""Objects as bytes (ISO 32000-2 7.3): what was read is written with the same strings, what is new in plain form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    Reference,
    StreamObject,
    TextStringObject,
)

BYTE_ORDER_MARK = b"\xfe\xff"
"""UTF-16 with the high byte first: the one encoding of all text that every version of PDF knows (7.9.2.2)."""


def encoded(value: Any) -> bytes:
    """Return an object as it stands in a file; strings that were read keep their bytes."""
    if isinstance(value, bytes) and not isinstance(value, PdfObject):
        return value
    if isinstance(value, StreamObject):
        data = bytes(value.encoded_data)
        entries = {**_entries(value), "/Length": NumberObject(len(data))}
        return b"%b\nstream\n%b\nendstream" % (_dictionary(entries), data)
    if isinstance(value, DictionaryObject):
        return _dictionary(_entries(value))
    if isinstance(value, ArrayObject):
        return b"[%b]" % b" ".join(encoded(raw) for raw in list.__iter__(value))
    if isinstance(value, TextStringObject) and value.autodetected_encoding is not None:
        return _string(value.original_bytes)
    if isinstance(value, ByteStringObject):
        return _string(bytes(value))
    buffer = BytesIO()
    value.write_to_stream(buffer)
    return buffer.getvalue()


def _string(data: bytes) -> bytes:
    if data.isascii() and data.decode("ascii").isprintable():
        return b"(%b)" % re.sub(rb"([()\\])", rb"\\\1", data)
    return b"<%b>" % data.hex().encode()


def _entries(value: DictionaryObject) -> dict[str, Any]:
    return dict(dict.items(value))


def _dictionary(entries: Mapping[str, Any]) -> bytes:
    return b"<< %b >>" % b" ".join(b"%b %b" % (encoded(NameObject(key)), encoded(raw)) for key, raw in entries.items())


def dictionary(**entries: Any) -> DictionaryObject:
    """Return a dictionary; `None` leaves an entry out, Python's own values are turned into objects.

    A string that begins with a slash is a name.
    """
    return DictionaryObject({f"/{key}": plain(value) for key, value in entries.items() if value is not None})


def array(values: Iterable[Any]) -> ArrayObject:
    """Return an array of Python's own values or objects."""
    return ArrayObject([plain(value) for value in values])


def plain(value: Any) -> PdfObject:
    """Return an object for a number, a name (string with a slash) or an object."""
    if isinstance(value, PdfObject):
        return value
    if isinstance(value, bool):
        raise TypeError("no boolean is written here")
    if isinstance(value, int):
        return NumberObject(value)
    if isinstance(value, float):
        return FloatObject(f"{value:.4f}".rstrip("0").rstrip("."))
    if isinstance(value, str) and value.startswith("/"):
        return NameObject(value)
    raise TypeError(f"{type(value).__name__} is no PDF object")


def copied(value: DictionaryObject) -> DictionaryObject:
    """Return a copy whose entries may be changed; references stay references."""
    return DictionaryObject(_entries(value))


def text(value: str) -> PdfObject:
    """Return a text string: ASCII as it is, anything else in UTF-16 (7.9.2.2); lone surrogates are replaced."""
    if value.isascii() and value.isprintable():
        return ByteStringObject(value.encode("ascii"))
    return ByteStringObject(BYTE_ORDER_MARK + value.encode("utf-16-be", "replace"))


def date(moment: datetime) -> PdfObject:
    """Return a date with its zone (7.9.4), e.g. `D:20261123174136+07'00'`."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a date without zone")
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02d}'{abs(minutes) % 60:02d}'"
    return ByteStringObject(f"D:{moment:%Y%m%d%H%M%S}{zone}".encode())


def reference_of(value: Any) -> Reference | None:
    """Return where an indirect object stands, None for a direct one."""
    return Reference(value.idnum, value.generation) if isinstance(value, IndirectObject) else None


def is_null(value: Any) -> bool:
    """Whether a value says nothing."""
    return value is None or isinstance(value, NullObject)
