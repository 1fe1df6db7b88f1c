"""The Document Security Store through all revisions (ISO 32000-2 12.8.4.3): each object by revision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, Reference, StreamObject

from verifier.pades.engine import Opened
from verifier.pades.facts import ValidationData
from verifier.pades.fields import entry
from verifier.pades.revisions import RevisionMap

_LISTS = (
    ("certificates", ("/Certs", "/Cert"), DecodePurpose.CERTIFICATE),
    ("crls", ("/CRLs", "/CRL"), DecodePurpose.CRL),
    ("ocsps", ("/OCSPs", "/OCSP"), DecodePurpose.OCSP_RESPONSE),
)


@dataclass
class _Collector:
    """Gathers the objects that are new in each revision."""

    opened: Opened
    seen: set[tuple[str, bytes]] = field(default_factory=set)
    streams: dict[tuple[int, int, int], bytes] = field(default_factory=dict)

    def new_objects(self, handler: Any) -> dict[str, list[bytes]]:
        """Return what the store of one revision holds for the first time, by kind."""
        found: dict[str, list[bytes]] = {kind: [] for kind, _, _ in _LISTS}
        for store in self._stores(handler):
            for kind, names, purpose in _LISTS:
                for data in self._streams(handler, store, names, purpose):
                    if (kind, data) not in self.seen:
                        self.seen.add((kind, data))
                        found[kind].append(data)
        return found

    def _stores(self, handler: Any) -> Iterator[DictionaryObject]:
        """Yield the store and every VRI dictionary in it."""
        store = self.opened.guarded(lambda: handler.root["/DSS"], None)
        if not isinstance(store, DictionaryObject):
            return
        yield store
        related = self.opened.guarded(lambda: store["/VRI"], None)
        for key in related if isinstance(related, DictionaryObject) else ():
            one = self.opened.guarded(entry, None, related, key)
            if isinstance(one, DictionaryObject):
                yield one

    def _streams(
        self, handler: Any, store: DictionaryObject, names: tuple[str, ...], purpose: DecodePurpose
    ) -> Iterator[bytes]:
        for name in names:
            listed = self.opened.guarded(entry, None, store, name)
            for index in range(len(listed) if isinstance(listed, ArrayObject) else 0):
                data = self.opened.guarded(self._content, b"", handler, listed, index, purpose)
                if data:
                    yield data

    def _content(self, handler: Any, listed: ArrayObject, index: int, purpose: DecodePurpose) -> bytes:
        """Return the bytes of one stream, decoded once for all revisions that refer to it unchanged."""
        raw = listed.raw_get(index)
        if not isinstance(raw, IndirectObject):
            return b""
        reader = self.opened.reader
        reference = Reference(raw.idnum, raw.generation, pdf=reader)
        last = reader.xrefs.get_last_change(reference)
        key = (raw.idnum, raw.generation, last)
        revision = getattr(handler, "revision", last)
        current = last <= revision
        if current and key in self.streams:
            return self.streams[key]
        stream = handler.get_object(Reference(raw.idnum, raw.generation, pdf=handler))
        data = bytes(stream.read_data(purpose)) if isinstance(stream, StreamObject) else b""
        if current:
            self.streams[key] = data
        return data


def validation_data(opened: Opened, revisions: RevisionMap) -> tuple[ValidationData, ...]:
    """Return what each revision's store holds for the first time; a damaged store gives what can be read of it."""
    collector = _Collector(opened)
    found = []
    for number, revision in enumerate(revisions.revisions, 1):
        if revision.last == revisions.last_section:
            handler: Any = opened.reader
        elif not _touched(opened, revision.first, revision.last):
            continue
        else:
            handler = opened.reader.get_historical_resolver(revision.last)
        new = collector.new_objects(handler)
        if any(new.values()):
            found.append(ValidationData(number, tuple(new["certificates"]), tuple(new["crls"]), tuple(new["ocsps"])))
    return tuple(found)


def _touched(opened: Opened, first: int, last: int) -> bool:
    """Return whether a revision may have changed the catalog or the store."""
    xrefs = opened.reader.xrefs
    watched = {_raw_key(opened.reader.trailer.raw_get("/Root"))}
    if "/DSS" in opened.reader.root:
        watched.add(_raw_key(opened.reader.root.raw_get("/DSS")))
    return any(
        key is None or key in xrefs.get_xref_data(index).explicit_refs_in_revision
        for index in range(first, last + 1)
        for key in watched
    )


def _raw_key(raw: Any) -> tuple[int, int] | None:
    return (raw.idnum, raw.generation) if isinstance(raw, IndirectObject) else None


def related_stamps(opened: Opened, contents: bytes) -> tuple[bytes, ...]:
    """Return the time-stamp tokens that the store relates to a signature by `/TS` (ISO 32000-2 12.8.4.4).

    The key is the SHA-1 of `/Contents` in hexadecimal; writers hash it with or without its padding.
    """
    related = opened.guarded(lambda: opened.reader.root["/DSS"]["/VRI"], None)
    if not isinstance(related, DictionaryObject):
        return ()
    found = []
    for key in dict.fromkeys(_related_keys(contents)):
        stream = opened.guarded(_stamp_stream, None, related, key)
        if isinstance(stream, StreamObject):
            found.append(opened.guarded(stream.read_data, b"", DecodePurpose.GENERIC))
    return tuple(token for token in found if token)


def _stamp_stream(related: DictionaryObject, key: str) -> Any:
    return related[key]["/TS"]


def _related_keys(contents: bytes) -> Iterator[str]:
    for one in (contents, contents.rstrip(b"\x00")):
        yield "/" + hashlib.sha1(one, usedforsecurity=False).hexdigest().upper()
