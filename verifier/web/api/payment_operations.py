"""What the API offers for fees, as data for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from verifier.accounts.scopes import FILE_CASES, READ_CASES
from verifier.web.api.case_operations import ID, NOT_ALLOWED, RATE, UNKNOWN, WHO
from verifier.web.api.openapi import Answer, Operation, problem

_QUERY: dict[str, Any] = {"in": "query", "required": False}
DAY = {
    **_QUERY,
    "name": "day",
    "description": "In the authority's zone; today where it is missing.",
    "schema": {"type": "string", "format": "date"},
}
FORMAT = {**_QUERY, "name": "format", "schema": {"enum": ["json", "csv"], "default": "json"}}
MONTH = {
    **_QUERY,
    "name": "month",
    "description": "As `2026-11`; this month where it is missing.",
    "schema": {"type": "string", "pattern": r"^\d{4}-\d{2}$"},
}
CALLBACK = {
    "type": "object",
    "required": [
        "client_id", "command", "status", "transaction_id", "MaTraCuuTT", "trans_amount", "currency_code", "MaDonVi",
        "trans_time", "time", "secure_hash",
    ],
    "properties": {
        "client_id": {"type": "string"},
        "command": {"enum": ["PAY", "REFUND"]},
        "status": {"type": "string", "description": "`00`: it succeeded."},
        "transaction_id": {"type": "string", "description": "The reference of the order."},
        "MaTraCuuTT": {"type": "string", "description": "The platform's id of the transaction; unique."},
        "trans_amount": {"type": "integer", "minimum": 1, "description": "Whole đồng."},
        "currency_code": {"type": "string"},
        "MaDonVi": {"type": "string", "description": "Code of the authority that is paid."},
        "trans_time": {"type": "string", "format": "date-time"},
        "time": {"type": "string", "format": "date-time", "description": "When this call was made."},
        "original": {"type": "string", "description": "Of a refund: the transaction that it gives back."},
        "secure_hash": {
            "type": "string",
            "description": "HMAC-SHA-256 by the shared key, in hexadecimal, of all other fields as JSON in UTF-8: "
            "keys sorted, no spaces.",
        },
    },
}  # fmt: skip
OFFICERS = "For reception, clerks and leaders."
UNCLEAR = problem("A parameter is not understood, or the form token is not good.")
OFF = problem("Nothing is paid online here.")
NO_LAW = problem("The law that this service knows says nothing of that day.")
DOWN = problem("The payment platform does not answer.")
TABLE = Answer("The day, with `format=csv` as a table.", "ReconciliationDay", also=("text/csv",))

OPERATIONS = (
    Operation(
        "get",
        "/api/v1/cases/{id_}/payments",
        "Read the money of a dossier",
        "Orders of payment with their lines and legal basis, payments, receipts and refunds.",
        {200: Answer("All of it.", "DossierMoney"), 401: WHO, 403: NOT_ALLOWED, 404: UNKNOWN, 429: RATE},
        parameters=(ID,),
        scope=READ_CASES,
        visitors=False,
        officers=True,
        applicants=True,
    ),
    Operation(
        "post",
        "/api/v1/cases/{id_}/payments/link",
        "Get the address where the fee is paid online",
        "The same address for a quarter of an hour, then another.",
        {
            200: Answer("Where it is paid.", "PaymentLink"),
            400: problem("The form token is not good."),
            401: WHO,
            403: NOT_ALLOWED,
            404: UNKNOWN,
            409: problem("No fee is due."),
            429: RATE,
            501: OFF,
            503: DOWN,
        },
        parameters=(ID,),
        scope=FILE_CASES,
        visitors=False,
        officers=True,
        applicants=True,
    ),
    Operation(
        "post",
        "/api/v1/payments/callback",
        "Tell that something was paid or given back",
        "For the payment platform. A call counts for ten minutes; the same transaction is answered alike and recorded "
        "once. Another amount is kept apart (`mismatch`), and so is what was paid already (`surplus`).",
        {
            200: Answer("It was taken in.", "PaymentHeard"),
            400: problem("It cannot be read."),
            401: problem("The signature is wrong, or the call is too old."),
            403: problem("It is for another client."),
            404: problem("There is no such order or payment."),
            409: problem("The transaction was told otherwise before, or the refund is not approved."),
            413: problem("It is too long."),
            429: RATE,
            501: OFF,
        },
        body={"application/json": CALLBACK},
    ),
    Operation(
        "get",
        "/api/v1/payments/reconciliation",
        "Read the fees of a day",
        f"What the authority demanded, took and gave back, and what is to be looked at. {OFFICERS}",
        {200: TABLE, 400: UNCLEAR, 401: WHO, 403: NOT_ALLOWED, 404: NO_LAW},
        parameters=(DAY, FORMAT),
        officers=True,
    ),
    Operation(
        "post",
        "/api/v1/payments/reconciliation",
        "Reconcile a day with the platform's statement",
        "With a body the statement is that CSV (`transaction,reference,amount,currency,paid_at`), without one the "
        f"platform is asked. How it came out is kept. {OFFICERS}",
        {
            200: TABLE,
            400: UNCLEAR,
            401: WHO,
            403: NOT_ALLOWED,
            404: NO_LAW,
            413: problem("It is too long."),
            415: problem("The statement is no CSV."),
            422: problem("The statement cannot be read (`params.line`), or the day has not come."),
            429: RATE,
            501: OFF,
            503: DOWN,
        },
        body={"text/csv": {"type": "string"}},
        body_optional=True,
        parameters=(DAY, FORMAT),
        officers=True,
    ),
    Operation(
        "get",
        "/api/v1/payments/remittance",
        "Read what is to be remitted for a month",
        f"What was taken less what was given back, and by when it goes to the State Treasury. {OFFICERS}",
        {200: Answer("The month.", "Remittance"), 400: UNCLEAR, 401: WHO, 403: NOT_ALLOWED, 404: NO_LAW},
        parameters=(MONTH,),
        officers=True,
    ),
)
