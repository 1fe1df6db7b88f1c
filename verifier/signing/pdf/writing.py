"""Writes PDF in two phases: `prepared` leaves room for a CMS, `embedded` puts it there; and validation data, covers.

All functions work on paths and may run in a worker process. What comes out begins with the bytes that came in.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pyhanko.pdf_utils.generic import IndirectObject

from verifier.errors import CouldNotIssue
from verifier.signing.pdf.appearance import form_of
from verifier.signing.pdf.cover import covered
from verifier.signing.pdf.form import FormField, Widget, add_field, fields, fill_field, shown_at
from verifier.signing.pdf.opening import attempted
from verifier.signing.pdf.pages import Page, page, pages
from verifier.signing.pdf.store import write_store
from verifier.signing.pdf.structure import tag_field
from verifier.signing.pdf.syntax import date, encoded, text
from verifier.signing.pdf.update import Section, Update
from verifier.signing.records import Drawing, Field, Material, Prepared

__all__ = ["covered", "embedded", "prepared", "stamp_prepared", "with_material"]

RANGE_WIDTH = 48
"""Bytes kept for the /ByteRange array: four numbers of up to ten digits."""

STAMP_RESERVED = 12_288
"""Bytes kept for a time-stamp token; with its chain it has up to 8 kB."""

SMALLEST_SCALE = 0.75
"""How much smaller than drawn a mark may become in a field that is there already."""

CHUNK = 1 << 20
"""Bytes of a file that are hashed at a time."""

T = TypeVar("T")


def prepared(source: Path, out: Path, field: Field, algorithm: str = "sha256") -> Prepared:
    """Write `source` with a signature field, shown as its drawing, and room for a CMS; the byte range is final.

    `algorithm` is the digest that the signature will use. A field that exists and is empty is filled as it stands.
    CouldNotIssue: not-extendable (param `hindrance`), field-name-taken, field-too-small, page-missing.
    """
    dictionary = _signature_dictionary(field)

    def build(update: Update) -> IndirectObject:
        value = update.add(dictionary)
        existing = next((one for one in fields(update) if one.name == field.name and one.is_empty_signature), None)
        if existing is not None:
            fill_field(update, existing, value, _fitted(update, existing, field.drawing if field.place else None))
            return value
        on = _page(update, field.place.page if field.place else 1)
        drawing = field.drawing if field.place else None
        widget = Widget(
            page=on,
            rectangle=on.rectangle(field.place) if field.place else (0.0, 0.0, 0.0, 0.0),
            appearance=form_of(update, drawing, on) if drawing else None,
            told=drawing.text if drawing else "",
            lang=drawing.lang if drawing else "",
        )
        made = add_field(update, field.name, value, widget)
        if drawing:
            tag_field(update, on, made, drawing)
        return value

    return _with_room(source, out, build, algorithm)


def stamp_prepared(source: Path, out: Path, name: str, algorithm: str = "sha256") -> Prepared:
    """Write `source` with an invisible document time stamp (EN 319 142-1 5.4.3) and room for its token."""
    dictionary = _dictionary_with_room({"/Type": b"/DocTimeStamp", "/SubFilter": b"/ETSI.RFC3161"}, STAMP_RESERVED)

    def build(update: Update) -> IndirectObject:
        value = update.add(dictionary)
        add_field(update, name, value, Widget(_page(update, 1), (0.0, 0.0, 0.0, 0.0), None))
        return value

    return _with_room(source, out, build, algorithm)


def with_material(source: Path, out: Path, material: Material) -> None:
    """Write `source` with validation data in its document security store, joined with what is there.

    Where nothing is new it is copied as it is.
    """
    section, added = _section(source, lambda update: write_store(update, material))
    _append(source, out, section if added else Section(b"", {}))


def embedded(path: Path, prepared: Prepared, cms: bytes) -> None:
    """Put a CMS, or a token, into the room kept for it, in place; another one may take its place later.

    CouldNotIssue cms-too-large: the file is untouched. ValueError where the room is not where it should be.
    """
    digits = prepared.contents_end - prepared.contents_start - 2
    if 2 * len(cms) > digits:
        raise CouldNotIssue(
            "cms-too-large",
            f"{len(cms)} bytes do not fit into {digits // 2}.",
            size=str(len(cms)),
            room=str(digits // 2),
        )
    with path.open("r+b") as file:
        file.seek(prepared.contents_start)
        room = file.read(digits + 2)
        if len(room) != digits + 2 or not re.fullmatch(rb"<[0-9A-Fa-f]*>", room):
            raise ValueError("no room for a CMS at this place")
        file.seek(prepared.contents_start + 1)
        file.write(cms.hex().encode().ljust(digits, b"0"))


def _page(update: Update, number: int) -> Page:
    found = page(update, number)
    if found is None:
        count = str(sum(1 for _ in pages(update)))
        raise CouldNotIssue("page-missing", f"The document has no page {number}.", page=str(number), pages=count)
    return found


def _fitted(update: Update, existing: FormField, drawing: Drawing | None) -> IndirectObject | None:
    """Return the drawing as it stands in a field that is there already; refuse to make it illegible."""
    shown = shown_at(update, existing)
    if drawing is None or shown is None:
        return None
    page, (width, height) = shown
    if min(width / drawing.width_mm, height / drawing.height_mm) < SMALLEST_SCALE:
        raise CouldNotIssue("field-too-small", "The field is too small for the mark.", field=existing.name)
    return form_of(update, drawing, page, (width, height))


def _signature_dictionary(field: Field) -> bytes:
    """Return a signature dictionary as PAdES wants it (EN 319 142-1 6.3): /M and no other time."""
    entries = {"/Type": b"/Sig", "/SubFilter": b"/ETSI.CAdES.detached"}
    told = {"/Name": field.name_told, "/Reason": field.reason, "/Location": field.location}
    entries |= {key: encoded(text(value)) for key, value in told.items() if value}
    if field.at is not None:
        entries["/M"] = encoded(date(field.at))
    return _dictionary_with_room(entries, field.reserved)


def _dictionary_with_room(entries: dict[str, bytes], reserved: int) -> bytes:
    """/ByteRange stands at the end and /Contents before it, so that both are found without parsing."""
    said = b" ".join(key.encode() + b" " + value for key, value in entries.items())
    room = b"/Contents <%b> /ByteRange [%b]" % (b"0" * (2 * reserved), b" " * RANGE_WIDTH)
    return b"<< %b /Filter /Adobe.PPKLite %b >>" % (said, room)


def _with_room(source: Path, out: Path, build: Callable[[Update], IndirectObject], algorithm: str) -> Prepared:
    section, value = _section(source, build)
    base = source.stat().st_size
    at = section.offsets[value.idnum] - base
    start = section.data.index(b"/Contents <", at) + len(b"/Contents ")
    end = section.data.index(b">", start) + 1
    room = section.data.index(b"/ByteRange [", end) + len(b"/ByteRange [")
    total = base + len(section.data)
    byte_range = b"0 %d %d %d" % (base + start, base + end, total - base - end)
    data = section.data[:room] + byte_range.ljust(RANGE_WIDTH) + section.data[room + RANGE_WIDTH :]
    _append(source, out, Section(data, section.offsets))
    digest = _digest(out, ((0, base + start), (base + end, total)), algorithm)
    return Prepared(digest, algorithm, base + start, base + end)


def _section(source: Path, build: Callable[[Update], T]) -> tuple[Section, T]:
    """Open a file and let `build` collect what is to be appended."""

    def collected(update: Update) -> tuple[Section, T]:
        result = build(update)
        return update.section(), result

    return attempted(source.read_bytes(), collected)


def _append(source: Path, out: Path, section: Section) -> None:
    shutil.copyfile(source, out)
    with out.open("ab") as file:
        file.write(section.data)


def _digest(path: Path, parts: tuple[tuple[int, int], ...], algorithm: str) -> bytes:
    found = hashlib.new(algorithm)
    with path.open("rb") as file:
        for start, end in parts:
            file.seek(start)
            left = end - start
            while left:
                chunk = file.read(min(CHUNK, left))
                if not chunk:
                    raise ValueError("the file ends before its byte range")
                found.update(chunk)
                left -= len(chunk)
    return found.digest()
