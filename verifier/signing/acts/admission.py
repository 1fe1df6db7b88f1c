"""Whether a document may be certified: the authority's competence, and what our judge says of what came in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from verifier.errors import BadRequest, CouldNotIssue, CouldNotJudge
from verifier.reports.headline import headline
from verifier.reports.layers import layers
from verifier.signing.acts.facts import BASIS
from verifier.signing.acts.house import House
from verifier.signing.records import Kind, Order
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.verdict import Changes, Conclusion, DocumentVerdict, NotJudged, Outcome, SignatureKind, SignatureVerdict

ON_SIGNATURES = frozenset({Kind.CONSULAR_CERTIFICATION, Kind.CONSULAR_LEGALIZATION, Kind.APOSTILLE})
"""Kinds that certify a signature on the document (Decree 111/2011/NĐ-CP Art. 2, Decree 293/2026/NĐ-CP Art. 3)."""
CONFIRMED = "c"
"""Basis of Art. 15a(4)(c): the competent body confirmed the signature when asked."""
NOT_A_PDF = "not-a-pdf"


def refuse_incompetent(unit: UnitOfWork, authority: Authority, kind: Kind, now: datetime) -> None:
    """Refuse (`not-competent`) what the authority may not decide today; its own documents are its own matter."""
    day = now.astimezone(ZoneInfo(authority.time_zone)).date()
    if not authority.exists_on(day):
        raise CouldNotIssue("not-competent", f"{authority.code} does not exist on {day}", kind=kind.value)
    if kind is Kind.AGENCY_DOCUMENT:
        return
    for one in unit.authorities.competences(authority.id):
        begun = one.valid_from <= day and (one.valid_until is None or day <= one.valid_until)
        if one.procedure == kind.value and one.capacity == "decide" and begun:
            return
    raise CouldNotIssue("not-competent", f"{authority.code} on {day}", kind=kind.value)


def judged_input(house: House, document: Path, file_name: str, order: Order) -> Outcome:
    """Judge what came in; refuse what must not be certified.

    CouldNotJudge with the judge's code; CouldNotIssue `broken-signature`, `no-signature`, `basis-needed`. A file that
    is no PDF goes into a cover, which says that it was not judged; where the kind certifies a signature, only if the
    competent body confirmed that (Decree 111/2011/NĐ-CP Art. 15a(4)(c)). A PDF without a signature has none to confirm.
    """
    outcome = house.parts.judges.judged(document, file_name).outcome
    if isinstance(outcome, NotJudged):
        problem = outcome.problem
        carried = order.kind not in ON_SIGNATURES or order.said.get(BASIS) == CONFIRMED
        if problem.code != NOT_A_PDF or not carried:
            raise CouldNotJudge(problem.code, problem.detail, **problem.params)
        return outcome
    refuse_broken(outcome)
    if order.kind in ON_SIGNATURES:
        refuse_unsigned(outcome, order.said.get(BASIS, ""))
    return outcome


def refuse_broken(verdict: DocumentVerdict) -> None:
    """Refuse a document with a signature that failed, or whose conclusion is that it failed."""
    failed = next((one for one in verdict.signatures if one.indication is Conclusion.TOTAL_FAILED), None)
    if failed is not None:
        sub = failed.sub_indication.value if failed.sub_indication else ""
        raise CouldNotIssue("broken-signature", sub, field=failed.field_name, name=failed.signer.common_name, why=sub)
    if verdict.conclusion is Conclusion.TOTAL_FAILED:
        raise CouldNotIssue("broken-signature", "changed after signing", field="", name="", why="changed")


def refuse_unsigned(verdict: DocumentVerdict, basis: str) -> None:
    """Refuse a document on which no signature is proved, unless the officer says on what else the act rests.

    Decree 111/2011/NĐ-CP Art. 15a(4): (a), (b) the signature was checked; (c) the competent body confirmed it.
    """
    signatures = [one for one in verdict.signatures if one.kind is SignatureKind.SIGNATURE]
    if not signatures:
        raise CouldNotIssue("no-signature")
    if any(map(_proved, signatures)):
        return
    if basis != CONFIRMED:
        raise CouldNotIssue("basis-needed", verdict.conclusion.value)


def _proved(signature: SignatureVerdict) -> bool:
    sound = signature.integrity.changes is not Changes.SUSPICIOUS
    return signature.indication is Conclusion.TOTAL_PASSED and sound


def findings_of(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Return a verdict as sentences in Vietnamese and English, for a cover; first the conclusion."""
    vi, en = headline(outcome, "vi"), headline(outcome, "en")
    said = [(f"{vi.word}: {vi.sentence}", f"{en.word}: {en.sentence}")]
    if isinstance(outcome, DocumentVerdict) and outcome.signatures:
        pairs = zip(layers(outcome, "vi"), layers(outcome, "en"), strict=True)
        said += [(f"{a.name}: {a.word} ({a.reason})", f"{b.name}: {b.word} ({b.reason})") for a, b in pairs]
    return tuple(said)


def refuse_basis(order: Order) -> None:
    """Refuse a basis that is none; BadRequest `bad-option`."""
    if order.said.get(BASIS, CONFIRMED) != CONFIRMED:
        raise BadRequest("bad-option", "the basis that can be said is c", option=BASIS)
