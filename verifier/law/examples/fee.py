"""Examples of fees: what is asked as in `verifier law fee`, and the fee as plain values.

A fee is asked by `procedure` and `at`; a price alone by `tariff` and `at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from verifier.law.answers import FeeAsk

if TYPE_CHECKING:
    from verifier.law.book import LawBook

ASK: Mapping[str, type] = {
    "procedure": str,
    "at": date,
    "pages": list,
    "copies": int,
    "documents": int,
    "cases": int,
    "tariff": str,
}
NEEDED = (frozenset({"procedure", "at"}), frozenset({"tariff", "at"}))
EXPECT = frozenset(
    {"amount_vnd", "lines", "when_paid", "refund", "exemptions"}
    | {"amount_minor", "currency", "unit", "procedures", "citation", "status"}
    | {"field", "procedure", "tariff", "day"},
)
"""`lines`: tables of `id`, `what` (Vietnamese), `count`, `unit_vnd`, `amount_vnd`, `citation`, `status`; `when_paid`
and `exemptions` by id. Of a price: `amount_minor` (whole đồng, or cents), `currency`, `unit` (Vietnamese) and so on.
Last the parameters of refusals."""


def answer(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    """Reckon the fee, or tell the price; NoAnswer as `Law.fee` and `Fees.tariff`."""
    return _fee(book, ask) if "procedure" in ask else _tariff(book, ask)


def _tariff(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    tariff = book.fees.tariff(ask["tariff"], ask["at"])
    return {
        "amount_minor": tariff.amount_minor,
        "currency": tariff.currency,
        "unit": tariff.unit.vi,
        "procedures": list(tariff.procedures),
        "citation": tariff.entry.citation,
        "status": tariff.entry.status,
    }


def _fee(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    asked = FeeAsk(
        pages=tuple(ask.get("pages", ())),
        copies=ask.get("copies"),
        documents=ask.get("documents"),
        cases=ask.get("cases"),
    )
    fee = book.at(ask["at"]).fee(ask["procedure"], asked)
    lines = [
        {
            "id": line.id,
            "what": line.what.vi,
            "count": line.count,
            "unit_vnd": line.unit_vnd,
            "amount_vnd": line.amount_vnd,
            "citation": line.basis.citation,
            "status": line.basis.status,
        }
        for line in fee.lines
    ]
    return {
        "amount_vnd": fee.amount_vnd,
        "lines": lines,
        "when_paid": fee.when_paid.id,
        "refund": fee.refund.vi,
        "exemptions": [one.id for one in fee.exemptions],
    }
