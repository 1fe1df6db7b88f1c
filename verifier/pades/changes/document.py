"""What changed at the top: trailer, catalog, names, layers, validation data, descriptive data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from verifier.pades.changes.delta import Delta, permitted, suspicious, validation_data
from verifier.pades.changes.objects import Stream, entries, references
from verifier.pades.changes.pair import Pair
from verifier.pades.changes.structure import structure_deltas
from verifier.pades.changes.syntax import Name, Ref

TRAILER_BOOKKEEPING = frozenset({
    "/Size", "/Prev", "/XRefStm", "/ID", "/Type", "/W", "/Index", "/Length", "/Filter", "/DecodeParms", "/DocChecksum",
})  # fmt: skip
"""Trailer entries that say how the file is written (ISO 32000-2 table 15 and 17); /DocChecksum is OpenOffice's own."""

COMPARED_ELSEWHERE = frozenset({"/Pages", "/AcroForm", "/Type"})

EXTENSION_KEYS = frozenset({"/Version", "/Extensions"})

DESCRIPTIVE_KEYS = frozenset({"/Metadata", "/PieceInfo", "/LastModified"})

ACTIVE_KEYS = frozenset({"/OpenAction", "/AA", "/JavaScript", "/EmbeddedFiles", "/AF", "/Collection"})
"""Entries that bring scripts, actions or attachments."""

TOOL_STAMPS = frozenset({"/ModDate", "/Producer"})
"""Document information that every writing tool updates."""


TRAPPED = (Name("/True"), Name("/False"), Name("/Unknown"))
"""Values of /Trapped, the only entry of the document information that is a name (ISO 32000-2 table 349)."""


_XMP_STAMPS = re.compile(
    rb"<(\w+:(?:ModifyDate|MetadataDate|Producer|InstanceID))\b[^>]*>[^<]*</\1\s*>"
    rb"|\w+:(?:ModifyDate|MetadataDate|Producer|InstanceID)=(?:\"[^\"]*\"|'[^']*')|\s+"
)


def document_deltas(pair: Pair) -> Iterator[Delta]:
    """Yield what changed outside pages and fields."""
    yield from _trailer(pair)
    yield from _containers(pair)
    old, new = pair.before.catalog, pair.after.catalog
    for key in sorted(pair.differing_keys(old, new) - COMPARED_ELSEWHERE):
        yield from _catalog_entry(pair, key, old.get(key), new.get(key))


def _trailer(pair: Pair) -> Iterator[Delta]:
    old, new = pair.store.trailer(pair.old), pair.store.trailer(pair.new)
    if not pair.same(old.get("/Encrypt"), new.get("/Encrypt")):
        yield suspicious("structure_changed", object="Encrypt")
    yield from _information(pair, old.get("/Info"), new.get("/Info"))
    for key in sorted(old.keys() - TRAILER_BOOKKEEPING - {"/Root", "/Info", "/Encrypt"}):
        overwritten = {ref for ref in references(old[key]) if ref in pair.dirty and pair.existed(ref)}
        if overwritten:
            yield suspicious("structure_changed", object=", ".join(map(str, sorted(overwritten))), key=key)


def _information(pair: Pair, old: Any, new: Any) -> Iterator[Delta]:
    before, after = entries(pair.was(old)), entries(pair.now(new))
    differing = pair.differing_keys(before, after)
    if not differing:
        return
    # document information is text that nothing else refers to; else it may be meant for another reader of the object
    keys = ", ".join(sorted(key.removeprefix("/") for key in differing))
    values = [pair.was(before.get(key)) for key in differing] + [pair.now(after.get(key)) for key in differing]
    shared = _used_by_objects(pair, old, pair.old) or _used_by_objects(pair, new, pair.new)
    if shared or not all(value is None or _is_text(value) for value in values):
        yield suspicious("structure_changed", object="Info", key=keys)
    elif differing <= TOOL_STAMPS or not after:
        yield validation_data(kind="metadata", key=keys)
    else:
        yield permitted("metadata", 1, key=keys)


def _used_by_objects(pair: Pair, value: Any, revision: int) -> bool:
    """Whether anything but trailers refers to an object."""
    users = pair.store.users(value, revision) if isinstance(value, Ref) else ()
    found = [pair.store.value(user, revision) for user in users]
    return any(not isinstance(each, Stream) or each.dictionary.get("/Type") != "/XRef" for each in found)


def _is_text(value: Any) -> bool:
    return isinstance(value, bytes) or value in TRAPPED


def _only_stamped(old: Any, new: Any) -> bool:
    """Whether XMP metadata differs only in what every writing tool updates, as `TOOL_STAMPS`."""
    before, after = (each.decoded() if isinstance(each, Stream) else None for each in (old, new))
    return before is not None and after is not None and _XMP_STAMPS.sub(b"", before) == _XMP_STAMPS.sub(b"", after)


def _containers(pair: Pair) -> Iterator[Delta]:
    """An object stream that older objects live in is overwritten: they would silently become others."""
    for ref in sorted(pair.changed):
        if pair.store.is_container(ref.number, pair.old):
            yield suspicious("content_changed", object=str(ref), kind="object_stream")


def _catalog_entry(pair: Pair, key: str, old: Any, new: Any) -> Iterator[Delta]:
    if key == "/DSS":
        yield from _validation_store(pair, old, new)
    elif key in EXTENSION_KEYS:
        yield validation_data(kind="extensions")
    elif key in DESCRIPTIVE_KEYS:
        name = key.removeprefix("/")
        stamped = key == "/Metadata" and _only_stamped(pair.was(old), pair.now(new))
        yield validation_data(kind="metadata", key=name) if stamped else permitted("metadata", 1, key=name)
    elif key == "/Names":
        yield from _names(pair, entries(pair.was(old)), entries(pair.now(new)))
    elif key == "/StructTreeRoot":
        yield from structure_deltas(pair, old, new)
    elif key == "/MarkInfo" and pair.was(old) is None:
        yield permitted("structure_changed", 1, object="MarkInfo")
    elif key == "/Perms":
        yield from _permissions(pair, entries(pair.was(old)), entries(pair.now(new)))
    elif key == "/OCProperties":
        yield suspicious("shadow_hide", object="OCProperties")
    elif key in ACTIVE_KEYS:
        yield suspicious("active_content", kind=key.removeprefix("/"))
    else:
        yield suspicious("structure_changed", object=key.removeprefix("/"))


def _validation_store(pair: Pair, old: Any, new: Any) -> Iterator[Delta]:
    """The document security store only feeds validation (ISO 32000-2 12.8.4.3): any rewriting of it is allowed."""
    after = pair.now(new)
    if after is not None and not isinstance(after, dict):
        yield suspicious("structure_changed", object="DSS")
        return
    kind = "dss_added" if pair.was(old) is None else "dss_removed" if after is None else "dss_updated"
    yield validation_data(kind=kind)


def _names(pair: Pair, old: Any, new: Any) -> Iterator[Delta]:
    for key in sorted(pair.differing_keys(old, new)):
        if key in ACTIVE_KEYS:
            yield suspicious("active_content", kind=key.removeprefix("/"))
        elif key == "/AP":
            yield permitted("structure_changed", 3, object="Names/AP")
        else:
            yield suspicious("structure_changed", object=f"Names{key}")


def _permissions(pair: Pair, old: Any, new: Any) -> Iterator[Delta]:
    """A certification is entered while it is made; what stands there already stays (ISO 32000-2 12.8.6)."""
    for key in sorted(pair.differing_keys(old, new)):
        target = new.get(key)
        fresh = isinstance(target, Ref) and not pair.existed(target)
        kind = entries(pair.now(target)).get("/Type", Name("/Sig"))
        if pair.was(old.get(key)) is None and fresh and kind == "/Sig":
            yield permitted("later_signature", 2, kind="certification")
        else:
            yield suspicious("structure_changed", object=f"Perms{key}")
