"""`Archives`: lists of what is due, and packages that are made outside of any transaction. One object a process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from verifier.archive.contents import Whole, file_name, texts
from verifier.archive.handlers import NotePackage
from verifier.archive.keeping import Retention, retention
from verifier.archive.records import Package
from verifier.archive.zipping import Stored, digest_of, seal, write
from verifier.audit import Event
from verifier.cases.desk import Cases, View
from verifier.cases.kernel import CLERK, RECEPTION, SYSTEM_ASKER, Asker
from verifier.cases.records import Case, CaseRecord
from verifier.cases.statuses import final
from verifier.errors import BadRequest, CouldNotIssue
from verifier.law.records import NoAnswer
from verifier.storage.audit import Entry
from verifier.storage.blobs import StoredFile
from verifier.storage.scope import SYSTEM

MAKERS = frozenset({CLERK, RECEPTION})
READ = "package-read"
SUBJECT = "package"
"""Kind of the subject in the audit log of who reads a package: it holds personal data."""
LOG_AT_ONCE = 1000
NO_STAMPERS = "no-stampers"
PREFIX = "package-"
"""Of the file that a package is while it is made."""
LONGEST = 500
"""Of a list."""


class Stamp(Protocol):
    """A time-stamp token as a package needs it; `signing.records.Stamped` is one."""

    @property
    def token(self) -> bytes:
        """DER of the ContentInfo."""

    @property
    def at(self) -> datetime:
        """Its time."""

    @property
    def tsa(self) -> str:
        """Address that gave it."""


class Stamps(Protocol):
    """Asks time-stamping authorities; `signing.time.stampers.Stampers`."""

    def token(self, data: bytes, algorithm: str = "sha256", /) -> Stamp:
        """Return a checked token over the digest of `data`; CouldNotIssue where none gives one."""


@dataclass(frozen=True)
class Due:
    """A dossier on a list, and since when it stands there."""

    case: Case
    since: date | None
    """None on the list of those of which nobody has decided."""


@dataclass(frozen=True)
class Lists:
    """What is due at an authority today."""

    to_store: tuple[Due, ...]
    """Ended dossiers whose time with the officer is over."""
    removable: tuple[Due, ...]
    """Archived dossiers whose time is over: they may be removed, by a person's decision."""
    undecided: tuple[Due, ...]
    """Archived dossiers for which the law gives no period and nobody has decided."""


class Archives:
    """Packages and due lists."""

    def __init__(self, cases: Cases, stamps: Stamps | None, spool: Path) -> None:
        """`stamps` is None where no time-stamping authority is set: then no package is sealed, and each says so."""
        self.cases, self.house = cases, cases.house
        self._stamps, self._spool = stamps, spool

    # --- lists -------------------------------------------------------------------------------------------------------

    def due(self, asker: Asker, limit: int = LONGEST) -> Lists:
        """Return what is due at the officer's authority, reckoned now; BadRequest `not-allowed`."""
        if asker.person is None or asker.scope.authority is None:
            raise BadRequest("not-allowed")
        now = self.house.clock()
        with self.house.database.unit(asker.scope) as unit:
            authority = unit.authorities.get(asker.scope.authority)
            zone = ZoneInfo(authority.time_zone if authority else "UTC")
            today = now.astimezone(zone).date()
            ended = unit.archive.at_officers(now, limit)
            over = unit.archive.removable(today, limit)
            undecided = unit.archive.undecided(limit)
        found = [Due(case, self._to_store(case, zone)) for case in ended]
        ripe = tuple(one for one in found if one.since and one.since <= today)
        return Lists(ripe, tuple(Due(one, one.keep_until) for one in over), tuple(Due(one, None) for one in undecided))

    def _to_store(self, case: Case, zone: ZoneInfo) -> date | None:
        if case.ended_at is None:
            return None
        day, kept = case.ended_at.astimezone(zone).date(), self._retention(case)
        return kept.at_officer_until(day) if kept else day

    def _retention(self, case: Case) -> Retention | None:
        try:
            return retention(self.house.law(case).procedure(case.procedure))
        except NoAnswer:
            return None

    # --- packages ----------------------------------------------------------------------------------------------------

    def packages(self, asker: Asker, case: UUID) -> tuple[Package, ...]:
        """Return the packages of a dossier, the newest first; BadRequest `not-found`."""
        with self.house.database.unit(asker.scope) as unit:
            if unit.cases.get(case) is None:
                raise BadRequest("not-found")
            return unit.archive.packages(case)

    def pack(self, asker: Asker, case_id: UUID) -> Package:
        """Make a package of an ended dossier as it stands; clerks and reception.

        The time stamp is asked for outside of any transaction; where none is had the package is kept all the same, and
        says why it is not sealed. BadRequest `not-allowed`, `not-found`, `case-elsewhere`, `case-not-ended`,
        `record-removed`, `package-file-broken`, `changed-meanwhile`.
        """
        if asker.person is None or not asker.may & MAKERS:
            raise BadRequest("not-allowed")
        whole = self._whole(asker, case_id)
        try:
            with tempfile.NamedTemporaryFile(dir=self._spool, prefix=PREFIX) as file:  # swept up where we are killed
                package = self._packed(asker.person, whole, Path(file.name))
        except FileNotFoundError:
            self._refuse_removed(case_id)
            raise
        by_service = replace(asker, may=frozenset({SYSTEM_ASKER}))
        self.cases.do(by_service, case_id, NotePackage(package=package))
        return package

    def file(self, asker: Asker, case: UUID, id_: UUID) -> tuple[Package, StoredFile]:
        """Give a package as a file; who reads it stands in the log. BadRequest `not-found`, `record-removed`."""
        with self.house.database.unit(asker.scope) as unit:
            one = unit.archive.get(id_)
            if one is None or one.case_id != case or asker.person is None:
                raise BadRequest("not-found")
            if not one.blob:
                raise BadRequest("record-removed")
            now, told = self.house.clock(), {"case": str(case)}
            unit.audit.append(
                Event(SUBJECT, str(id_), READ, asker.actor, now, one.authority_id, details=told, reads=("file",))
            )
        try:
            return one, self.house.blobs.file(one.blob)
        except FileNotFoundError:
            self._refuse_removed(case)
            raise

    def _refuse_removed(self, case: UUID) -> None:
        """Refuse (`record-removed`) where a dossier was removed while its files were read; else they are lost."""
        with self.house.database.unit(SYSTEM) as unit:
            found = unit.cases.get(case)
        if found is None or found.removed_at is not None:
            raise BadRequest("record-removed") from None

    def _whole(self, asker: Asker, case_id: UUID) -> Whole:
        """Read a dossier whole, in one transaction but for its chain, whose end is compared at the end."""
        view = self.cases.view(asker, case_id)
        case = view.case
        if case.authority_id != asker.scope.authority:
            raise BadRequest("case-elsewhere")
        if case.removed_at is not None:
            raise BadRequest("record-removed")
        if case.status not in final():
            raise BadRequest("case-not-ended")
        with self.house.database.unit(asker.scope) as unit:
            place, intake = unit.authorities.get(case.authority_id), unit.authorities.get(case.intake_id)
            money = unit.payments.of_case(case_id)
            told, given = unit.notices.of_case(case_id), unit.notices.deliveries(case_id)
            visits = tuple(unit.appointments.of_case(case_id))
        if place is None or intake is None:
            raise LookupError("a dossier is of an authority")
        log, now = self._log(case_id), self.house.clock()
        return Whole(view, place, intake, log, now, self._procedure(case), money, told, given, visits)

    def _log(self, case: UUID) -> tuple[Entry, ...]:
        """Return the whole chain, whichever authority had the dossier then."""
        found: list[Entry] = []
        with self.house.database.unit(SYSTEM) as unit:
            while more := unit.audit.chain("case", str(case), LOG_AT_ONCE, len(found)):
                found.extend(more)
        return tuple(found)

    def _procedure(self, case: Case) -> str:
        try:
            return self.house.law(case).procedure(case.procedure).name.vi
        except NoAnswer:
            return case.procedure

    def _packed(self, who: UUID, whole: Whole, path: Path) -> Package:
        view, case = whole.view, whole.view.case
        draft = write(path, texts(whole), self._stored(view))
        sealed_at, tsa, unsealed = self._sealed(path, draft.manifest)
        return Package(
            id=uuid4(),
            case_id=case.id,
            authority_id=case.authority_id,
            made_at=whole.at,
            made_by=who,
            case_version=case.version,
            events=len(whole.log),
            files=sum(bool(one.blob) for one in view.records),
            size=path.stat().st_size,
            sha256=digest_of(path),
            manifest_sha256=draft.sha256,
            blob=self.house.blobs.put_file(path),
            sealed_at=sealed_at,
            tsa=tsa,
            unsealed=unsealed,
        )

    def _stored(self, view: View) -> Iterator[Stored]:
        for number, one in enumerate(view.records, 1):
            if one.blob:
                yield Stored(file_name(one, number), one.size, one.sha256, self._reader(one))

    def _reader(self, one: CaseRecord) -> Callable[[], Iterator[bytes]]:
        return lambda: self.house.blobs.stream(one.blob)

    def _sealed(self, path: Path, manifest: bytes) -> tuple[datetime | None, str, str]:
        """Add the time stamp where one is had; return its time and who gave it, or why there is none."""
        if self._stamps is None:
            return None, "", NO_STAMPERS
        try:
            stamp = self._stamps.token(manifest)
        except CouldNotIssue as refusal:
            return None, "", refusal.problem.code
        seal(path, stamp.token)
        return stamp.at, stamp.tsa, ""
