"""The pages by which a leader signs what was approved electronically, and annuls what was issued; both with step-up."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, url_for

from verifier.accounts.roles import Role
from verifier.cases.desk import View
from verifier.cases.records import Case
from verifier.cases.signing import CaseSigning
from verifier.errors import BadRequest, VerifierError
from verifier.web.access import caller
from verifier.web.account.way import token
from verifier.web.casework.acting import int_of
from verifier.web.casework.base import VERSION, asker, blueprint, desk, work
from verifier.web.chrome import forward, page
from verifier.web.forms import FormError
from verifier.web.issuing.base import hide, refused
from verifier.web.step_up import step_up_needed

SIGN, ANNUL = "sign", "annul"


def offered(case: Case) -> tuple[str, ...]:
    """Return which of both the caller may do now: names as of commands."""
    signing = work().signing
    if signing is None or Role.LEADER not in caller().roles or case.authority_id != caller().scope.authority:
        return ()
    return (SIGN,) if case.status == "signing" else (ANNUL,) if case.signed_at and not case.removed_at else ()


@blueprint.route("/<uuid:id_>/sign", methods=["GET", "POST"])
@hide
@step_up_needed
def sign(id_: UUID) -> Response:
    """Show what signing does, or sign."""
    view, signing = _begun(id_, SIGN)
    if request.method != "POST":
        return _page("cases/sign.html", view)
    try:
        signing.sign(caller(), token(), id_, version=int_of(request.form.get(VERSION, "")))
    except VerifierError as refusal:
        return _page("cases/sign.html", desk().view(asker(), id_), refused(refusal, "act"))
    return forward(url_for(".show", id_=id_, signed=1))


@blueprint.route("/<uuid:id_>/annul", methods=["GET", "POST"])
@hide
@step_up_needed
def annul(id_: UUID) -> Response:
    """Show what annulling does, or annul one paper by a decision."""
    view, signing = _begun(id_, ANNUL)
    if request.method != "POST":
        return _page("cases/annul.html", view)
    ground, decision = (request.form.get(name, "").strip()[:1000] for name in ("ground", "decision"))
    try:
        signing.annul(caller(), id_, _paper(), ground, decision)
    except VerifierError as refusal:
        places = {"ground-missing": "ground", "decision-missing": "decision"}
        error = refused(refusal, places.get(refusal.problem.code, "paper"))
        return _page("cases/annul.html", desk().view(asker(), id_), error)
    return forward(url_for(".show", id_=id_))


def _begun(id_: UUID, what: str) -> tuple[View, CaseSigning]:
    view, signing = desk().view(asker(), id_), work().signing
    if signing is None or (request.method != "POST" and what not in offered(view.case)):
        raise BadRequest("page-not-found")
    return view, signing


def _paper() -> UUID:
    try:
        return UUID(request.form.get("paper", ""))
    except ValueError:
        raise BadRequest("paper-unknown") from None


def _page(template: str, view: View, error: FormError | None = None) -> Response:
    errors = [error] if error else []
    return page(template, error.status if error else 200, case=view.case, papers=view.papers, errors=errors)
