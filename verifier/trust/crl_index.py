"""An index of one CRL: made once, mapped into memory by every process, searched by bisection.

It holds all that a judgement asks of the list: the frame, and for every serial number the date and the reason. After a
preamble comes the head in JSON, then the records, all of one width and sorted: issuer (where there are several), serial
number, place in the list, date, reason. Its answers are those of the list itself (`crl.Crl.entry`).
"""

from __future__ import annotations

import hashlib
import json
import mmap
import struct
from collections.abc import Iterable
from typing import Any

from cryptography import x509

from verifier.trust.crl_entries import Entry, Raw, entry_of, graver, holds_critical_extension, scan
from verifier.trust.crl_frame import frame_of, parts_of

MAGIC = b"crl-index-1\n"
"""Another format has another number."""
LONGEST_SERIAL = 21
"""Bytes of a serial number as it is; 20 are allowed (RFC 5280 4.1.2.2), and many forget the sign."""

_PREAMBLE = struct.Struct(f">{len(MAGIC)}sI32s")
"""Magic, bytes of the head, SHA-256 of the head."""
_TAIL = struct.Struct(">IqB")
"""After the serial number: place in the list, microseconds since 1970, reason code."""
_ISSUER = struct.Struct(">I")
"""Before the serial number, in lists with several issuers."""

Buffer = bytes | mmap.mmap


class BrokenIndexError(ValueError):
    """The file is no sound index of the list."""


class Index:
    """A sound index; any number of threads may ask it."""

    def __init__(self, buffer: Buffer, sha256: str, *, checked: bool = False) -> None:
        """BrokenIndexError where `buffer` is no index of that CRL; `checked` spares reading all of it."""
        head, self._start = _head_of(buffer)
        if head["crl"] != sha256:
            raise BrokenIndexError("the index of another list")
        self._buffer, self._count = buffer, int(head["entries"])
        self._hashed, self._refused = bool(head["hashed"]), str(head["refused"])
        self._issuers = {str(name): number for number, name in enumerate(head["issuers"])}
        self._several = bool(head["several"])
        self._key_bytes = _key_bytes(hashed=self._hashed, several=self._several)
        self._width = self._key_bytes + _TAIL.size
        self.frame = bytes.fromhex(head["frame"])
        """A CRL with the same frame and no entry, DER."""
        if len(buffer) != self._start + self._count * self._width:
            raise BrokenIndexError("cut short, or bytes after the end")
        if not checked:
            with memoryview(buffer) as view, view[self._start :] as records:
                if hashlib.sha256(records).hexdigest() != head["records"]:
                    raise BrokenIndexError("the records were altered")

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self._buffer)

    def entry(self, serial: int, issuer_key: str) -> Entry | None:
        """Return the entry of a certificate, None where it is not listed.

        ValueError where the list cannot be relied on: unreadable, or an entry with an unknown critical extension.
        """
        if self._refused:
            raise ValueError(self._refused)
        issuer = self._issuers.get(issuer_key)
        if issuer is None:
            return None
        try:
            key = _key(_content(serial), hashed=self._hashed)
        except _TooLongError:
            return None
        return self._find(_ISSUER.pack(issuer) + key if self._several else key)

    def _find(self, key: bytes) -> Entry | None:
        buffer, start, width, size = self._buffer, self._start, self._width, self._key_bytes
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            place = start + middle * width
            if buffer[place : place + size] < key:
                low = middle + 1
            else:
                high = middle
        place = start + low * width
        if low == self._count or buffer[place : place + size] != key:
            return None
        _, microseconds, reason = _TAIL.unpack_from(buffer, place + size)
        return entry_of(microseconds, reason)


def _head_of(buffer: Buffer) -> tuple[dict[str, Any], int]:
    try:
        magic, length, digest = _PREAMBLE.unpack_from(buffer)
    except struct.error:
        raise BrokenIndexError("cut short") from None
    if magic != MAGIC:
        raise BrokenIndexError("another format")
    end = _PREAMBLE.size + length
    text = buffer[_PREAMBLE.size : end]
    if hashlib.sha256(text).digest() != digest:
        raise BrokenIndexError("the head was altered")
    head: dict[str, Any] = json.loads(text)
    return head, end


# --- making ------------------------------------------------------------------------------------------------------


def index_parts(data: bytes, sha256: str) -> tuple[bytes, bytes]:
    """Make the index of a CRL (DER), in two parts that follow each other; ValueError where it is none."""
    parts = parts_of(data)
    frame = frame_of(parts)
    revoked = parts.revoked
    strict = (
        not _loads(data)
        or frame.is_indirect
        or (revoked is not None and holds_critical_extension(data, revoked.start, revoked.end))
    )
    records = _Records(frame.issuer_key, several=strict)
    refused = ""
    try:
        try:
            records.add(scan(data, revoked, strict=strict))
        except _TooLongError:
            records = _Records(frame.issuer_key, several=strict, hashed=True)
            records.add(scan(data, revoked, strict=strict))
    except ValueError as error:
        refused, records = str(error) or "unreadable", _Records(frame.issuer_key, several=strict)
    body = records.sorted()
    head = {
        "crl": sha256,
        "der_bytes": len(data),
        "entries": len(body) // records.width,
        "hashed": records.hashed,
        "several": strict,
        "issuers": list(records.issuers),
        "refused": refused,
        "records": hashlib.sha256(body).hexdigest(),
        "frame": parts.without_entries.hex(),
    }
    text = json.dumps(head).encode()
    return _PREAMBLE.pack(MAGIC, len(text), hashlib.sha256(text).digest()) + text, body


def _loads(data: bytes) -> bool:
    try:
        x509.load_der_x509_crl(data)
    except (ValueError, TypeError):
        return False
    return True


class _TooLongError(Exception):
    """A serial number is too long to stand in the records as it is."""


class _Records:
    """The records of an index in the making."""

    def __init__(self, issuer_key: str, *, several: bool, hashed: bool = False) -> None:
        self.hashed, self._several = hashed, several
        self.issuers = {issuer_key: 0}
        self._records: list[bytes] = []
        self._key_bytes = _key_bytes(hashed=hashed, several=several)
        self.width = self._key_bytes + _TAIL.size

    def add(self, entries: Iterable[Raw]) -> None:
        """Take the entries; _TooLongError, ValueError as `scan`."""
        prefix = _ISSUER.pack(0) if self._several else b""
        add, pack, hashed = self._records.append, _TAIL.pack, self.hashed
        for number, (serial, since, reason, issuer) in enumerate(entries):
            if issuer is not None:
                prefix = _ISSUER.pack(self.issuers.setdefault(issuer, len(self.issuers)))
            add(prefix + _key(serial, hashed=hashed) + pack(number, since, reason))

    def sorted(self) -> bytes:
        """Return the records in order of their keys, each key once."""
        records, size = self._records, self._key_bytes
        records.sort()
        kept: list[bytes] = []
        last = b""
        for record in records:
            key = record[:size]
            if key != last:
                kept.append(record)
            elif graver(record[-1], kept[-1][-1]):
                kept[-1] = record
            last = key
        self._records = []
        return b"".join(kept)


def _key_bytes(*, hashed: bool, several: bool) -> int:
    return (32 if hashed else LONGEST_SERIAL) + (_ISSUER.size if several else 0)


def _key(serial: bytes, *, hashed: bool) -> bytes:
    """Return the serial number at a width that all of the list have; _TooLongError where it is longer."""
    if hashed:
        return hashlib.sha256(_content(int.from_bytes(serial, "big", signed=True))).digest()
    if len(serial) > LONGEST_SERIAL:
        raise _TooLongError
    return serial.rjust(LONGEST_SERIAL, b"\xff" if serial[0] & 0x80 else b"\x00")


def _content(serial: int) -> bytes:
    """Return the shortest two's complement."""
    return serial.to_bytes(
        (serial.bit_length() if serial >= 0 else (serial + 1).bit_length()) // 8 + 1, "big", signed=True
    )
