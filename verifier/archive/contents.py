"""What stands in a package beside the stored files: data as JSON, the log line by line, a summary for readers; pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any
from uuid import UUID

from verifier.appointments.records import Appointment
from verifier.audit import START
from verifier.cases.desk import View
from verifier.cases.owed import printed
from verifier.cases.records import Case, CaseRecord
from verifier.payments.records import Carried, CaseMoney, Order, Payment, Receipt, Refund
from verifier.storage.audit import Entry
from verifier.storage.authorities import Authority
from verifier.storage.notices import Delivery, Notice

_Row = Case | Order | Payment | Receipt | Refund | Carried | Notice | Delivery | Appointment

FORMAT = "verifier-dossier-package"
VERSION = 1
README, SUMMARY, DATA, LOG = "README.txt", "summary.html", "dossier.json", "log.jsonl"
MANIFEST, TOKEN = "manifest.sha256", "manifest.tst"
FILES = "files/"
SECRET = frozenset({"token_sha256", "identity", "link", "link_sha256"})
"""Fields of a dossier, its orders and its deliveries that no package holds."""
ENDINGS = {
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/zip": ".zip",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "text/plain": ".txt",
    "text/html": ".html",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
STYLE = (
    "body{font-family:sans-serif;margin:2rem;max-width:60rem}table{border-collapse:collapse;margin:1rem 0;width:100%}"
    "th,td{border:1px solid #666;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "small{color:#444;font-weight:normal}"
)


@dataclass(frozen=True)
class Whole:
    """A dossier with all that its package says."""

    view: View
    authority: Authority
    intake: Authority
    log: tuple[Entry, ...]
    at: datetime
    """When the package is made."""
    procedure: str
    """Name of the procedure in Vietnamese."""
    money: CaseMoney = field(default_factory=CaseMoney)
    notices: tuple[Notice, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    appointments: tuple[Appointment, ...] = ()


def file_name(record: CaseRecord, number: int) -> str:
    """Return where a stored record stands in the package: a name that every system can write."""
    return f"{FILES}{number:04d}-{record.kind}{ENDINGS.get(record.media_type, '.bin')}"


def texts(whole: Whole) -> Mapping[str, bytes]:
    """Return what stands beside the stored files, by name."""
    return {
        README: files("verifier.archive").joinpath("readme.txt").read_bytes(),
        SUMMARY: summary(whole).encode(),
        DATA: dossier(whole).encode(),
        LOG: "".join(f"{line}\n" for line in log_lines(whole.log)).encode(),
    }


def dossier(whole: Whole) -> str:
    """Return the data of a dossier as JSON."""
    case, last = whole.view.case, whole.log[-1].hash if whole.log else START
    told = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": whole.at,
        "authority": _place(whole.authority),
        "intake": _place(whole.intake),
        "dossier": _open(case),
        "papers": [asdict(one) for one in whole.view.papers],
        "confirmations": [asdict(one) for one in whole.view.confirmations],
        "money": {kind: [_open(one) for one in told] for kind, told in _money(whole.money).items()},
        "notices": [_open(one) for one in whole.notices],
        "deliveries": [_open(one) for one in whole.deliveries],
        "appointments": [_open(one) for one in whole.appointments],
        "records": [
            {**_told(one), "file": file_name(one, number) if one.blob else None}
            for number, one in enumerate(whole.view.records, 1)
        ],
        "log": {"events": len(whole.log), "last": last.hex()},
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1, default=_plain) + "\n"


def log_lines(log: Iterable[Entry]) -> Iterable[str]:
    """Give each event as one line: its body as it was hashed, and its links."""
    for one in log:
        told = {
            "number": one.number,
            "subject_number": one.subject_number,
            "previous": one.previous.hex(),
            "subject_previous": one.subject_previous.hex(),
            "hash": one.hash.hex(),
            "body": one.body,
        }
        yield json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def summary(whole: Whole) -> str:
    """Return a page for readers; it needs nothing from elsewhere, and whatever came from outside is escaped."""
    case = whole.view.case
    facts = [
        ("code", case.code),
        ("authority", f"{whole.authority.name_vi} ({whole.authority.code})"),
        ("intake", f"{whole.intake.name_vi} ({whole.intake.code})"),
        ("procedure", whole.procedure),
        ("status", case.status),
        ("filed_at", case.filed_at.isoformat()),
        ("ended_at", case.ended_at.isoformat() if case.ended_at else ""),
        ("applicant", case.applicant.name),
        ("fee_vnd", "" if case.fee_vnd is None else str(case.fee_vnd)),
        ("keep_until", case.keep_until.isoformat() if case.keep_until else ""),
        ("made_at", whole.at.isoformat()),
    ]
    entries = {one.id: f"{one.entry} {one.symbol} {one.year}" for one in whole.view.papers if one.entry}
    papers = [
        (str(one.number), one.name, one.holder, one.serial, one.office, one.outcome, entries.get(one.id, ""))
        for one in whole.view.papers
    ]
    money = [(one.text, one.issued_at.isoformat(), printed(one.amount, one.currency)) for one in whole.money.receipts]
    given = [
        (one.way, one.state, one.done_at.isoformat() if one.done_at else "", "; ".join(one.proof.values()))
        for one in whole.deliveries
    ]
    stored = [
        (file_name(one, number) if one.blob else "", one.name, one.kind, str(one.size), one.sha256)
        for number, one in enumerate(whole.view.records, 1)
    ]
    log = [
        (
            str(one.subject_number),
            one.event.at.isoformat(),
            one.event.action,
            one.event.actor.name or one.event.actor.kind,
            one.event.reason,
        )
        for one in whole.log
    ]
    return "\n".join(
        (
            f'<!doctype html>\n<html lang="vi"><head><meta charset="utf-8"><title>{escape(case.code)}</title>',
            f"<style>{STYLE}</style></head><body><h1>{_label('title')}</h1>",
            _table([(_label(name), escape(value)) for name, value in facts]),
            f"<h2>{_label('papers')}</h2>",
            _listed(("", "paper", "holder", "serial", "office", "outcome", "entry"), papers),
            f"<h2>{_label('receipts')}</h2>",
            _listed(("receipt", "at", "amount"), money),
            f"<h2>{_label('deliveries')}</h2>",
            _listed(("way", "state", "at", "proof"), given),
            f"<h2>{_label('files')}</h2>",
            _listed(("file", "paper", "kind", "size", "SHA-256"), stored),
            f"<h2>{_label('log')}</h2>",
            _listed(("", "at", "action", "actor", "reason"), log),
            "</body></html>\n",
        )
    )


def _money(money: CaseMoney) -> Mapping[str, Sequence[_Row]]:
    """Return what was demanded, paid, receipted and given back, and which fee counts for which dossier."""
    carried = [one for one in (money.carried, money.used) if one]
    return {
        "orders": money.orders,
        "payments": money.payments,
        "receipts": money.receipts,
        "refunds": money.refunds,
        "carried": carried,
    }


def _open(one: _Row) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name not in SECRET}


def _told(record: CaseRecord) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name != "blob"}


def _place(one: Authority) -> dict[str, str]:
    return {"code": one.code, "name_vi": one.name_vi, "name_en": one.name_en}


def _listed(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    named = [_label(one) if one in _words() else escape(one) for one in heads]
    return _table([tuple(escape(cell) for cell in row) for row in rows], named)


def _table(rows: Sequence[Sequence[str]], heads: Sequence[str] = ()) -> str:
    head = "<tr>" + "".join(f"<th>{one}</th>" for one in heads) + "</tr>" if heads else ""
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{head}\n{body}</table>"


def _label(name: str) -> str:
    words = _words()[name]
    return f"{escape(words['vi'])} <small>{escape(words['en'])}</small>"


def _plain(value: Any) -> Any:
    """Return what JSON has no word for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("verifier.archive").joinpath("words.toml").read_text("utf-8"))
