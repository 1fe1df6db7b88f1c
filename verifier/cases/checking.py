"""Proves that dossiers agree: log, statuses, codes, register books, money, messages, files, what finds them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from verifier.cases.handlers import REGISTRY
from verifier.cases.statuses import final
from verifier.errors import VerifierError
from verifier.register.checking import BookCheck
from verifier.storage.blobs import Blobs
from verifier.storage.case_check import CHECKS, CaseCheck, CaseFinding, NamedFile, Rules, Snapshot
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

HEAD = "log-head"
MISSING, DIFFERS = "blob-missing", "blob-differs"
BOOKS = "book"
PARTS = (HEAD, *CHECKS, BOOKS, "files")
"""What is looked at, in order."""
Progress = Callable[[str], None]
"""Is told which of `PARTS` is begun."""


class CaseProof:
    """Looks at all dossiers. Reads only; what goes on meanwhile does no harm."""

    def __init__(self, database: Database, blobs: Blobs | None = None) -> None:
        """`blobs` holds the files; None to look at none."""
        self._database, self._blobs = database, blobs
        self.dossiers = self.events = self.files = 0
        """How much was looked at."""

    def findings(
        self, now: datetime, *, sent_kept: timedelta, content: bool = False, progress: Progress | None = None
    ) -> Iterator[CaseFinding]:
        """Give everything that does not agree; of each check at most `case_check.MOST`.

        `sent_kept`: how long delivered messages stay in the outbox; `content`: files are opened and their SHA-256 is
        reckoned, else it is only seen that they are there. SQLAlchemyError.
        """
        tell = progress or (lambda _part: None)
        tell(HEAD)
        with self._database.unit(SYSTEM) as unit:
            if not unit.audit.sound():
                yield CaseFinding(HEAD, "audit log", "its mark does not fit")
        with CaseCheck(self._database, rules(now - sent_kept)).opened() as snapshot:
            self.dossiers, self.events = snapshot.counts()
            for code in CHECKS:
                tell(code)
                yield from snapshot.check(code)
            if self._blobs:
                tell("files")
                yield from self._files(snapshot, self._blobs, content=content)
        tell(BOOKS)
        for one in BookCheck(self._database, self._blobs if content else None).run().findings:
            yield CaseFinding(f"{BOOKS}-{one.code}", f"{one.symbol} {one.year} {one.number}", one.detail)

    def _files(self, snapshot: Snapshot, blobs: Blobs, *, content: bool) -> Iterator[CaseFinding]:
        there = frozenset(name for names in blobs.names() for name in names)
        for page in snapshot.files():
            for one in page:
                self.files += 1
                if one.blob not in there:
                    yield from self._late(blobs, one)
                elif content and (why := differs(blobs, one)):
                    yield CaseFinding(DIFFERS, one.subject, why)

    def _late(self, blobs: Blobs, one: NamedFile) -> Iterator[CaseFinding]:
        """Ask once more for a file that was not listed: it may have come after the list was made."""
        try:
            blobs.file(one.blob)
        except FileNotFoundError:
            yield CaseFinding(MISSING, one.subject, one.blob)


def rules(portal_since: datetime) -> Rules:
    """Return what the log is held against, out of the registry of commands and the statuses."""
    allowed: dict[str, frozenset[str]] = {}
    for spec in REGISTRY.values():
        within = frozenset(one.value for one in spec.within)
        allowed[spec.event] = allowed.get(spec.event, frozenset()) | within
    return Rules(allowed, final(), portal_since)


def differs(blobs: Blobs, one: NamedFile) -> str:
    """Tell how a stored file is another one than its row says; empty where it is that one."""
    digest, size = hashlib.sha256(), 0
    try:
        for piece in blobs.stream(one.blob):
            digest.update(piece)
            size += len(piece)
    except FileNotFoundError:
        return "it is gone"
    except VerifierError as error:
        return error.problem.code
    if digest.hexdigest() != one.sha256:
        return "another SHA-256"
    return "" if size == one.size else f"{size} octets, not {one.size}"
