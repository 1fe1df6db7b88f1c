"""What the pages on trust share: their blueprint, the desk behind them, and words for codes that come from data."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, current_app

from verifier.errors import BadRequest, Problem
from verifier.keeping.desk import TrustDesk
from verifier.plain import visible
from verifier.reports.catalogue import MISSING, has
from verifier.storage.trust import TrustJournalEntry
from verifier.web import locale
from verifier.web.access import caller
from verifier.web.chrome import say, words
from verifier.web.problems import words_of

blueprint = Blueprint("trust", __name__, url_prefix="/trust", template_folder="../templates")


def desk() -> TrustDesk:
    """Return the desk of trust; BadRequest `page-not-found` where the service keeps none."""
    found = current_app.extensions.get("trust")
    if found is None:
        raise BadRequest("page-not-found")
    return cast("TrustDesk", found)


def may_propose() -> bool:
    """Tell whether the caller may propose changes of trust."""
    return desk().may_propose(caller())


def told(key: str, otherwise: str) -> str:
    """Return the words of a key that is put together out of data; `otherwise` where there are none."""
    return say(key) if key in locale.texts() else visible(otherwise)


def branch_name(branch: str) -> str:
    """Name a branch of trust."""
    return told(f"trust-branch-{branch or 'none'}", branch)


def fetch_words(problem: Problem) -> tuple[str, str] | None:
    """Return why a list could not be fetched, as a sentence, and nothing to do; None for any other problem."""
    key = f"gaps.fetch.{problem.code}"
    if not has(key):
        return None
    said = words().text(key, {"status": MISSING, "port": MISSING, **problem.params})
    return f"{said[:1].upper()}{said[1:]}.", ""


def problem_words(problem: Problem) -> tuple[str, str]:
    """Return what is wrong, and what to do, as two sentences; the code itself where there are no words."""
    try:
        said = words_of(problem, words().lang)
    except KeyError:
        return visible(problem.code), ""
    return f"{said.title}. {said.detail}".strip(), said.next_step


def how(entry: TrustJournalEntry) -> str:
    """Say in one sentence how a snapshot came into use."""
    if entry.kind == "approved":
        return say("trust-how-approved", by=entry.made_by, approved_by=entry.approved_by)
    return say("trust-how-refreshed") if entry.kind == "refreshed" else say("trust-how-installed")
