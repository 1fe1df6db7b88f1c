"""Stand-ins for what an act needs of its surroundings: sound unless one thing of them is spoiled."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from tests.pki import make_token, world
from tests.pki.pdf import plain_pdf
from verifier.check import Checked
from verifier.errors import CouldNotIssue, Problem
from verifier.evidence import Evidence
from verifier.policy import make_policy
from verifier.signing.ports import Completed, Layout
from verifier.signing.records import CoverFacts, Drawing, HeldKey, Kind, Level, MarkFacts, Piece, Role, Stamped
from verifier.snapshot import TrustSnapshot
from verifier.verdict import (
    Algorithms,
    AuthorityVerdict,
    Changes,
    Conclusion,
    Coverage,
    DocumentVerdict,
    EvidenceNote,
    Indication,
    Integrity,
    NotJudged,
    Outcome,
    Processes,
    ProcessResult,
    SignatureKind,
    SignatureVerdict,
    Signer,
    SubIndication,
)

R = TypeVar("R")

BOTH = (Role.PERSON, Role.AGENCY)
OURS = re.compile(rb"issuance-[0-9a-f]{32}-(?:person|agency)")
COMPLETED = b"\n% completed\n"
PASSED = ProcessResult(Indication.PASSED)


ONE_AT_A_TIME = threading.RLock()
"""What reads PDF pages stands no two threads at once; in the service each of its processes has one."""


class Here:
    """A pool that works in this process, on one thing at a time."""

    def run(self, function: Callable[..., R], *args: Any) -> R:
        with ONE_AT_A_TIME:
            return function(*args)


def page(width_mm: float = 90, height_mm: float = 50) -> bytes:
    """A drawing: one page, as typst would give."""
    size = f"{width_mm / 25.4 * 72:.2f} {height_mm / 25.4 * 72:.2f}"
    content = b"0.5 w 1 1 20 20 re S"
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %b] /Contents 4 0 R /Resources << >> >>" % size.encode(),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + table
    return out + b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


@dataclass
class Draws:
    """Draws frames with the words that matter."""

    signatures: tuple[Role, ...] = BOTH
    edition: str = "test/1"
    book: str = "SCT/BS"
    book_electronic: str = "SCTĐT/BS"
    made: frozenset[str] = frozenset()
    grows: float = 0
    trouble: Callable[[MarkFacts], None] = lambda facts: None
    drawn: list[MarkFacts] = field(default_factory=list)
    covers: list[CoverFacts] = field(default_factory=list)
    sheets: list[MarkFacts] = field(default_factory=list)

    def layout(self, kind: Kind, at: date) -> Layout:
        return Layout(
            kind, self.edition, "unverified", "none", self.book, self.book_electronic, self.signatures, (),
            ("country", "remarks"), 90, self.made,
        )  # fmt: skip

    def pieces(self, facts: MarkFacts) -> tuple[Piece, ...]:
        self.trouble(facts)
        self.drawn.append(facts)
        height = 50 + (0 if facts.number.startswith("0000") else self.grows)
        text = f"Số {facts.number} quyển {facts.book}\n{facts.check_url}"
        drawing = Drawing(page(90, height), 90, height, text)
        corners = ("bottom-right", "bottom-left", "top-right", "free")
        return (Piece("mark", self.signatures[-1], drawing, "any", corners, main=True),)

    def cover(self, facts: MarkFacts, about: CoverFacts) -> tuple[bytes, tuple[Piece, ...]]:
        self.covers.append(about)
        return page(210, 297), self.pieces(facts)

    def sheet(self, facts: MarkFacts) -> Drawing:
        self.sheets.append(facts)
        return Drawing(page(210, 297), 210, 297, facts.number)


@cache
def token_at(at: datetime) -> bytes:
    used = world()
    return make_token(used.tsa, at, b"", chain=(used.tsa_ca,))


@dataclass
class Stamps:
    """Stamps at once, or not at all."""

    at: datetime
    absent: bool = False
    given: int = 0

    def token(self, data: bytes, algorithm: str = "sha256") -> Stamped:
        if self.absent:
            raise CouldNotIssue("no-time-stamp", "as the test wants")
        self.given += 1
        return Stamped(token_at(self.at), self.at, "http://tsa.example/")


@dataclass
class Completes:
    """Adds a remark."""

    trouble: str = ""
    short: bool = False
    done: int = 0
    asked: list[datetime] = field(default_factory=list)

    def completed(self, source: Path, out: Path, level: Level) -> Completed:
        if self.trouble:
            raise CouldNotIssue(self.trouble, "as the test wants")
        shutil.copyfile(source, out)
        with out.open("ab") as file:
            file.write(COMPLETED)
        self.done += 1
        return Completed(level, len(COMPLETED), ())

    def lasting(self, path: Path, at: datetime) -> None:
        self.asked.append(at)
        if self.short:
            raise CouldNotIssue("would-not-last", "as the test wants", why="algorithm-ends", certificate="")


@dataclass
class Fitness:
    """Every key is fit, until one is not."""

    trouble: Problem | None = None

    def problem(self, key: HeldKey, kind: Kind) -> Problem | None:
        return self.trouble


@dataclass
class Judges:
    """Finds our fields by their names, and says of them and of `earlier` signatures what it is told."""

    earlier: tuple[SignatureVerdict, ...] = ()
    after: Callable[[DocumentVerdict], Outcome] = lambda verdict: verdict
    """What becomes of the verdict on what came out."""
    before: Callable[[DocumentVerdict], Outcome] = lambda verdict: verdict
    judged_ours: list[bytes] = field(default_factory=list)

    def judged(self, path: Path, file_name: str) -> Checked:
        data = path.read_bytes()
        ours = list(dict.fromkeys(name.decode() for name in OURS.findall(data)))
        verdict = document(data, (*self.earlier, *(signature(name) for name in ours)))
        if ours:
            self.judged_ours.append(data)
        outcome = self.after(verdict) if ours else self.before(verdict)
        policy, trust = make_policy(name="test"), TrustSnapshot("", (), ())
        return Checked(outcome, file_name, Evidence(trust), policy, datetime.fromisoformat("2026-03-02T08:00:00Z"))


def signature(name: str = "Signature1", said: Conclusion = Conclusion.TOTAL_PASSED, **changes: Any) -> SignatureVerdict:
    process = {Conclusion.TOTAL_PASSED: Indication.PASSED, Conclusion.TOTAL_FAILED: Indication.FAILED}
    sub = None if said is Conclusion.TOTAL_PASSED else SubIndication.HASH_FAILURE
    if said is Conclusion.INDETERMINATE:
        sub = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    result = ProcessResult(process.get(said, Indication.INDETERMINATE), sub)
    made = SignatureVerdict(
        id=name,
        kind=SignatureKind.SIGNATURE,
        field_name=name,
        sub_filter="ETSI.CAdES.detached",
        level="PAdES-BASELINE-LTA",
        indication=said,
        sub_indication=sub,
        integrity=Integrity(True, True, Coverage.ENTIRE_REVISION, Changes.NONE, 1),
        signer=Signer("CN=Signer", "Signer", "CN=CA", "01", "", "VN"),
        authority=AuthorityVerdict(),
        algorithms=Algorithms("sha256", "ecdsa", 256),
        claimed_signing_time=None,
        best_signature_time=None,
        timestamps=(),
        checks=(),
        changes=(),
        processes=Processes(result, result, result),
    )
    return replace(made, **changes)


def document(data: bytes, signatures: tuple[SignatureVerdict, ...], **changes: Any) -> DocumentVerdict:
    order = (Conclusion.TOTAL_FAILED, Conclusion.INDETERMINATE, Conclusion.TOTAL_PASSED)
    said = min((one.indication for one in signatures), key=order.index, default=Conclusion.NO_SIGNATURE)
    sha256 = hashlib.sha256(data).hexdigest()
    note = EvidenceNote(sha256, "0" * 64, "0" * 64, "test", datetime.fromisoformat("2026-03-02T08:00:00Z"))
    made = DocumentVerdict(sha256, "pdf", said, Changes.NONE, 0, (), signatures, (), note)
    return replace(made, **changes)


def not_judged(code: str, kind: str = "pdf") -> Callable[[DocumentVerdict], Outcome]:
    return lambda verdict: NotJudged(verdict.sha256, kind, Problem(code, "as the test wants", {"kind": kind}))


def changed(name: str, **changes: Any) -> Callable[[DocumentVerdict], Outcome]:
    """Say something else of the signatures whose name ends so."""

    def say(verdict: DocumentVerdict) -> Outcome:
        told = tuple(replace(one, **changes) if one.field_name.endswith(name) else one for one in verdict.signatures)
        return replace(verdict, signatures=told)

    return say


def said(told: Mapping[str, Any]) -> Callable[[DocumentVerdict], Outcome]:
    return lambda verdict: replace(verdict, **told)


LAW = "1a" * 32
"""Hash of the law book."""
DOCUMENT = plain_pdf()
LATER = timedelta(days=3653)
