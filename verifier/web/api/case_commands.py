"""Commands on dossiers over the API: what is offered now and why not, and `POST /api/v1/cases/{id}/{command}` for each.

The registry of the rules says what there is: nothing is told here of any one command.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable
from functools import cache
from typing import Any, cast
from uuid import UUID

from flask import request, url_for

from verifier.cases import handlers
from verifier.cases.desk import rules_of_all
from verifier.cases.kernel import REGISTRY, Asker, Rule, Spec
from verifier.cases.keys import Key
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.errors import BadRequest, Problem
from verifier.web.api import body_schemas
from verifier.web.api.case_askers import cases, reached
from verifier.web.api.case_body import body
from verifier.web.api.case_citing import cited
from verifier.web.api.case_places import placed
from verifier.web.api.case_telling import Told, plain
from verifier.web.api.idempotency import HEADER, request_of
from verifier.web.problems import words_of
from verifier.web.site import site

GOES_ON = frozenset({Status.SIGNING.value})
"""Where jobs go on with a dossier by themselves: 202."""
BY_JOBS = frozenset({"judge-anew"})
"""Commands whose effect a job brings: 202."""
_ = handlers


def commands() -> tuple[Spec, ...]:
    """Return every command that the API takes, by name."""
    return tuple(REGISTRY[name] for name in sorted(REGISTRY) if not REGISTRY[name].secret)


def give(id_: UUID, name: str) -> tuple[Asker, Case, int]:
    """Give the command that the request holds; return who gave it, the dossier as it then stands, and the status.

    BadRequest `not-found`, `not-allowed`, `precondition-required`, `precondition-failed`, `step-up-needed` with
    `prove_at`, and what `case_body.body` and `Cases.do` refuse.
    """
    spec = REGISTRY.get(name)
    if spec is None or spec.secret:
        raise BadRequest("not-found")
    who, case = reached(id_)
    if not spec.by & who.may:
        raise BadRequest("not-allowed", f"{name} is not for this caller.")
    version, said = wanted_version(), body(spec.kind)
    try:
        after = cases().do(who, id_, said, version=version, key=key_of(who, f"{name} {id_}", said))
    except BadRequest as refusal:
        house = cases().house
        raise cited(placed(_as_told(refusal), said), house.law(case), case.procedure, house.clock()) from None
    return who, after, 202 if after.status in GOES_ON or name in BY_JOBS else 200


def wanted_version() -> int:
    """Return the version that `If-Match` names; BadRequest `precondition-required`, `precondition-failed`.

    A tag that is none of ours, or a weak one, matches nothing (RFC 9110 13.1.1); `*` names no version.
    """
    named = request.if_match
    if named.star_tag or not named.as_set(include_weak=True):
        raise BadRequest("precondition-required", "If-Match must hold the ETag as it was read.")
    (tag,) = named.as_set() if len(named.as_set()) == 1 else ("",)
    if not (tag.isascii() and tag.isdigit() and len(tag) < 10):
        raise BadRequest("precondition-failed")
    return int(tag)


def key_of(who: Asker, what: str, said: object) -> Key | None:
    """Return the idempotency key of the request with the hash of what is asked; None without one."""
    key = request.headers.get(HEADER, "")
    if not key:
        return None
    request_of(UUID(int=0), key, "")  # refuses what is no key
    told = json.dumps([who.id, what, plain(said)], sort_keys=True, ensure_ascii=True)
    return Key(key, hashlib.sha256(told.encode()).digest())


def _as_told(refusal: BadRequest) -> BadRequest:
    """Return a refusal of the rules as HTTP says it."""
    if refusal.problem.code == "changed-meanwhile":
        return BadRequest("precondition-failed")
    if refusal.problem.code == "step-up-needed":
        return step_up_needed()
    return refusal


def step_up_needed() -> BadRequest:
    """Return the refusal that says where to prove."""
    detail = "Prove at the address in params, then ask again."
    return BadRequest("step-up-needed", detail, prove_at=site().whole(url_for("account.step_up")))


# --- what is offered -------------------------------------------------------------------------------------------------


def offers(who: Asker, case: Case) -> list[Told]:
    """Tell everything that the caller's roles could ever do: whether it may be done now, and why not."""
    rules = rules_of_all()
    return [_offer(rules[name], case, why_not) for name, why_not in sorted(cases().offers(who, case).items())]


def _offer(spec: Rule, case: Case, why_not: BadRequest | None) -> Told:
    problem = why_not.problem if why_not else None
    unproved = problem is not None and problem.code == "step-up-needed"
    return {
        "command": spec.name,
        "method": "POST",
        "href": url_for("cases_api.command", id_=case.id, command=spec.name),
        "offered": problem is None or unproved,
        "step_up": spec.step_up,
        "prove_at": step_up_needed().problem.params["prove_at"] if unproved else None,
        "why_not": None if problem is None or unproved else _told(problem),
        "schema": schema_of(cast("Hashable", spec.kind)),
    }


def _told(problem: Problem) -> Told:
    vietnamese, english = words_of(problem, "vi"), words_of(problem, "en")
    return {
        "code": problem.code,
        "title": english.title,
        "detail": english.detail,
        "title_vi": vietnamese.title,
        "detail_vi": vietnamese.detail,
        "params": dict(problem.params),
    }


@cache
def schema_of(kind: Hashable) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a command's body, whole in itself."""
    told = body_schemas.told(kind)
    defs = told.get("$defs", {})
    (first,) = told["prefixItems"]
    name = str(first.get("$ref", "")).rpartition("/")[2]
    own = dict(defs.pop(name)) if name else dict(first)
    return {**own, **({"$defs": defs} if defs else {})}
