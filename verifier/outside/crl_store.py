"""The revocation store: CRLs that are too large to be carried about, by content, with what is known of each address.

Any number of processes use one folder at a time. `<sha256>.crl`, `.index` and `.keys` are described in
`trust.crl_disk`; `addresses/` holds a small file for each URL. Files come into being under another name and are moved
to their place, so that nothing is ever half there; only what nobody used for an hour is deleted, so that whoever was
just told of a CRL finds it. Who can write to the folder can say what is revoked: it is guarded like the trust store.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from verifier.evidence import AnyCrl, StoredCrl, crl_bytes
from verifier.outside.clock import Clock
from verifier.trust.crl_disk import TakenCrl, companions, take_in_crl
from verifier.trust.durable import replace_file, sync_folder

STORE = "revocation"
"""Folder of the store within VERIFIER_DATA."""
QUOTA = 4 * 1024 * 1024 * 1024
"""Bytes that all files may have together."""
KEPT = timedelta(days=30)
"""CRLs and addresses that nobody used for so long are dropped."""
IN_USE = timedelta(hours=1)
"""What was used within this time is not deleted: a judgement that was told of it may still open it."""
UNVERIFIED_IN_USE = timedelta(minutes=20)
"""The same for what no key verified: a judgement takes a few minutes, and forgeries must not fill the store."""
USED_EVERY = timedelta(minutes=10)
"""How exactly it is noted when something was last used."""
WITHOUT_NEXT_UPDATE = timedelta(days=1)
"""How long a CRL that names no nextUpdate is offered again."""
_INCOMING = ".in-"


@dataclass(frozen=True)
class Address:
    """What is known about one URL at which a CRL is published."""

    url: str
    used_at: datetime
    """When a document last asked for it, give or take `USED_EVERY`."""
    sha256: str = ""
    """The CRL that stood there last; empty where none was had yet."""
    this_update: datetime | None = None
    next_update: datetime | None = None
    failures: int = 0
    """In a row."""
    failure: str = ""
    """Code of `outside.failures`; empty where the last attempt brought a CRL."""
    wait_until: datetime | None = None
    """Before this it is not fetched again on our own account."""
    taken_at: datetime | None = None
    """When a CRL was last had there, be it the same."""
    about: str = ""
    """As `TakenCrl.about`."""
    beside: str = ""
    """Another CRL that stood there and counts still, where the last may be an old or a forged one; empty for none."""
    beside_update: datetime | None = None
    beside_until: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """Until when the CRL is the current one, None where there is no CRL."""
        if self.this_update is None:
            return None
        return self.next_update or self.this_update + WITHOUT_NEXT_UPDATE

    def fresh(self, now: datetime) -> bool:
        """Whether a CRL is at hand that is current by its own dates."""
        return self.this_update is not None and self.until is not None and self.this_update <= now < self.until


@dataclass(frozen=True)
class Counts:
    """How the store stands."""

    crls: int
    bytes: int
    addresses: int
    """Those that were used lately."""
    failing: int
    """Of these, those whose last attempt brought nothing."""
    overdue: int
    """Of these, those whose CRL is no longer current."""


Take = Callable[[Path, Path], TakenCrl]
"""`trust.crl_disk.take_in_crl`, here or in a worker."""


class CrlStore:
    """The store in one folder; safe for use from several threads and processes. OSError where the disk fails."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        quota: int = QUOTA,
        take: Take = take_in_crl,
        evidence: timedelta | None = None,
    ) -> None:
        """`evidence` is how long what `keep` kept is there after the last time; None for ever."""
        self._folder, self._clock, self._quota, self._take = folder, clock, quota, take
        self._evidence = evidence

    # --- CRLs ----------------------------------------------------------------------------------------------------

    @contextmanager
    def receiving(self) -> Iterator[BinaryIO]:
        """Give a file to write a CRL to, for `put_file`; what is left of it is gone on leaving."""
        self._made()
        number, name = tempfile.mkstemp(prefix=_INCOMING, dir=self._folder)
        os.close(number)
        try:
            with Path(name).open("w+b") as file:
                yield file
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()

    def put(self, data: bytes, url: str = "") -> StoredCrl:
        """Keep a CRL (DER or PEM) and return it, indexed; ValueError where it is none. `url` is where it stood."""
        with self.receiving() as file:
            file.write(data)
            file.flush()
            return self.put_file(Path(file.name), url)

    def put_file(self, path: Path, url: str = "") -> StoredCrl:
        """Keep the CRL in a file of `receiving`, as `put`. OSError ENOSPC where it goes beyond the quota."""
        self._make_room(path.stat().st_size)  # the index is smaller than the CRL, which is in the folder already
        with self._locked(fcntl.LOCK_SH):
            taken = self._take(path, self._folder)
            self._touch(Path(taken.stored.path))
        if url:
            self._note_taken(taken, url)
        return taken.stored

    def known(self, urls: Iterable[str]) -> tuple[StoredCrl, ...]:
        """Return the CRLs that stand at these addresses as far as is known, if they are current by their own dates.

        They will be there for an hour at least.
        """
        now = self._clock.now()
        found: dict[str, StoredCrl] = {}
        for url in urls:
            address = self.address(url)
            if address is None:
                continue
            if now - address.used_at >= USED_EVERY:
                self.change(url, lambda one: replace(one, used_at=now))
            for sha256 in self._offered(address, now):
                path = self._folder / f"{sha256}.crl"
                if self._held(path):
                    found[sha256] = StoredCrl(sha256, str(path))
        return tuple(found.values())

    def _offered(self, address: Address, now: datetime) -> Iterator[str]:
        """Return what stands at an address: the last CRL, and the one beside it unless that is surely outdated."""
        if address.sha256 and address.fresh(now):
            yield address.sha256
        if address.beside_update and address.beside_until and address.beside_update <= now < address.beside_until:
            latest = address.this_update is not None and address.this_update >= address.beside_update
            if not (latest and address.fresh(now) and self._verified(address.sha256)):
                yield address.beside

    def sweep(self, room: int = 0) -> int:
        """Delete what nobody used for long, and the longest unused beyond the quota; return how many CRLs went.

        `room` bytes below the quota shall be free then. Nothing happens where another process is at work on the store.
        """
        now = self._clock.now()
        try:
            with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
                return self._swept(now, self._quota - room)
        except BlockingIOError:
            return 0

    # --- evidence ------------------------------------------------------------------------------------------------

    def keep(self, stored: StoredCrl) -> bool:
        """Keep a CRL as evidence beyond its time in the store; whether that was done.

        It counts towards no quota: verdicts rest on it. On the disk it is the same file, so that this is quick.
        """
        kept = self._kept_path(stored.sha256)
        try:
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.link(stored.path, kept)
                sync_folder(kept.parent)
            self._touch(kept)
        except OSError:
            return False
        return True

    def kept(self, sha256: str) -> bytes:
        """Return a CRL that was kept as evidence; CouldNotJudge `internal-error` where it is gone or altered."""
        return crl_bytes(StoredCrl(sha256, str(self._kept_path(sha256))))

    def again(self, sha256: str) -> AnyCrl:
        """Return a CRL that was kept as evidence, to judge by it once more; CouldNotJudge as `kept`."""
        path = self._folder / f"{sha256}.crl"
        try:
            return StoredCrl(sha256, str(path)) if self._held(path) else self.put(self.kept(sha256))
        except OSError:  # the store is full
            return self.kept(sha256)

    def _kept_path(self, sha256: str) -> Path:
        return self._folder / "evidence" / f"{sha256}.crl"

    def _make_room(self, size: int) -> None:
        if self._bytes() + size <= self._quota:
            return
        self.sweep(size)
        if self._bytes() + size > self._quota:
            raise OSError(errno.ENOSPC, "the revocation store is full")

    def _swept(self, now: datetime, most: int) -> int:
        for path in self._leftovers():
            with contextlib.suppress(FileNotFoundError):  # whoever made it has just moved it
                if _age(path, now) > IN_USE:
                    path.unlink()
        for address in self.addresses():
            if now - address.used_at > KEPT:
                self._address_path(address.url).unlink(missing_ok=True)
        for path in (self._folder / "evidence").glob("*.crl"):
            if self._evidence is not None and _age(path, now) > self._evidence:
                path.unlink(missing_ok=True)
        gone, total = 0, self._bytes()
        held = [(self._verified(path.stem), _age(path, now), path) for path in self._folder.glob("*.crl")]
        for verified, age, path in sorted(held, key=lambda one: (one[0], -one[1])):
            if age > KEPT or (age > (IN_USE if verified else UNVERIFIED_IN_USE) and total > most):
                total -= self._drop(path)
                gone += 1
        return gone

    def _leftovers(self) -> list[Path]:
        """Return the files that a process left that was ended in the middle."""
        crls = {path.stem for path in self._folder.glob("*.crl")}
        beside = [path for path in self._folder.glob("*.*") if path.suffix in (".index", ".keys")]
        return [*self._folder.glob(".in-*"), *self._folder.glob(".new-*"), *(p for p in beside if p.stem not in crls)]

    def _drop(self, path: Path) -> int:
        """Delete a CRL, itself first, and return how many bytes that made free; whoever has it open keeps it."""
        freed = 0
        for one in (path, *companions(StoredCrl(path.stem, str(path)))):
            with contextlib.suppress(FileNotFoundError):
                freed += one.stat().st_size
                one.unlink()
        return freed

    def _held(self, path: Path) -> bool:
        """Whether the CRL is there; it will be for an hour."""
        try:
            if _age(path, self._clock.now()) < USED_EVERY:
                return True
            with self._locked(fcntl.LOCK_SH):
                self._touch(path)
        except FileNotFoundError:
            return False
        return True

    def _touch(self, path: Path) -> None:
        now = self._clock.now().timestamp()
        os.utime(path, (now, now))

    def _bytes(self) -> int:
        total = 0
        for entry in os.scandir(self._folder):
            with contextlib.suppress(FileNotFoundError):
                total += entry.stat().st_size if entry.is_file() else 0
        return total

    # --- addresses -----------------------------------------------------------------------------------------------

    def address(self, url: str) -> Address | None:
        """Return what is known about an address, None where it is nothing."""
        return _read(self._address_path(url))

    def addresses(self) -> list[Address]:
        """Return all that is known about addresses, in order of their URLs."""
        found = [_read(path) for path in (self._folder / "addresses").glob("*.json")]
        return sorted((one for one in found if one), key=lambda one: one.url)

    def note(self, address: Address) -> None:
        """Keep what is known about an address, whatever was known."""
        self.change(address.url, lambda _: address)

    def change(self, url: str, how: Callable[[Address], Address]) -> Address:
        """Change what is known about an address, one after the other; of a new one it is known that it is used."""
        with self._locked(fcntl.LOCK_EX, "addresses/.lock"):
            address = how(self.address(url) or Address(url, self._clock.now()))
            content = json.dumps(asdict(address), default=str).encode()
            replace_file(self._address_path(url), (content,))
        return address

    def counts(self) -> Counts:
        """Count."""
        now = self._clock.now()
        used = [one for one in self.addresses() if now - one.used_at <= KEPT]
        return Counts(
            crls=len(list(self._folder.glob("*.crl"))),
            bytes=self._bytes() if self._folder.is_dir() else 0,
            addresses=len(used),
            failing=sum(bool(one.failure) for one in used),
            overdue=sum(not one.fresh(now) for one in used),
        )

    def _note_taken(self, taken: TakenCrl, url: str) -> None:
        now = self._clock.now()

        def noted(known: Address) -> Address:
            address = replace(known, failures=0, failure="", wait_until=None, taken_at=now)
            sha256 = taken.stored.sha256
            if known.sha256 == sha256 or self._newer(known, taken, now):
                return address
            values = self._beside(known, sha256, now)
            address = replace(address, beside=values[0], beside_update=values[1], beside_until=values[2])
            update, end = taken.this_update, taken.next_update
            return replace(address, sha256=sha256, this_update=update, next_update=end, about=taken.about)

        self.change(url, noted)

    def _newer(self, known: Address, taken: TakenCrl, now: datetime) -> bool:
        """Whether what is known is later than what came now, and true: then an old CRL was given out again."""
        later = known.this_update is not None and known.this_update > taken.this_update
        return later and known.about == taken.about and known.fresh(now) and self._verified(known.sha256)

    def _beside(self, known: Address, last: str, now: datetime) -> tuple[str, datetime | None, datetime | None]:
        """Choose the CRL that is kept beside the last one: one that verified, and of these the latest."""
        before = (known.sha256, known.this_update, known.until)
        others = [before, (known.beside, known.beside_update, known.beside_until)]
        current = [one for one in others if one[0] != last and one[1] and one[2] and one[1] <= now < one[2]]
        return max(current, key=lambda one: (self._verified(one[0]), one[1]), default=("", None, None))

    def _verified(self, sha256: str) -> bool:
        return (self._folder / f"{sha256}.keys").exists()

    def _address_path(self, url: str) -> Path:
        return self._folder / "addresses" / f"{hashlib.sha256(url.encode()).hexdigest()}.json"

    def _made(self) -> None:
        (self._folder / "addresses").mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _locked(self, how: int, name: str = ".lock") -> Iterator[None]:
        self._made()
        with (self._folder / name).open("ab") as file:
            fcntl.flock(file.fileno(), how)
            yield


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _read(path: Path) -> Address | None:
    try:
        values = json.loads(path.read_bytes())
        values["used_at"] = datetime.fromisoformat(values["used_at"])
        for name in ("this_update", "next_update", "wait_until", "taken_at", "beside_update", "beside_until"):
            if values.get(name) is not None:
                values[name] = datetime.fromisoformat(values[name])
        return Address(**values)
    except (OSError, ValueError, TypeError, KeyError):  # an address of which nothing is known is asked
        return None
