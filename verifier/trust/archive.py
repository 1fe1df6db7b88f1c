"""The archive of trust: every snapshot that was ever in use, and the files it came from; immutable, named by content.

Certificates stand once for all snapshots in `certificates.pack`. The canonical content of a snapshot, and every file
that is kept, is cut into pieces where its own content says, so that two that differ little share nearly all; the
pieces stand in `pieces.pack`, and `snapshots/<id>` and `kept/<sha256>` list them. Everything is proved by SHA-256 when
it is read. Any number of processes may write. A snapshot of an archive travels between processes by its name.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import hashlib
import json
import os
import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from verifier.errors import CouldNotJudge
from verifier.snapshot import TrustService, TrustSnapshot
from verifier.trust.canon import CertificateOf, content_of, read_lean, read_services
from verifier.trust.durable import DRAFT, FOR_ALL, replace_file
from verifier.trust.pack import Pack, PackError

SNAPSHOTS, KEPT = "snapshots", "kept"
CERTIFICATES, PIECES, LOCK = "certificates.pack", "pieces.pack", "lock"
MIN_PREFIX = 6
"""Fewest digits by which a snapshot can be named."""
IN_MEMORY = 3
"""Snapshots that a process keeps loaded; one of 5,000 anchors takes some 40 MB."""

R = TypeVar("R")

_NAME = re.compile(r"[0-9a-f]{64}")
_CUT = re.compile(rb'"[0-9a-f]{63}0"|[a-z]Zk')
"""Where content is cut: at one in sixteen of the SHA-256 in it, and in one of some 10,000 places of base64. Such
places move along with their surroundings, so that what is put in or taken out changes few pieces."""
_LEAST = 4096
"""Bytes of the smallest piece but the last."""


class Archive:
    """The archive in one folder, which is made when something is first put there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        """Where it stands; need not be there yet."""
        self._certificates, self._pieces = Pack(self.folder / CERTIFICATES), Pack(self.folder / PIECES)

    def put(self, snapshot: TrustSnapshot) -> TrustSnapshot:
        """Keep a snapshot, on disk when this returns, and return it as one of this archive.

        CouldNotJudge `archive-unwritable`; ValueError for a snapshot whose id is not that of its content.
        """
        content, certificates = content_of(snapshot)
        if hashlib.sha256(content).hexdigest() != snapshot.id:
            raise ValueError("the snapshot has another id than its content")
        with self._written():
            self._certificates.add(certificates.values())
            self._write(SNAPSHOTS, snapshot.id, content)
        with _LOADING:
            return _remember(self.folder, _Archived.of(snapshot, self))

    def get(self, name: str) -> TrustSnapshot:
        """Return the snapshot with this id; the same object, as long as it is among the last used of this process.

        What is in memory alone does not count: other processes could not read it.

        CouldNotJudge `snapshot-unknown`, or `snapshot-broken` where what is kept is not what its id says. Its services
        are read when they are first asked for, which raises `snapshot-broken` too.
        """
        with _LOADING:
            known = _LOADED.get((str(self.folder), name)) if self.holds(name) else None
            return _remember(self.folder, known or _Archived.of(self._read(name, read_lean), self, lean=True))

    def holds(self, name: str) -> bool:
        """Tell at a glance whether the snapshot with this id is there still; what its files hold is not looked at."""
        return all((self.folder / one).exists() for one in (Path(SNAPSHOTS) / name, CERTIFICATES, PIECES))

    def services(self, name: str) -> tuple[TrustService, ...]:
        """Return the services of the snapshot with this id; CouldNotJudge as `get`."""
        return self._read(name, read_services)

    def _read(self, name: str, reader: Callable[[bytes, CertificateOf], R]) -> R:
        try:
            content = self._content(SNAPSHOTS, name)
            if content is None:
                raise CouldNotJudge("snapshot-unknown", f"no trust snapshot {name[:64]} is kept here", id=name[:64])
            with _uncollected():
                return reader(content, _once(self._certificates.whole()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            detail = f"the trust snapshot {name} cannot be read: {_why(error)}"
            raise CouldNotJudge("snapshot-broken", detail, id=name) from None

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all snapshots kept here, sorted; none where there is no folder or it cannot be read."""
        try:
            names = [path.name for path in (self.folder / SNAPSHOTS).iterdir()]
        except OSError:
            return ()
        return tuple(sorted(filter(_NAME.fullmatch, names)))

    def keep(self, data: bytes) -> str:
        """Keep a file, on disk when this returns, and return its SHA-256; CouldNotJudge `archive-unwritable`."""
        name = hashlib.sha256(data).hexdigest()
        with self._written():
            self._write(KEPT, name, data)
        return name

    def kept(self, name: str) -> bytes:
        """Return a file by its SHA-256; CouldNotJudge `material-unknown`, or `material-broken` where it was altered."""
        try:
            content = self._content(KEPT, name)
        except (OSError, ValueError) as error:
            raise CouldNotJudge(
                "material-broken", f"the file {name} in the archive of trust cannot be read: {_why(error)}", id=name
            ) from None
        if content is None:
            raise CouldNotJudge("material-unknown", f"no file {name[:64]} in the archive of trust", id=name[:64])
        return content

    def _content(self, kind: str, name: str) -> bytes | None:
        """Return what is kept under a name, proved by it; None where nothing is. OSError, ValueError."""
        path = self.folder / kind / name
        if not _NAME.fullmatch(name) or not path.exists():
            return None
        content = b"".join(map(_unpacked, self._pieces.at(_places(path.read_bytes()))))
        if hashlib.sha256(content).hexdigest() != name:
            raise PackError("its content is not what its name says")
        return content

    # --- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """Hold the archive alone among all who write; CouldNotJudge `archive-unwritable`."""
        try:
            for kind in (SNAPSHOTS, KEPT):
                (self.folder / kind).mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                self._tidy()
                yield
            finally:
                os.close(handle)
        except OSError as error:
            detail = f"the archive of trust cannot be written: {_why(error)}"
            raise CouldNotJudge("archive-unwritable", detail) from None

    def _tidy(self) -> None:
        """Delete what a process left half written that was killed; called with the archive held alone."""
        for kind in (SNAPSHOTS, KEPT):
            for left in (self.folder / kind).glob(f"{DRAFT}*"):
                left.unlink()

    def _write(self, kind: str, name: str, content: bytes) -> None:
        places = self._pieces.add(zlib.compress(piece) for piece in _cut(content))
        listing = json.dumps({"pieces": places}, separators=(",", ":")).encode()
        replace_file(self.folder / kind / name, [listing], FOR_ALL)


def _cut(content: bytes) -> Iterator[bytes]:
    """Cut where the content says, in pieces of at least `_LEAST` bytes."""
    start = 0
    for found in _CUT.finditer(content):
        if found.start() - start >= _LEAST:
            yield content[start : found.start()]
            start = found.start()
    yield content[start:]


# --- reading -----------------------------------------------------------------------------------------------------


def _places(listing: bytes) -> list[int]:
    table = json.loads(listing)
    places = table.get("pieces") if isinstance(table, dict) else None
    if not isinstance(places, list) or not all(isinstance(one, int) and 0 <= one < 2**63 for one in places):
        raise PackError("its listing cannot be read")
    return places


def _unpacked(piece: bytes) -> bytes:
    try:
        return zlib.decompress(piece)
    except zlib.error as error:
        raise PackError(str(error)) from None


def _once(one: Any) -> Any:
    """Return what finds each certificate once, however often it is asked for."""
    known: dict[str, bytes] = {}

    def certificate(name: str) -> bytes:
        der = known.get(name)
        if der is None:
            der = known[name] = one(name)
        return der

    return certificate


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Make very many objects that all stay without looking for garbage among them, which takes longer than they do."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


# --- snapshots of an archive ---------------------------------------------------------------------------------------


class _Archived(TrustSnapshot):
    """A snapshot of an archive: travels between processes by its name, reads its services when they are asked for.

    What `replace` makes of it is whole and travels whole.
    """

    @classmethod
    def of(cls, snapshot: TrustSnapshot, archive: Archive, *, lean: bool = False) -> _Archived:
        """Make one of a snapshot; a lean one came without its services."""
        one = cls(**{field.name: getattr(snapshot, field.name) for field in fields(snapshot)})
        own = vars(one)  # its fields are frozen for all others
        own["_archive"] = archive
        if lean:
            del own["services"]
        return one

    @cached_property
    def services(self) -> tuple[TrustService, ...]:
        archive: Archive = vars(self)["_archive"]
        return archive.services(self.id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TrustSnapshot):
            return NotImplemented
        return all(getattr(self, field.name) == getattr(other, field.name) for field in fields(self))

    def __hash__(self) -> int:
        return hash(self.id)

    def __reduce__(self) -> Any:
        archive: Archive | None = vars(self).get("_archive")
        if archive is None:
            return TrustSnapshot, tuple(getattr(self, field.name) for field in fields(self))
        return _found, (str(archive.folder), self.id)


_LOADED: OrderedDict[tuple[str, str], TrustSnapshot] = OrderedDict()
_LOADING = threading.RLock()


def _remember(folder: Path, snapshot: TrustSnapshot) -> TrustSnapshot:
    """Keep a snapshot among the last used, or return the one that stands there; called with `_LOADING` held."""
    key = (str(folder), snapshot.id)
    snapshot = _LOADED.setdefault(key, snapshot)
    _LOADED.move_to_end(key)
    while len(_LOADED) > IN_MEMORY:
        _LOADED.popitem(last=False)
    return snapshot


def _found(folder: str, name: str) -> TrustSnapshot:
    return Archive(Path(folder)).get(name)
