"""The wire form of an outcome: one JSON object, every field always there, lossless both ways, the same bytes each time.

Keys stand in the order of the published shape; what we add stands after them (`title_vi`, `field`, `processes`, …).
Times are ISO 8601 in UTC ending in Z. A file that was not judged has `conclusion` and
`changes_after_last_signature` null, counts 0 and empty lists: it says nothing about the document.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from verifier.errors import Problem
from verifier.plain import escape_json
from verifier.reports.formats import Words, iso
from verifier.reports.particulars import problem_key, problem_params
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

Json = dict[str, Any]


def to_json(outcome: Outcome, file: str) -> Json:
    """Return the outcome as an object of plain JSON values; `file` is the name under which it was given."""
    judged = isinstance(outcome, DocumentVerdict)
    head: Json = {
        "file": file,
        "sha256": outcome.sha256,
        "kind": outcome.kind,
        "outcome": "judged" if judged else "not_judged",
    }
    return head | (_verdict(outcome) if isinstance(outcome, DocumentVerdict) else _not_judged(outcome))


def from_json(data: Mapping[str, Any]) -> Outcome:
    """Return the outcome that `to_json` wrote; KeyError or ValueError where the object is not one of ours."""
    if data["outcome"] == "not_judged":
        problem = data["problem"]
        return NotJudged(
            data["sha256"], data["kind"], Problem(problem["code"], problem["particulars"], dict(problem["params"]))
        )
    return DocumentVerdict(
        sha256=data["sha256"],
        kind=data["kind"],
        conclusion=Conclusion(data["conclusion"]),
        changes_after_last_signature=Changes(data["last_changes_level"]),
        signature_remnants=data["signature_remnants"],
        revisions=tuple(
            RevisionNote(note["number"], note["end"], tuple(note["kinds"])) for note in data["revision_history"]
        ),
        signatures=tuple(_read_signature(signature) for signature in data["signatures"]),
        gaps=tuple(GapNote(**gap) for gap in data["gaps"]),
        evidence=_read_evidence(data["evidence"]),
        tolerated=tuple(data["tolerated"]),
        try_again_at=_read_time(data.get("try_again_at")),
    )


def dumps(data: Mapping[str, Any]) -> str:
    """Return the object as one line of JSON; letters as they are, whatever hides or steers as an escape."""
    return escape_json(json.dumps(data, ensure_ascii=False, allow_nan=False))


def _verdict(verdict: DocumentVerdict) -> Json:
    level = verdict.changes_after_last_signature
    return {
        "problem": None,
        "conclusion": verdict.conclusion.value,
        # the published shape knows three levels here; the exact one stands below
        "changes_after_last_signature": "permitted" if level is Changes.LTA_UPDATES else level.value,
        "signature_remnants": verdict.signature_remnants,
        "revisions": len(verdict.revisions),
        "signatures": [_signature(signature) for signature in verdict.signatures],
        "gaps": [_gap(gap) for gap in verdict.gaps],
        "evidence": _evidence(verdict.evidence),
        "last_changes_level": level.value,
        "revision_history": [
            {"number": note.number, "end": note.end, "kinds": list(note.kinds)} for note in verdict.revisions
        ],
        "tolerated": list(verdict.tolerated),
        "try_again_at": _time(verdict.try_again_at),
    }


def _gap(gap: GapNote) -> Json:
    return {
        "kind": gap.kind,
        "subject": gap.subject,
        "reason": gap.reason,
        "code": gap.code,
        "params": dict(gap.params),
    }


def _not_judged(outcome: NotJudged) -> Json:
    evidence = {"document": outcome.sha256, "trust_snapshot": "", "policy": "", "engine": "", "at": "", "objects": []}
    return {
        "problem": _problem(outcome.problem),
        "conclusion": None,
        "changes_after_last_signature": None,
        "signature_remnants": 0,
        "revisions": 0,
        "signatures": [],
        "gaps": [],
        "evidence": evidence,
        "last_changes_level": None,
        "revision_history": [],
        "tolerated": [],
        "try_again_at": None,
    }


def _problem(problem: Problem) -> Json:
    key = f"problems.{problem_key(problem)}"
    vi, en = Words("vi"), Words("en")
    in_vi, in_en = problem_params(problem, vi), problem_params(problem, en)
    return {
        "code": problem.code,
        "title": en.text(f"{key}.title", in_en),
        "detail": problem.detail or en.text(f"{key}.detail", in_en),
        "title_vi": vi.text(f"{key}.title", in_vi),
        "detail_vi": vi.text(f"{key}.detail", in_vi),
        "next_step": en.text(f"{key}.do", in_en),
        "next_step_vi": vi.text(f"{key}.do", in_vi),
        "particulars": problem.detail,
        "params": _params(problem.params),
    }


def _signature(signature: SignatureVerdict) -> Json:
    widget = signature.widget
    return {
        "id": signature.id,
        "kind": signature.kind.value,
        "sub_filter": signature.sub_filter,
        "level": signature.level,
        "indication": signature.indication.value,
        "sub_indication": _code(signature.sub_indication),
        "integrity": _integrity(signature.integrity),
        "signer": _signer(signature.signer),
        "authority": _authority(signature.authority),
        "algorithms": {
            "digest": signature.algorithms.digest,
            "signature": signature.algorithms.signature,
            "key_bits": signature.algorithms.key_bits,
        },
        "claimed_signing_time": _time(signature.claimed_signing_time),
        "best_signature_time": _time(signature.best_signature_time),
        "timestamps": [_timestamp(stamp) for stamp in signature.timestamps],
        "checks": [_check(check) for check in signature.checks],
        "field": signature.field_name,
        "changes_found": [_change(change) for change in signature.changes],
        "processes": {
            "basic": _process(signature.processes.basic),
            "with_time": _process(signature.processes.with_time),
            "archival": _process(signature.processes.archival),
        },
        "widget": None if widget is None else {"page": widget.page, "rect": [_finite(side) for side in widget.rect]},
        "try_again_at": _time(signature.try_again_at),
    }


def _integrity(integrity: Integrity) -> Json:
    return {
        "intact": integrity.intact,
        "cryptographically_valid": integrity.cryptographically_valid,
        "coverage": integrity.coverage.value,
        "changes": integrity.changes.value,
        "revision": integrity.revision,
    }


def _authority(authority: AuthorityVerdict) -> Json:
    return {
        "status": authority.status,
        "name": authority.name,
        "reason": authority.reason,
        "id": authority.id,
        "country": authority.country,
        "kind": authority.kind,
        "basis": authority.basis,
        "specimen": authority.specimen,
        "params": _params(authority.params),
    }


def _signer(signer: Signer) -> Json:
    return {
        "subject": signer.subject,
        "common_name": signer.common_name,
        "issuer": signer.issuer,
        "serial": signer.serial,
        "organization": signer.organization,
        "country": signer.country,
    }


def _timestamp(stamp: TimestampVerdict) -> Json:
    return {
        "kind": stamp.kind.value,
        "time": _time(stamp.time),
        "intact": stamp.intact,
        "indication": stamp.indication.value,
        "sub_indication": _code(stamp.sub_indication),
        "issuer": stamp.issuer,
    }


def _check(check: Check) -> Json:
    return {
        "code": check.code,
        "status": check.status.value,
        "citation": check.citation,
        "params": _params(check.params),
    }


def _change(change: Change) -> Json:
    return {
        "class": change.change_class,
        "level": change.level.value,
        "revision": change.revision,
        "params": _params(change.params),
    }


def _process(result: ProcessResult) -> Json:
    return {"indication": result.indication.value, "sub_indication": _code(result.sub_indication)}


def _evidence(note: EvidenceNote) -> Json:
    return {
        "document": note.document,
        "trust_snapshot": note.trust_snapshot,
        "policy": note.policy,
        "engine": note.engine,
        "at": iso(note.at),
        "objects": list(note.objects),
    }


def _params(params: Mapping[str, str]) -> Json:
    return {name: params[name] for name in sorted(params)}


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)


def _code(sub: SubIndication | None) -> str | None:
    return None if sub is None else sub.value


def _finite(number: float) -> float:
    """Return the number, or 0 for one that JSON cannot carry (a hostile rectangle)."""
    return number if math.isfinite(number) else 0.0


def _read_signature(data: Mapping[str, Any]) -> SignatureVerdict:
    return SignatureVerdict(
        id=data["id"],
        kind=SignatureKind(data["kind"]),
        field_name=data["field"],
        sub_filter=data["sub_filter"],
        level=data["level"],
        indication=Conclusion(data["indication"]),
        sub_indication=_read_code(data["sub_indication"]),
        integrity=_read_integrity(data["integrity"]),
        signer=Signer(**data["signer"]),
        authority=_read_authority(data["authority"]),
        algorithms=Algorithms(**data["algorithms"]),
        claimed_signing_time=_read_time(data["claimed_signing_time"]),
        best_signature_time=_read_time(data["best_signature_time"]),
        timestamps=tuple(_read_timestamp(stamp) for stamp in data["timestamps"]),
        checks=tuple(_read_check(check) for check in data["checks"]),
        changes=tuple(_read_change(change) for change in data["changes_found"]),
        processes=Processes(**{name: _read_process(result) for name, result in data["processes"].items()}),
        widget=_read_widget(data["widget"]),
        try_again_at=_read_time(data.get("try_again_at")),
    )


def _read_authority(data: Mapping[str, Any]) -> AuthorityVerdict:
    return AuthorityVerdict(**{**data, "params": dict(data.get("params", {}))})


def _read_integrity(data: Mapping[str, Any]) -> Integrity:
    return Integrity(
        intact=data["intact"],
        cryptographically_valid=data["cryptographically_valid"],
        coverage=Coverage(data["coverage"]),
        changes=Changes(data["changes"]),
        revision=data["revision"],
    )


def _read_timestamp(data: Mapping[str, Any]) -> TimestampVerdict:
    return TimestampVerdict(
        kind=TimestampKind(data["kind"]),
        time=_read_time(data["time"]),
        intact=data["intact"],
        indication=Indication(data["indication"]),
        sub_indication=_read_code(data["sub_indication"]),
        issuer=data["issuer"],
    )


def _read_check(data: Mapping[str, Any]) -> Check:
    return Check(data["code"], CheckStatus(data["status"]), data["citation"], dict(data["params"]))


def _read_change(data: Mapping[str, Any]) -> Change:
    return Change(data["class"], Changes(data["level"]), data["revision"], dict(data["params"]))


def _read_process(data: Mapping[str, Any]) -> ProcessResult:
    return ProcessResult(Indication(data["indication"]), _read_code(data["sub_indication"]))


def _read_widget(data: Mapping[str, Any] | None) -> Widget | None:
    if data is None:
        return None
    left, bottom, right, top = data["rect"]
    return Widget(data["page"], (left, bottom, right, top))


def _read_evidence(data: Mapping[str, Any]) -> EvidenceNote:
    return EvidenceNote(
        document=data["document"],
        trust_snapshot=data["trust_snapshot"],
        policy=data["policy"],
        engine=data["engine"],
        at=datetime.fromisoformat(data["at"]),
        objects=tuple(data["objects"]),
    )


def _read_time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _read_code(value: str | None) -> SubIndication | None:
    return None if value is None else SubIndication(value)
