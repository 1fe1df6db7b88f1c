"""Fees as the API tells them: records as the wire types of `payment_schemas`, and a day as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from verifier.payments.desk import Heard
from verifier.payments.reconciling import Day, Matched, Month, Sum
from verifier.payments.records import (
    Callback,
    Carried,
    CaseMoney,
    Order,
    Payment,
    Receipt,
    Reconciliation,
    Refund,
    StatementLine,
)
from verifier.reports.formats import iso
from verifier.web.audit.exports import harmless

Told = dict[str, Any]
HEAD = (
    "kind", "dossier", "reference", "channel", "state", "amount", "currency", "transaction", "at", "note",
)  # fmt: skip
"""Columns of a day as CSV."""


def money(found: CaseMoney, *, office: bool, online: bool) -> Told:
    """Tell all money of a dossier; with `office` also what officers said and did."""
    return {
        "open": str(found.open.id) if found.open else None,
        "exempt": found.exempt,
        "paid": found.paid,
        "online": online,
        "orders": [order(one, office=office) for one in found.orders],
        "payments": [payment(one) for one in found.payments],
        "receipts": [receipt(one) for one in found.receipts],
        "refunds": [refund(one, office=office) for one in found.refunds],
        "carried": carried(found.carried) if found.carried else None,
        "used": carried(found.used) if found.used else None,
    }


def carried(one: Carried) -> Told:
    """Tell that the fee of one dossier counts for another."""
    return {
        "dossier": one.code,
        "earlier": one.earlier_code,
        "count": one.count,
        "receipts": list(one.receipts),
        "at": iso(one.made_at),
    }


def order(one: Order, *, office: bool) -> Told:
    """Tell an order."""
    lines = [
        {"tariff": line.tariff, "vi": line.vi, "en": line.en, "count": line.count, "unit": line.unit}
        | {"amount": line.amount, "citation": line.citation, "certainty": line.status}
        for line in one.lines
    ]
    return {
        "id": str(one.id),
        "reference": one.reference,
        "state": one.state,
        "lines": lines,
        "total": one.total,
        "credit": one.credit,
        "amount": one.amount,
        "currency": one.currency,
        "when_paid": one.when_paid,
        "made_at": iso(one.made_at),
        "due_at": _at(one.due_at),
        "closed_at": _at(one.closed_at),
        "exemption": one.exemption or None,
        "notice": str(one.notice_id) if one.notice_id else None,
        "ground": (one.ground or None) if office else None,
        "law_sha256": one.law_sha256,
    }


def payment(one: Payment) -> Told:
    """Tell a payment."""
    return {
        "id": str(one.id),
        "order": str(one.order_id),
        "channel": one.channel,
        "state": one.state,
        "amount": one.amount,
        "currency": one.currency,
        "transaction": one.transaction or None,
        "paid_at": iso(one.paid_at),
        "recorded_at": iso(one.recorded_at),
        "note": one.note or None,
    }


def receipt(one: Receipt) -> Told:
    """Tell a receipt."""
    told: Told = {"number": one.text, "payment": str(one.payment_id), "amount": one.amount, "currency": one.currency}
    return {**told, "issued_at": iso(one.issued_at), "record": str(one.record_id) if one.record_id else None}


def refund(one: Refund, *, office: bool) -> Told:
    """Tell a refund."""
    return {
        "id": str(one.id),
        "payment": str(one.payment_id),
        "amount": one.amount,
        "currency": one.currency,
        "state": one.state,
        "reason": one.reason,
        "basis": one.basis or None,
        "asked_at": iso(one.asked_at),
        "asked_by": str(one.asked_by) if office else None,
        "decided_at": _at(one.decided_at),
        "decided_by": str(one.decided_by) if office and one.decided_by else None,
        "note": (one.note or None) if office else None,
        "transaction": one.transaction or None,
        "done_at": _at(one.done_at),
    }


def heard(one: Heard) -> Told:
    """Tell what became of a callback."""
    told = {"outcome": one.outcome, "reference": one.reference, "transaction": one.transaction}
    return {**told, "receipt": one.receipt or None}


def day(found: Day) -> Told:
    """Tell a day."""
    return {
        "authority": found.authority,
        "day": found.day.isoformat(),
        "due": _at(found.due),
        "orders": _sums(found.by_state()),
        "channels": _sums(found.by_channel()),
        "payments": [_named(one, found) for one in found.payments],
        "apart": [_named(one, found) for one in found.apart],
        "refunds": [refund(one, office=True) for one in found.refunds],
        "receipts": {
            "count": len(found.receipts),
            "first": found.receipts[0].text if found.receipts else None,
            "last": found.receipts[-1].text if found.receipts else None,
        },
        "callbacks": [_callback(one) for one in found.callbacks],
        "comparison": _comparison(found.matched, found) if found.matched else None,
        "runs": [_run(one) for one in found.runs],
    }


def month(found: Month) -> Told:
    """Tell a month."""
    return {
        "authority": found.authority,
        "month": f"{found.month:%Y-%m}",
        "due": _at(found.due),
        "citation": found.citation,
        "taken": _sums(found.taken),
        "returned": _sums(found.returned),
        "totals": dict(found.totals),
    }


def day_as_csv(found: Day) -> bytes:
    """Return a day as CSV in UTF-8 with a mark, for table programs; no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for row in _rows(found):
        writer.writerow([harmless(str(cell)) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _rows(found: Day) -> Iterator[tuple[object, ...]]:
    codes = found.codes
    for one in found.orders:
        named = (codes.get(one.case_id, ""), one.reference, "")
        yield "order", *named, one.state, one.amount, one.currency, "", iso(one.made_at), one.ground
    yield from (_row("payment", one, found) for one in found.payments)
    yield from (_row("apart", one, found) for one in found.apart)
    for back in found.refunds:
        named = (codes.get(back.case_id, ""), found.names.get(back.payment_id, ("", ""))[1], "")
        at = _at(back.done_at) or ""
        yield "refund", *named, back.state, back.amount, back.currency, back.transaction, at, back.reason
    for call in found.callbacks:
        named = (codes.get(call.case_id, "") if call.case_id else "", call.reference, "")
        amount = "" if call.amount is None else call.amount
        yield "callback", *named, call.outcome, amount, "", call.transaction, iso(call.came_at), ""
    if found.matched:
        yield from _unmatched(found.matched, found)


def _unmatched(matched: Matched, found: Day) -> Iterator[tuple[object, ...]]:
    lines = [("missing-here", one) for one in matched.missing_here] + [("differs", one.line) for one in matched.differ]
    for kind, line in lines:
        at = iso(line.paid_at)
        yield kind, "", line.reference, "platform", "", line.amount, line.currency, line.transaction, at, ""
    yield from (_row("missing-there", one, found) for one in matched.missing_there)


def _row(kind: str, one: Payment, found: Day) -> tuple[object, ...]:
    code, reference = found.names.get(one.id, ("", ""))
    told = (one.channel, one.state, one.amount, one.currency, one.transaction, iso(one.paid_at), one.note)
    return (kind, code, reference, *told)


def _named(one: Payment, found: Day) -> Told:
    code, reference = found.names.get(one.id, ("", ""))
    return {**payment(one), "dossier": code, "reference": reference}


def _comparison(matched: Matched, found: Day) -> Told:
    return {
        "agrees": matched.agrees,
        "agree": matched.agree,
        "missing_here": [_line(one) for one in matched.missing_here],
        "missing_there": [_named(one, found) for one in matched.missing_there],
        "differ": [
            {"statement": _line(one.line), "payment": _named(one.payment, found)} for one in matched.differ
        ],
    }  # fmt: skip


def _line(one: StatementLine) -> Told:
    told: Told = {"transaction": one.transaction, "reference": one.reference, "amount": one.amount}
    return {**told, "currency": one.currency, "paid_at": iso(one.paid_at)}


def _callback(one: Callback) -> Told:
    return {
        "sha256": one.sha256,
        "outcome": one.outcome,
        "came_at": iso(one.came_at),
        "times": one.times,
        "reference": one.reference or None,
        "transaction": one.transaction or None,
        "amount": one.amount,
    }


def _run(one: Reconciliation) -> Told:
    return {
        "made_at": iso(one.made_at),
        "made_by": str(one.made_by) if one.made_by else None,
        "source": one.source,
        "statement_sha256": one.statement_sha256,
        "agrees": one.agrees,
        "counts": dict(one.counts),
    }


def _sums(sums: Mapping[tuple[str, str], Sum]) -> list[Told]:
    pairs: Iterable[tuple[tuple[str, str], Sum]] = sums.items()
    return [
        {"which": which, "currency": currency, "count": one.count, "amount": one.amount}
        for (which, currency), one in pairs
    ]


def _at(instant: datetime | None) -> str | None:
    return iso(instant) if instant else None
