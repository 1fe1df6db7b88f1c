"""Holds requests of the API to its contract: a parameter that it does not name, or that comes twice, is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from flask import Flask, request

from verifier.errors import BadRequest
from verifier.plain import visible
from verifier.web.api.operations import OPERATIONS

_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
LISTS = "/api/v1/law/"
"""Where what is repeated is read as a list, and refused by the law's own words where there may be but one."""
PARAMETERS: Mapping[tuple[str, str], Mapping[str, bool]] = {
    (one.method.upper(), one.path): {
        str(told["name"]): told["schema"].get("type") == "array" or one.path.startswith(LISTS)
        for told in one.parameters
        if told["in"] == "query"
    }
    for one in OPERATIONS
}
"""What each operation takes in its query, by method and path, and whether it may stand there more than once."""


def install(app: Flask) -> None:
    """Refuse what the contract does not know, of each operation that it names."""
    app.before_request(_refuse)


def _refuse() -> None:
    known = PARAMETERS.get(("GET" if request.method == "HEAD" else request.method, _path()))
    if known is not None and request.path.startswith("/api/"):
        refuse_unknown(known)
        _refuse_twice(known)


def _path() -> str:
    """Return the path of the request as the contract writes it; each command has its own."""
    path = _PLACE.sub(r"{\1}", str(request.url_rule))
    return path.replace("{command}", str((request.view_args or {}).get("command")))


def _refuse_twice(known: Mapping[str, bool]) -> None:
    for name, often in known.items():
        if not often and len(request.args.getlist(name)) > 1:
            raise BadRequest("bad-option", f"{name} stands there twice.", option=name)


def refuse_unknown(known: Collection[str]) -> None:
    """Refuse a parameter that is not known: a slip in its name would change the answer unseen.

    BadRequest `parameter-unknown` with `field`.
    """
    if unknown := sorted(set(request.args) - set(known)):
        name = visible(unknown[0])[:60]
        raise BadRequest("parameter-unknown", f"there is no parameter {name!r}", field=name)
