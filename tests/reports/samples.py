"""Sample outcomes for tests of reports and pages: one for each sub-indication, change class and reason not to judge.

`SAMPLES` maps a name (`passed`, `sub-HASH_FAILURE`, `change-overlay`, `not-judged-empty-file`, …) to an outcome; the
builders make others: start from a sound one and spoil one thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from verifier.errors import Problem
from verifier.evidence import GapCode
from verifier.verdict import (
    Algorithms,
    AuthorityVerdict,
    Change,
    Changes,
    Check,
    CheckStatus,
    Conclusion,
    Coverage,
    DocumentVerdict,
    EvidenceNote,
    GapNote,
    Indication,
    Integrity,
    NotJudged,
    Outcome,
    Processes,
    ProcessResult,
    RevisionNote,
    SignatureKind,
    SignatureVerdict,
    Signer,
    SubIndication,
    TimestampKind,
    TimestampVerdict,
    Widget,
)

AT = datetime(2026, 11, 18, 7, 3, tzinfo=UTC)
"""Instant of judging: 14:03 in Ha Noi."""
SIGNED = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)
STAMPED = SIGNED + timedelta(minutes=1)
DOCUMENT = "5e" * 32
SNAPSHOT = "7f" * 32
POLICY = "c2" * 32

FAILED_SUBS = (
    SubIndication.FORMAT_FAILURE,
    SubIndication.HASH_FAILURE,
    SubIndication.SIG_CRYPTO_FAILURE,
    SubIndication.REVOKED,
    SubIndication.EXPIRED,
    SubIndication.NOT_YET_VALID,
)
"""The six reasons of TOTAL_FAILED (EN 319 102-1 table 6)."""

REASONS: Mapping[SubIndication, tuple[str, Mapping[str, str]]] = {
    SubIndication.FORMAT_FAILURE: ("FC_PROCESSABLE", {"code": "CMS_UNREADABLE", "detail": "unexpected end of data"}),
    SubIndication.HASH_FAILURE: ("CV_DIGEST", {"algorithm": "sha256"}),
    SubIndication.SIG_CRYPTO_FAILURE: ("CV_SIGNATURE_VALUE", {"certificate": "Embassy of X"}),
    SubIndication.REVOKED: (
        "INV_REVOCATION",
        {"certificate": "Embassy of X", "revoked_at": "2026-09-01T00:00:00Z", "reason": "key_compromise"},
    ),
    SubIndication.EXPIRED: ("INV_VALIDITY", {"from": "2024-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
    SubIndication.NOT_YET_VALID: ("INV_VALIDITY", {"from": "2026-11-01T00:00:00Z", "until": "2028-01-01T00:00:00Z"}),
    SubIndication.SIG_CONSTRAINTS_FAILURE: ("SAV_ESS_PRESENT", {}),
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: ("XCV_KEY_USAGE", {"certificate": "Embassy of X"}),
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: (
        "XCV_PATH",
        {"code": "NAME_CONSTRAINTS", "detail": "a name is not permitted"},
    ),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: (
        "SAV_ALGORITHMS",
        {"algorithm": "sha1", "until": "2012-08-01T00:00:00Z", "object": "signature"},
    ),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: (
        "XCV_ALGORITHMS",
        {"algorithm": "rsa", "key_bits": "1024", "until": "2016-12-31T00:00:00Z", "object": "certificate"},
    ),
    SubIndication.POLICY_PROCESSING_ERROR: ("VCI_SIGNATURE_POLICY", {"oid": "1.2.3.4"}),
    SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE: ("VCI_SIGNATURE_POLICY", {"oid": "1.2.3.4"}),
    SubIndication.TIMESTAMP_ORDER_FAILURE: ("TS_ORDER", {"time": "2026-10-02T02:16:00Z"}),
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: ("ISC_CERTIFICATE", {}),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: ("XCV_CHAIN", {"certificate": "Embassy of X", "issuer": "X Root CA"}),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE: (
        "XCV_ANCHOR_SUNSET",
        {"anchor": "X Root CA", "until": "2026-06-30T00:00:00Z"},
    ),
    SubIndication.REVOKED_NO_POE: (
        "XCV_REVOCATION",
        {"certificate": "Embassy of X", "revoked_at": "2026-10-20T00:00:00Z", "reason": "superseded", "source": "CRL"},
    ),
    SubIndication.REVOKED_CA_NO_POE: (
        "XCV_REVOCATION",
        {"certificate": "X Issuing CA", "revoked_at": "2026-10-20T00:00:00Z", "reason": "ca_compromise"},
    ),
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: (
        "XCV_VALIDITY",
        {"from": "2024-01-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"},
    ),
    SubIndication.OUT_OF_BOUNDS_NO_POE: (
        "XCV_VALIDITY",
        {"from": "2024-01-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"},
    ),
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE: ("XCV_REVOCATION_ISSUER", {"issuer": "X OCSP"}),
    SubIndication.NO_POE: ("LTA_POE", {"object": "signature", "time": "2026-10-20T00:00:00Z"}),
    SubIndication.TRY_LATER: (
        "XCV_FRESHNESS",
        {"certificate": "Embassy of X", "this_update": "2026-11-10T00:00:00Z", "next_update": "2026-11-19T00:00:00Z"},
    ),
    SubIndication.SIGNED_DATA_NOT_FOUND: ("CV_DIGEST", {}),
}
"""The check that explains each sub-indication, with its particulars."""

CHANGES: Mapping[str, tuple[Changes, Mapping[str, str]]] = {
    "lta_updates": (Changes.LTA_UPDATES, {}),
    "later_signature": (Changes.PERMITTED, {"field": "Signature2"}),
    "stamped_between": (Changes.PERMITTED, {"page": "1"}),
    "form_filled": (Changes.PERMITTED, {"field": "Số tiền", "old": "1.000", "new": "9.000"}),
    "annotation_added": (Changes.PERMITTED, {"page": "2"}),
    "metadata": (Changes.PERMITTED, {}),
    "docmdp_violated": (Changes.SUSPICIOUS, {"kind": "form_filled"}),
    "fieldmdp_violated": (Changes.SUSPICIOUS, {"field": "Số tiền"}),
    "content_changed": (Changes.SUSPICIOUS, {"page": "2"}),
    "page_replaced": (Changes.SUSPICIOUS, {"page": "2"}),
    "page_added": (Changes.SUSPICIOUS, {"page": "3"}),
    "page_removed": (Changes.SUSPICIOUS, {"page": "3"}),
    "overlay": (Changes.SUSPICIOUS, {"page": "2"}),
    "shadow_hide": (Changes.SUSPICIOUS, {"page": "1"}),
    "shadow_replace": (Changes.SUSPICIOUS, {"page": "1"}),
    "shadow_hide_replace": (Changes.SUSPICIOUS, {"page": "1"}),
    "evil_annotation": (Changes.SUSPICIOUS, {"page": "1"}),
    "sneaky_signature": (Changes.SUSPICIOUS, {"page": "1"}),
    "isa": (Changes.SUSPICIOUS, {}),
    "swa": (Changes.SUSPICIOUS, {}),
    "usf": (Changes.SUSPICIOUS, {}),
    "font_changed": (Changes.SUSPICIOUS, {"object": "12"}),
    "structure_changed": (Changes.SUSPICIOUS, {"object": "12", "path": "/Root/Pages"}),
    "objects_freed": (Changes.LTA_UPDATES, {"object": "12"}),
    "trailing_bytes": (Changes.SUSPICIOUS, {"bytes": "120"}),
    "coverage_unclear": (Changes.SUSPICIOUS, {}),
    "not_compared": (Changes.SUSPICIOUS, {"pages": "9–12"}),
    "active_content": (Changes.PERMITTED, {"kind": "javascript"}),
    "remnants": (Changes.PERMITTED, {"count": "1"}),
    "a_class_of_tomorrow": (Changes.SUSPICIOUS, {"object": "12"}),
}
"""Each change class with a level and particulars; the last one has no text of its own."""

PROBLEMS: Mapping[str, Mapping[str, str]] = {
    "empty-file": {},
    "not-a-pdf": {"kind": "scan"},
    "pdf-unreadable": {},
    "pdf-truncated": {},
    "pdf-encrypted": {},
    "too-large": {"limit": "100"},
    "budget-exhausted": {"limit": "time", "seconds": "20"},
    "trust-store-missing": {},
    "trust-store-empty": {},
    "trust-certificate-broken": {"file": "root.pem"},
    "trust-store-unreadable": {"file": "index.toml"},
    "policy-unreadable": {"key": "name"},
    "bad-instant": {},
    "bad-option": {},
    "file-missing": {},
    "file-unreadable": {},
    "busy": {"seconds": "30"},
    "not-found": {},
    "rate-limited": {"seconds": "60"},
    "internal-error": {},
    "page-not-found": {},
    "method-not-allowed": {},
    "unsupported-media-type": {},
    "bad-request": {},
    "form-expired": {},
    "bundle-unreadable": {},
    "document-mismatch": {},
    "fingerprint-mismatch": {},
    "root-not-pending": {},
}
"""Each problem code with particulars."""

KINDS = (
    "scan",
    "docx",
    "xlsx",
    "pptx",
    "xml",
    "zip",
    "asic",
    "html",
    "text",
    "odt",
    "rtf",
    "office",
    "archive",
    "unknown",
)


def sound_checks() -> tuple[Check, ...]:
    """Return the checks of a signature with nothing to complain about."""
    basic, ok = "EN 319 102-1 5.2", CheckStatus.OK
    fresh = {
        "certificate": "Embassy of X",
        "source": "OCSP",
        "produced_at": "2026-11-18T06:58:00Z",
        "this_update": "2026-11-18T06:58:00Z",
        "next_update": "2026-11-19T06:58:00Z",
    }
    return (
        Check("FC_PROCESSABLE", ok, f"{basic}.2"),
        Check("FC_COVERAGE", ok, "ISO 32000-2 12.8.1", {"coverage": "entire_file"}),
        Check("ISC_CERTIFICATE", ok, f"{basic}.3", {"certificate": "Embassy of X"}),
        Check("ISC_ESS_DIGEST", ok, f"{basic}.3.4"),
        Check("CV_DIGEST", ok, f"{basic}.7 step 2", {"algorithm": "sha256"}),
        Check("CV_SIGNATURE_VALUE", ok, f"{basic}.7 step 3", {"certificate": "Embassy of X"}),
        Check("XCV_CHAIN", ok, f"{basic}.6 step 2", {"certificate": "Embassy of X", "anchor": "X Root CA"}),
        Check("XCV_REVOCATION", ok, f"{basic}.6 step 4", fresh),
        Check("SAV_ALGORITHMS", ok, f"{basic}.8", {"algorithm": "sha256", "object": "signature"}),
        Check("CHANGES_NONE", ok, "ISO 32000-2 12.8.2"),
    )


def timestamp(**overrides: Any) -> TimestampVerdict:
    """Return a sound signature time stamp, with `overrides`."""
    stamp = TimestampVerdict(
        kind=TimestampKind.SIGNATURE,
        time=STAMPED,
        intact=True,
        indication=Indication.PASSED,
        sub_indication=None,
        issuer="TSA Y",
    )
    return replace(stamp, **overrides)


def processes(indication: Indication = Indication.PASSED, sub_indication: SubIndication | None = None) -> Processes:
    """Return three processes that say the same."""
    result = ProcessResult(indication, sub_indication)
    return Processes(result, result, result)


def signature(**overrides: Any) -> SignatureVerdict:
    """Return a sound time-stamped signature over the entire file, with `overrides`."""
    sound = SignatureVerdict(
        id="sig-1",
        kind=SignatureKind.SIGNATURE,
        field_name="Signature1",
        sub_filter="ETSI.CAdES.detached",
        level="PAdES-BASELINE-T",
        indication=Conclusion.TOTAL_PASSED,
        sub_indication=None,
        integrity=Integrity(True, True, Coverage.ENTIRE_FILE, Changes.NONE, 1),
        signer=Signer(
            subject="CN=Embassy of X, O=Ministry of Foreign Affairs of X, C=XX",
            common_name="Embassy of X",
            issuer="CN=X Issuing CA, C=XX",
            serial="0a1b2c",
            organization="Ministry of Foreign Affairs of X",
            country="XX",
        ),
        authority=AuthorityVerdict(),
        algorithms=Algorithms("sha256", "ecdsa", 256),
        claimed_signing_time=SIGNED,
        best_signature_time=STAMPED,
        timestamps=(timestamp(),),
        checks=sound_checks(),
        changes=(),
        processes=processes(),
        widget=Widget(1, (100.0, 100.0, 250.5, 150.0)),
    )
    return replace(sound, **overrides)


def document_timestamp(**overrides: Any) -> SignatureVerdict:
    """Return a sound document time stamp, with `overrides`."""
    stamp = timestamp(kind=TimestampKind.DOCUMENT)
    signer = Signer("CN=TSA Y, C=YY", "TSA Y", "CN=Y Root CA, C=YY", "0f", "TSA Y Ltd", "YY")
    values: dict[str, Any] = {
        "id": "sig-2",
        "kind": SignatureKind.DOCUMENT_TIMESTAMP,
        "field_name": "Timestamp1",
        "sub_filter": "ETSI.RFC3161",
        "level": "DOCUMENT-TIMESTAMP",
        "signer": signer,
        "claimed_signing_time": None,
        "timestamps": (stamp,),
        "integrity": Integrity(True, True, Coverage.ENTIRE_FILE, Changes.NONE, 2),
        "widget": None,
    }
    return signature(**{**values, **overrides})


def verdict(*signatures: SignatureVerdict, **overrides: Any) -> DocumentVerdict:
    """Return the verdict on a file with these signatures; the worst of them concludes, time stamps aside."""
    order = [Conclusion.TOTAL_FAILED, Conclusion.INDETERMINATE, Conclusion.TOTAL_PASSED, Conclusion.NO_SIGNATURE]
    signed = [s for s in signatures if s.kind is SignatureKind.SIGNATURE]
    conclusion = min((s.indication for s in signed), key=order.index, default=Conclusion.NO_SIGNATURE)
    last = signatures[-1].integrity.changes if signatures else Changes.NONE
    if any(s.integrity.changes is Changes.SUSPICIOUS for s in signatures) and conclusion is Conclusion.TOTAL_PASSED:
        conclusion = Conclusion.INDETERMINATE
    made = DocumentVerdict(
        sha256=DOCUMENT,
        kind="pdf",
        conclusion=conclusion,
        changes_after_last_signature=last,
        signature_remnants=0,
        revisions=(RevisionNote(1, 1000, ("document", "signature") if signatures else ("document",)),),
        signatures=signatures,
        gaps=(),
        evidence=EvidenceNote(DOCUMENT, SNAPSHOT, POLICY, "0.1.0", AT, ("aa" * 32,)),
    )
    return replace(made, **overrides)


def with_authority(status: str, name: str = "Embassy of X in Ha Noi") -> DocumentVerdict:
    """Return a sound verdict whose signer has this answer in the register of authorities."""
    return verdict(signature(authority=AuthorityVerdict(status, name, "")))


def with_sub_indication(sub: SubIndication) -> DocumentVerdict:
    """Return a verdict with one signature that fails or is undecided for this reason."""
    return verdict(spoiled_signature(sub))


def spoiled_signature(sub: SubIndication, **overrides: Any) -> SignatureVerdict:
    """Return a signature that fails or is undecided for this reason, with the check that says why."""
    failed = sub in FAILED_SUBS
    code, params = REASONS[sub]
    bad = Check(code, CheckStatus.FAILED, "EN 319 102-1 5.2", {**params, "sub_indication": sub.value})
    others = tuple(check for check in sound_checks() if check.code != code)
    values: dict[str, Any] = {
        "indication": Conclusion.TOTAL_FAILED if failed else Conclusion.INDETERMINATE,
        "sub_indication": sub,
        "checks": (*others, bad),
        "processes": processes(Indication.FAILED if failed else Indication.INDETERMINATE, sub),
        "integrity": _integrity_for(sub),
    }
    if "NO_POE" in sub.value or sub is SubIndication.OUT_OF_BOUNDS_NOT_REVOKED:
        values |= {"timestamps": (), "best_signature_time": AT, "level": "PAdES-BASELINE-B"}
    return signature(**{**values, **overrides})


def on_hold() -> DocumentVerdict:
    """Return a verdict whose signer is suspended, with the instant at which the next list is due."""
    held = {"certificate": "X Issuing CA", "status": "on_hold", "source": "CRL", "this_update": "2026-11-18T00:00:00Z"}
    one = spoiled_signature(SubIndication.TRY_LATER)
    checks = (*one.checks[:-1], Check("XCV_REVOCATION", CheckStatus.FAILED, "EN 319 102-1 5.2.6 step 4c", held))
    again = datetime(2026, 11, 19, tzinfo=UTC)
    return verdict(replace(one, checks=checks, try_again_at=again), try_again_at=again)


def _integrity_for(sub: SubIndication) -> Integrity:
    if sub is SubIndication.FORMAT_FAILURE:
        return Integrity(False, False, Coverage.UNCLEAR, Changes.NONE, 1)
    intact = sub not in (SubIndication.HASH_FAILURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    verified = sub not in (SubIndication.SIG_CRYPTO_FAILURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    return Integrity(intact, verified, Coverage.ENTIRE_FILE, Changes.NONE, 1)


def with_change(change_class: str) -> DocumentVerdict:
    """Return a verdict with one sound signature after which this change was made in revision 2."""
    level, params = CHANGES[change_class]
    suspicious = level is Changes.SUSPICIOUS
    code = {
        Changes.LTA_UPDATES: "CHANGES_PERMITTED",
        Changes.PERMITTED: "CHANGES_PERMITTED",
        Changes.SUSPICIOUS: "CHANGES_SUSPICIOUS",
    }[level]
    status = CheckStatus.WARNING if suspicious else CheckStatus.OK
    sound = tuple(check for check in sound_checks() if check.code != "CHANGES_NONE")
    signed = signature(
        integrity=Integrity(True, True, Coverage.ENTIRE_REVISION, level, 1),
        changes=(Change(change_class, level, 2, params),),
        checks=(*sound, Check(code, status, "ISO 32000-2 12.8.2", {"changes": change_class})),
    )
    revisions = (RevisionNote(1, 1000, ("document", "signature")), RevisionNote(2, 1500, ("form",)))
    return verdict(signed, revisions=revisions)


def two_signatures(second: SubIndication | None = None) -> DocumentVerdict:
    """Return a verdict with two signatures and a document time stamp; the second signature may be spoiled."""
    later = Change("later_signature", Changes.PERMITTED, 2, {"field": "Signature2"})
    first = signature(integrity=Integrity(True, True, Coverage.ENTIRE_REVISION, Changes.PERMITTED, 1), changes=(later,))
    agency = replace(first.signer, common_name="Department of Y", subject="CN=Department of Y")
    over: dict[str, Any] = {
        "id": "sig-2",
        "field_name": "Signature2",
        "signer": agency,
        "changes": (),
        "integrity": Integrity(True, True, Coverage.ENTIRE_REVISION, Changes.LTA_UPDATES, 2),
        "widget": Widget(1, (300.0, 100.0, 450.0, 150.0)),
    }
    if second is not None:
        over["integrity"] = replace(
            _integrity_for(second), coverage=Coverage.ENTIRE_REVISION, changes=Changes.LTA_UPDATES, revision=2
        )
    other = signature(**over) if second is None else spoiled_signature(second, **over)
    stamp = document_timestamp(id="sig-3", integrity=Integrity(True, True, Coverage.ENTIRE_FILE, Changes.NONE, 4))
    revisions = (
        RevisionNote(1, 1000, ("document", "signature")),
        RevisionNote(2, 2000, ("signature",)),
        RevisionNote(3, 2500, ("validation_data",)),
        RevisionNote(4, 3000, ("document_timestamp",)),
    )
    return verdict(first, other, stamp, revisions=revisions)


def with_gaps() -> DocumentVerdict:
    """Return an undecided verdict that names what was not known."""
    base = with_sub_indication(SubIndication.TRY_LATER)
    gaps = (
        gap_note(GapCode.DATA_STALE, "revocation"),
        gap_note(GapCode.ISSUER_UNKNOWN, "issuer"),
        gap_note(GapCode.DATA_LATER, "set_aside"),
        gap_note(GapCode.CERTIFICATE_UNREADABLE, "not_readable", "certificate"),
        gap_note(GapCode.FETCH_FAILED, "fetch_failed"),
    )
    return replace(base, gaps=gaps, tolerated=("xref-rebuilt",))


def gap_note(code: GapCode, kind: str = "revocation", subject: str = "Embassy of X", **params: str) -> GapNote:
    """Return a gap as the engine notes it, with particulars of its kind; `params` replaces some."""
    return GapNote(kind, subject, "an English sentence that no Vietnamese page shows", code, {**GAPS[code], **params})


GAPS: Mapping[GapCode, Mapping[str, str]] = {
    GapCode.NO_DATA: {},
    GapCode.DATA_REFUSED: {
        "data": "crl expired-not-covered 2026-11-01T00:00:00+00:00, ocsp signer-revoked",
        "at": "2026-11-18T07:03:00+00:00",
    },
    GapCode.DATA_STALE: {
        "source": "CRL",
        "this_update": "2026-11-01T00:00:00+00:00",
        "at": "2026-11-18T07:03:00+00:00",
    },
    GapCode.SIGNER_STATUS_UNKNOWN: {},
    GapCode.ISSUER_UNKNOWN: {"issuer": "CN=X Issuing CA"},
    GapCode.ROOT_NOT_ANCHOR: {},
    GapCode.SEARCH_ENDED: {},
    GapCode.DATA_LATER: {"source": "OCSP", "issued_at": "2026-11-30T00:00:00+00:00"},
    GapCode.STAMP_LATER: {"time": "2026-11-30T00:00:00+00:00"},
    GapCode.CERTIFICATE_UNREADABLE: {},
    GapCode.RECORD_UNREADABLE: {},
    GapCode.RECORD_ELSEWHERE: {"number": "1", "count": "2"},
    GapCode.RECORD_STAMP: {"number": "1", "count": "2", "sub_indication": "NO_CERTIFICATE_CHAIN_FOUND"},
    GapCode.RECORD_ORDER: {"number": "1", "count": "2"},
    GapCode.FETCH_FAILED: {"url": "http://crl.example/x.crl", "failure": "http-status", "status": "503"},
}
"""Each gap code with particulars."""


def no_signature(remnants: int = 0) -> DocumentVerdict:
    """Return the verdict on a file without signatures."""
    return verdict(signature_remnants=remnants)


def not_judged(code: str, detail: str = "", **params: str) -> NotJudged:
    """Return a file on which no verdict was reached; its kind is that of the parameter `kind`, else `pdf`."""
    return NotJudged(DOCUMENT, params.get("kind", "pdf"), Problem(code, detail, params))


HOSTILE = "<script>alert(1)</script> \u202egnp.exe\u200b\x1b[31m\x07 =cmd()" + "A" * 300
"""A name that tries markup, direction marks, terminal codes, formulas and length."""


def hostile() -> DocumentVerdict:
    """Return a sound verdict whose signer has a hostile name."""
    sound = signature()
    return verdict(replace(sound, signer=replace(sound.signer, common_name=HOSTILE, subject=f"CN={HOSTILE}")))


def _samples() -> dict[str, Outcome]:
    found: dict[str, Outcome] = {
        "passed": verdict(signature()),
        "passed-without-timestamp": verdict(signature(timestamps=(), best_signature_time=AT, level="PAdES-BASELINE-B")),
        "passed-two-signatures": two_signatures(),
        "second-signature-undecided": two_signatures(SubIndication.REVOKED_NO_POE),
        "second-signature-failed": two_signatures(SubIndication.HASH_FAILURE),
        "timestamp-only": verdict(document_timestamp()),
        "gaps": with_gaps(),
        "every-gap": replace(with_gaps(), gaps=tuple(gap_note(code) for code in GapCode)),
        "no-signature": no_signature(),
        "remnants": no_signature(2),
        "hostile": hostile(),
        "on-hold": on_hold(),
    }
    found |= {f"authority-{status}": with_authority(status) for status in AUTHORITY_STATUSES}
    found |= {f"sub-{sub.value}": with_sub_indication(sub) for sub in SubIndication}
    found |= {f"change-{name}": with_change(name) for name in CHANGES}
    found |= {f"not-judged-{code}": not_judged(code, **params) for code, params in PROBLEMS.items()}
    found |= {f"not-a-pdf-{kind}": not_judged("not-a-pdf", kind=kind) for kind in KINDS}
    return found


AUTHORITY_STATUSES = ("recognised", "not_competent", "withdrawn", "unknown", "not_notified", "not_checked")

SAMPLES: Mapping[str, Outcome] = _samples()
"""Every sample by name."""
