"""The plan of an act: by which layout it is marked, in which book it gets its number, and where the pieces stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from verifier.signing.records import Place, Role
from verifier.signing.space.records import Covered, LaidOut


@dataclass(frozen=True)
class Plan:
    """What is decided when an act is ordered, beside the document; kept as JSON in the column `layout`."""

    edition: str
    """Of the layout."""
    status: str
    citation: str
    symbol: str
    """Of the register book."""
    electronic: bool
    """Whether that is a separate electronic book."""
    book_shown: bool
    """Whether the mark may name the book."""
    signatures: tuple[Role, ...]
    key: str
    """Name of the ring's key from which the check code is derived."""
    hindrances: tuple[str, ...]
    """Codes of why the document itself cannot be extended."""
    reasons: tuple[str, ...]
    """Why it goes on a cover; empty on a page."""
    main: str
    laid: LaidOut


def plan_to(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON; what the layout was shows at the top, for whoever reads the row."""
    told: dict[str, Any] = asdict(plan)
    laid: dict[str, Any] = told.pop("laid")
    laid["page_sizes"] = {str(page): list(size) for page, size in laid["page_sizes"].items()}
    plain: dict[str, Any] = json.loads(json.dumps({**told, **laid}))  # as it will be read again
    return plain


def plan_from(told: Mapping[str, Any]) -> Plan:
    """Return the plan that `plan_to` wrote."""
    laid = LaidOut(
        places=_places(told["places"]),
        covering=tuple(Covered(**{**one, "place": Place(**one["place"])}) for one in told["covering"]),
        alternatives=_places(told["alternatives"]),
        page_sizes={int(page): (size[0], size[1]) for page, size in told["page_sizes"].items()},
        pages=told["pages"],
        chosen=dict(told["chosen"]),
    )
    return Plan(
        edition=told["edition"],
        status=told["status"],
        citation=told["citation"],
        symbol=told["symbol"],
        electronic=told["electronic"],
        book_shown=told["book_shown"],
        signatures=tuple(Role(one) for one in told["signatures"]),
        key=told["key"],
        hindrances=tuple(told["hindrances"]),
        reasons=tuple(told["reasons"]),
        main=told["main"],
        laid=laid,
    )


def _places(told: Mapping[str, Any]) -> dict[str, Place]:
    return {name: Place(**place) for name, place in told.items()}
