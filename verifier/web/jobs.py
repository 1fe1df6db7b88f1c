"""The service that takes files in, has them judged beside the request and keeps the reports."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from verifier.audit import Actor, Detail, Event
from verifier.errors import CouldNotJudge, Problem, fault_of
from verifier.snapshot import Filing
from verifier.storage.blobs import Blobs, StoredFile
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import CannotOpen
from verifier.storage.outage import is_outage
from verifier.storage.scope import SYSTEM, VISITOR, Scope
from verifier.storage.validations import STEPS, Finding, Validation
from verifier.web.again import Again
from verifier.web.uploads import MIB, Readable, Received, clean_file_name, received
from verifier.workers.expiry import Expiry

__all__ = ["STEPS", "Checked", "JobLimits", "Order", "Validation", "Validations"]

TOKEN_BYTES = 24
"""Random bytes of an address: 192 bits, where 128 would do."""
ATTEMPTS = 2
"""Times that judging is begun before a file that takes the service down with it is given up."""
AGAIN_SECONDS = 1.0
"""Pause between attempts to note a verdict while the database is away."""
ONE_READING = timedelta(minutes=10)
"""For so long do the pages that somebody looks at belong to the reading that was noted."""
READINGS = 10_000
"""Readings remembered; of one that was forgotten, looking at pages is noted once more."""
CLOSE_SECONDS = 5
"""How long closing waits for a file that is being judged."""

log = structlog.get_logger("verifier.jobs")

R = TypeVar("R")


@dataclass(frozen=True)
class Order:
    """What is to be judged."""

    document: Path
    """A plain copy of the file, to be read only; it is there until the judgement is reached."""
    file_name: str
    passwords: tuple[str, ...]
    received_at: datetime
    """When it was first received here (EN 319 102-1 5.5.4 step 1)."""
    again: int = 0
    """How many times it was judged again before this time."""
    filing: Filing | None = None
    """For what and where it was handed in."""
    earlier: bytes = b""
    """Bundle of the verdict before: what was known then is known still. Empty where there was none."""


@dataclass(frozen=True)
class Checked:
    """How judging ended: a verdict, or why there is none."""

    kind: str
    report_text: str
    """The JSON report, one line, exactly as it will be given out."""
    conclusion: str = ""
    problem: Problem | None = None
    bundle: bytes = b""
    """The evidence as a ZIP file; empty where there is none."""
    again_at: datetime | None = None
    """When it makes sense to judge again; None where it does not."""


@dataclass(frozen=True)
class Owner:
    """For whom a file is handed in."""

    scope: Scope
    """The scope of the authority; of nobody's where nobody is signed in."""
    id: UUID | None = None
    """The person or client."""
    actor: Actor | None = None
    """Who stands in the audit log for it; None where nothing is noted."""
    filing: Filing | None = None
    """For what and where the document is handed in; None where nobody said it."""


NOBODY = Owner(VISITOR)

Progress = Callable[[str], None]
"""Called with a name of `STEPS` when that step begins."""
Check = Callable[[Order, Progress], Checked]
"""Judges one file. CouldNotJudge where nothing at all can be said; safe to call from several threads."""
Clock = Callable[[], datetime]
Observe = Callable[[Finding, float], None]
"""Told of every file judged, and how many seconds after its receipt."""
Whole = Callable[[Iterator[bytes]], Iterator[bytes]]
"""Puts into an evidence bundle what is kept beside it (`bundle.whole_bundle`)."""


@dataclass(frozen=True)
class JobLimits:
    """The bounds of the service."""

    upload_bytes: int = 100 * MIB
    workers: int = 2
    """Files judged at the same time."""
    waiting: int = 16
    """Files that may wait for a free worker; one more is answered `busy`."""
    keep: timedelta = timedelta(days=30)
    retry_after: int = 20
    """Seconds after which a caller who was answered `busy` may try again."""


class Validations:
    """Files handed in, from the upload to the expiry. One object a process; `close` it when done."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        *,
        check: Check,
        clock: Clock,
        spool: Path,
        limits: JobLimits,
        observe: Observe = lambda _finding, _seconds: None,
        whole: Whole = iter,
    ) -> None:
        """`spool` is a folder for uploads on their way; it is made where it is missing."""
        spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database, self._blobs, self._check, self._clock = database, blobs, check, clock
        self._spool, self._limits, self._observe, self._whole = spool, limits, observe, whole
        self._expiry = Expiry(database, blobs, spool)
        self._slots = threading.BoundedSemaphore(limits.workers + limits.waiting)
        self._seats = threading.BoundedSemaphore(limits.workers)
        self._running: dict[UUID, _Job] = {}
        self._readings: dict[tuple[UUID, UUID], datetime] = {}
        self._closing = threading.Event()

    # --- the caller's side ---------------------------------------------------------------------------------------

    def submit(
        self, stream: Readable, file_name: str, lang: str, passwords: tuple[str, ...] = (), owner: Owner = NOBODY
    ) -> str:
        """Take a file in and begin to judge it; return its token, which is nowhere else.

        Where it has an owner, only its authority finds it, by the token or by its id.

        CouldNotJudge `busy` where too many wait already, `too-large` where the file is over the limit. Passwords are
        kept in memory until the file is judged, and nowhere else.
        """
        with self._slot() as slot:
            with received(stream, self._spool, self._limits.upload_bytes) as upload:
                blob = self._blobs.put_file(upload.path)
            token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
            validation = _handed_in(upload, blob, file_name, lang, owner, now=now, keep=self._limits.keep)
            with self._database.unit(owner.scope) as unit:
                unit.validations.add(validation, token)
                _note(unit, _event(validation, "validation-handed-in", owner.actor, now))
            self._start(validation, passwords, slot.keep())
        return token

    def wait(self, token: str, timeout: float, scope: Scope = VISITOR) -> Validation | None:
        """Wait at most `timeout` seconds until the file is judged; return it as it then stands, None if unknown."""
        found = self.get(token, scope)
        running = found and self._running.get(found.id)
        if not running:
            return found if found is None or found.finished else self.get(token, scope)
        running.ended.wait(timeout)
        return self.get(token, scope)

    def get(self, token: str, scope: Scope = VISITOR) -> Validation | None:
        """Return what stands under this address; None where there is nothing, never had been, or it has expired.

        What belongs to an authority is found within its scope only, there also by its id in place of the token.
        """
        with self._database.unit(scope) as unit:
            found = unit.validations.by_token(token)
            if found is None and scope.authority and (id_ := _as_id(token)):
                found = unit.validations.by_id(id_)
                found = found if found and found.authority_id == scope.authority else None
        return found if found and found.expires_at > self._clock() else None

    def read(self, token: str, owner: Owner) -> Validation | None:
        """Return what stands under this address as `get` does, for one who reads the report: that is noted."""
        found = self.get(token, owner.scope)
        if found and found.report_text:
            self._note_reading(found, owner, "report")
        return found

    def look(self, token: str, owner: Owner) -> Validation | None:
        """Return it for one who looks at pages of the file: noted unless the same person began reading just now."""
        found = self.get(token, owner.scope)
        if found and owner.id:
            began = self._readings.get((owner.id, found.id))
            if began is None or self._clock() - began >= ONE_READING:
                self._note_reading(found, owner, "document")
        return found

    def of_authority(
        self, scope: Scope, limit: int = 50, before: datetime | None = None, before_id: UUID | None = None
    ) -> tuple[Validation, ...]:
        """Return what was handed in for an authority, newest first, and is not over; `before` as the repository's."""
        with self._database.unit(scope) as unit:
            found = unit.validations.of_authority(limit=limit, before=before, before_id=before_id)
        return tuple(one for one in found if one.expires_at > self._clock())

    def delete(self, token: str, scope: Scope = VISITOR, actor: Actor | None = None) -> bool:
        """Delete the file, its report and its evidence for good; False where there is nothing.

        That somebody did is noted where it belonged to an authority.
        """
        found, now = self.get(token, scope), self._clock()
        return found is not None and self._expiry.remove(found, now, _event(found, "validation-deleted", actor, now))

    def document(self, token: str, scope: Scope = VISITOR) -> StoredFile | None:
        """Return the file, for rendering pages in a worker; None where there is nothing."""
        found = self.get(token, scope)
        try:
            return self._blobs.file(found.document_blob) if found else None
        except FileNotFoundError:
            return None

    def bundle(self, token: str, scope: Scope = VISITOR) -> Iterator[bytes] | None:
        """Return the evidence bundle (ZIP) piece by piece; None where there is none, CannotOpen where it is broken."""
        found = self.get(token, scope)
        if not found or not found.bundle_blob:
            return None
        try:
            return self._whole(self._blobs.stream(found.bundle_blob))
        except FileNotFoundError:
            return None

    # --- the house's side ----------------------------------------------------------------------------------------

    def recover(self, before: datetime) -> int:
        """Take up what was received before `before` and is in nobody's hands, after a restart or an outage."""
        with self._database.unit(SYSTEM) as unit:
            unfinished = unit.validations.unfinished()
        left = [v for v in unfinished if v.received_at < before and v.id not in self._running]
        for validation in left:
            if validation.attempts < ATTEMPTS:
                self._start(validation, (), lambda: None)
            else:
                detail = "Judging was interrupted more than once."
                self._finish(validation, Finding("", problem=Problem("internal-error", detail)))
        return len(left)

    def judge_again(self, now: datetime) -> int:
        """Judge again what was open and is due by `now`, one file after the other; return how many."""
        again = Again(self._database, self._blobs, self._clock, self._found_again)
        return again.run(now, self._closing)

    def close(self, cut: Callable[[], None] = lambda: None) -> None:
        """Judge no more; what is not finished is taken up by the next start. `cut` takes the workers away."""
        self._closing.set()
        cut()
        for job in tuple(self._running.values()):
            job.ended.wait(CLOSE_SECONDS)

    @property
    def load(self) -> int:
        """How many files wait or are being judged by this process."""
        return len(self._running)

    # --- inside --------------------------------------------------------------------------------------------------

    @contextmanager
    def _slot(self) -> Iterator[_Slot]:
        if not self._slots.acquire(blocking=False):
            seconds = str(self._limits.retry_after)
            raise CouldNotJudge("busy", "Too many files are being judged; try again later.", seconds=seconds)
        slot = _Slot(self._slots)
        try:
            yield slot
        finally:
            slot.leave()

    def _start(self, validation: Validation, passwords: tuple[str, ...], release: Callable[[], None]) -> None:
        job = self._running[validation.id] = _Job(validation, passwords, release)
        threading.Thread(target=self._run, args=(job,), name="judge", daemon=True).start()

    def _run(self, job: _Job) -> None:
        with self._seats:
            if fault := fault_of(lambda: self._judge(job)):
                self._broke(job.validation, fault)
        self._running.pop(job.validation.id, None)
        job.release()
        job.ended.set()

    def _broke(self, validation: Validation, fault: Exception) -> None:
        log.error("judging broke", id=str(validation.id), exc_info=fault)
        if not is_outage(fault):  # else the next start takes it up
            problem = Problem("internal-error", f"The fault is noted under {validation.id}.")
            fault_of(lambda: self._finish(validation, Finding("", problem=problem)))

    def _judge(self, job: _Job) -> None:
        if self._closing.is_set() or not self._insist(lambda unit: unit.validations.begin(job.validation.id)):
            return
        finding = self._finding(job.validation, job.passwords, lambda step: self._note_step(job.validation.id, step))
        if finding.problem and self._closing.is_set():
            return  # the workers were taken away under it; the next start judges it again
        self._finish(job.validation, finding)

    def _found_again(self, validation: Validation) -> Finding:
        with self._seats:
            return self._finding(validation, (), lambda _step: None)

    def _finding(self, validation: Validation, passwords: tuple[str, ...], progress: Progress) -> Finding:
        try:
            with self._blobs.opened(validation.document_blob) as document:
                order = Order(document, validation.file_name, passwords, validation.received_at)
                blob = validation.bundle_blob
                earlier = b"".join(self._blobs.stream(blob)) if blob else b""
                order = replace(order, again=validation.again, filing=validation.filing, earlier=earlier)
                checked = self._patiently(lambda: self._check(order, progress))
        except CouldNotJudge as refusal:
            return Finding("", problem=refusal.problem)
        except FileNotFoundError:
            return Finding("", problem=Problem("internal-error", "The stored file is gone."))
        except CannotOpen:
            return Finding("", problem=Problem("internal-error", "The stored file does not open."))
        bundle = self._blobs.put(checked.bundle) if checked.bundle else None
        text = checked.report_text.encode("utf-8", "backslashreplace").decode()
        again_at = checked.again_at if checked.again_at and checked.again_at < validation.expires_at else None
        if passwords:  # they are gone by then
            again_at = None
        return Finding(checked.kind, checked.conclusion, text, checked.problem, bundle, again_at)

    def _note_reading(self, validation: Validation, owner: Owner, what: str) -> None:
        now = self._clock()
        if not (event := _event(validation, "validation-read", owner.actor, now, reads=(what,))):
            return
        with self._database.unit(owner.scope) as unit:
            unit.audit.append(event)
        if owner.id:
            if len(self._readings) >= READINGS:
                self._readings.clear()
            self._readings[owner.id, validation.id] = now

    def _note_step(self, id_: UUID, step: str) -> None:
        try:
            with self._database.unit(SYSTEM) as unit:
                unit.validations.step(id_, STEPS.index(step) + 1)
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            log.warning("a step cannot be told", id=str(id_), trouble=type(error).__name__)

    def _finish(self, validation: Validation, finding: Finding) -> None:
        now = self._clock()
        kept = self._insist(lambda unit: _finished(unit, validation.id, finding, now))
        if not kept and finding.bundle_blob:
            self._blobs.delete(finding.bundle_blob)
        problem = finding.problem
        self._observe(finding, (now - validation.received_at).total_seconds())
        log.info("judged", id=str(validation.id), conclusion=finding.conclusion, problem=problem and problem.code)

    def _insist(self, work: Callable[[UnitOfWork], bool]) -> bool:
        """Do something in a unit of work, patiently."""

        def attempt() -> bool:
            with self._database.unit(SYSTEM) as unit:
                return work(unit)

        return self._patiently(attempt)

    def _patiently(self, attempt: Callable[[], R]) -> R:
        """Do something; while the database is away, again and again until the service closes.

        A verdict is worth the wait, and passwords are nowhere but in this process. Whom we trust is asked of the
        database too: nothing is judged by what was in use before it went away.
        """
        while True:
            try:
                return attempt()
            except SQLAlchemyError as error:
                if not is_outage(error) or self._closing.wait(AGAIN_SECONDS):
                    raise
                log.warning("the database is away while a file is judged", trouble=type(error).__name__)


@dataclass(frozen=True)
class _Job:
    """One file on its way to a verdict, in a thread of its own that waits for a seat."""

    validation: Validation
    passwords: tuple[str, ...] = field(repr=False)
    release: Callable[[], None]
    """Gives its place in the queue back."""
    ended: threading.Event = field(default_factory=threading.Event)


class _Slot:
    """One place in the queue, given back once: on leaving the request, or when judging ends."""

    def __init__(self, slots: threading.BoundedSemaphore) -> None:
        self._slots, self._kept = slots, False

    def keep(self) -> Callable[[], None]:
        """Hold the place beyond the request; return what gives it back."""
        self._kept = True
        return self._slots.release

    def leave(self) -> None:
        """Give the place back unless it is kept."""
        if not self._kept:
            self._slots.release()


def _finished(unit: UnitOfWork, id_: UUID, finding: Finding, now: datetime) -> bool:
    """Note how judging ended; False where the evidence is nobody's. It may have been noted before, unheard."""
    if unit.validations.finish(id_, finding, now):
        return True
    found = unit.validations.by_id(id_)
    return found is not None and found.bundle_blob == finding.bundle_blob


def _handed_in(
    upload: Received, blob: str, file_name: str, lang: str, owner: Owner, *, now: datetime, keep: timedelta
) -> Validation:
    return Validation(
        id=uuid4(),
        file_name=clean_file_name(file_name),
        size=upload.size,
        sha256=upload.sha256,
        kind="",
        language=lang,
        state="received",
        step=1,
        attempts=0,
        received_at=now,
        expires_at=now + keep,
        finished_at=None,
        conclusion="",
        problem=None,
        report_text=None,
        document_blob=blob,
        bundle_blob=None,
        authority_id=owner.scope.authority,
        handed_in_by=owner.id,
        filing=owner.filing,
    )


def _event(
    validation: Validation, action: str, actor: Actor | None, now: datetime, reads: tuple[str, ...] = ()
) -> Event | None:
    """Tell what was done with a validation that belongs to an authority; None for nobody's, which nobody audits."""
    if actor is None or validation.authority_id is None:
        return None
    told: dict[str, Detail] = {"sha256": validation.sha256, "size": validation.size}
    id_, place = str(validation.id), validation.authority_id
    return Event("validation", id_, action, actor, now, place, details=told, reads=reads)


def _note(unit: UnitOfWork, event: Event | None) -> None:
    if event:
        unit.audit.append(event)


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
