"""`Issuing`: what officers, pages, the API and commands ask of the act of issuing. One object a process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from verifier.accounts.caller import Caller
from verifier.check import Runs
from verifier.signing.acts.afterwards import Afterwards
from verifier.signing.acts.batches import Batches
from verifier.signing.acts.confirming import Confirming
from verifier.signing.acts.house import House
from verifier.signing.acts.looking import Looking
from verifier.signing.acts.ordering import Ordering
from verifier.signing.acts.progress import Progress
from verifier.signing.acts.records import BatchState, Forecast, Issued, Parts, Preview
from verifier.signing.ports import Layout
from verifier.signing.records import Kind, Level, Order, Wish
from verifier.storage.blobs import Blobs, StoredFile
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance, IssuanceBatch
from verifier.workers.jobs import Job

EVERY = timedelta(seconds=15)
"""How often it is looked which acts are to be tried again."""


class Issuing:
    """Acts of issuing, from the order to the release. One object a process; `close` it when done.

    Every method that takes a caller raises BadRequest: `not-allowed` (no role for it), `not-found` (not there, or
    another authority's).
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        pool: Runs,
        parts: Parts,
        clock: Callable[[], datetime],
        spool: Path,
        *,
        workers: int = 2,
        upload_bytes: int = 100 * 1024 * 1024,
    ) -> None:
        """`spool` is a folder for files on their way; `workers` acts go on at the same time."""
        spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._house = house = House(database, blobs, pool, parts, clock, spool, upload_bytes)
        self._ordering, self._confirming = Ordering(house), Confirming(house)
        self._afterwards, self._batches = Afterwards(house), Batches(house, self._confirming)
        self._looking, self._progress = Looking(house), Progress(house, workers)

    @property
    def level(self) -> Level:
        """Level at which documents are released where the officer says nothing else."""
        return self._house.parts.level

    # --- ordering --------------------------------------------------------------------------------------------------

    def order(
        self, caller: Caller, document: Path, file_name: str, order: Order, batch: UUID | None = None
    ) -> Issuance:
        """Judge and lay out a document (synchronous); return the act in state `ordered`. Role LEADER.

        BadRequest, CouldNotIssue, CouldNotJudge with the code of what is wrong; with `batch` what is wrong with this
        file raises nothing, and the act is returned in state `cancelled` with its problem.
        """
        return self._ordering.order(caller, document, file_name, order, batch)

    def place(self, caller: Caller, id_: UUID, wish: Wish) -> Issuance:
        """Lay an act out anew, before it is confirmed; BadRequest `already-confirmed`, CouldNotIssue `no-room`."""
        return self._ordering.place(caller, id_, wish)

    def preview(self, caller: Caller, id_: UUID) -> Preview:
        """Return how an ordered act will look; BadRequest `already-confirmed` where it is ordered no more."""
        return self._ordering.preview(caller, id_)

    def forecast(self, caller: Caller, ids: Sequence[UUID]) -> Forecast:
        """Return what confirming these acts will do; nothing is changed."""
        return self._confirming.forecast(caller, ids)

    # --- confirming and going on -----------------------------------------------------------------------------------

    def confirm(self, caller: Caller, token: str, ids: Sequence[UUID]) -> None:
        """Have acts carried out, by the raw token of the officer's session; they go on beside the request.

        CouldNotIssue as `ports.Signs.confirm` (`step-up-needed`, `not-allowed`, `session-over`, `signer-absent`), and
        with the first of `forecast`'s problems; BadRequest `already-confirmed`.
        """
        self._progress.put(self._confirming.confirm(caller, token, ids))

    def run(self, id_: UUID) -> Issuance:
        """Advance a confirmed act now, until it is over or has to wait; return it as it then stands."""
        return self._progress.run(id_)

    def wait(self, caller: Caller, id_: UUID, seconds: float) -> Issuance:
        """Wait at most `seconds` until an act is over; return it as it then stands."""
        self._progress.wait(id_, seconds)
        return self.get(caller, id_)

    def cancel(self, caller: Caller, id_: UUID, reason: str) -> Issuance:
        """Abandon an act that is not released; its number, where it has one, stays in the book as cancelled.

        BadRequest `reason-missing`, `already-released`, `in-hand` (a step of it is being made; ask again).
        """
        return self._confirming.cancel(caller, id_, reason)

    # --- looking ---------------------------------------------------------------------------------------------------

    def get(self, caller: Caller, id_: UUID) -> Issuance:
        """Return an act of the caller's authority."""
        return self._looking.get(caller, id_)

    def recent(
        self,
        caller: Caller,
        limit: int = 100,
        *,
        state: str = "",
        kind: str = "",
        after: tuple[datetime, UUID] | None = None,
    ) -> tuple[Issuance, ...]:
        """Return the newest acts of the caller's authority; `after` as the repository's."""
        return self._looking.recent(caller, limit, state=state, kind=kind, after=after)

    def layout(self, kind: Kind) -> Layout:
        """Return how a kind is marked today, for the form that orders one; CouldNotIssue `no-layout`."""
        return self._looking.layout(kind)

    def document(self, caller: Caller, id_: UUID) -> StoredFile:
        """Return what was released, with the archive time stamps renewed since; BadRequest `not-released`."""
        return self._looking.document(caller, id_)

    def original(self, caller: Caller, id_: UUID) -> StoredFile:
        """Return the document as it came in."""
        return self._looking.original(caller, id_)

    def sheet(self, caller: Caller, id_: UUID) -> bytes:
        """Return the paper carrier of a released act, a PDF; BadRequest `not-released`, CouldNotIssue `no-sheet`."""
        return self._looking.sheet(caller, id_)

    # --- afterwards ------------------------------------------------------------------------------------------------

    def annul(self, caller: Caller, id_: UUID, ground: str, decision: str) -> Issuance:
        """Annul a released act. Role LEADER with a step-up within five minutes (`step-up-needed`).

        BadRequest `ground-missing`, `decision-missing`, `not-released`, `not-in-force`. To replace one, order another
        with `Order.replaces`.
        """
        return self._afterwards.annul(caller, id_, ground, decision)

    def by_code(self, code: str) -> Issued | None:
        """Return what was released with this check code in its QR code; None where there is none. For everybody."""
        return self._afterwards.by_code(code)

    def by_sha256(self, sha256: str) -> Issued | None:
        """Return what was released with this SHA-256 (hexadecimal) of the whole file. For everybody."""
        return self._afterwards.by_sha256(sha256)

    # --- batches ---------------------------------------------------------------------------------------------------

    def open_batch(self, caller: Caller, kind: Kind, dossier: str = "") -> IssuanceBatch:
        """Open a batch; fill it by `order(…, batch=its id)`, at most 500 acts (`batch-full`)."""
        return self._batches.open(caller, kind, dossier)

    def batches(self, caller: Caller, limit: int = 50) -> tuple[IssuanceBatch, ...]:
        """Return the newest batches of the caller's authority."""
        return self._batches.all(caller, limit)

    def batch(self, caller: Caller, id_: UUID) -> BatchState:
        """Return how far a batch is."""
        return self._batches.state(caller, id_)

    def confirm_batch(self, caller: Caller, token: str, id_: UUID) -> None:
        """Confirm all ordered acts of an open batch at once, as `confirm`; BadRequest `batch-empty`."""
        self._progress.put(self._batches.confirm(caller, token, id_))

    def stop_batch(self, caller: Caller, id_: UUID) -> None:
        """Begin no more acts of a running batch; those that have a number are finished."""
        self._batches.stop(caller, id_)

    def resume_batch(self, caller: Caller, id_: UUID) -> None:
        """Go on with a stopped batch."""
        self._progress.put(self._batches.resume(caller, id_), surely=True)

    # --- the house's side ------------------------------------------------------------------------------------------

    def recover(self, now: datetime) -> int:
        """Take up what was open when the process ended; return how many acts. Once, at the start."""
        return self._progress.recover(now)

    @property
    def job(self) -> Job:
        """The recurring job that takes up acts whose time to try again has come."""
        return Job("issue-on", EVERY, self._progress.take_up)

    def close(self) -> None:
        """Begin no more steps; what is not over is taken up by the next start."""
        self._progress.close()
