"""The document security store (EN 319 142-1 5.4.2): certificates, CRLs and OCSP responses, each once."""

from __future__ import annotations

import hashlib

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from verifier.signing.pdf.syntax import copied
from verifier.signing.pdf.update import Update, raw
from verifier.signing.records import Material


def write_store(update: Update, material: Material) -> int:
    """Add what the store does not hold yet; return how many objects came.

    /VRI is left out: it is optional (5.4.2.2), no validator in use needs it, and it must be written anew with every
    signature. What another tool wrote there stays.
    """
    root = update.root
    old_raw = raw(root, "/DSS")
    old = update.read(old_raw)
    store = copied(old) if isinstance(old, DictionaryObject) else DictionaryObject()
    wanted = {"/Certs": material.certificates, "/OCSPs": material.ocsps, "/CRLs": material.crls}
    added = sum(_join(update, store, key, values) for key, values in wanted.items())
    if not added:
        return 0
    if isinstance(old_raw, IndirectObject) and isinstance(old, DictionaryObject):
        update.put(old_raw, store)
        return added
    changed = copied(root)
    changed["/DSS"] = update.add(store)
    update.put(update.reader.trailer.raw_get("/Root"), changed)
    return added


def _join(update: Update, store: DictionaryObject, key: str, values: tuple[bytes, ...]) -> int:
    listed = update.entry(store, key)
    items = list(list.__iter__(listed)) if isinstance(listed, ArrayObject) else []
    known = {_hash(each.data) for each in map(update.read, items) if isinstance(each, StreamObject)}
    fresh = []
    for value in values:
        if _hash(value) not in known:
            known.add(_hash(value))
            stream = StreamObject(stream_data=value)
            stream.compress()
            fresh.append(update.add(stream))
    if not fresh:
        return 0
    store[key] = ArrayObject([*items, *fresh])
    return len(fresh)


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
