"""The second factor: one-time codes of an authenticator app (TOTP, RFC 6238), and recovery codes in their stead."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import pyotp

from verifier.storage.keys import KeyRing
from verifier.storage.people import Person, SecondFactor
from verifier.storage.rotation import SECOND_FACTOR

STEP_SECONDS = 30
"""Length of a time step, with SHA-1 and six digits: what all authenticator apps do."""
WINDOW = 1
"""Steps before and after ours that are taken too (RFC 6238, 5.2)."""
SECRET_BYTES = 20
"""As long as the output of SHA-1 (RFC 4226, 4 R6)."""
RECOVERY_CODES = 10
RECOVERY_LETTERS = 16
"""Letters of a recovery code, five bits each: 80 bits."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U."""
_MISREAD = str.maketrans("ILO", "110")
_LONGEST = 64


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs."""

    secret: str = field(repr=False)
    """Base32, to be typed."""
    uri: str = field(repr=False)
    """`otpauth://…`, to be shown as a QR code."""


class Judged(Enum):
    """What a one-time code turned out to be."""

    RIGHT = "right"
    WRONG = "wrong"
    REPLAYED = "replayed"
    """Right, but it, or a later one, was used before."""


def enrolment(secret: str, login: str, issuer: str) -> Enrolment:
    """Return what the app needs to know."""
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer))


def secret_for(ring: KeyRing, session: bytes, before: SecondFactor | None) -> str:
    """Return the secret that a session may enrol, in base32.

    It follows from the key ring, the session and the secret that it replaces, so nothing is kept before the first
    right code, and a page that is loaded again shows the same.
    """
    told = session + (before.secret if before else b"")
    return base64.b32encode(ring.digest("second factor enrolment", told)[:SECRET_BYTES]).decode()


def sealed(ring: KeyRing, person: Person, secret: str) -> bytes:
    """Return the secret as it is kept."""
    return ring.seal(SECOND_FACTOR, secret.encode(), person.id.bytes)


def opened(ring: KeyRing, factor: SecondFactor) -> str:
    """Return the secret in base32; CannotOpen where its key is gone."""
    return ring.open(SECOND_FACTOR, factor.secret, factor.person_id.bytes).decode()


def judge(secret: str, code: str, now: datetime, last_step: int) -> tuple[Judged, int]:
    """Judge a code at an instant, and return the time step that is used up with it; `last_step` where it is not right.

    The row of the secret must be locked from reading `last_step` until the new one is written.
    """
    step, given = int(now.timestamp()) // STEP_SECONDS, plain_code(code)
    totp = pyotp.TOTP(secret)
    near = [one for one in range(step - WINDOW, step + WINDOW + 1) if one >= 0]
    fitting = [one for one in near if hmac.compare_digest(totp.generate_otp(one).encode(), given.encode())]
    fresh = [one for one in fitting if one > last_step]
    if fresh:
        return Judged.RIGHT, fresh[0]
    return (Judged.REPLAYED if fitting else Judged.WRONG), last_step


def plain_code(raw: str) -> str:
    """Return the six digits that were typed, with or without blanks; empty where it is something else."""
    code = "".join(raw[:_LONGEST].split())
    return code if len(code) == 6 and code.isascii() and code.isdigit() else ""


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten recovery codes, in groups of four letters."""
    letters = ["".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)]
    return tuple("-".join(one[at : at + 4] for at in range(0, RECOVERY_LETTERS, 4)) for one in letters)


def plain_recovery_code(raw: str) -> str:
    """Return a recovery code as it is kept: case, blanks and hyphens do not matter, nor O for 0, I and L for 1."""
    return "".join(c for c in raw[:_LONGEST].upper() if c.isalnum()).translate(_MISREAD)
