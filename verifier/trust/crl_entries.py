"""The revoked certificates of a CRL (RFC 5280 5.3), read one after the other without an object each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import crl

from verifier.trust import der
from verifier.trust.crl_frame import time_of

REMOVED = "remove_from_crl"
"""Reason of an entry that lifts a hold (RFC 5280 5.3.1)."""
HOLD = "certificate_hold"
NO_REASON = 255
"""Stands for the reason of an entry that gives none."""
REASONS = {
    0: "unspecified",
    1: "key_compromise",
    2: "ca_compromise",
    3: "affiliation_changed",
    4: "superseded",
    5: "cessation_of_operation",
    6: HOLD,
    8: REMOVED,
    9: "privilege_withdrawn",
    10: "aa_compromise",
}
"""Name by code (RFC 5280 5.3.1)."""

_LIGHTEST = (8, 6)
"""Codes of what is no revocation for good, the lightest first: a hold that was lifted, a hold."""

_CODES = {name: code for code, name in REASONS.items()}
_CRL_REASON = "2.5.29.21"
_CERTIFICATE_ISSUER = "2.5.29.29"
_KNOWN_ENTRY_EXTENSIONS = {_CRL_REASON, _CERTIFICATE_ISSUER, "2.5.29.23", "2.5.29.24"}
_DER_TRUE = b"\x01\x01\xff"
_LONGEST_OID = 32
"""Bytes of the longest extension OID looked for, exclusive."""
_REMEMBERED = 4096
"""Extensions of entries that are remembered once read: most entries have the same."""
_SHORT = 0x80
"""Lengths below stand in one byte."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
"""In microseconds."""

_REASON = rb"\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01([\x00-\x06\x08-\x0a])"
_INVALID_SINCE = rb"\x30\x18\x06\x03\x55\x1d\x18\x04\x11\x18\x0f([0-9]{8})([0-9]{6}Z)"
_USUAL = re.compile(rb"\x30[\x0c\x1a\x26](?:%b)?(?:%b)?" % (_REASON, _INVALID_SINCE), re.DOTALL)
"""The extensions of nearly all entries: a reason, the date since when the key is not to be trusted, or both."""

Raw = tuple[bytes, int, int, str | None]
"""Serial number (two's complement), microseconds since 1970, reason code; the issuer from here on where it changes."""


@dataclass(frozen=True)
class Entry:
    """One revoked certificate."""

    revoked_at: datetime
    reason: str | None
    """CRLReason (RFC 5280 5.3.1) as `key_compromise`; None where the entry gives none."""


def entry_of(microseconds: int, reason: int) -> Entry:
    """Make an entry of what `scan` yields."""
    return Entry(_EPOCH + timedelta(microseconds=microseconds), None if reason == NO_REASON else REASONS[reason])


def graver(reason: int, known: int) -> bool:
    """Whether this reason code weighs more than that: of a certificate that is listed twice the graver entry counts."""
    return known in _LIGHTEST and reason != known and (reason not in _LIGHTEST or known == _LIGHTEST[0])


def scan(data: bytes, revoked: der.Element | None, *, strict: bool) -> Iterator[Raw]:
    """Yield the entries of a list in their order.

    `strict` is for lists in which an entry may have a critical extension or another issuer: ValueError where one cannot
    be read, or has an unknown critical extension. Otherwise an unreadable reason counts as none, and no issuer is read.
    """
    if revoked is None:
        return
    read, days, clock = _Extensions(strict=strict), _Days(), _Clock()
    position, end = revoked.content_start, revoked.end
    try:
        while position < end:
            start = position + 2
            serial_end = start + 2 + data[start + 1]
            time_end = serial_end + 15
            stop = start + data[position + 1]
            if (
                data[position] == der.SEQUENCE
                and data[position + 1] < _SHORT
                and data[start] == der.INTEGER
                and 0 < data[start + 1] < _SHORT
                and data[serial_end : serial_end + 2] == b"\x17\x0d"
                and time_end <= stop <= end
            ):
                serial = data[start + 2 : serial_end]
                since = days[data[serial_end + 2 : serial_end + 8]] + clock[data[serial_end + 8 : time_end]]
                extensions = data[time_end:stop]
            else:
                serial, since, extensions, stop = _unusual(data, position, end)
            reason, issuer = read[extensions] if extensions else (NO_REASON, None)
            yield serial, since, reason, issuer
            position = stop
    except IndexError:
        raise ValueError("the entries are cut short") from None


def holds_critical_extension(data: bytes, start: int, end: int) -> bool:
    """Whether an OID followed by TRUE stands anywhere, as in every critical extension; errs on the safe side."""
    place = data.find(_DER_TRUE, start, end)
    while place >= 0:
        if any(data[place - length - 2 : place - length] == bytes((0x06, length)) for length in range(1, _LONGEST_OID)):
            return True
        place = data.find(_DER_TRUE, place + 1, end)
    return False


def _unusual(data: bytes, position: int, end: int) -> tuple[bytes, int, bytes, int]:
    """Read an entry of any size and kind of time: serial number, time, extensions, and where the next one begins."""
    entry = der.element(data, position)
    if entry.tag != der.SEQUENCE or entry.end > end:
        raise ValueError("not an entry")
    serial, revoked_at, *extensions = entry.children()
    if serial.tag != der.INTEGER or not serial.content or len(extensions) > 1:
        raise ValueError("not an entry")
    since = (time_of(revoked_at) - _EPOCH) // timedelta(microseconds=1)
    return serial.content, since, extensions[0].whole if extensions else b"", entry.end


class _Days(dict[bytes, int]):
    """Microseconds from 1970 to the day named `YYMMDD` (UTCTime, RFC 5280 4.1.2.5.1)."""

    def __missing__(self, key: bytes) -> int:
        if not key.isdigit():
            raise ValueError("not a time that can be read")
        year = int(key[:2])
        day = datetime(year + (1900 if year >= 50 else 2000), int(key[2:4]), int(key[4:]), tzinfo=UTC)
        self[key] = found = int((day - _EPOCH).total_seconds()) * _SECOND
        return found


class _Clock(dict[bytes, int]):
    """Microseconds from midnight to the time named `HHMMSSZ`."""

    def __missing__(self, key: bytes) -> int:
        hour, minute, second = key[:2], key[2:4], key[4:6]
        if not key[:6].isdigit() or key[6:] != b"Z" or hour > b"23" or minute > b"59" or second > b"59":
            raise ValueError("not a time that can be read")
        self[key] = found = (int(hour) * 3600 + int(minute) * 60 + int(second)) * _SECOND
        return found


class _Extensions(dict[bytes, tuple[int, str | None]]):
    """Reason code and issuer by the extensions of an entry."""

    def __init__(self, *, strict: bool) -> None:
        self._strict, self._days, self._clock = strict, _Days(), _Clock()

    def __missing__(self, block: bytes) -> tuple[int, str | None]:
        usual = _USUAL.fullmatch(block)
        if usual and block[1] == len(block) - 2 and self._is_time(usual[2], usual[3]):
            found: tuple[int, str | None] = (usual[1][0] if usual[1] else NO_REASON, None)
            if usual[2]:
                return found
        else:
            found = self._parsed(block)
        if len(self) < _REMEMBERED:
            self[block] = found
        return found

    def _is_time(self, day: bytes | None, clock: bytes | None) -> bool:
        if day is None or clock is None:
            return True
        try:
            return day[:2] in (b"19", b"20") and self._days[day[2:]] >= 0 and self._clock[clock] >= 0
        except ValueError:
            return False

    def _parsed(self, block: bytes) -> tuple[int, str | None]:
        try:
            return _read_extensions(block, with_issuer=self._strict)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            if self._strict:
                raise ValueError(f"an entry cannot be read: {error}") from None
            return NO_REASON, None


def _read_extensions(block: bytes, *, with_issuer: bool) -> tuple[int, str | None]:
    reason, issuer = NO_REASON, None
    for extension in crl.CRLEntryExtensions.load(der.only(block).whole):
        oid = extension["extn_id"].dotted
        if oid == _CRL_REASON:
            reason = _CODES[str(extension["extn_value"].parsed.native)]
        elif oid == _CERTIFICATE_ISSUER:
            names = [name for name in extension["extn_value"].parsed if name.name == "directory_name"]
            issuer = str(names[0].chosen.hashable) if with_issuer else None
        elif oid in _KNOWN_ENTRY_EXTENSIONS:
            _ = extension["extn_value"].parsed.native  # what is broken shows here
        elif extension["critical"].native:
            raise ValueError(f"the unknown critical extension {oid}")
    return reason, issuer
