"""The answers that operations of the API share: what comes before their views, and what stands in every such answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from verifier.web.api.openapi import Answer, Operation, problem

MACHINES = ("/api/", "/oauth/token", "/check/")
"""Addresses at which a fault is told by a problem document."""
UNKNOWN_PARAMETER = problem("There is no such parameter, or it stands there twice.")
NOT_UNDERSTOOD = problem("There is no such parameter, it stands there twice, or the form token is not good.")
FAULT = problem("A fault of ours, with a reference number.")
UNAVAILABLE = problem("The database does not answer, or two calls were in each other's way.")
CHALLENGE = {"WWW-Authenticate": "As RFC 6750 3 tells; not where a proof is asked for."}
HELD = {"ETag": "The one that is held already."}
LATER = {"Retry-After": "Seconds after which to try again."}


def completed(one: Operation) -> Operation:
    """Return an operation with the answers and headers that it shares with others; what it tells itself stays."""
    answers = {status: _with_headers(one, status, told) for status, told in {**_shared(one), **one.answers}.items()}
    return replace(one, answers=dict(sorted(answers.items())))


def known_callers(one: Operation) -> bool:
    """Tell whether it matters to the operation who calls."""
    return bool(one.scope) or one.officers or one.applicants


def _shared(one: Operation) -> Mapping[int, Answer]:
    told: dict[int, Answer] = {}
    if not one.path.startswith(MACHINES):
        return told
    if one.path.startswith("/api/"):
        told[400] = NOT_UNDERSTOOD if one.officers or one.applicants else UNKNOWN_PARAMETER
    if known_callers(one) or not one.path.startswith("/api/v1/law/"):
        told[503] = UNAVAILABLE
    return {**told, 500: FAULT}


def _with_headers(one: Operation, status: int, told: Answer) -> Answer:
    """Return an answer with the headers that every one of its status has."""
    if status == 304:
        return replace(told, headers={**HELD, **told.headers})
    if told.schema != "ProblemDocument":
        return told
    if status in (401, 403) and known_callers(one):
        return replace(told, headers={**CHALLENGE, **told.headers})
    if status in (429, 503):
        return replace(told, headers={**LATER, **told.headers})
    return told
