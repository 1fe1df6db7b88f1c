"""What a mark says beside number and date: as told at the command line, else as the document's own signatures tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from verifier.errors import BadRequest
from verifier.signing.acts.admission import CONFIRMED, ON_SIGNATURES
from verifier.signing.acts.facts import BASIS
from verifier.signing.ports import Layout
from verifier.verdict import Conclusion, DocumentVerdict, Outcome, SignatureKind, SignatureVerdict

COUNTRY, SIGNED_BY, CAPACITY, SEAL_OF = "country", "signed_by", "capacity", "seal_of"
FROM_DOCUMENT = (COUNTRY, SIGNED_BY, CAPACITY, SEAL_OF)
"""Particulars that a signature on the document tells of (`law.marks`)."""
COUNTRIES = {"VN": "Việt Nam / Viet Nam", "LA": "Lào / Laos", "FR": "Pháp / France"}
"""Of the demonstration; others are told by their code."""
SAMPLE = "mẫu · sample"


def said_in(told: Sequence[str]) -> dict[str, str]:
    """Return what `--say NAME=VALUE` says; BadRequest `bad-option`."""
    found: dict[str, str] = {}
    for one in told:
        name, sign, value = one.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise BadRequest("bad-option", f"--say wants NAME=VALUE, not {one!r}", option="--say")
        if name.strip() in found:
            raise BadRequest("bad-option", f"--say {name.strip()} is given twice", option="--say")
        found[name.strip()] = value.strip()
    return found


def lacking(layout: Layout, said: Mapping[str, str]) -> tuple[str, ...]:
    """Return the particulars that a signature on the document may tell, and nobody said."""
    return tuple(name for name in FROM_DOCUMENT if name in (*layout.fields, *layout.optional) and name not in said)


def of_document(outcome: Outcome, wanted: Sequence[str]) -> dict[str, str]:
    """Return what the first signature that holds tells of particulars."""
    if not isinstance(outcome, DocumentVerdict):
        return {}
    for one in _holding(outcome):
        known, country = one.authority.params, one.authority.country or one.signer.country
        found = {
            COUNTRY: COUNTRIES.get(country, country),
            SIGNED_BY: known.get("holder", "") or one.signer.common_name,
            CAPACITY: known.get("title", ""),
            SEAL_OF: one.authority.name or one.signer.organization,
        }
        return {name: found[name] for name in wanted if found[name]}
    return {}


def samples(outcome: Outcome, layout: Layout, said: Mapping[str, str]) -> dict[str, str]:
    """Return for the demonstration what stands for particulars that nobody said, marked as a sample.

    Where no signature on the document holds, an act on signatures rests on a confirmation (Decree 111/2011/NĐ-CP
    Art. 15a(4)(c)).
    """
    always = (*layout.fields, *(name for name in FROM_DOCUMENT if name in layout.optional))
    found = {name: SAMPLE for name in always if name not in said}
    proved = isinstance(outcome, DocumentVerdict) and any(_holding(outcome))
    return found if proved or layout.kind not in ON_SIGNATURES or BASIS in said else {**found, BASIS: CONFIRMED}


def _holding(verdict: DocumentVerdict) -> Iterator[SignatureVerdict]:
    for one in verdict.signatures:
        if one.kind is SignatureKind.SIGNATURE and one.indication is Conclusion.TOTAL_PASSED:
            yield one
