"""CRLs with any number of entries, fast: the DER is put together by hand and signed once."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime

from tests.pki.certificates import Identity
from tests.pki.keys import sign
from tests.pki.status import make_crl
from verifier.trust.crl_frame import parts_of
from verifier.trust.der import SEQUENCE, encoded

_REASONS = (None, None, 1, 4, 5, 6)


def long_crl(
    issuer: Identity, this_update: datetime, next_update: datetime, count: int, *, listed: Iterable[int] = ()
) -> bytes:
    """CRL in DER with `count` random entries of 16 bytes each, and the serial numbers `listed` (revoked, no reason)."""
    chance = random.Random(count)
    entries = [_random_entry(chance) for _ in range(count)]
    entries += [entry_der(serial, "250601000000") for serial in listed]
    return with_entries(make_crl(issuer, this_update, next_update), entries, issuer)


def with_entries(crl: bytes, entries: Iterable[bytes], issuer: Identity) -> bytes:
    """The same CRL with other entries (DER each), signed again by the key of `issuer`."""
    parts = parts_of(crl)
    before = b"".join(one.whole for one in parts.signed)
    after = parts.extensions.whole if parts.extensions else b""
    listed = b"".join(entries)
    signed = encoded(SEQUENCE, before + (encoded(SEQUENCE, listed) if listed else b"") + after)
    value = encoded(0x03, b"\0" + sign(issuer.key, signed))
    return encoded(SEQUENCE, signed + parts.algorithm.whole + value)


def entry_der(serial: int | bytes, when: str, extensions: bytes = b"") -> bytes:
    """One entry; `serial` as a number or as its octets, `when` as `YYMMDDHHMMSS`, `extensions` whole."""
    octets = serial if isinstance(serial, bytes) else serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
    return encoded(SEQUENCE, encoded(0x02, octets) + encoded(0x17, when.encode() + b"Z") + extensions)


def reason_der(code: int) -> bytes:
    """Extensions of an entry with a reason."""
    return bytes.fromhex("300c300a0603551d1504030a01") + bytes((code,))


def _random_entry(chance: random.Random) -> bytes:
    serial = bytes((chance.randrange(1, 0x80),)) + chance.randbytes(15)
    year, month, day = chance.randrange(20, 26), chance.randrange(1, 13), chance.randrange(1, 29)
    hour, minute, second = chance.randrange(24), chance.randrange(60), chance.randrange(60)
    reason = chance.choice(_REASONS)
    when = f"{year:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}"
    return entry_der(serial, when, b"" if reason is None else reason_der(reason))
