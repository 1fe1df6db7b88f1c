"""Where pages find the law: `current_app.extensions["law"]`."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import current_app

from verifier.law_desk import LawDesk
from verifier.web.chrome import words


def desk() -> LawDesk:
    """Return the law book with its clock."""
    return cast("LawDesk", current_app.extensions["law"])


def document_kinds(day: date | None = None) -> tuple[tuple[str, str], ...]:
    """Return code and name of every kind of document (loại giấy tờ) of a day, of today where none is named."""
    lang, branches = words().lang, desk().book.branches
    return tuple((one.code, one.words.said(lang)) for one in branches.document_kinds(day or desk().today()))
