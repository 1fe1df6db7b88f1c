"""The views of register books: `/api/v1/registers`, the tracking book, and the control sheet of a dossier.

For officers, by their session and its form token. Clerks and leaders open volumes and correct; leaders close, with a
step-up not older than five minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from verifier.errors import BadRequest
from verifier.register.books import Books, Past, Wanted, slug, symbol_of
from verifier.register.lines import number_of
from verifier.register.numbers import book_text
from verifier.register.volumes import Closing, Volume
from verifier.reports.formats import iso
from verifier.storage.registers import RegisterBook, RegisterCorrection, RegisterEntry
from verifier.web.access import caller
from verifier.web.api.asked import asked_day
from verifier.web.api.case_askers import casework
from verifier.web.api.case_body import body
from verifier.web.api.issuances import require_proof
from verifier.web.api.listing import asked_limit
from verifier.web.api.register_schemas import ClosingBody, CorrectionBody, Nothing
from verifier.web.downloads import as_download

PDF = "application/pdf"
YEARS = range(2000, 10_000)

blueprint = Blueprint("registers_api", __name__, url_prefix="/api/v1")


@blueprint.url_value_preprocessor
def room(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Refuse years in which there is no book (`not-found`): none of the database's whole numbers is so large."""
    if values and values.get("year", YEARS[0]) not in YEARS:
        raise BadRequest("not-found")


@blueprint.get("/registers")
def index() -> Response:
    """List the books of the officer's authority."""
    return _json({"books": [told_book(one) for one in _books().all(caller())]})


@blueprint.get("/registers/<book>/<int:year>")
def read(book: str, year: int) -> Response:
    """Return a book with its totals as they are now, or were when it was closed."""
    return _whole(_symbol(book), year)


@blueprint.get("/registers/<book>/<int:year>/entries")
def entries(book: str, year: int) -> Response:
    """Return the entries of a book page by page."""
    limit, after = asked_limit(), _number("after", 0)
    lines = _books().entries(caller(), _symbol(book), year, after, limit)
    found = [told_entry(one, lines.corrections.get(one.number, ())) for one in lines.entries]
    last = lines.entries[-1].number if len(found) == limit else None
    rest = url_for(".entries", book=book, year=year, limit=limit, after=last) if last else None
    return _json({"entries": found, "next": rest})


@blueprint.get("/registers/<book>/<int:year>/volumes")
def volumes(book: str, year: int) -> Response:
    """Tell every volume of a book and every closing of it."""
    past = _books().past(caller(), _symbol(book), year)
    told = {"volumes": [told_volume(one, past) for one in past.volumes]}
    return _json({**told, "closings": [told_closing(one, past) for one in past.closings]})


@blueprint.get("/register-entries")
def find() -> Response:
    """Find the entries of a number that was taken on a day."""
    found = _books().find(caller(), _number("number"), _day("day"))
    return _json({"entries": [told_entry(one, ()) for one in found], "next": None})


@blueprint.get("/registers/<book>/<int:year>/print")
def printed(book: str, year: int) -> Response:
    """Print a book, or a month of it."""
    month = _number("month") if "month" in request.args else None
    made = _books().printed(caller(), _symbol(book), year, month)
    return _pdf(made, f"{book}-{year}-{month:02d}.pdf" if month else f"{book}-{year}.pdf")


@blueprint.get("/registers/<book>/<int:year>/closing-page")
def closing_page(book: str, year: int) -> Response:
    """Draw the closing page of a closed book."""
    return _pdf(_books().closing_page(caller(), _symbol(book), year), f"closing-{book}-{year}.pdf")


@blueprint.post("/registers/<book>/<int:year>/volumes")
def open_volume(book: str, year: int) -> Response:
    """Open the book of this year, or its next volume; nothing is said with it."""
    body(Nothing)
    opened = _books().open(caller(), _symbol(book), year)
    return _json(told_book(opened), 201)


@blueprint.post("/registers/<book>/<int:year>/corrections")
def correct(book: str, year: int) -> Response:
    """Correct a column of an entry by a cited entry beside it."""
    said = body(CorrectionBody)
    wanted = Wanted(said.number, said.column, said.after, said.reason, said.basis)
    return _json(told_correction(_books().correct(caller(), _symbol(book), year, wanted)), 201)


@blueprint.post("/registers/<book>/<int:year>/closing")
def close(book: str, year: int) -> Response:
    """Close a book for good."""
    symbol = _symbol(book)
    _books().get(caller(), symbol, year)
    require_proof()
    _books().close(caller(), symbol, year, body(ClosingBody).decision)
    return _whole(symbol, year)


@blueprint.post("/registers/<book>/<int:year>/closing/signature")
def sign_closing(book: str, year: int) -> Response:
    """Order the closing page of a closed book, to be signed as a document of the agency."""
    act = _books().sign_closing(caller(), _symbol(book), year)
    answer = _json({"issuance": str(act.id), "href": url_for("issuances_api.read", id_=act.id)}, 201)
    answer.headers["Location"] = url_for("issuances_api.read", id_=act.id)
    return answer


@blueprint.get("/tracking-book")
def tracking_book() -> Response:
    """Return the tracking book of a period, as JSON or, where the request prefers it, as PDF."""
    since, until = _day("from"), _day("to")
    book = casework().tracking
    if _wants_pdf():
        return _pdf(book.printed(caller(), since, until), f"tracking-book-{since}-{until}.pdf")
    rows = book.rows(caller(), since, until)
    return _json({"dossiers": [_plain(asdict(one)) for one in rows]})


@blueprint.get("/cases/<uuid:id_>/control-sheet")
def control_sheet(id_: UUID) -> Response:
    """Return who handed a dossier over to whom and when, as JSON or, where the request prefers it, as PDF."""
    sheets = casework().control_sheets
    if _wants_pdf():
        return _pdf(sheets.printed(caller(), id_), f"control-sheet-{id_}.pdf")
    return _json({"handovers": [_plain(asdict(one)) for one in sheets.handovers(caller(), id_)]})


# --- what is told ----------------------------------------------------------------------------------------------------


def told_book(book: RegisterBook) -> dict[str, Any]:
    """Return a book as the wire type `RegisterBookNote`."""
    name = slug(book.symbol)
    return {
        "symbol": book.symbol,
        "year": book.year,
        "book": book_text(book.symbol, book.year, book.volume),
        "volume": book.volume,
        "last_number": book.last_number,
        "opened_at": iso(book.opened_at),
        "closed_at": iso(book.closed_at) if book.closed_at else None,
        "decision": book.close_decision,
        "chain": book.chain or None,
        "closing_issuance": str(book.closing_id) if book.closing_id else None,
        "href": url_for("registers_api.read", book=name, year=book.year),
        "entries": url_for("registers_api.entries", book=name, year=book.year),
        "print": url_for("registers_api.printed", book=name, year=book.year),
        "volumes": url_for("registers_api.volumes", book=name, year=book.year),
    }


def told_volume(one: Volume, past: Past) -> dict[str, Any]:
    """Return a volume as the wire type `RegisterVolumeNote`."""
    return {
        "number": one.number,
        "book": one.book,
        "first": one.first,
        "last": one.last,
        "opened_at": iso(one.opened_at),
        "opened_by": _officer(one.opened_by, past),
        "closed_at": iso(one.closed_at) if one.closed_at else None,
    }


def told_closing(one: Closing, past: Past) -> dict[str, Any]:
    """Return a closing as the wire type `RegisterClosingNote`."""
    act = one.act
    signature = {
        "issuance": str(act.id),
        "state": act.state,
        "href": url_for("issuances_api.read", id_=act.id),
        "released_at": iso(act.released_at) if act.released_at else None,
        "sha256": act.output_sha256 or None,
    } if act else None  # fmt: skip
    return {
        "volume": one.volume,
        "book": one.book,
        "last_number": one.last_number,
        "closed_at": iso(one.closed_at),
        "closed_by": _officer(one.closed_by, past),
        "decision": one.decision,
        "totals": dict(one.totals),
        "chain": one.chain,
        "signature": signature,
        "stands": one.stands,
    }


def _officer(id_: UUID | None, past: Past) -> dict[str, str] | None:
    return {"id": str(id_), "name": past.names.get(id_, "")} if id_ else None


def told_entry(entry: RegisterEntry, corrections: Any) -> dict[str, Any]:
    """Return an entry as the wire type `RegisterEntryNote`."""
    return {
        "symbol": entry.symbol,
        "year": entry.year,
        "number": entry.number,
        "number_text": number_of(entry.symbol, entry.number),
        "state": entry.state,
        "reserved_at": iso(entry.reserved_at),
        "changed_at": iso(entry.changed_at),
        "reason": entry.reason,
        "document": entry.document,
        "sha256": entry.document_sha256 or None,
        "issuance": str(entry.issuance_id) if entry.issuance_id else None,
        "case": str(entry.case_id) if entry.case_id else None,
        "columns": dict(entry.columns),
        "corrections": [told_correction(one) for one in corrections],
    }


def told_correction(one: RegisterCorrection) -> dict[str, Any]:
    """Return a correction as the wire type `RegisterCorrectionNote`."""
    return {
        "number": one.number,
        "year": one.year,
        "column": one.column,
        "before": one.before,
        "after": one.after,
        "reason": one.reason,
        "basis": one.basis,
        "book_year": one.book_year,
        "ordinal": one.ordinal,
        "officer": one.officer_name,
        "made_at": iso(one.made_at),
    }


# --- inside ----------------------------------------------------------------------------------------------------------


def _books() -> Books:
    return casework().books


def _symbol(text: str) -> str:
    return symbol_of(casework().cases.house.book, text)


def _whole(symbol: str, year: int) -> Response:
    book = _books().get(caller(), symbol, year)
    return _json({**told_book(book), "totals": _books().totals(caller(), symbol, year)})


def _number(name: str, usual: int | None = None) -> int:
    text = request.args.get(name, "")
    if name not in request.args and usual is not None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("bad-option", f"{name} must be a number.", option=name)
    return int(text)


def _day(name: str) -> date:
    found = asked_day(name)
    if found is None:
        raise BadRequest("bad-option", f"{name} must be a day, as 2026-11-24.", option=name)
    return found


def _wants_pdf() -> bool:
    return request.accept_mimetypes.best_match(["application/json", PDF]) == PDF


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in told.items()}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value
    return iso(value) if hasattr(value, "astimezone") else str(value)


def _pdf(made: bytes, name: str) -> Response:
    return as_download(Response(made, mimetype=PDF), name)


def _json(told: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), status, content_type="application/json")
