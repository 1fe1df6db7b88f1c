"""Gathers what judging found missing: issuers by AIA, CRLs by distribution point, OCSP responses (RFC 5280, RFC 6960).

What comes back is only material: whether it can be believed is for the judge to say.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum

from verifier.check import Filled
from verifier.evidence import AnyCrl, Gap, GapCode, GapKind, StoredCrl
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.fetch import Failure, Fetches, FetchFailed, FetchLimits, Request, origin_of
from verifier.outside.hosts import Hosts
from verifier.outside.ocsp_client import SECOND_TRY, OcspQuestion, nonce_for
from verifier.outside.remember import Remembering
from verifier.trust.certfiles import read_certificates
from verifier.trust.crl_disk import crl_in
from verifier.verdict import GapNote
from verifier.x509 import Certificate

AT_ONCE = 16
"""Fetches under way at the same time for one document."""
PER_HOST = 2
"""Of these, fetches of one host: a slow one holds up its own questions only."""
URLS_PER_GAP = 4
"""Addresses that are tried for one gap; a certificate can name any number."""
MOST_CERTIFICATES = 100
"""Certificates that one answer may hold; a whole chain has a few."""
SHOWN_URL = 200
"""Characters of an address that are shown."""


@dataclass(frozen=True)
class GatherLimits:
    """Bounds for one document."""

    requests: int = 40
    seconds: float = 20
    per_fetch: FetchLimits = field(default_factory=FetchLimits)


class _What(StrEnum):
    CERTIFICATES = "certificates"
    CRLS = "crls"
    OCSPS = "ocsps"


@dataclass(frozen=True)
class _Question:
    """One thing to ask, and for which gap."""

    gap: Gap
    what: _What
    request: Request
    ocsp: OcspQuestion | None = None
    """What an OCSP responder is asked."""


@dataclass(frozen=True)
class _Answer:
    question: _Question
    found: tuple[bytes, ...] = ()
    """DER."""
    crls: tuple[AnyCrl, ...] = ()
    failed: FetchFailed | None = None
    """Why nothing was found."""


class Gatherer:
    """Gathers for any number of documents, which share what was fetched lately; safe for use from several threads."""

    def __init__(
        self,
        fetcher: Fetches,
        limits: GatherLimits | None = None,
        *,
        library: CrlLibrary | None = None,
        nonce: bool = False,
    ) -> None:
        """`library` keeps large CRLs on disk; without one they are held in memory for some minutes.

        With `nonce` OCSP responders are asked for an answer made for this question (RFC 9654); most do not heed it.
        """
        hosts = Hosts(fetcher)
        self._limits, self._library, self._nonce = limits or GatherLimits(), library, nonce
        self._fetcher = Remembering(hosts)
        self._crls: Remembering[AnyCrl] = Remembering(_Crls(hosts, library))

    def begin(self) -> Gathering:
        """Start on one document, with a budget of its own."""
        return Gathering(self._fetcher, self._crls, self._limits, self._library, nonce=self._nonce)


@dataclass(frozen=True)
class _Crls:
    """Fetches CRLs, with consideration for their hosts."""

    hosts: Hosts
    library: CrlLibrary | None

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> AnyCrl:
        library = self.library
        if library is not None:
            return self.hosts.through(request, limits, lambda bounds: library.fetch(request, bounds))
        return _read_crl(self.hosts.fetch(request, limits))


class Gathering:
    """What is gathered for one document: each address is asked once, within one budget."""

    def __init__(
        self,
        fetcher: Fetches,
        crls: Remembering[AnyCrl],
        limits: GatherLimits,
        library: CrlLibrary | None,
        *,
        nonce: bool = False,
    ) -> None:
        self._secret = secrets.token_bytes(32) if nonce else b""
        self._fetcher, self._crls, self._limits, self._library = fetcher, crls, limits, library
        self._deadline = time.monotonic() + limits.seconds
        self._asked: set[Request] = set()
        self._offered: set[StoredCrl] = set()

    def fill(self, gaps: Sequence[Gap]) -> Filled:
        """Ask, for each gap, at the next address that was not tried; `asked` is 0 where there is none left.

        Where the revocation store holds a CRL for a gap, its publisher is not asked before that was tried; an OCSP
        responder is: it may know of a revocation that came after the list. The list counts beside its answer, which may
        be an old one that somebody gives out again.
        """
        held = {gap: crls for gap in gaps if (crls := self._held(gap))}
        questions = list(self._next_questions([gap for gap in gaps if gap not in held or self._asks_responder(gap)]))
        if not questions and not held:
            return Filled()
        answers = self._answers(questions)
        crls = tuple(dict.fromkeys(crl for some in (*held.values(), *(a.crls for a in answers)) for crl in some))
        self._offered.update(crl for crl in crls if isinstance(crl, StoredCrl))
        asked = len(questions) + len(held)
        found = {what: tuple(der for a in answers if a.question.what is what for der in a.found) for what in _What}
        failures = tuple((a.question.gap, _note(a.question, a.failed)) for a in answers if a.failed)
        return Filled(found[_What.CERTIFICATES], crls, found[_What.OCSPS], failures, asked)

    def _held(self, gap: Gap) -> tuple[AnyCrl, ...]:
        """Return the current CRLs of the store that may fill a gap, each once for a document."""
        if self._library is None or gap.kind is not GapKind.REVOCATION:
            return ()
        return tuple(crl for crl in self._library.known(gap.urls[:URLS_PER_GAP]) if crl not in self._offered)

    def _asks_responder(self, gap: Gap) -> bool:
        following = self._next_question(gap)
        return following is not None and following.ocsp is not None

    @property
    def _may_ask(self) -> bool:
        return len(self._asked) < self._limits.requests and time.monotonic() < self._deadline

    def _next_question(self, gap: Gap) -> _Question | None:
        return next((q for q in _questions(gap, self._secret) if q.request not in self._asked), None)

    def _next_questions(self, gaps: Sequence[Gap]) -> Iterator[_Question]:
        for gap in gaps:
            if not self._may_ask:
                return
            if question := self._next_question(gap):
                self._asked.add(question.request)
                yield question

    def _answers(self, questions: Sequence[_Question]) -> list[_Answer]:
        """Ask all hosts side by side, and one host little by little; the answers in order of the questions."""
        lanes = _lanes(questions)
        with ThreadPoolExecutor(max(1, min(len(lanes), AT_ONCE)), thread_name_prefix="gather") as threads:
            asked = [answer for lane in threads.map(lambda lane: list(map(self._ask, lane)), lanes) for answer in lane]
        return sorted(asked, key=lambda answer: questions.index(answer.question))

    def _ask(self, question: _Question) -> _Answer:
        limits = self._limits.per_fetch
        left = max(0.0, self._deadline - time.monotonic())
        most = min(limits.bytes, _MOST_BYTES.get(question.what, limits.bytes))
        try:
            bounds = replace(limits, bytes=most, seconds=min(limits.seconds, left))
            if question.what is _What.CRLS:
                return _Answer(question, crls=(self._crls.fetch(question.request, bounds),))
            if question.ocsp:
                return _Answer(question, (self._ask_responder(question.ocsp, bounds),))
            return _Answer(question, _read_certificates(self._fetcher.fetch(question.request, bounds), question.gap))
        except FetchFailed as failed:
            return _Answer(question, failed=failed)

    def _ask_responder(self, question: OcspQuestion, bounds: FetchLimits) -> bytes:
        """Ask by SHA-1, and once more by SHA-256 where the responder does not know the certificate by that."""
        answer, refused = b"", None
        try:
            answer = question.read(self._fetcher.fetch(question.request(), bounds))
            if not question.leaves_open(answer):
                return answer
        except FetchFailed as failed:
            if failed.failure not in SECOND_TRY:
                raise
            refused = failed
        second = replace(question, hash_name="sha256")
        self._asked.add(second.request())
        left = min(bounds.seconds, max(0.0, self._deadline - time.monotonic()))
        try:
            return second.read(self._fetcher.fetch(second.request(), replace(bounds, seconds=left)))
        except FetchFailed:
            if refused:
                raise refused from None
            return answer


def _lanes(questions: Sequence[_Question]) -> list[list[_Question]]:
    """Deal the questions out: each lane is asked one after the other, each host has `PER_HOST` lanes at most."""
    hosts: dict[str, list[_Question]] = {}
    for question in questions:
        hosts.setdefault(origin_of(question.request.url), []).append(question)
    return [lane for number in range(PER_HOST) for asked in hosts.values() if (lane := asked[number::PER_HOST])]


def _questions(gap: Gap, secret: bytes) -> Iterator[_Question]:
    """Yield what can be asked for a gap, in order of its addresses; with a secret, nonces are made of it."""
    if gap.kind is GapKind.ISSUER:
        for url in gap.urls[:URLS_PER_GAP]:
            yield _Question(gap, _What.CERTIFICATES, Request(url))
    if gap.kind is GapKind.REVOCATION and gap.certificate:
        certificate = Certificate.parse(gap.certificate)
        for url in gap.urls[:URLS_PER_GAP]:
            if url not in certificate.ocsp_urls:
                yield _Question(gap, _What.CRLS, Request(url))
            elif gap.issuer:
                nonce = nonce_for(secret, url, gap.certificate) if secret else b""
                asked = OcspQuestion(url, certificate, Certificate.parse(gap.issuer), nonce)
                yield _Question(gap, _What.OCSPS, asked.request(), asked)


def _read_certificates(data: bytes, gap: Gap) -> tuple[bytes, ...]:
    """Return those of the certificates that lead on from the gap's: its issuer, the issuer's issuer, and so on."""
    try:
        found = read_certificates(data)
        if len(found) > MOST_CERTIFICATES:
            raise FetchFailed(Failure.TOO_MANY)
        read = {der: Certificate.parse(der) for der in found}
        wanted = {Certificate.parse(gap.certificate).issuer_key} if gap.certificate else set()
    except ValueError:
        raise FetchFailed(Failure.NOT_CERTIFICATES) from None
    while more := {one.issuer_key for one in read.values() if one.subject_key in wanted} - wanted:
        wanted |= more
    leading = tuple(der for der, one in read.items() if one.subject_key in wanted)
    if not leading:
        raise FetchFailed(Failure.NOT_ISSUER)
    return leading


def _read_crl(data: bytes) -> bytes:
    """Return a CRL as it was signed."""
    try:
        return crl_in(data)
    except ValueError:
        raise FetchFailed(Failure.NOT_CRL) from None


_MOST_BYTES = {_What.CERTIFICATES: 2 * 1024 * 1024, _What.OCSPS: 1024 * 1024}
"""Largest answer by what was asked, in bytes; for CRLs the limit of every fetch."""


def _note(question: _Question, failed: FetchFailed) -> GapNote:
    url = "".join(c if c.isascii() and c.isprintable() else "?" for c in question.request.url)
    shown = url if len(url) <= SHOWN_URL else f"{url[:SHOWN_URL]}…"
    params = {"url": shown, "failure": failed.failure.value, **failed.params}
    reason = f"{shown}: {failed.reason}"
    return GapNote(GapKind.FETCH_FAILED, question.gap.subject, reason, GapCode.FETCH_FAILED, params)
