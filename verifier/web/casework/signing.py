"""The pages by which a leader signs what was approved electronically, and annuls what was issued; both with step-up."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask import Response, request, url_for

from verifier.cases.beside import ANNUL, SIGN
from verifier.cases.desk import View
from verifier.cases.kernel import Rule
from verifier.cases.onpaper import waiting_on_paper
from verifier.cases.signing import CaseSigning
from verifier.errors import BadRequest, VerifierError
from verifier.web.access import caller
from verifier.web.account.way import token
from verifier.web.casework.acting import int_of
from verifier.web.casework.base import VERSION, asker, blueprint, desk, work
from verifier.web.chrome import forward, page
from verifier.web.forms import FormError
from verifier.web.refusals import hide, refused
from verifier.web.step_up import step_up_needed


def by_hand(view: View) -> Collection[UUID]:
    """Return the ids of the papers that wait to be signed on paper; none where the law does not answer."""
    house = desk().house
    try:
        return waiting_on_paper(house.book, view.case, view.papers, view.records, house.clock()).keys()
    except BadRequest:
        return ()


@blueprint.route("/<uuid:id_>/sign", methods=["GET", "POST"])
@hide
@step_up_needed
def sign(id_: UUID) -> Response:
    """Show what signing does, or sign."""
    view, signing = _begun(id_)
    if request.method != "POST":
        return _page("cases/sign.html", view) if _now(SIGN, view) else _late(SIGN, view)
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
    view, signing = _begun(id_)
    if request.method != "POST":
        return _page("cases/annul.html", view) if _now(ANNUL, view) else _late(ANNUL, view)
    ground, decision = (request.form.get(name, "").strip()[:1000] for name in ("ground", "decision"))
    try:
        signing.annul(caller(), id_, _paper(), ground, decision)
    except VerifierError as refusal:
        places = {"ground-missing": "ground", "decision-missing": "decision"}
        error = refused(refusal, places.get(refusal.problem.code, "paper"))
        return _page("cases/annul.html", desk().view(asker(), id_), error)
    return forward(url_for(".show", id_=id_))


def _begun(id_: UUID) -> tuple[View, CaseSigning]:
    signing = work().signing
    if signing is None:
        raise BadRequest("page-not-found")
    return desk().view(asker(), id_), signing


def _now(what: Rule, view: View) -> bool:
    """Tell whether it may be done now."""
    return what.name in desk().offered(asker(), view)


def _late(what: Rule, view: View) -> Response:
    """Lead back to the dossier, which says that it cannot be done any more."""
    return forward(url_for(".show", id_=view.case.id, late=what.name))


def _paper() -> UUID:
    try:
        return UUID(request.form.get("paper", ""))
    except ValueError:
        raise BadRequest("paper-unknown") from None


def _page(template: str, view: View, error: FormError | None = None) -> Response:
    errors = [error] if error else []
    status = error.status if error else 200
    return page(template, status, case=view.case, papers=view.papers, by_hand=by_hand(view), errors=errors)
