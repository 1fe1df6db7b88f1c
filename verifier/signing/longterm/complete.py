"""Brings documents to B-LT and B-LTA (ETSI EN 319 142-1 6.3), renews them, and says when that is due.

To complete a document:
  1. read it, gather what is missing, read it again with that, until nothing new comes (as `check` does);
  2. our own signatures must now hold: nothing is released whose status nobody told;
  3. write what their paths rest on into the document security store: certificates, status information;
  4. for B-LTA, and where a signature of ours has no time stamp yet: a document time stamp over all of it.
To renew one is the same, for everything in it: the newest archive time stamp is proved by a new one over its status.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from verifier.check import Begins, Runs
from verifier.errors import CouldNotIssue
from verifier.evidence import Evidence, GapCode
from verifier.outside.clock import Clock
from verifier.policy import Policy
from verifier.signing.longterm.collecting import Collected, Question, Standing, collect, collect_again
from verifier.signing.longterm.future import (
    DIGEST,
    SHORT,
    AssumedAuthority,
    Later,
    collect_alone,
    collect_later,
    why_not,
)
from verifier.signing.pdf.writing import embedded, stamp_prepared, with_material
from verifier.signing.ports import Completed
from verifier.signing.records import Level, Material, Stamped
from verifier.snapshot import TrustSnapshot
from verifier.verdict import Indication, SignatureKind, SubIndication

ROUNDS = 8
"""Times that more is gathered for one document, as in `check`."""
MARGIN = timedelta(days=90)
"""How long before its end a document is renewed."""
FAR = timedelta(days=365 * 100)
"""When a document is due that nothing ends."""
SCRATCH = "longterm-"


class StampsDigests(Protocol):
    """What is needed of `signing.time.Stampers`."""

    def over(self, digest: bytes, algorithm: str = "sha256") -> Stamped:
        """Return a checked token over a digest; CouldNotIssue `no-time-stamp`, `clock-off`."""


@dataclass(frozen=True)
class Judging:
    """By what documents are judged here."""

    pool: Runs
    trusted: Callable[[], TrustSnapshot]
    policy: Callable[[], Policy]
    clock: Clock
    gatherer: Begins | None
    """None to ask nobody. It should ask OCSP responders with a nonce (RFC 9654): an answer of before the signing that
    is given out again would be older than the signature."""
    scratch: Path
    """Folder for files on their way."""
    own: Callable[[], Iterable[bytes]] | None = None
    """Gives the certificates (DER) of our own keys; None where every signature counts as ours."""

    def read(self, path: Path) -> Collected:
        """Read a document by itself, asking nobody."""
        own = frozenset(self.own()) if self.own else None
        return self.pool.run(collect, path, Question(Evidence(self.trusted()), self.policy(), self.clock.now(), own))

    def collected(self, path: Path, *, whole: bool = False, archive_only: bool = False) -> tuple[Collected, Question]:
        """Read a document and gather what it lacks; with `whole` every signature counts as ours."""
        own = frozenset(self.own()) if self.own and not whole else None
        evidence = Evidence(self.trusted())
        asked = Question(evidence, self.policy(), self.clock.now(), own, archive_only)
        found = self.pool.run(collect, path, asked)
        gathering = self.gatherer.begin() if self.gatherer else None
        for _ in range(ROUNDS if gathering else 0):
            assert gathering is not None
            filled = gathering.fill(found.gaps)
            if not filled.asked:
                break
            more = asked.evidence.plus(filled.certificates, filled.crls, filled.ocsps)
            if more != asked.evidence:
                asked = replace(asked, evidence=more, at=self.clock.now())
                found = self.pool.run(collect_again, found.facts, asked)
        return found, asked


@dataclass(frozen=True)
class Renewal:
    """A document with a further archive time stamp."""

    before: str
    """SHA-256 of the file, hexadecimal, as the next."""
    after: str
    levels_before: tuple[str, ...]
    """Of each signature."""
    levels_after: tuple[str, ...]
    conclusion: str
    """Of our own judge on what came out."""
    grown: int
    """Bytes added."""
    stamps: tuple[Stamped, ...]
    renew_before: datetime
    """When it must be renewed again, less the margin."""


class LongTerm:
    """Implements `signing.ports.Completes`, renews, and says when; safe for use from several threads."""

    def __init__(self, judging: Judging, stamps: StampsDigests) -> None:
        self._judging, self._stamps = judging, stamps
        self._assumed: AssumedAuthority | None = None

    def completed(self, source: Path, out: Path, level: Level) -> Completed:
        """Write `source` with validation data, and where the level or a bare signature wants it a document time stamp.

        CouldNotIssue: `no-time-stamp`, `clock-off`, `status-unknown` (nobody told the status of a certificate of ours;
        param `certificate`), `status-not-yet` (the newest answer is older than the policy allows for the time of
        signing: try again), `certificate-unfit` (params `certificate`, `reason`), `nothing-signed`; and those of
        `signing.pdf.writing`. The first four may pass with time.
        """
        with scratch_file(self._judging.scratch) as made:
            stamps, _ = self._brought(source, made, level)
            shutil.copyfile(made, out)  # what failed half-way is not out
        return Completed(level, out.stat().st_size - source.stat().st_size, stamps)

    def renewed(self, source: Path, out: Path, level: Level = Level.B_LTA, *, whole: bool = False) -> Renewal:
        """Write `source` with the status of all that stands in it, and for B-LTA a new document time stamp.

        With `whole` every signature must hold, not only ours. CouldNotIssue as `completed`.
        """
        with scratch_file(self._judging.scratch) as made:
            stamps, before = self._brought(source, made, level, whole=whole)
            after, _ = self._judging.collected(made, whole=whole)
            require_fit(after)
            shutil.copyfile(made, out)
        return self._renewal(before, after, stamps, out)

    def _renewal(self, before: Collected, after: Collected, stamps: tuple[Stamped, ...], out: Path) -> Renewal:
        return Renewal(
            before=before.sha256,
            after=after.sha256,
            levels_before=tuple(one.level for one in _signatures(before)),
            levels_after=tuple(one.level for one in _signatures(after)),
            conclusion=after.conclusion.value,
            grown=after.size - before.size,
            stamps=stamps,
            renew_before=self.due(out),
        )

    def preserved(self, source: Path, out: Path) -> Renewal:
        """Renew a document that is kept: whatever holds in it holds afterwards too.

        What came to us undecided may stay so. CouldNotIssue as `completed`, where no signature holds, or the newest
        document time stamp does not.
        """
        before, _ = self._judging.collected(source, whole=True)
        _require_held(before)
        with scratch_file(self._judging.scratch) as made:
            stamps = self._written(source, made, before, stamp=True)
            after, _ = self._judging.collected(made, whole=True)
            _require_kept(before, after)
            shutil.copyfile(made, out)
        return self._renewal(before, after, stamps, out)

    def lasting(self, path: Path, at: datetime) -> None:
        """Refuse what would not be valid at `at`, renewals in time assumed (`longterm.future` says exactly what).

        CouldNotIssue `would-not-last`; param `why`: `status-missing`, `chain-missing`, `algorithm-ends`,
        `proof-too-late`, `no-time-to-renew` or a sub-indication, and `certificate`.
        """
        now, asked = self._judging.collected(path, archive_only=True)
        if now.ends and now.ends < asked.at + SHORT:
            raise _would_not_last("no-time-to-renew", f"what protects it ends at {now.ends:%Y-%m-%dT%H:%M:%SZ}")
        pool, scratch = self._judging.pool, self._judging.scratch
        question = replace(asked, evidence=Evidence(asked.evidence.trust))
        with scratch_file(scratch) as with_status, scratch_file(scratch) as copy:
            self._add(path, with_status, now.material)
            _require_lasting(pool.run(collect_alone, with_status, question), question.at)
            assumed = self._assumed_authority(asked.at, at)
            prepared = pool.run(stamp_prepared, with_status, copy, stamp_name(now.fields), DIGEST)
            pool.run(embedded, copy, prepared, assumed.token(prepared.digest, _after(now, asked.at)))
            later = Later(replace(question, at=at), assumed.certificate)
            _require_lasting(pool.run(collect_later, copy, later), at)

    def _assumed_authority(self, now: datetime, until: datetime) -> AssumedAuthority:
        """Return the authority of simulations, the same as long as it fits: workers keep what they made of it."""
        assumed = self._assumed
        if assumed is None or not (assumed.since <= now and until < assumed.until):
            assumed = self._assumed = AssumedAuthority(now, until + SHORT)
        return assumed

    def due(self, path: Path) -> datetime:
        """Return when a document must be renewed: before what protects it ends, less a margin of 90 days.

        Whichever ends first of the certificates of the newest document time stamp and its algorithms by the suite of
        the policy; of all signatures and stamps where there is no document time stamp; and a CA whose status of after
        the first stamp the file does not hold yet, since it must be had while the CA gives one. Nobody is asked.
        """
        found = self._judging.read(path)
        return found.ends - MARGIN if found.ends else self._judging.clock.now() + FAR

    def _add(self, source: Path, out: Path, material: Material) -> None:
        """Write `source` with validation data; as it is where there is none to add."""
        if _nothing(material):
            shutil.copyfile(source, out)
        else:
            self._judging.pool.run(with_material, source, out, material)

    def _brought(
        self, source: Path, out: Path, level: Level, *, whole: bool = False
    ) -> tuple[tuple[Stamped, ...], Collected]:
        """Write `source` brought to a level; return the stamps, and how it stood before."""
        before, _ = self._judging.collected(source, whole=whole)
        require_fit(before)
        if not any(one.own and not one.proved for one in _signatures(before)):
            return self._written(source, out, before, stamp=level is Level.B_LTA), before
        # time first, so that the status that is asked for then is younger than the signature is proved to be
        with scratch_file(self._judging.scratch) as proved:
            first = self._stamp(source, proved, before)
            found, _ = self._judging.collected(proved, whole=whole)
            require_fit(found)
            return (first, *self._written(proved, out, found, stamp=level is Level.B_LTA)), before

    def _written(self, source: Path, out: Path, found: Collected, *, stamp: bool) -> tuple[Stamped, ...]:
        if not stamp:
            self._add(source, out, found.material)
            return ()
        with scratch_file(self._judging.scratch) as between:
            self._add(source, between, found.material)
            return (self._stamp(between, out, found),)

    def _stamp(self, source: Path, out: Path, found: Collected) -> Stamped:
        """Write `source` with a document time stamp."""
        pool = self._judging.pool
        prepared = pool.run(stamp_prepared, source, out, stamp_name(found.fields))
        stamped = self._stamps.over(prepared.digest, prepared.algorithm)
        pool.run(embedded, out, prepared, stamped.token)
        return stamped


def _after(found: Collected, now: datetime) -> datetime:
    """Return an instant after all that stands in a document."""
    return max([now, *(one.at for one in found.standings if one.at)]) + timedelta(seconds=1)


def _require_lasting(found: Collected, at: datetime) -> None:
    if fault := why_not(found):
        why, which = fault
        raise _would_not_last(why, f"{which.signer} at {at:%Y-%m-%d}: {which.sub_indication}", which.signer)


def _nothing(material: Material) -> bool:
    return not (material.certificates or material.crls or material.ocsps)


def _would_not_last(why: str, detail: str, certificate: str = "") -> CouldNotIssue:
    return CouldNotIssue("would-not-last", detail, why=why, certificate=certificate)


def require_fit(found: Collected) -> None:
    """Refuse a document of which a signature of ours, or a time stamp on one, does not hold now."""
    if not _signatures(found):
        raise CouldNotIssue("nothing-signed", "the document holds no signature")
    for one in (one for one in found.standings if one.own):
        for stamp in one.stamps:
            if stamp.indication is not Indication.PASSED:
                raise _unfit(stamp.issuer, stamp.sub_indication, found)
        if not one.holds:
            raise _unfit(one.signer, one.sub_indication, found)


def _require_held(found: Collected) -> None:
    """Refuse a document of which no signature holds, or the newest document time stamp does not."""
    signatures, stamps = _signatures(found), [one for one in found.standings if one not in _signatures(found)]
    if not signatures:
        raise CouldNotIssue("nothing-signed", "the document holds no signature")
    needed = [*stamps[-1:], *(() if any(one.holds for one in signatures) else signatures[-1:])]
    for one in needed:
        if not one.holds:
            raise _unfit(one.signer, one.sub_indication, found)


def _require_kept(before: Collected, after: Collected) -> None:
    """Refuse where something that stood is gone or holds no more, or something that came does not hold."""
    now = {one.id: one for one in after.standings}
    for old in before.standings:
        new = now.pop(old.id, None)
        if new is None or (new.kind, new.certificate) != (old.kind, old.certificate):
            raise _unfit(old.signer, None, after)
        if old.holds and not new.holds:
            raise _unfit(new.signer, new.sub_indication, after)
    for new in now.values():
        if not new.holds:
            raise _unfit(new.signer, new.sub_indication, after)


def _unfit(signer: str, sub: SubIndication | None, found: Collected) -> CouldNotIssue:
    if sub is SubIndication.TRY_LATER and found.lacks(GapCode.DATA_STALE):
        return CouldNotIssue("status-not-yet", f"the newest status of {signer} is too old", certificate=signer)
    unknown = found.lacks(GapCode.NO_DATA, GapCode.DATA_REFUSED, GapCode.SIGNER_STATUS_UNKNOWN)
    if sub is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE and unknown:
        return CouldNotIssue("status-unknown", f"nobody told the status of {signer}", certificate=signer)
    reason = sub.value if sub else ""
    return CouldNotIssue("certificate-unfit", f"{signer}: {reason}", certificate=signer, reason=reason)


def _signatures(found: Collected) -> list[Standing]:
    return [one for one in found.standings if one.kind is SignatureKind.SIGNATURE]


def stamp_name(taken: Iterable[str]) -> str:
    """Return a name for a document time stamp that no field has."""
    names = set(taken)
    return next(name for number in range(1, len(names) + 2) if (name := f"ArchiveTimestamp{number}") not in names)


@contextmanager
def scratch_file(folder: Path) -> Iterator[Path]:
    """Give the path of an empty file for the owner's eyes only, gone on leaving."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=SCRATCH, suffix=".pdf", dir=folder)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
