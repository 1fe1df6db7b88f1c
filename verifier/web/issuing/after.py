"""The routes that end an act: cancelling one that is not released, annulling one that is; each a page of its own."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, url_for

from verifier.errors import BadRequest, CouldNotIssue
from verifier.signing.records import State
from verifier.storage.issuances import Issuance
from verifier.web.access import caller
from verifier.web.chrome import forward, page
from verifier.web.forms import FormError
from verifier.web.issuing.base import blueprint, service
from verifier.web.issuing.confirm import after_refusal
from verifier.web.issuing.lines import act_line
from verifier.web.refusals import hide, refused
from verifier.web.step_up import step_up_needed

_PLACES = {"reason-missing": "reason", "ground-missing": "ground", "decision-missing": "decision"}


@blueprint.route("/<uuid:id_>/cancel", methods=["GET", "POST"])
@hide
def cancel(id_: UUID) -> Response:
    """Show what cancelling does, or cancel with a reason."""
    act = service().get(caller(), id_)
    if act.state in (State.RELEASED, State.CANCELLED):
        return forward(url_for(".show", id_=id_))
    if request.method != "POST":
        return _page("issuing/cancel.html", act)
    try:
        service().cancel(caller(), id_, typed("reason"))
    except BadRequest as refusal:
        return _page("issuing/cancel.html", act, refused(refusal, _PLACES.get(refusal.problem.code, "main")))
    return forward(url_for(".show", id_=id_))


@blueprint.route("/<uuid:id_>/annul", methods=["GET", "POST"])
@hide
@step_up_needed
def annul(id_: UUID) -> Response:
    """Show what annulling does, or annul with ground and decision."""
    act = service().get(caller(), id_)
    if act.state != State.RELEASED or act.annulled_at or act.replaced_by_id:
        return forward(url_for(".show", id_=id_))
    if request.method != "POST":
        return _page("issuing/annul.html", act)
    try:
        service().annul(caller(), id_, typed("ground"), typed("decision"))
    except (BadRequest, CouldNotIssue) as refusal:
        error = refused(refusal, _PLACES.get(refusal.problem.code, "main"))
        return after_refusal(refusal, "") or _page("issuing/annul.html", act, error)
    return forward(url_for(".show", id_=id_))


def typed(name: str) -> str:
    """Return what was typed into a field."""
    return request.form.get(name, "").strip()[:1000]


def _page(template: str, act: Issuance, error: FormError | None = None) -> Response:
    return page(
        template,
        error.status if error else 200,
        act=act,
        line=act_line(act),
        typed={name: typed(name) for name in ("reason", "ground", "decision")},
        errors=[error] if error else [],
    )
