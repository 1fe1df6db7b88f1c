"""Stored CRLs: `<sha256>.crl`, beside it `<sha256>.index`, and `<sha256>.keys`, the keys that verify its signature.

Whoever can write to the folder can say what is revoked: it is guarded like the trust store. The checksums are against
faults of disks and lost power: an index that is torn, of another format or of another list is noticed and made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import pem

from verifier.errors import CouldNotJudge
from verifier.evidence import StoredCrl, crl_bytes
from verifier.trust.crl_entries import Entry
from verifier.trust.crl_frame import (
    AUTHORITY_KEY,
    DELTA_CRL_INDICATOR,
    ISSUING_DISTRIBUTION_POINT,
    Frame,
    frame_of,
    parts_of,
)
from verifier.trust.crl_index import BrokenIndexError, Index, index_parts
from verifier.trust.crypto import object_verifies
from verifier.trust.durable import replace_file

MAPPED_BYTES = 256 * 1024 * 1024
"""Indexes kept open by one process, in bytes; they count against its address space."""
MOST_OPEN = 64
"""Indexes kept open by one process; each holds a file."""
_ANSWERS = 1024
"""Keys remembered, right and wrong ones."""

_Look = tuple[str, int, int, int]
"""SHA-256, inode, time of change, size: what tells whether a file is the one that was checked before."""


class OpenCrls:
    """The stored CRLs that a process has open; safe for use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[str, Index] = OrderedDict()
        self._checked: set[_Look] = set()
        self._answers: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def index(self, stored: StoredCrl) -> Index:
        """Return the index, made anew where there is no sound one; a process opens it, and checks it in full, once.

        ValueError where the CRL is needed for that and is gone, or is not what its name says.
        """
        with self._lock:
            known = self._open.get(stored.sha256)
            if known is not None:
                self._open.move_to_end(stored.sha256)
                return known
        found = self._mapped(stored) or _made_anew(stored)
        with self._lock:
            self._open[stored.sha256] = found
            while len(self._open) > 1 and (len(self._open) > MOST_OPEN or self._mapped_bytes() > MAPPED_BYTES):
                self._open.popitem(last=False)
        return found

    def verifies(self, stored: StoredCrl, public_key: bytes) -> bool:
        """Return whether the key (SubjectPublicKeyInfo, DER) verifies the CRL's signature; asked once, then remembered.

        ValueError where the CRL is gone, or is not what its name says.
        """
        name = hashlib.sha256(public_key).hexdigest()
        with self._lock:
            known = self._answers.get((stored.sha256, name))
        if known is None:
            known = _noted(stored, name) or _verified(stored, public_key, name)
            with self._lock:
                self._answers[stored.sha256, name] = known
                while len(self._answers) > _ANSWERS:
                    self._answers.popitem(last=False)
        elif known and not _beside(stored, ".keys").exists():  # it was dropped since, and came again
            _note(stored, name)
        return known

    def _mapped_bytes(self) -> int:
        return sum(one.size for one in self._open.values())

    def _mapped(self, stored: StoredCrl) -> Index | None:
        """Map the index from disk; None where there is no sound one."""
        try:
            with _beside(stored, ".index").open("rb") as file:
                seen = os.fstat(file.fileno())
                look = (stored.sha256, seen.st_ino, seen.st_mtime_ns, seen.st_size)
                buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            found = Index(buffer, stored.sha256, checked=look in self._checked)
        except (OSError, ValueError):  # an empty file cannot be mapped
            return None
        with self._lock:
            self._checked.add(look)
        return found


OPEN = OpenCrls()
"""Those of this process."""


class FromDisk:
    """The entries and the signature of a stored CRL."""

    def __init__(self, stored: StoredCrl) -> None:
        self._stored = stored

    def entry(self, serial: int, issuer_key: str) -> Entry | None:
        """As `Crl.entry`."""
        return OPEN.index(self._stored).entry(serial, issuer_key)

    def verified_by(self, public_key: bytes) -> bool:
        """As `Crl.verified_by`."""
        return OPEN.verifies(self._stored, public_key)


def write_index(data: bytes, stored: StoredCrl) -> None:
    """Make the index of a CRL and write it to its place; ValueError where `data` is no CRL, OSError where it cannot."""
    replace_file(_beside(stored, ".index"), index_parts(data, stored.sha256))


def companions(stored: StoredCrl) -> Iterable[Path]:
    """Return the files that stand beside a CRL, there or not."""
    return [_beside(stored, suffix) for suffix in (".index", ".keys")]


def _beside(stored: StoredCrl, suffix: str) -> Path:
    return Path(stored.path).with_suffix(suffix)


def _made_anew(stored: StoredCrl) -> Index:
    parts = index_parts(_whole(stored), stored.sha256)
    with contextlib.suppress(OSError):  # then the next process makes it again
        replace_file(_beside(stored, ".index"), parts)
    return Index(b"".join(parts), stored.sha256, checked=True)


def _whole(stored: StoredCrl) -> bytes:
    try:
        return crl_bytes(stored)
    except CouldNotJudge as error:
        raise BrokenIndexError(error.problem.detail) from None


def _verified(stored: StoredCrl, public_key: bytes, name: str) -> bool:
    if not object_verifies(_whole(stored), public_key):
        return False
    _note(stored, name)
    return True


def _note(stored: StoredCrl, name: str) -> None:
    """Note the key as one that verifies."""
    with contextlib.suppress(OSError), _beside(stored, ".keys").open("ab") as file:
        file.write(_line(stored, name))


def _noted(stored: StoredCrl, name: str) -> bool:
    """Whether the key is noted as one that verifies."""
    try:
        noted = _beside(stored, ".keys").read_bytes()
    except OSError:
        return False
    return _line(stored, name) in noted.splitlines(keepends=True)


def _line(stored: StoredCrl, name: str) -> bytes:
    """Return the note on a key: it holds for this CRL only, and one that is torn is none."""
    return f"{hashlib.sha256(f'{stored.sha256} {name}'.encode()).hexdigest()} {name}\n".encode()


# --- taking in ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TakenCrl:
    """A CRL that was put on disk with its index."""

    stored: StoredCrl
    this_update: datetime
    next_update: datetime | None
    about: str
    """Digest of what says of whom and what it is a list: issuer, key, scope; lists that follow each other share it."""


def take_in_crl(file: Path, folder: Path) -> TakenCrl:
    """Move a CRL (DER or PEM) to its place in `folder` on the same file system, with its index, both synced.

    ValueError where it is none, OSError where that fails. Whenever the power is lost, a file of that name is whole.
    """
    data = crl_in(file.read_bytes())
    sha256 = hashlib.sha256(data).hexdigest()
    stored = StoredCrl(sha256, str(folder / f"{sha256}.crl"))
    frame = frame_of(parts_of(data))
    if not _is_whole(stored):
        write_index(data, stored)
        replace_file(Path(stored.path), (data,))
    file.unlink()
    return TakenCrl(stored, frame.this_update, frame.next_update, _about(frame))


def _about(frame: Frame) -> str:
    delta = "delta" if DELTA_CRL_INDICATOR in frame.extensions else ""
    said = (frame.extensions.get(one, b"").hex() for one in (AUTHORITY_KEY, ISSUING_DISTRIBUTION_POINT))
    return hashlib.sha256("/".join((frame.issuer_key, *said, delta)).encode()).hexdigest()


def _is_whole(stored: StoredCrl) -> bool:
    try:
        return bool(_whole(stored)) and bool(OpenCrls().index(stored))
    except ValueError:
        return False


def crl_in(data: bytes) -> bytes:
    """Return the DER of a CRL; RFC 5280 4.2.1.13 wants that, some publish PEM. ValueError where it is neither."""
    found: bytes = pem.unarmor(data)[2] if pem.detect(data) else data
    frame_of(parts_of(found))
    return found
