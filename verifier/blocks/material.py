"""All certificates and revocation objects at hand for one judgement, from document and evidence, as known at `at`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from verifier.blocks.freshness import fresh
from verifier.evidence import Evidence, Gap, GapCode, GapKind
from verifier.pades.evidence_record import EvidenceRecordFacts, read_evidence_record
from verifier.pades.facts import CmsFacts, DocumentFacts
from verifier.policy import Policy
from verifier.snapshot import Anchor, AnchorUse
from verifier.trust.algorithms import suite_of
from verifier.trust.building import anchors_for
from verifier.trust.path import Chain, PathProblem, Search, check_path, search_chains
from verifier.trust.revocation import RevocationData, revocation_data
from verifier.x509 import Certificate

RESPONDER_DEPTH = 3
"""How many responders or CRL issuers may vouch for one another."""


class Refusal(StrEnum):
    """Why revocation data that is good by itself cannot be relied on here; beside `trust.findings.Rejection`."""

    LATER = "issued-later"
    BEFORE_VALIDITY = "issued-before-validity"
    TOO_MANY_SIGNERS = "too-many-signers"
    SIGNER_ISSUER = "signer-issuer-not-in-path"
    SIGNER_REVOKED = "signer-revoked"
    SIGNER_STATUS = "signer-status-unknown"
    SIGNER_STALE = "signer-status-stale"


@dataclass(frozen=True)
class Status:
    """What is known on the revocation of one certificate, as issued at or before `at`."""

    data: tuple[RevocationData, ...]
    """Usable data, latest issued first."""
    rejected: tuple[str, ...]
    """Other data and why it could not be used, as `crl expired-not-covered 2026-11-20T00:00:00+00:00`; each once.

    The instant is that of its status information; it is left out where that cannot be read.
    """
    later: datetime | None = None
    """When the first of the data was issued that is of after the instant of judging; None where there is none."""

    @property
    def latest(self) -> RevocationData | None:
        """The latest issued datum (5.2.6 step 4), None where there is none."""
        return self.data[0] if self.data else None

    @property
    def revoking(self) -> RevocationData | None:
        """The latest datum that says revoked for good: revocation is not undone, so any one counts."""
        return next((one for one in self.data if one.status == "revoked"), None)

    @property
    def holding(self) -> RevocationData | None:
        """The latest datum, where it says on hold; an earlier hold may have been lifted."""
        return self.latest if self.latest and self.latest.status == "on_hold" else None

    def revoked_at(self) -> datetime | None:
        """Earliest known instant of revocation, None where not revoked."""
        return min((one.revoked_at for one in self.data if one.status == "revoked" and one.revoked_at), default=None)


class Material:
    """The inputs of one judgement, with what is derived from them kept for reuse; asks nothing of the outside."""

    def __init__(self, document: DocumentFacts, evidence: Evidence, policy: Policy, at: datetime) -> None:
        self.policy = policy
        self.at = at
        self.trust = evidence.trust
        self.suite = suite_of(evidence.trust.suites, policy)
        self.received_at = evidence.received_at if policy.use_received_at else None
        self._gaps: dict[tuple[GapKind, str, str], Gap] = {}
        crls, ocsps = list(evidence.crls), list(evidence.ocsps)
        certificates = [*evidence.certificates, *evidence.trust.intermediates]
        for data in document.validation_data:
            certificates += data.certificates
            crls += data.crls
            ocsps += data.ocsps
        self.records = self._read_records(document, evidence)
        embedded = [*_all_cms(document), *(s.token.cms for r in self.records for s in r.stamps if s.token.cms)]
        pool = [certificate for cms in embedded for certificate in cms.certificates]
        for cms in embedded:
            crls += cms.crls
            ocsps += cms.ocsps
        pool += self._readable(certificates)
        self.pool: tuple[Certificate, ...] = tuple(dict.fromkeys(pool))
        self.crls = tuple(dict.fromkeys(crls))
        self.ocsps = tuple(dict.fromkeys(ocsps))
        self._anchors = {use: anchors_for(self.trust.anchors, use) for use in AnchorUse}
        self._searches: dict[tuple[str, AnchorUse], Search] = {}
        self._statuses: dict[tuple[str, str, int], Status] = {}

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Everything that was found missing so far, each once."""
        return tuple(self._gaps.values())

    def miss(self, gap: Gap) -> None:
        """Note that something is not known."""
        self._gaps.setdefault((gap.kind, gap.subject, gap.reason), gap)

    def anchors(self, use: AnchorUse) -> tuple[Anchor, ...]:
        """Trust anchors for this use."""
        return self._anchors[use]

    def chains(self, certificate: Certificate, use: AnchorUse) -> tuple[Chain, ...]:
        """All prospective chains of a certificate (5.2.6 step 2)."""
        return self.search(certificate, use).chains

    def search(self, certificate: Certificate, use: AnchorUse) -> Search:
        """The search for chains of a certificate, which says too where it ended."""
        key = (certificate.sha256, use)
        if key not in self._searches:
            self._searches[key] = search_chains(certificate, self.pool, self.anchors(use))
        return self._searches[key]

    def path_problem(self, chain: Chain) -> PathProblem | None:
        """What is wrong with the chain by RFC 5280 6.1, dates and revocation left aside."""
        return check_path(chain)

    def status(self, certificate: Certificate, path: tuple[Certificate, ...], depth: int = 0) -> Status:
        """Usable revocation data for a certificate, whatever its age; `path` goes from its issuer to the anchor."""
        key = (certificate.sha256, path[0].sha256, depth)
        if key not in self._statuses:
            self._statuses[key] = self._find_status(certificate, path, depth)
        return self._statuses[key]

    def _find_status(self, certificate: Certificate, path: tuple[Certificate, ...], depth: int) -> Status:
        found = revocation_data(certificate, path[0], self.crls, self.ocsps, (*self.pool, *path))
        usable: list[RevocationData] = []
        later: list[datetime] = []
        rejected = [_listed(one.kind, one.reason, one.this_update) for one in found.rejected]
        for datum in found.accepted:
            refusal = self._unusable(datum, certificate, path, depth)
            if refusal is None:
                usable.append(datum)
                continue
            rejected.append(_listed(datum.kind, refusal, datum.this_update))
            if refusal is Refusal.LATER:
                later.append(_issued(datum))
        return Status(tuple(usable), tuple(dict.fromkeys(rejected)), min(later, default=None))

    def _unusable(
        self, datum: RevocationData, certificate: Certificate, path: tuple[Certificate, ...], depth: int
    ) -> Refusal | None:
        issued = _issued(datum)
        if issued > self.at:
            self._set_aside(datum, certificate, issued)
            return Refusal.LATER
        if datum.before_validity and datum.status == "good":
            return Refusal.BEFORE_VALIDITY
        # of what was put together every part must be signed by somebody who can be relied on
        refusals = (self._signer_unusable(part, path, depth) for part in datum.objects)
        return next((refusal for refusal in refusals if refusal), None)

    def _signer_unusable(self, datum: RevocationData, path: tuple[Certificate, ...], depth: int) -> Refusal | None:
        """Why a delegated responder or CRL issuer cannot be relied on (RFC 6960 4.2.2.2.1).

        A signer that is itself in the path is judged with it.
        """
        signer, *vouching = datum.signer_path
        trusted_by_itself = datum.kind == "ocsp" and signer.ocsp_nocheck
        if signer in path or trusted_by_itself or signer.revocation_unneeded:
            return None
        if depth >= RESPONDER_DEPTH:
            return Refusal.TOO_MANY_SIGNERS
        if not vouching or vouching[0] not in path:
            return Refusal.SIGNER_ISSUER
        above = path[path.index(vouching[0]) :]
        status = self.status(signer, above, depth + 1)
        if status.revoking or status.holding:
            return Refusal.SIGNER_REVOKED
        if status.latest is not None and fresh(status.latest, datum.issued_at, self.policy):
            return None
        reason = "the status of the signer of revocation data is not known"
        self.miss(revocation_gap(signer, above[0], reason, GapCode.SIGNER_STATUS_UNKNOWN))
        return Refusal.SIGNER_STATUS if status.latest is None else Refusal.SIGNER_STALE

    def _set_aside(self, datum: RevocationData, certificate: Certificate, issued: datetime) -> None:
        reason = f"{datum.kind.upper()} issued {issued.isoformat()}, after the time of judging"
        params = {"source": datum.kind.upper(), "issued_at": issued.isoformat()}
        self.miss(Gap(GapKind.SET_ASIDE, certificate.common_name, reason, code=GapCode.DATA_LATER, params=params))

    def _read_records(self, document: DocumentFacts, evidence: Evidence) -> tuple[EvidenceRecordFacts, ...]:
        digests = {**document.digests, "sha256": bytes.fromhex(document.sha256)}
        found: list[EvidenceRecordFacts] = []
        for blob in evidence.evidence_records:
            try:
                found.append(read_evidence_record(blob, digests))
            except ValueError as error:
                self.miss(Gap(GapKind.NOT_READABLE, "evidence record", str(error), code=GapCode.RECORD_UNREADABLE))
        return tuple(found)

    def _readable(self, certificates: Iterable[bytes]) -> list[Certificate]:
        found: list[Certificate] = []
        for der in certificates:
            try:
                found.append(Certificate.parse(der))
            except ValueError as error:
                self.miss(Gap(GapKind.NOT_READABLE, "certificate", str(error), code=GapCode.CERTIFICATE_UNREADABLE))
        return found


def _issued(datum: RevocationData) -> datetime:
    return max(one for part in datum.objects for one in (part.issued_at, part.this_update))


def _listed(kind: str, reason: str, this_update: datetime | None) -> str:
    return f"{kind} {reason}" if this_update is None else f"{kind} {reason} {this_update.isoformat()}"


def revocation_gap(
    certificate: Certificate, issuer: Certificate, reason: str, code: GapCode, params: Mapping[str, str] | None = None
) -> Gap:
    """Build the gap that a CRL or OCSP response for `certificate` would fill."""
    urls = certificate.ocsp_urls + certificate.crl_urls
    name = certificate.common_name
    return Gap(GapKind.REVOCATION, name, reason, certificate.der, issuer.der, urls, code, params or {})


def _all_cms(document: DocumentFacts) -> Iterable[CmsFacts]:
    for signature in document.signatures:
        if signature.cms:
            yield signature.cms
        for token in (*signature.content_timestamps, *signature.signature_timestamps):
            if token.cms:
                yield token.cms
