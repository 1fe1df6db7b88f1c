"""The online payment platform (nền tảng thanh toán trực tuyến) over HTTP: what is asked, told, called back is signed.

The names of fields follow the platform of the national portal as it was seen in software of 2020 (command PAY,
`bill_info` with MaDonVi, MaHoSo …, query by MaTraCuuTT); today's may differ, and then this file alone changes. Every
message is a flat JSON object whose `secure_hash` is the HMAC-SHA-256, by the shared key, of all its other fields.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

import structlog

from verifier.errors import BadRequest
from verifier.outside.fetch import Answer, FetchFailed, FetchLimits, Request
from verifier.payments.port import WINDOW_MINUTES, PlatformDown
from verifier.payments.records import Bill, Notice, Order, StatementLine
from verifier.plain_json import once

HASH = "secure_hash"
VERSION = "3.0"
GOOD = "00"
"""The code of what went well."""
FEES = "2"
"""MaDichVu: fees and charges (phí, lệ phí)."""
MOST_BYTES = 8 * 1024 * 1024
"""Largest answer: a statement of a day with some ten thousand lines."""
MOST_AMOUNT = 10**12
"""Amounts from here on are no fees."""
YEARS = range(2000, 2101)
"""In which anything is paid: what stands at the ends of all time (`0001-01-01`, `9999-12-31`) is no instant."""
LONGEST = 200
"""Characters of an id, a code or a reference."""
LONGEST_URL = 2048

log = structlog.get_logger("verifier.payments")


class Asks(Protocol):
    """What is needed of a fetcher: one question, any status, no redirect followed."""

    def ask(self, request: Request, limits: FetchLimits | None = None) -> Answer:
        """Return the answer; FetchFailed where there is none."""


@dataclass(frozen=True)
class PaymentPlatform:
    """Implements `payments.port.Platform`. Nothing is asked before somebody pays; safe for several threads."""

    url: str
    """Where the platform is asked; without a slash at the end."""
    client_id: str
    key: bytes = field(repr=False)
    """Shared with the platform; it is in no log and no error."""
    return_url: str
    """Where payers come back to."""
    callback_url: str
    http: Asks = field(repr=False)
    seconds: float = 10.0
    """Of one question."""

    def create(self, bill: Bill, now: datetime) -> str:
        """Ask for a payment and return the address where it is paid; PlatformDown."""
        order = bill.order
        told = self._asked("payments", {**_payment(bill), **self._places(), "bill_info": _bill_info(bill)}, now)
        same = (_text(told, "transaction_id"), _amount(told))
        if same != (order.reference, order.amount):
            raise PlatformDown("its answer is about another payment")
        return self._address(_text(told, "payment_url"))

    def query(self, reference: str, now: datetime) -> Sequence[Notice]:
        """Return what happened under a reference of ours, oldest first; PlatformDown."""
        told = self._asked("query", {"command": "QUERY", "transaction_id": reference}, now)
        events = told.get("events")
        if _text(told, "transaction_id") != reference or not isinstance(events, list):
            raise PlatformDown("its answer is about another payment")
        return [_heard({**_object(one), "transaction_id": reference}) for one in events]

    def statement(self, payee: str, day: date, now: datetime) -> Sequence[StatementLine]:
        """Return all that was paid to an authority on a day; PlatformDown."""
        wanted = {"command": "STATEMENT", "MaDonVi": payee, "day": day.isoformat()}
        told = self._asked("statement", wanted, now)
        lines = told.get("lines")
        if (told.get("MaDonVi"), told.get("day")) != (payee, day.isoformat()) or not isinstance(lines, list):
            raise PlatformDown("its answer is about another day")
        return [_line(_object(one)) for one in lines]

    def read(self, body: bytes, now: datetime) -> Notice:
        """Return what a callback tells.

        BadRequest `callback-malformed`, `callback-signature`, `callback-not-ours`, `callback-stale`.
        """
        told = parsed(body)
        if told is None:
            raise BadRequest("callback-malformed", "not a JSON object of plain values")
        if not self._signed(told):
            raise BadRequest("callback-signature")
        if told.get("client_id") != self.client_id:
            raise BadRequest("callback-not-ours")
        try:
            sent, notice = _instant(told, "time"), _heard(told)
        except PlatformDown as unclear:
            raise BadRequest("callback-malformed", str(unclear)) from None
        if abs(now - sent) > timedelta(minutes=WINDOW_MINUTES):
            raise BadRequest("callback-stale", sent.isoformat())
        if notice.at - now > timedelta(minutes=WINDOW_MINUTES):
            raise BadRequest("callback-malformed", "trans_time is yet to come")
        return notice

    def _places(self) -> dict[str, Any]:
        return {"return_url": self.return_url, "callback_url": self.callback_url}

    def _asked(self, path: str, wanted: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Ask, signed, and return what is answered, signed too."""
        told = {**wanted, "client_id": self.client_id, "version": VERSION, "time": now.astimezone(UTC).isoformat()}
        body = json.dumps({**told, HASH: signature(told, self.key)}, ensure_ascii=False).encode()
        headers = (("Content-Type", "application/json"), ("Accept", "application/json"))
        request = Request(f"{self.url}/{path}", "POST", body, headers)
        try:
            answer = self.http.ask(request, FetchLimits(MOST_BYTES, self.seconds, 0))
        except FetchFailed as failed:
            raise PlatformDown(failed.reason) from None
        found = parsed(answer.body)
        if answer.status != 200 or found is None:
            raise PlatformDown(f"it answers with status {answer.status}" if found is not None else "it answers no JSON")
        if not self._signed(found):
            log.warning("answer of the payment platform is not signed as it must be", path=path)
            raise PlatformDown("its answer is not signed as it must be")
        if found.get("error") != GOOD:
            raise PlatformDown(f"it refuses with code {str(found.get('error'))[:20]!r}")
        return found

    def _signed(self, told: Mapping[str, Any]) -> bool:
        """Compare in constant time."""
        given = told.get(HASH)
        if not isinstance(given, str):
            return False
        wanted = signature({name: value for name, value in told.items() if name != HASH}, self.key)
        return hmac.compare_digest(given.lower().encode("utf-8", "replace"), wanted.encode())

    def _address(self, address: str) -> str:
        """Return where it is paid: by https, or as the platform itself is asked."""
        try:
            parts = urlsplit(address)
            good = parts.scheme in ("https", urlsplit(self.url).scheme) and parts.hostname and "@" not in parts.netloc
        except ValueError:
            good = False
        if not good or not address.isascii() or not address.isprintable() or len(address) > LONGEST_URL:
            raise PlatformDown("the address that it gives is not to be used")
        return address


def signature(told: Mapping[str, Any], key: bytes) -> str:
    """Return the HMAC-SHA-256 of a message in hexadecimal: over its JSON, keys sorted, no spaces, UTF-8."""
    plain = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, plain.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def parsed(body: bytes) -> dict[str, Any] | None:
    """Return a JSON object; None for anything else, for numbers that are no whole ones, and for names told twice."""
    try:
        found = json.loads(body, object_pairs_hook=once, parse_float=_refused, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refused(text: str) -> NoReturn:
    raise ValueError(text)


def _payment(bill: Bill) -> dict[str, Any]:
    order = bill.order
    return {
        "command": "PAY",
        "transaction_id": order.reference,
        "trans_amount": order.amount,
        "currency_code": order.currency,
        "country_code": "VN",
        "addition_fee": 0,
        "environment": "1",
        "locale": bill.lang,
        "description": f"{order.reference} {bill.code}",
    }


def _bill_info(bill: Bill) -> dict[str, Any]:
    """Return what is paid for, by whom and to whom, by the platform's names."""
    order = bill.order
    return {
        "MaDichVu": FEES,
        "MaDonVi": bill.payee,
        "TenDonVi": bill.payee_name,
        "MaHoSo": bill.code,
        "MaTTHC": bill.procedure,
        "TenTTHC": bill.procedure_name,
        "NoiDungThanhToan": order.reference,
        "HoTenNguoiNop": bill.payer,
        "SoCMNDNguoiNop": bill.payer_id,
        "DiaChiNguoiNop": bill.payer_address,
        "PhiLePhi": _charges(order),
    }


def _charges(order: Order) -> list[dict[str, Any]]:
    """Return the lines; where something was paid before, the rest as one."""
    if order.credit:
        return [{"LoaiPhiLePhi": FEES, "MaPhiLePhi": "rest", "TenPhiLePhi": "Nộp bổ sung", "SoTien": order.amount}]
    return [
        {"LoaiPhiLePhi": FEES, "MaPhiLePhi": one.tariff, "TenPhiLePhi": one.vi, "SoTien": one.amount}
        for one in order.lines
    ]


def _heard(told: Mapping[str, Any]) -> Notice:
    """Return what a message tells; PlatformDown where it cannot be understood."""
    command, good = _text(told, "command"), told.get("status") == GOOD
    kinds = {("PAY", True): "paid", ("PAY", False): "failed", ("REFUND", True): "refunded"}
    if (command, good) not in kinds:
        raise PlatformDown("a command that is not known")
    original = _text(told, "original") if command == "REFUND" else ""
    return Notice(
        kinds[command, good],
        _text(told, "MaTraCuuTT"),
        _text(told, "transaction_id"),
        _amount(told),
        _text(told, "currency_code"),
        _text(told, "MaDonVi"),
        _instant(told, "trans_time"),
        original,
    )


def _line(told: Mapping[str, Any]) -> StatementLine:
    currency, at = _text(told, "currency_code"), _instant(told, "trans_time")
    return StatementLine(_text(told, "MaTraCuuTT"), _text(told, "transaction_id"), _amount(told), currency, at)


def _object(told: object) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise PlatformDown("an entry is no object")
    return told


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    longest = LONGEST_URL if name == "payment_url" else LONGEST
    if not isinstance(value, str) or not value or len(value) > longest or not value.isprintable():
        raise PlatformDown(f"{name} is missing or unclear")
    return value


def _amount(told: Mapping[str, Any]) -> int:
    value = told.get("trans_amount")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < MOST_AMOUNT:
        raise PlatformDown("trans_amount is missing or unclear")
    return value


def _instant(told: Mapping[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(_text(told, name))
    except ValueError:
        raise PlatformDown(f"{name} is no instant") from None
    if found.utcoffset() is None:
        raise PlatformDown(f"{name} has no zone")
    if found.year not in YEARS:
        raise PlatformDown(f"{name} is of no year in which anything is paid")
    return found
