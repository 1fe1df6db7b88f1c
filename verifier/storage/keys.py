"""The key ring: seals what the database or the file store must not hold in the clear, and marks the audit log's head.

Keys are 32 random bytes under a name. A new key is put in front (`current`); older ones open what they sealed until
`verifier keys rotate` has sealed it anew. What a key is used for (its purpose) is bound in by HKDF (RFC 5869).

Each message is sealed with a key of its own, derived with a random salt: so the bound of 2^32 messages under one key
with random nonces (NIST SP 800-38D 8.3) does not concern a ring; two of 2^64 messages share a salt with a chance of
2^-129. AES-GCM does not commit to its key: whoever holds any key of the ring can make what opens.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hmac
import os
import re
import secrets
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from verifier.errors import BadRequest, VerifierError

KEY_BYTES = 32
SALT_BYTES = 32
TAG_BYTES = 16
NONCE = bytes(12)
"""Of the one message under a message key."""
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

        The result begins with the length (one byte) and the letters of the key's name, so that `key_of` can tell what
        waits for rotation; then follow the salt (32 bytes), the data and the tag (16 bytes).
        """
        salt, head = os.urandom(SALT_BYTES), _head(self.current)
        key = AESGCM(_message_key(self.keys[self.current], purpose, salt))
        return head + salt + key.encrypt(NONCE, data, head + bound_to)

    def open(self, purpose: str, sealed: bytes, bound_to: bytes = b"") -> bytes:
        """Return what was sealed; CannotOpen where the key is not here or a bit is not as it was."""
        name = key_of(sealed)
        head, rest = sealed[: 1 + len(name)], sealed[1 + len(name) :]
        if name not in self.keys:
            raise CannotOpen("sealed-data-broken", f"The key {name!r} is not on the ring.", key=name)
        key = AESGCM(_message_key(self.keys[name], purpose, rest[:SALT_BYTES]))
        try:
            return key.decrypt(NONCE, rest[SALT_BYTES:], head + bound_to)
        except InvalidTag:
            raise CannotOpen("sealed-data-broken", "Sealed data was changed, or belongs elsewhere.") from None

    def mark(self, purpose: str, data: bytes) -> str:
        """Return the keyed hash (HMAC-SHA-256) of `data` as `key:hex`."""
        return f"{self.current}:{self.digest(purpose, data, self.current).hex()}"

    def fits(self, purpose: str, data: bytes, mark: str) -> bool:
        """Tell whether `mark` is the keyed hash of `data` under some key of the ring."""
        name, _, given = mark.partition(":")
        if name not in self.keys:
            return False
        return hmac.compare_digest(self.digest(purpose, data, name).hex().encode(), given.encode("utf-8", "replace"))

    def digest(self, purpose: str, data: bytes, key: str = "") -> bytes:
        """Return the keyed hash of `data`, 32 bytes, under one key; under the current one where none is named."""
        return hmac.digest(_marking_key(self.keys[key or self.current], purpose), data, "sha256")


def key_of(sealed: bytes) -> str:
    """Return the name of the key that something was sealed with; CannotOpen where it is nothing sealed."""
    size = sealed[0] if sealed else 0
    name = sealed[1 : 1 + size].decode("ascii", "replace")
    if not KEY_NAME.fullmatch(name) or len(sealed) < 1 + size + SALT_BYTES + TAG_BYTES:
        raise CannotOpen("sealed-data-broken", "This is nothing that was sealed here.")
    return name


def new_key() -> bytes:
    """Return a new random key."""
    return secrets.token_bytes(KEY_BYTES)


def read_ring(path: Path) -> KeyRing:
    """Read the key file; BadRequest `bad-option` where it is missing, open to others, or not a key file."""
    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            told = tomllib.loads(file.read())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, f"cannot be read ({type(error).__name__})") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _wrong(path, "is open to others; run: chmod 600")
    return _ring_of(path, told)


def ring_made(path: Path) -> KeyRing:
    """Read the key file, made with one new key where there is none; as `read_ring`."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_ring(path, KeyRing("first", {"first": new_key()}))
    return read_ring(path)


def write_ring(path: Path, ring: KeyRing) -> None:
    """Write the key file, for its owner's eyes only; it is there whole or not at all, also after a power cut.

    Where a link stands in its place, the file behind it is written; a file that was there keeps its owner.
    """
    place = path.resolve()
    lines = [f'current = "{ring.current}"', "", "[keys]"]
    lines += [f'{name} = "{base64.b64encode(key).decode()}"' for name, key in ring.keys.items()]
    draft = place.with_name(place.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        if place.exists() and (owner := place.stat().st_uid) != os.geteuid():
            os.fchown(file.fileno(), owner, -1)
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
    sync_folder(place.parent)


def add_key(path: Path, name: str) -> KeyRing:
    """Add a new key to the key file, make it current, return the ring; the file is made where there is none.

    BadRequest `bad-option` where the file is broken, the name is none, or it is taken. Two callers wait for each other.
    """
    if not KEY_NAME.fullmatch(name):
        raise BadRequest("bad-option", f"{name!r} is no name of a key: a-z, 0-9 and -, at most 32", option="--name")
    with _locked(path):
        keys = read_ring(path).keys if path.exists() else {}
        if name in keys:
            raise BadRequest("bad-option", f"a key {name!r} is there already", option="--name")
        ring = KeyRing(name, {name: new_key(), **keys})
        write_ring(path, ring)
    return ring


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the folder of a file against others who change the file."""
    try:
        number = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _wrong(path, f"cannot be written ({type(error).__name__})") from None
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise _wrong(path, f"cannot be written ({type(error).__name__})") from None
    finally:
        os.close(number)


def _ring_of(path: Path, told: Mapping[str, object]) -> KeyRing:
    current, keys = told.get("current"), told.get("keys")
    if set(told) != {"current", "keys"} or not isinstance(keys, dict) or not isinstance(current, str):
        raise _wrong(path, "must hold `current` and a table `keys`, and nothing else")
    if current not in keys:
        raise _wrong(path, "has no key under the name that `current` gives")
    try:
        ring = {name: base64.b64decode(value, validate=True) for name, value in keys.items()}
    except (TypeError, ValueError, binascii.Error):
        raise _wrong(path, "holds a key that is not base64") from None
    if any(len(key) != KEY_BYTES or not KEY_NAME.fullmatch(name) for name, key in ring.items()):
        raise _wrong(path, f"holds a key that is not {KEY_BYTES} bytes, or a name that is none")
    return KeyRing(current, ring)


def _wrong(path: Path, why: str) -> BadRequest:
    return BadRequest("bad-option", f"key file {path} {why}", option="VERIFIER_KEY_FILE")


def _head(name: str) -> bytes:
    return bytes([len(name)]) + name.encode("ascii")


@lru_cache(maxsize=64)
def _marking_key(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"verifier mark {purpose}".encode()).derive(key)


def _message_key(key: bytes, purpose: str, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=f"verifier seal {purpose}".encode()).derive(key)
