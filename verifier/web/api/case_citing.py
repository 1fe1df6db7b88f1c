"""On what law a refusal rests: the citation of the part of the procedure that stands against what was asked.

Nothing that is unverified is cited. A refusal that names its citation itself keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from verifier.errors import BadRequest
from verifier.law.book import Law
from verifier.law.procedures import Procedure
from verifier.law.records import Cited, NoAnswer

MOST = 3
"""Citations of one refusal."""
Part = Callable[[Procedure], Iterable[Cited]]

PARTS: Mapping[str, Part] = {
    "channel-not-offered": lambda one: [part.basis for part in one.channels],
    **dict.fromkeys(
        ("delivery-not-offered", "delivery-to-account", "delivery-on-paper", "delivery-of-files"),
        lambda one: [part.basis for part in one.delivery],
    ),
    "component-unknown": lambda one: [part.basis for part in one.components],
    **dict.fromkeys(
        (
            "work-not-offered",
            "individuals-only",
            "field-missing",
            "procedure-not-offered",
            "basis-missing",
            "basis-not-carried",
            "answer-missing",
            "own-proposal",
        ),
        lambda one: [one.entry.basis],
    ),
}
"""By code of the refusal: what of the procedure stands against it."""
MONEY = frozenset({"fee-not-due", "not-accepted-yet", "amount-differs", "refund-not-allowed", "exemption-unknown"})
"""Refusals that rest on the rule on the fee."""
TERMS: Mapping[str, str] = {
    "apology-once": "apology",
    "to-be-forwarded": "forwarding",
    "second-supplement": "second-supplement",
}
"""Refusals that rest on a term of the law, by its id."""


def cited(refusal: BadRequest, law: Law, procedure: str, now: datetime) -> BadRequest:
    """Return the refusal with `citation` in its params, in Vietnamese, where the law book has one for it."""
    problem = refusal.problem
    if "citation" in problem.params:
        return refusal
    try:
        found = tuple(_grounds(problem.code, problem.params, law, procedure, now))
    except NoAnswer:  # a procedure or term that is not in force: then there is nothing to cite
        return refusal
    said = dict.fromkeys(one.citation for one in found if one.status != "unverified")
    if not said:
        return refusal
    return BadRequest(problem.code, problem.detail, **{**problem.params, "citation": "; ".join([*said][:MOST])})


def _grounds(code: str, params: Mapping[str, str], law: Law, id_: str, now: datetime) -> Iterable[Cited]:
    if code in TERMS:
        return [law.term(TERMS[code], now).basis]
    procedure = law.procedure(id_)
    if code in MONEY:
        return [law.book.fees.rule(procedure.fee, law.day).entry.basis]
    if code == "case-incomplete":
        missing = {one.partition(":")[0] for one in params.get("missing", "").split(", ")}
        return [one.basis for one in procedure.components if one.id in missing]
    if code == "paper-file-missing":
        return [one.basis for one in procedure.components if one.id == params.get("component")]
    return PARTS[code](procedure) if code in PARTS else ()
