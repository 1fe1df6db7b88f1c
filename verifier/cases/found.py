"""`Found`: what our judge found of one paper, as `Paper.verdict` holds it; a failed judgement says so and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from verifier.cases.records import Paper
from verifier.reports import findings
from verifier.reports.findings import State
from verifier.reports.headline import headline
from verifier.signing.acts.admission import ON_SIGNATURES
from verifier.verdict import Changes, Conclusion, DocumentVerdict, NotJudged, Outcome, SignatureVerdict, SubIndication

ON_FILE = frozenset({"empty-file", "not-a-pdf", "pdf-encrypted", "pdf-truncated", "pdf-unreadable", "too-large"})
"""Why a file cannot be judged, whoever tries however often; everything else may pass, and is tried again."""
PAUSE = timedelta(minutes=15)
"""After which a judgement that failed for a reason of ours is tried again the first time; then ever later."""
LONGEST_PAUSE = timedelta(days=1)
JUDGED, NOT_JUDGED = "judged", "not_judged"
UNJUDGED: Mapping[str, Any] = {"verdict": {}, "basis": "", "basis_note": "", "basis_record": None}
"""Columns of a paper whose document is another by now, or is to be judged anew."""
INSTANTS = ("checked_at", "again_at")
IDS = ("report_id", "evidence_id")
LISTS = ("bases", "grounds")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What our judge found of a paper's document."""

    sha256: str
    """Of the document that was judged."""
    kind: str
    """Of the file, as `pdf`."""
    outcome: str
    """`judged` or `not_judged`."""
    checked_at: datetime
    problem: str = ""
    """Code of why it could not be judged; that says nothing about the document."""
    conclusion: str = ""
    """Over all signatures (`verdict.Conclusion`); empty where it was not judged."""
    state: str = State.UNCHECKED.value
    """Of the headline: `valid`, `invalid`, `unknown`, `unsigned`, `unchecked`."""
    word_vi: str = ""
    """The headline's word, as `Hợp lệ`."""
    word_en: str = ""
    signature: str = ""
    """`yes`: a signature holds; `no`: there is none, or none holds; empty: not decided."""
    authority: str = ""
    """The worst answer of layer 3 among the signatures relied on (`findings.AUTHORITY_ORDER`); empty without any."""
    bases: tuple[str, ...] = ()
    """On what a consular act may rest by these signatures: `a`, `b`, `c`."""
    try_later: bool = False
    """Whether time alone may decide what is open."""
    proposal: str = ""
    """What the service proposed at that time; one of `offering.PROPOSALS`, or empty."""
    grounds: tuple[str, ...] = ()
    """Ids of the grounds that it offered."""
    report_id: UUID | None = None
    """The stored record that is the JSON report."""
    evidence_id: UUID | None = None
    again_at: datetime | None = None
    """When it is judged again by itself."""
    times: int = 0
    """How often it was judged again."""

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept; what is not said is left out."""
        told: dict[str, Any] = asdict(self)
        for name in INSTANTS:
            told[name] = told[name].isoformat() if told[name] else None
        for name in IDS:
            told[name] = str(told[name]) if told[name] else None
        return {name: list(one) if isinstance(one, tuple) else one for name, one in told.items() if one is not None}

    @classmethod
    def of(cls, paper: Paper) -> Self | None:
        """Return what was found of a paper's present document; None where nothing was yet."""
        told: dict[str, Any] = dict(paper.verdict)
        if not told or told.get("sha256") != paper.sha256:
            return None
        for name in INSTANTS:
            told[name] = datetime.fromisoformat(told[name]) if told.get(name) else None
        for name in IDS:
            told[name] = UUID(told[name]) if told.get(name) else None
        known = {one.name for one in fields(cls)}
        kept: dict[str, Any] = {name: told[name] for name in told if name in known}
        return cls(**kept | {name: tuple(kept[name]) for name in LISTS if name in kept})


def rests_on_signature(procedure: str) -> bool:
    """Tell whether acts of a procedure rest on a digital signature, so that papers are judged."""
    return procedure in SIGNED


SIGNED = frozenset(kind.value for kind in ON_SIGNATURES)
"""Ids of the procedures whose acts certify a signature on the document."""


def found_of(outcome: Outcome, now: datetime, *, again_at: datetime | None = None, times: int = 0) -> Found:
    """Return what an outcome says of a paper; `times` is how often it was judged again before this.

    A dossier of a procedure that rests on a signature needs layer 3: so the headline is derived as where a register of
    authorities is held.
    """
    vi, en = headline(outcome, "vi", authorities_asked=True), headline(outcome, "en", authorities_asked=True)
    told = Found(
        sha256=outcome.sha256, kind=outcome.kind, outcome=NOT_JUDGED, checked_at=now, times=times, again_at=again_at,
        state=vi.state.value, word_vi=vi.word, word_en=en.word,
    )  # fmt: skip
    if isinstance(outcome, NotJudged):
        return replace(told, problem=outcome.problem.code, again_at=tried_again(outcome.problem.code, now, times))
    relied = findings.relied_on(outcome)
    worst = findings.worst_authority(relied)
    return replace(
        told,
        outcome=JUDGED,
        conclusion=outcome.conclusion.value,
        signature=_signature(outcome, relied),
        authority=findings.authority_status(worst.authority) if worst else "",
        bases=tuple(sorted({one.authority.basis for one in relied if one.authority.basis})),
        try_later=any(one.sub_indication is SubIndication.TRY_LATER for one in relied),
    )


def not_found(sha256: str, code: str, now: datetime, times: int = 0) -> Found:
    """Return that a paper could not be judged, by the code of why."""
    return Found(
        sha256=sha256, kind="", outcome=NOT_JUDGED, checked_at=now, problem=code, times=times,
        again_at=tried_again(code, now, times),
    )  # fmt: skip


def tried_again(code: str, now: datetime, times: int) -> datetime | None:
    """Return when a failed judgement is tried again; None where the file itself cannot be judged."""
    if code in ON_FILE:
        return None
    pause: timedelta = PAUSE * (1 << min(times, 10))
    return now + min(pause, LONGEST_PAUSE)


def _signature(verdict: DocumentVerdict, relied: list[SignatureVerdict]) -> str:
    sound = [one for one in relied if one.indication is Conclusion.TOTAL_PASSED and _unspoiled(one)]
    if sound and verdict.conclusion is not Conclusion.TOTAL_FAILED:
        return "yes"
    failed = all(one.indication is Conclusion.TOTAL_FAILED for one in relied)
    spoiled = verdict.conclusion is Conclusion.TOTAL_FAILED and not sound
    return "no" if failed or spoiled else ""


def _unspoiled(signature: SignatureVerdict) -> bool:
    return signature.integrity.changes is not Changes.SUSPICIOUS
