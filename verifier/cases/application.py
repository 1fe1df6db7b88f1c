"""The application of a consular dossier (tờ khai), drawn out of what was said when it was filed."""

from __future__ import annotations

from typing import Any

from verifier.cases import letters
from verifier.cases.kernel import Turn
from verifier.cases.records import CaseRecord, Paper
from verifier.law.procedures import Procedure

FORM = "consular-application"
TYPES = {"0501": "Bản chính", "0502": "Bản sao", "0503": "Bản trích lục", "0504": "Bản dịch"}
"""Loại giấy tờ by code, as the desk software of the Consular Department prints them."""


def drawn(turn: Turn, procedure: Procedure) -> CaseRecord | None:
    """Draw and store the application where the procedure has one; None where it has none."""
    if FORM not in procedure.forms:
        return None
    case, papers = turn.case, turn.unit.cases.papers(turn.case.id)
    values: dict[str, Any] = {
        "identity": case.applicant.id_number,
        "papers": tuple(_row(one) for one in papers),
        "countries": ", ".join(dict.fromkeys(country for one in papers for country in one.countries)),
        "presented": "yes" if any(one.work == "CNXT" for one in papers) else None,
        "purpose": case.purpose,
        "post": "post" if case.delivery == "paper" else None,
        "note": case.note,
        "filed": case.filed_at.astimezone(turn.zone).date(),
    }
    return letters.form_record(turn, FORM, values, kind="component")


def _row(paper: Paper) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": paper.name,
        "type": TYPES.get(paper.type, ""),
        "holder": paper.holder,
        "total": paper.copies,
        "number": paper.serial,
        "authority": paper.office,
        "signer": paper.signer,
        "title": paper.title,
        "work": paper.work,
        "signed": paper.signed_on,
    }
    return {name: value for name, value in row.items() if value not in ("", None)}
