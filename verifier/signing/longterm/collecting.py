"""Reads a document in a worker: how its signatures stand, what is missing, and what must be added to keep them valid.

Nothing is reasoned anew: a document is judged as by `judge`, and what its paths rest on is kept. What is chosen is
tried by judging with that alone, as whoever has but the file will do; where the verdict is another, all is kept.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from verifier.blocks.basic import Basic, Signed, validate_basic
from verifier.blocks.crypto import Use, chain_uses, imprint_use, signature_uses
from verifier.blocks.material import Material as Known
from verifier.blocks.notes import Notes
from verifier.blocks.poe import later_stamps
from verifier.blocks.stamps import validate_stamp
from verifier.blocks.xcv import chain_status
from verifier.errors import CouldNotIssue
from verifier.evidence import Evidence, Gap, GapCode
from verifier.judge import judge
from verifier.pades.facts import CmsFacts, DocumentFacts, SignatureFacts, TokenFacts
from verifier.pades.reader import read_document
from verifier.policy import Policy
from verifier.signing.longterm.choosing import Kept, lacking
from verifier.signing.records import Material
from verifier.snapshot import AnchorUse, TrustSnapshot
from verifier.verdict import (
    Conclusion,
    DocumentVerdict,
    SignatureKind,
    SignatureVerdict,
    SubIndication,
    TimestampVerdict,
)
from verifier.x509 import Certificate


@dataclass(frozen=True)
class Standing:
    """How one signature or document time stamp stands."""

    id: str
    own: bool
    """Made with a key of ours; what is not ours came as it is."""
    kind: SignatureKind
    indication: Conclusion
    sub_indication: SubIndication | None
    level: str
    signer: str
    """Common name of its certificate."""
    certificate: bytes
    """DER; empty where none was identified."""
    at: datetime | None
    """Best signature time, or that of the stamp."""
    proved: bool
    """A time stamp stands on it or comes after it."""
    stamps: tuple[TimestampVerdict, ...]
    """The time stamps on it and after it."""

    @property
    def holds(self) -> bool:
        """Whether it passed."""
        return self.indication is Conclusion.TOTAL_PASSED


@dataclass(frozen=True)
class Collected:
    """What was found in one document."""

    sha256: str
    size: int
    conclusion: Conclusion
    standings: tuple[Standing, ...]
    """In order of the signed revisions."""
    gaps: tuple[Gap, ...]
    material: Material
    """What is to be added: the file does not hold it."""
    ends: datetime | None
    """When what protects the whole ends: the newest document time stamp, or all signatures where there is none; a
    certificate of it, or an algorithm; or a CA of which the file holds no status of after the stamp over its
    certificates. None where nothing ends it."""
    fields: frozenset[str]
    """Names of the signature fields."""
    facts: bytes = field(repr=False)
    """What was read, for `collect_again`."""

    def lacks(self, *codes: GapCode) -> bool:
        """Whether something of these kinds is missing."""
        return any(gap.code in codes for gap in self.gaps)


@dataclass(frozen=True)
class Question:
    """By what a document is read."""

    evidence: Evidence
    policy: Policy
    at: datetime
    own: frozenset[bytes] | None = None
    """Certificates (DER) of our own signatures; None where all count as ours."""
    archive_only: bool = False
    """Keep only what the newest document time stamp needs."""


def collect(path: Path, asked: Question) -> Collected:
    """Read a PDF and find what it needs; CouldNotJudge as `read_document`, CouldNotIssue `file-unreadable`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CouldNotIssue("file-unreadable", f"{error.strerror}") from None
    return _collected(read_document(data, (), ()), asked)


def collect_again(facts: bytes, asked: Question) -> Collected:
    """Do so with more evidence, on what was read before."""
    read: DocumentFacts = pickle.loads(facts)  # noqa: S301 - written by `_collected` below
    return _collected(read, asked)


def _collected(document: DocumentFacts, asked: Question) -> Collected:
    judgement = judge(document, asked.evidence, asked.policy, asked.at)
    known = Known(document, asked.evidence, asked.policy, asked.at)
    parties = list(_parties(known, document, asked))
    standings = tuple(
        _standing(
            document, verdict, next((one for one in parties if one.id == verdict.id), None), whole=asked.own is None
        )
        for verdict in judgement.verdict.signatures
    )
    return Collected(
        sha256=document.sha256,
        size=document.size,
        conclusion=judgement.verdict.conclusion,
        standings=standings,
        gaps=judgement.gaps,
        material=_chosen(document, known, parties, asked, judgement.verdict),
        ends=min((*_ends(known, _protecting(document, parties)), *_last_words(known, document, parties)), default=None),
        fields=frozenset(one.field_name for one in document.signatures),
        facts=pickle.dumps(document),
    )


# --- who stands on what --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Party:
    """A signature, or a time stamp on it, with the path under it."""

    id: str
    """Of the signature on which it stands."""
    own: bool
    cms: CmsFacts
    basic: Basic
    token: TokenFacts | None = None
    archive: bool = False
    """A document time stamp."""


def _parties(known: Known, document: DocumentFacts, asked: Question) -> Iterator[_Party]:
    ours = asked.own is None
    """Whether a document time stamp that comes now is ours: after a signature of ours, or where all counts so."""
    for one in document.signatures:
        if one.cms is None:
            continue
        if one.kind is SignatureKind.DOCUMENT_TIMESTAMP:
            if one.token:
                basic = validate_stamp(known, one.token).basic
                yield _Party(one.id, own=ours, cms=one.cms, basic=basic, token=one.token, archive=True)
            continue
        signed = Signed(one.cms, one.problem, AnchorUse.SIGNATURE, one.claimed_time)
        basic = validate_basic(known, signed, Notes())
        own = asked.own is None or (basic.certificate is not None and basic.certificate.der in asked.own)
        ours = ours or own
        yield _Party(one.id, own, one.cms, basic)
        for token in (*one.content_timestamps, *one.signature_timestamps):
            if token.cms:
                yield _Party(one.id, own, token.cms, validate_stamp(known, token).basic, token)


def _standing(document: DocumentFacts, verdict: SignatureVerdict, party: _Party | None, *, whole: bool) -> Standing:
    facts = next(one for one in document.signatures if one.id == verdict.id)
    certificate = party.basic.certificate if party else None
    return Standing(
        id=verdict.id,
        own=party.own if party else whole,
        kind=verdict.kind,
        indication=verdict.indication,
        sub_indication=verdict.sub_indication,
        level=verdict.level,
        signer=verdict.signer.common_name,
        certificate=certificate.der if certificate else b"",
        at=verdict.best_signature_time,
        proved=bool(facts.signature_timestamps or later_stamps(document, facts)),
        stamps=verdict.timestamps,
    )


# --- what is kept ----------------------------------------------------------------------------------------------------


def _chosen(
    document: DocumentFacts, known: Known, parties: list[_Party], asked: Question, verdict: DocumentVerdict
) -> Material:
    if asked.archive_only:
        newest = _protecting(document, [one for one in parties if one.archive])
        return lacking(_kept(known, newest, frugal=True), _held(document))
    chosen = _kept(known, parties, frugal=True)
    if not _same_verdict(document, chosen, parties, asked, verdict):
        chosen = _kept(known, parties, frugal=False)
    return lacking(chosen, _held(document))


def _kept(known: Known, parties: Iterable[_Party], *, frugal: bool) -> Material:
    kept = Kept(known)
    for party in parties:
        if party.basic.xcv and party.basic.xcv.chain:
            kept.chain(party.basic.xcv.chain, known.at, own=party.own, frugal=frugal)
    return kept.material()


def _same_verdict(
    document: DocumentFacts, material: Material, parties: list[_Party], asked: Question, verdict: DocumentVerdict
) -> bool:
    """Whether our own signatures stand as they do with all that is known, by the file with this material alone."""
    trust = without_helpers(asked.evidence.trust)
    alone = Evidence(trust, material.certificates, material.crls, material.ocsps)
    own = {one.id for one in parties if one.own}
    second = judge(document, alone, asked.policy, asked.at).verdict
    pairs = zip(verdict.signatures, second.signatures, strict=True)
    return all(one.indication == other.indication for one, other in pairs if one.id in own)


def without_helpers(trust: TrustSnapshot) -> TrustSnapshot:
    """Return the trust without certificates that help to build paths: others do not have them."""
    return TrustSnapshot(trust.id, trust.anchors, (), trust.suites)  # as far as the judgement of signatures goes


def _held(document: DocumentFacts) -> Iterator[bytes]:
    for data in document.validation_data:
        yield from (*data.certificates, *data.crls, *data.ocsps)


# --- when it ends ----------------------------------------------------------------------------------------------------


def _protecting(document: DocumentFacts, parties: list[_Party]) -> list[_Party]:
    """Return what the validity of the whole rests on: the newest document time stamp covers all before it."""
    stamps = [one for one in parties if one.archive]
    newest = max(stamps, key=lambda one: _revision(document, one.id), default=None)
    return [newest] if newest else parties


def _revision(document: DocumentFacts, id_: str) -> int:
    facts: SignatureFacts = next(one for one in document.signatures if one.id == id_)
    return facts.revision


def _ends(known: Known, parties: Iterable[_Party]) -> Iterator[datetime]:
    for party in parties:
        basic = party.basic
        if basic.certificate is None:
            continue
        path: tuple[Certificate, ...] = (basic.certificate,)
        uses: list[Use] = signature_uses(known, party.cms, basic.certificate)
        if party.token:
            uses.append(imprint_use(known, party.token.imprint_algorithm, party.cms.sha256))
        if basic.xcv and basic.xcv.chain:
            path = basic.xcv.chain.path[:-1] or path
            uses += chain_uses(known, basic.xcv.chain)
            sunset = basic.xcv.chain.anchor.trusted_until
            yield from (sunset,) if sunset else ()
        yield from (one.not_after for one in path)
        yield from (one.reliability.until for one in uses if one.reliability.until)


def _last_words(known: Known, document: DocumentFacts, parties: Iterable[_Party]) -> Iterator[datetime]:
    """Yield the ends of CAs whose status must be had once more before.

    By time sliding (EN 319 102-1 5.6.2.2 step 2) an old status of a CA counts for its own instant only: what it issued
    must be proved to have existed by then, so a status of after the stamp over it is wanted while the CA can give one.
    """
    for party in parties:
        stamps = later_stamps(document, next(one for one in document.signatures if one.id == party.id))
        proved = min((one.token.gen_time for one in stamps if one.token and one.token.gen_time), default=None)
        if proved is None or party.basic.xcv is None or party.basic.xcv.chain is None:
            continue
        chain = party.basic.xcv.chain
        for certificate, _, status in chain_status(known, chain).statuses:
            late = status.latest is not None and status.latest.this_update > proved
            if certificate in chain.path[1:] and not late:
                yield certificate.not_after
