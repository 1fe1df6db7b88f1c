"""Filled signature fields (ISO 32000-2 12.7.5.5), all of them: whatever their sub-filter, whatever they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, NullObject

from verifier.errors import CouldNotJudge
from verifier.pades.engine import Opened

MAX_SIGNATURE_FIELDS = 1_000
"""More signature fields than this, filled or empty, are not analysed; real forms have fewer than 50."""
MAX_FIELDS = 100_000
"""Bound on the walk through all form fields."""
MAX_TEXT = 1_000
"""Longest text that is taken over from a dictionary, in characters."""

Key = tuple[int, int]
"""Object and generation number."""


@dataclass(frozen=True)
class FilledField:
    """A signature field with a value."""

    name: str
    field: DictionaryObject
    field_key: Key | None
    value: DictionaryObject | None
    """The signature dictionary; None where the value is something else."""
    value_key: Key | None
    """Object of the signature dictionary; None where it stands directly in the field."""
    widget: DictionaryObject | None = None
    shared: bool = False
    """Whether another field refers to the same signature dictionary."""

    @property
    def home(self) -> Key | None:
        """The object whose bytes hold the signature dictionary."""
        return self.value_key or self.field_key


@dataclass(frozen=True)
class FilledFields:
    """What the form holds."""

    fields: tuple[FilledField, ...]
    """In order of the form; one for several fields that share a dictionary."""
    unreadable: int
    """Nodes of the form that cannot be read; one may have been a signature, which is then a remnant."""


@dataclass(frozen=True)
class _Node:
    obj: DictionaryObject
    key: Key | None
    field_type: str
    prefix: str


def filled_fields(opened: Opened) -> FilledFields:
    """Return the filled signature fields; raises CouldNotJudge budget-exhausted."""
    found: dict[object, FilledField] = {}
    signature_fields = unreadable = 0
    for node in _walk(opened):
        if node is None:
            unreadable += 1
            continue
        if node.field_type == "/Sig" and "/T" in node.obj:
            signature_fields += 1
            if signature_fields > MAX_SIGNATURE_FIELDS:
                raise CouldNotJudge("budget-exhausted", "Too many signature fields.", limit="fields")
        one = _filled(opened, node)
        if one is None:
            continue
        identity: object = one.value_key or one.field_key or id(one.value)
        known = found.get(identity)
        if known is None:
            found[identity] = one
        elif known.name != one.name:
            found[identity] = replace(known, shared=True)
    return FilledFields(tuple(found.values()), unreadable)


def _walk(opened: Opened) -> Iterator[_Node | None]:
    """Yield every node of the form's tree once, parents first; None for one that cannot be read.

    A node is read when its turn comes, so that whoever counts may stop before the rest is read.
    """
    fields = opened.guarded(_listed_fields, None, opened)
    if fields is None:
        yield None
    stack = [_children(opened, fields, _Node(DictionaryObject(), None, "", ""))]
    seen: set[Key] = set()
    count = 0
    while stack:
        try:
            node = next(stack[-1])
        except StopIteration:
            stack.pop()
            continue
        if node is None:
            yield None
            continue
        if node.key is not None and node.key in seen:
            continue
        if node.key is not None:
            seen.add(node.key)
        count += 1
        if count > MAX_FIELDS:
            raise CouldNotJudge("budget-exhausted", "Too many form fields.", limit="fields")
        yield node
        kids = opened.guarded(entry, None, node.obj, "/Kids")
        stack.append(_children(opened, kids, node))


def _listed_fields(opened: Opened) -> Any:
    form = entry(opened.reader.root, "/AcroForm", DictionaryObject())
    return entry(form, "/Fields", ArrayObject())


def _children(opened: Opened, kids: object, parent: _Node) -> Iterator[_Node | None]:
    """Yield the child nodes, each read when it is asked for."""
    if not isinstance(kids, ArrayObject):
        return
    for index in range(len(kids)):
        raw = kids.raw_get(index)
        obj = opened.guarded(raw.get_object, None)
        if isinstance(obj, DictionaryObject):
            yield _node(opened, obj, raw, parent)
        elif not isinstance(obj, NullObject):
            yield None


def _node(opened: Opened, obj: DictionaryObject, raw: object, parent: _Node) -> _Node:
    part = clean_text(opened.guarded(entry, "", obj, "/T", ""))
    name = f"{parent.prefix}.{part}" if parent.prefix and part else parent.prefix or part
    field_type = opened.guarded(entry, parent.field_type, obj, "/FT", parent.field_type)
    return _Node(obj, _key(raw), str(field_type), name)


def _filled(opened: Opened, node: _Node) -> FilledField | None:
    """Return the field if it has a value that is, or should be, a signature dictionary."""
    if "/V" not in node.obj:
        return None
    raw = node.obj.raw_get("/V")
    value = opened.guarded(raw.get_object, None)
    if isinstance(value, NullObject):
        return None
    is_dictionary = isinstance(value, DictionaryObject)
    untyped = not node.field_type and is_dictionary and "/ByteRange" in value
    if node.field_type != "/Sig" and not untyped:
        return None
    return FilledField(
        name=node.prefix,
        field=node.obj,
        field_key=node.key,
        value=value if is_dictionary else None,
        value_key=_key(raw),
        widget=opened.guarded(_widget, None, node.obj),
    )


def _widget(obj: DictionaryObject) -> DictionaryObject | None:
    if "/Rect" in obj:
        return obj
    kids = entry(obj, "/Kids")
    if isinstance(kids, ArrayObject) and len(kids) and isinstance(kids[0], DictionaryObject):
        return kids[0] if "/Rect" in kids[0] else None
    return None


def _key(raw: object) -> Key | None:
    return (raw.idnum, raw.generation) if isinstance(raw, IndirectObject) else None


_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def entry(obj: DictionaryObject, key: str, default: Any = None) -> Any:
    """Return an entry with its reference followed, `default` where it is absent or null."""
    try:
        return obj[key]
    except KeyError:
        return default


def clean_text(value: object) -> str:
    """Return text for people: control and direction marks replaced, lone surrogates too, length bounded."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return _UNSHOWABLE.sub("\ufffd", text[:MAX_TEXT]).encode("utf-8", "replace").decode("utf-8")


def dictionary_texts(opened: Opened, value: DictionaryObject) -> dict[str, str]:
    """Return the entries of a signature dictionary that people may want to read, as text."""
    found = {}
    for name in ("Filter", "Reason", "Location", "Name", "ContactInfo", "M"):
        text = clean_text(opened.guarded(entry, "", value, f"/{name}", "")).removeprefix("/")
        if text:
            found[name] = text
    return found


_PDF_DATE = re.compile(
    r"\s*(?:D:)?\s*(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.\d+)?\s*(?:(Z)|([+-])(\d\d)'?:?(\d\d)?)?"
)


def parse_date(text: str) -> datetime | None:
    """Read a PDF date (ISO 32000-2 7.9.4) in UTC, also without `D:`; without a zone it is taken as UTC.

    None where there is no date in it. It is a claim of the signer in any case.
    """
    match = _PDF_DATE.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    try:
        zone = timezone(-offset if match[8] == "-" else offset)
        moment = datetime(year or 1, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def doc_mdp(opened: Opened, value: DictionaryObject) -> int | None:
    """Return the permission of a certification signature (ISO 32000-2 12.8.2.2), None for an approval signature."""

    def read() -> int | None:
        for raw in entry(value, "/Reference", ()):
            reference: Any = raw.get_object()
            if reference["/TransformMethod"] == "/DocMDP":
                permission = int(entry(entry(reference, "/TransformParams", reference), "/P", 2))
                return permission if permission in (1, 2, 3) else 2
        return None

    return opened.guarded(read, None)
