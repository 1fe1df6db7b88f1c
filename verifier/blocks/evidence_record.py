"""Evidence records given beside the document, as proofs of existence (EN 319 102-1 clause 5.6.3.4 step 1; RFC 4998)."""

from __future__ import annotations

from datetime import datetime

from verifier.blocks.material import Material
from verifier.blocks.poe import ProofsOfExistence, covered_by_evidence_record, objects_of_cms
from verifier.blocks.stamps import validate_in_past, validate_stamp
from verifier.blocks.xcv import PASSED
from verifier.evidence import Gap, GapCode, GapKind
from verifier.pades.evidence_record import ArchiveStamp, EvidenceRecordFacts
from verifier.pades.facts import DocumentFacts


def recorded_times(material: Material, document: DocumentFacts) -> tuple[datetime, ...]:
    """Return when the whole file is proved to have existed: the initial time of every valid record, earliest first.

    A record that fails in anything proves nothing, and a gap says why.
    """
    times = []
    for record in material.records:
        gap = _fault(material, document, record)
        initial = record.stamps[0].token.gen_time
        if gap:
            material.miss(gap)
        elif initial:  # always there where no stamp has a fault
            times.append(initial)
    return tuple(sorted(times))


def _fault(material: Material, document: DocumentFacts, record: EvidenceRecordFacts) -> Gap | None:
    """Judge the archive time stamps, oldest first, each with what the next one proves; None where all are good."""
    known = covered_by_evidence_record(document)
    for number, stamp in enumerate(record.stamps, start=1):
        successor = record.stamps[number] if number < len(record.stamps) else None
        # what a stamp protects, and so all that lies below, existed when the next stamp was made over it; should that
        # one prove false, the whole record falls
        known += objects_of_cms(stamp.token.cms)
        until = (successor.token.gen_time if successor else None) or material.at
        found = _stamp_fault(material, stamp, ProofsOfExistence(material.at).plus(known, until), until)
        if found:
            code, fault = found
            reason = f"archive time stamp {number} of {len(record.stamps)}: {fault}"
            particulars = {"sub_indication": fault} if code is GapCode.RECORD_STAMP else {}
            params = {"number": str(number), "count": str(len(record.stamps)), **particulars}
            return Gap(GapKind.SET_ASIDE, "evidence record", reason, code=code, params=params)
    return None


def _stamp_fault(
    material: Material, stamp: ArchiveStamp, proofs: ProofsOfExistence, until: datetime
) -> tuple[GapCode, str] | None:
    """Return what is wrong with one archive time stamp, and its particulars; None where nothing is."""
    if stamp.fault:
        return GapCode.RECORD_ELSEWHERE, stamp.fault
    # clause 5.4, then 5.6.2.4; the digest of the imprint is that of the hash tree (RFC 4998 4.3 step 4)
    result = validate_in_past(material, validate_stamp(material, stamp.token), proofs)
    if result != PASSED:
        return GapCode.RECORD_STAMP, str(result.sub_indication)
    if stamp.token.gen_time is None or stamp.token.gen_time > until:
        return GapCode.RECORD_ORDER, "it is later than the next one"
    return None
