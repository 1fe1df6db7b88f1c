"""The views of fees: money of a dossier, where it is paid online, the platform's callback, reconciliation, remittance.

What moves a dossier (taking, demanding, exempting, giving back) is a command of `cases`. The callback is for everybody:
it is believed by its signature alone.
"""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from verifier.errors import BadRequest
from verifier.payments.days import Days
from verifier.payments.desk import Payments
from verifier.payments.reconciling import Day
from verifier.web.access import caller
from verifier.web.api import payment_telling as telling
from verifier.web.api.asked import asked_day, asked_month
from verifier.web.api.case_askers import applicants, asker, casework, reached
from verifier.web.downloads import as_download

CALLBACK_BYTES = 64 * 1024
STATEMENT_BYTES = 16 * 1024 * 1024
CSV = "text/csv"

blueprint = Blueprint("payments_api", __name__, url_prefix="/api/v1")


@blueprint.url_value_preprocessor
def room(endpoint: str | None, _values: object) -> None:
    """Let a statement be as long as it may, and a callback no longer."""
    if endpoint == "payments_api.reconcile":
        request.max_content_length = STATEMENT_BYTES
    if endpoint == "payments_api.callback":
        request.max_content_length = CALLBACK_BYTES


def payments() -> Payments:
    """Return the fees; BadRequest `not-found` where this service has no dossiers."""
    return casework().payments


def days() -> Days:
    """Return the fees by day."""
    return casework().days


@blueprint.get("/cases/<uuid:id_>/payments")
def of_case(id_: UUID) -> Response:
    """Tell orders, payments, receipts and refunds of a dossier."""
    who, _ = reached(id_)
    found = payments().of_case(who, id_)
    return _json(telling.money(found, office=not applicants(), online=payments().online))


@blueprint.post("/cases/<uuid:id_>/payments/link")
def link(id_: UUID) -> Response:
    """Tell where the open order is paid online."""
    who, _ = reached(id_)
    return _json(vars(payments().link(who, id_)))


@blueprint.post("/payments/callback")
def callback() -> Response:
    """Take in what the payment platform tells."""
    return _json(telling.heard(payments().called(request.get_data(cache=False))))


@blueprint.get("/payments/reconciliation")
def reconciliation() -> Response:
    """Tell a day of the officer's authority."""
    form = _form()
    return _day(days().day(asker(), _asked_day()), form)


@blueprint.post("/payments/reconciliation")
def reconcile() -> Response:
    """Hold a day against a statement, and keep how it came out."""
    form = _form()  # what is refused must not have been kept before
    statement = request.get_data(cache=False) if request.mimetype == CSV else None
    if statement is None and request.content_length:
        raise BadRequest("csv-expected", f"A statement comes as {CSV}.")
    return _day(days().reconcile(asker(), _asked_day(), statement), form)


@blueprint.get("/payments/remittance")
def remittance() -> Response:
    """Tell what the officer's authority is to remit for a month."""
    return _json(telling.month(days().month(asker(), asked_month("month") or _today())))


def _form() -> str:
    """Return the form in which a day is wanted; BadRequest `bad-option`."""
    wanted = request.args.get("format", "json")
    if wanted not in ("json", "csv"):
        raise BadRequest("bad-option", "format must be json or csv.", option="format")
    return wanted


def _day(found: Day, form: str) -> Response:
    if form == "csv":
        data = telling.day_as_csv(found)
        return as_download(Response(data, content_type=f"{CSV}; charset=utf-8"), f"payments-{found.day}.csv")
    return _json(telling.day(found))


def _asked_day() -> date:
    return asked_day("day") or _today()


def _today() -> date:
    authority = caller().authority
    if authority is None:
        raise BadRequest("not-allowed")
    return casework().cases.house.clock().astimezone(ZoneInfo(authority.time_zone)).date()


def _json(told: object) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), content_type="application/json")
