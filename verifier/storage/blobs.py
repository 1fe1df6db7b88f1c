"""Files by random name, each encrypted: a local folder now, an S3-compatible store by the same calls."""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

import obstore
import structlog
from obstore.store import LocalStore

from verifier.storage import envelope
from verifier.storage.keys import CannotOpen, KeyRing, sync_folder

CHUNK = envelope.CHUNK
"""Bytes of a piece when a file is streamed out."""
PART = 1024 * 1024
"""Bytes handed to the store, or asked of it, at a time; a few such parts are in memory at most."""
PARTS = 2
NAMES = 1000
"""Names listed at a time."""
PLAIN = "plain-"
"""How the names of plain copies begin."""

_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")

log = structlog.get_logger("verifier.blobs")


@dataclass(frozen=True)
class StoredFile:
    """A file that is there."""

    name: str
    """Its name, which no other file ever has."""
    opened: Callable[[], AbstractContextManager[Path]] = field(repr=False, compare=False)
    """Gives a plain copy, as `Blobs.opened`."""


class Blobs:
    """Encrypted files under names that say nothing about them.

    FileNotFoundError where a name is not there; CannotOpen (`sealed-data-broken`) where a file is not what was put,
    or its key is not on the ring. Never is a byte given out that is not verified.
    """

    def __init__(self, folder: Path, ring: KeyRing, spool: Path) -> None:
        """Keep files in `folder`, sealed with `ring`; plain copies for workers stand in `spool`, for a moment each.

        Both folders are made where they are missing, for the owner's eyes only. Plain copies that a killed process
        left are deleted. Where no plain byte may touch a disk, `spool` is a memory file system (tmpfs).
        """
        for one in (folder, spool):
            one.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._spool, self._ring = folder.resolve(), spool, ring
        self._store = LocalStore(self._folder)
        _clear(spool)

    def put_file(self, path: Path) -> str:
        """Keep a copy of the file at `path`, streamed; return its name. Once this returns it is on the disk."""
        with path.open("rb") as file:
            return self._put(iter(lambda: file.read(CHUNK), b""))

    def put(self, data: bytes) -> str:
        """Keep `data`; return its name."""
        return self._put((data,))

    def read(self, name: str) -> bytes:
        """Return the whole file."""
        return b"".join(self.stream(name))

    def stream(self, name: str) -> Iterator[bytes]:
        """Return the file piece by piece; what is wrong with the name, the header or the first piece is told at once.

        Where a later piece is broken or missing, CannotOpen comes after the true beginning.
        """
        with _noted(name):
            pieces = envelope.opened(self._ring, name, self._stored(name))
            first = next(pieces)
        return itertools.chain((first,), _watched(name, pieces))

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """Give a plain copy of the whole, verified file for a worker process to read; it is gone on leaving."""
        with _plain_copy(self._spool) as copy:
            for piece in self.stream(name):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)

    def file(self, name: str) -> StoredFile:
        """Return the file, to be opened later."""
        obstore.head(self._store, name)
        return StoredFile(name, lambda: self.opened(name))

    def ring_key(self, name: str) -> str:
        """Return the name of the ring's key under which a file is."""
        return envelope.ring_key(self._stored(name, envelope.HEADER_BYTES))

    def reseal(self, name: str) -> bool:
        """Seal a file's data key with the current key; False where that was so already. Its content is not touched.

        The old form stands until the new one is whole and on the disk. What a crash leaves beside it has a name that
        no row holds, and is swept up as such; so is a file that was deleted in this very moment and came back.
        """
        with _noted(name):
            pieces = envelope.resealed(self._ring, name, self._stored(name))
        if pieces is None:
            return False
        with tempfile.TemporaryFile(dir=self._spool) as file:  # the store cannot read one file to write another
            file.writelines(pieces)
            file.seek(0)
            self._exchange(name, file)
        return True

    def delete(self, name: str) -> None:
        """Delete for good; nothing happens where it is gone already."""
        with suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    def names(self) -> Iterator[tuple[str, ...]]:
        """Give the names of all files, some at a time."""
        for page in obstore.list(self._store, chunk_size=NAMES):
            yield tuple(one["path"] for one in page if _NAME.fullmatch(one["path"]))

    def older_than(self, instant: datetime) -> Iterator[tuple[str, ...]]:
        """Give the names of all files last written before `instant`, some at a time; also of drafts of `reseal`."""
        for page in obstore.list(self._store, chunk_size=NAMES):
            names = tuple(one["path"] for one in page if one["last_modified"] < instant)
            if names:
                yield names

    def drop_unfinished(self, before: datetime) -> int:
        """Delete what was being put when a process died, if last written before `before`: no listing shows it."""
        count = 0
        for path in self._folder.glob("*/*#*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    count += 1
        return count

    # --- inside --------------------------------------------------------------------------------------------------

    def _put(self, pieces: Iterable[bytes]) -> str:
        name = _new_name()
        self._write(name, envelope.sealed(self._ring, name, pieces))
        return name

    def _exchange(self, name: str, form: IO[bytes]) -> None:
        draft = f"{name}.{secrets.token_hex(8)}"
        try:
            self._write(draft, form)
            self._replace(draft, name)
        except BaseException:  # an interrupt too must not leave the draft behind; it goes on
            self.delete(draft)
            raise

    def _write(self, name: str, form: Iterator[bytes] | IO[bytes]) -> None:
        obstore.put(self._store, name, form, chunk_size=PART, max_concurrency=PARTS)
        path = self._folder / name
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sync_folder(path.parent)

    def _replace(self, draft: str, name: str) -> None:
        obstore.rename(self._store, draft, name)
        sync_folder((self._folder / name).parent)

    def _stored(self, name: str, part: int = PART) -> Iterator[bytes]:
        """Return a file as it is stored, part by part.

        Where `reseal` exchanges it meanwhile, the header is the old one and nothing else is other than before. Ranges,
        since a stream of the local store takes forty times as long.
        """
        size = obstore.head(self._store, name)["size"]
        for start in range(0, size, part):
            yield bytes(obstore.get_range(self._store, name, start=start, end=min(start + part, size)))


def _new_name() -> str:
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


@contextmanager
def _noted(name: str) -> Iterator[None]:
    """Tell the operator of a file that does not open, whoever asked for it."""
    try:
        yield
    except CannotOpen as error:
        log.error("a stored file does not open", name=name, why=error.problem.detail)  # noqa: TRY400 - no fault of ours
        raise


def _watched(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    with _noted(name):
        yield from pieces


@contextmanager
def _plain_copy(spool: Path) -> Iterator[IO[bytes]]:
    """Give an empty file of mode 0600, locked as long as it is in use, gone on leaving."""
    while True:
        with tempfile.NamedTemporaryFile(dir=spool, prefix=PLAIN, delete=False) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not os.fstat(file.fileno()).st_nlink:  # another process cleared it away before it was locked
                    continue
                yield file
                return
            finally:
                Path(file.name).unlink(missing_ok=True)


def _clear(spool: Path) -> None:
    """Delete plain copies that nobody has locked: those of processes that are gone."""
    for path in spool.glob(f"{PLAIN}*"):
        with suppress(FileNotFoundError), path.open("rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
