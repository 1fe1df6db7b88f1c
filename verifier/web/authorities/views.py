"""The routes on authorities: the list, one entry, and the form that proposes a change of the own one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.datastructures import MultiDict

from verifier.accounts.authorities import COMPETENCE, DATES, NEEDED, WORDS, AuthorityDesk, payload_of
from verifier.accounts.kinds import kinds
from verifier.accounts.roles import Role
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority, Competence
from verifier.web.access import caller
from verifier.web.chrome import forward, page, say, words
from verifier.web.forms import FormError, form_error

BLANK_ROWS = 2
"""Empty rows under the competences of the form."""
MOST_ROWS = 40

blueprint = Blueprint("authorities", __name__, url_prefix="/authorities", template_folder="../templates")


@blueprint.get("")
def list_all() -> Response:
    """List all authorities."""
    return page(
        "authorities/list.html", authorities=_desk().all(caller()), kind_name=_kind_name, period=period, own=_own
    )


@blueprint.get("/<uuid:id_>")
def show(id_: UUID) -> Response:
    """Show one authority with its competence."""
    authority, competences = _entry(id_)
    above = authority.forwards_to and _entry(authority.forwards_to)[0]
    return page(
        "authorities/show.html",
        entry=authority,
        competences=competences,
        above=above,
        words_of=WORDS,
        kind_name=_kind_name,
        procedure_name=_procedure_name,
        period=period,
        may_change=_own(authority) and Role.ADMINISTRATOR in caller().roles,
    )


@blueprint.get("/own/change")
def change() -> Response:
    """Show the form."""
    authority, competences = _own_entry()
    return _form(authority, payload_of(authority, competences), authority.version)


@blueprint.post("/own/change")
def propose() -> Response:
    """Keep the proposal, or show the form again with what was typed."""
    authority, _ = _own_entry()
    payload, reason = _typed(request.form), request.form.get("reason", "")
    version = request.form.get("version", type=int) or 0
    try:
        proposal = _desk().propose(caller(), version, payload, reason)
    except BadRequest as refusal:
        return _form(authority, payload, version, reason, form_error(refusal.problem, _place(refusal)))
    return forward(url_for("proposals.show", id_=proposal.id))


def period(one: Authority | Competence) -> str:
    """Write a period in words."""
    first = words().date(one.valid_from)
    if one.valid_until is None:
        return say("period-from", first=first)
    return say("period-both", first=first, last=words().date(one.valid_until))


def _form(
    authority: Authority, typed: Mapping[str, Any], version: int, reason: str = "", error: FormError | None = None
) -> Response:
    told = kinds()
    return page(
        "authorities/change.html",
        200 if error is None else error.status,
        entry=authority,
        typed=typed,
        rows=[*typed["competences"], *({} for _ in range(BLANK_ROWS))],
        version=version,
        reason=reason,
        errors=[error] if error else [],
        words_of=WORDS,
        needed=NEEDED,
        dates=DATES,
        zones=sorted(available_timezones()),
        procedures=sorted({basis.procedure for basis in told.of(authority.kind)}),
        procedure_name=_procedure_name,
    )


def _typed(form: MultiDict[str, str]) -> dict[str, Any]:
    plain: dict[str, Any] = {name: form.get(name, "") for name in (*WORDS, "time_zone", "states", *DATES)}
    columns = [form.getlist(f"competence-{name}")[:MOST_ROWS] for name in COMPETENCE]
    rows = [dict(zip(COMPETENCE, row, strict=True)) for row in zip_longest(*columns, fillvalue="")]
    return plain | {"competences": [row for row in rows if row["procedure"]]}


def _place(refusal: BadRequest) -> str:
    """The field at which a refusal is shown."""
    code, field = refusal.problem.code, refusal.problem.params.get("field", "")
    if code.startswith("competence-"):
        return "competences"
    return field or ("reason" if code == "reason-missing" else "name_vi")


def _entry(id_: UUID) -> tuple[Authority, tuple[Competence, ...]]:
    try:
        return _desk().get(caller(), id_)
    except BadRequest:
        raise BadRequest("page-not-found") from None


def _own_entry() -> tuple[Authority, tuple[Competence, ...]]:
    mine = caller().authority
    if mine is None:
        raise BadRequest("page-not-found")
    return _entry(mine.id)


def _own(authority: Authority) -> bool:
    mine = caller().authority
    return mine is not None and mine.id == authority.id


def _desk() -> AuthorityDesk:
    desk: AuthorityDesk = current_app.extensions["accounts"].authorities
    return desk


def _kind_name(kind: str) -> str:
    return kinds().kinds[kind][words().lang]


def _procedure_name(procedure: str) -> str:
    return kinds().procedures[procedure][words().lang] if procedure in kinds().procedures else procedure
