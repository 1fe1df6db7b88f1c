"""Examples of branches: where a paper was issued and is to be used, and which procedure it needs there.

`found`: what an officer has found out of objections, by code of the country.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from verifier.law.branches.records import Branch, Paper

if TYPE_CHECKING:
    from verifier.law.book import LawBook

ASK: Mapping[str, type] = {
    "at": date,
    "issued_in": str,
    "used_in": list,
    "kind": str,
    "presented_only": bool,
    "has_apostille": bool,
    "consular_certified": bool,
    "found": dict,
}
NEEDED = (frozenset({"at", "issued_in", "used_in"}),)
EXPECT = frozenset({"branches", "work", "country", "kind", "what", "value", "day"})
"""`branches`: tables of `country`, `work`, `procedure`, `candidates` (kinds of work), `rule`, `ask` (whether something
is open) and `status`; `work`: the kinds of work alone, one for each country of use. Last the parameters of refusals."""
_PAPER = ("kind", "presented_only", "has_apostille", "consular_certified")


def answer(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask the book, and return the answer as plain values; NoAnswer as `Branches.branch`."""
    said = {key: ask[key] for key in _PAPER if key in ask}
    paper = Paper(issued_in=ask["issued_in"], used_in=tuple(ask["used_in"]), **said)
    found = book.branches.branch(ask["at"], paper, ask.get("found", {}))
    return {"branches": [_plain(one) for one in found], "work": [one.work for one in found]}


def _plain(branch: Branch) -> Mapping[str, Any]:
    return {
        "country": branch.country,
        "work": branch.work,
        "procedure": branch.procedure,
        "candidates": [one.id for one in branch.candidate_works],
        "rule": branch.rule,
        "ask": bool(branch.ask.vi),
        "status": branch.basis.status,
    }
