"""The key ring: seals what the database or the file store must not hold in the clear, and marks the audit log's head.

Keys are 32 random bytes under a name. A new key is put in front (`current`); older ones open what they sealed until
`verifier keys rotate` has sealed it anew. What a key is used for (its purpose) is bound in by HKDF (RFC 5869).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from verifier.errors import BadRequest, VerifierError

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class CannotOpen(VerifierError):
    """What was sealed does not open: its key is not on the ring, or it was changed. Code `sealed-data-broken`."""


@dataclass(frozen=True)
class KeyRing:
    """The keys, by name, and the one to seal with."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def seal(self, purpose: str, data: bytes, bound_to: bytes = b"") -> bytes:
        """Encrypt and authenticate `data` (AES-256-GCM); it opens only for the same purpose and `bound_to`.

        The result begins with the key's name, so that `key_of` can tell what waits for rotation.
        """
        nonce, head = os.urandom(NONCE_BYTES), _head(self.current)
        sealed = AESGCM(_derived(self.keys[self.current], purpose)).encrypt(nonce, data, head + bound_to)
        return head + nonce + sealed

    def open(self, purpose: str, sealed: bytes, bound_to: bytes = b"") -> bytes:
        """Return what was sealed; CannotOpen where the key is not here or a bit is not as it was."""
        name = key_of(sealed)
        head, rest = sealed[: 1 + len(name)], sealed[1 + len(name) :]
        if name not in self.keys:
            raise CannotOpen("sealed-data-broken", f"The key {name!r} is not on the ring.", key=name)
        try:
            key = AESGCM(_derived(self.keys[name], purpose))
            return key.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head + bound_to)
        except (InvalidTag, ValueError):
            raise CannotOpen("sealed-data-broken", "Sealed data was changed, or belongs elsewhere.") from None

    def mark(self, purpose: str, data: bytes) -> str:
        """Return the keyed hash (HMAC-SHA-256) of `data` as `key:hex`."""
        return f"{self.current}:{self.digest(purpose, data, self.current).hex()}"

    def fits(self, purpose: str, data: bytes, mark: str) -> bool:
        """Tell whether `mark` is the keyed hash of `data` under some key of the ring."""
        name, _, given = mark.partition(":")
        return name in self.keys and hmac.compare_digest(self.digest(purpose, data, name).hex(), given)

    def digest(self, purpose: str, data: bytes, key: str = "") -> bytes:
        """Return the keyed hash of `data`, 32 bytes, under one key; under the current one where none is named."""
        return hmac.digest(_derived(self.keys[key or self.current], purpose), data, "sha256")


def key_of(sealed: bytes) -> str:
    """Return the name of the key that something was sealed with; CannotOpen where it is nothing sealed."""
    size = sealed[0] if sealed else 0
    name = sealed[1 : 1 + size].decode("ascii", "replace")
    if not KEY_NAME.fullmatch(name) or len(sealed) < 1 + size + NONCE_BYTES:
        raise CannotOpen("sealed-data-broken", "This is nothing that was sealed here.")
    return name


def new_key() -> bytes:
    """Return a new random key."""
    return secrets.token_bytes(KEY_BYTES)


def read_ring(path: Path) -> KeyRing:
    """Read the key file; BadRequest `bad-option` where it is missing, open to others, or not a key file."""
    try:
        mode = path.stat().st_mode
        told = tomllib.loads(path.read_text("ascii"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, f"cannot be read ({type(error).__name__})") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _wrong(path, "is open to others; run: chmod 600")
    return _ring_of(path, told)


def write_ring(path: Path, ring: KeyRing) -> None:
    """Write the key file, for the owner's eyes only; it is there whole or not at all."""
    lines = [f'current = "{ring.current}"', "", "[keys]"]
    lines += [f'{name} = "{base64.b64encode(key).decode()}"' for name, key in ring.keys.items()]
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _ring_of(path: Path, told: Mapping[str, object]) -> KeyRing:
    current, keys = told.get("current"), told.get("keys")
    if set(told) != {"current", "keys"} or not isinstance(keys, dict) or current not in keys:
        raise _wrong(path, "must hold `current` and a table `keys` that has it")
    try:
        ring = {name: base64.b64decode(value, validate=True) for name, value in keys.items()}
    except (TypeError, ValueError, binascii.Error):
        raise _wrong(path, "holds a key that is not base64") from None
    if any(len(key) != KEY_BYTES or not KEY_NAME.fullmatch(name) for name, key in ring.items()):
        raise _wrong(path, f"holds a key that is not {KEY_BYTES} bytes, or a name that is none")
    return KeyRing(str(current), ring)


def _wrong(path: Path, why: str) -> BadRequest:
    return BadRequest("bad-option", f"key file {path} {why}", option="VERIFIER_KEY_FILE")


def _head(name: str) -> bytes:
    return bytes([len(name)]) + name.encode("ascii")


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"verifier {purpose}".encode()).derive(key)
