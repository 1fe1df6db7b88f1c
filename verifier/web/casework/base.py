"""What the pages on dossiers share: their blueprint, the case world behind them, who asks, words of a dossier."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import cast
from uuid import UUID

from flask import Blueprint, current_app

from verifier.cases import kernel
from verifier.cases.desk import Cases
from verifier.cases.kernel import Asker
from verifier.cases.records import Case
from verifier.cases.statuses import statuses
from verifier.casework import CaseWork
from verifier.errors import BadRequest
from verifier.law.book import Law
from verifier.law.procedures import Procedure
from verifier.law.records import NoAnswer
from verifier.storage.database import UnitOfWork
from verifier.web.access import caller
from verifier.web.chrome import say, words
from verifier.web.services import accounts

blueprint = Blueprint("cases", __name__, url_prefix="/officer/cases", template_folder="../templates")
KEY = "key"
"""Hidden field with the idempotency key of a form."""
VERSION = "version"
"""Hidden field with the version of the dossier that the form was made for."""


def work() -> CaseWork:
    """Return the case world; BadRequest `page-not-found` where this service has none."""
    found = current_app.extensions.get("casework")
    if found is None:
        raise BadRequest("page-not-found")
    return cast("CaseWork", found)


def desk() -> Cases:
    """Return the dossiers."""
    return work().cases


def asker() -> Asker:
    """Return the officer who asks."""
    return kernel.officer(caller(), accounts().clock.now())


def law_of(case: Case) -> Law:
    """Return the law that a dossier follows."""
    return desk().house.law(case)


def procedure_of(case: Case) -> Procedure | None:
    """Return its procedure on the day of its filing; None where the law knows none any more."""
    try:
        return law_of(case).procedure(case.procedure)
    except NoAnswer:
        return None


def procedure_name(case: Case) -> str:
    """Name the procedure of a dossier."""
    found = procedure_of(case)
    return found.name.said(words().lang) if found else case.procedure


@lru_cache(maxsize=1)
def movers() -> Mapping[str, str]:
    """Return whose move each status is."""
    return {id_: one.move for id_, one in statuses().items()}


def status_words(status: str) -> str:
    """Name a status."""
    return statuses()[status].words.said(words().lang)


def step_words(case: Case) -> str:
    """Name the step of the procedure that a dossier is at; its status where it is at none."""
    return status_words(case.status)


def move_words(case: Case, *, officer: str = "", asked: str = "", receiver: str = "") -> str:
    """Say whose move it is; by name where the name is known."""
    move = movers()[case.status]
    name = {"specialist": officer, "asked": asked, "receiver": receiver}.get(move, "")
    if move == "specialist" and case.officer_id and case.officer_id == caller().id:
        return say("case-move-mine")
    return say(f"case-move-{move}-named", name=name) if name else say(f"case-move-{move}")


def names_of(unit: UnitOfWork, people: set[UUID]) -> Mapping[UUID, str]:
    """Return the names of people of the caller's authority, as far as they are known."""
    found = {id_: unit.people.get(id_) for id_ in people}
    return {id_: one.name for id_, one in found.items() if one}
