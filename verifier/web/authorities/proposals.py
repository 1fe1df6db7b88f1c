"""The routes on proposals: what waits, what one changes, and its decision by a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for

from verifier.accounts.roles import Role
from verifier.accounts.two_people import APPROVE, REJECT, WITHDRAW, Decision, TwoPeople
from verifier.errors import BadRequest
from verifier.keeping.keeper import KIND as TRUST
from verifier.signing.grants import KIND as SIGNING_GRANT
from verifier.storage.proposals import Proposal
from verifier.web.access import caller
from verifier.web.chrome import forward, page
from verifier.web.forms import FormError, form_error
from verifier.web.signing_keys.lines import changes_of as grant_changes
from verifier.web.step_up import step_up_needed
from verifier.web.trust.base import desk
from verifier.web.trust.changes import changes_of_proposal

blueprint = Blueprint("proposals", __name__, url_prefix="/proposals", template_folder="../templates")

Differ = Callable[[Proposal], Mapping[str, list[str]]]


@blueprint.get("")
def waiting() -> Response:
    """List what waits and what was decided."""
    found = _desk().recent(caller())
    return page("authorities/proposals.html", proposals=found, names=_desk().names(caller(), found))


@blueprint.get("/<uuid:id_>")
def show(id_: UUID) -> Response:
    """Show one proposal and what can be done with it."""
    return _shown(id_)


@blueprint.get("/<uuid:id_>/approve")
@step_up_needed
def approval(id_: UUID) -> Response:
    """Show what approving does, for a leader who has just proved to be there."""
    return _shown(id_, approving=True)


@blueprint.post("/<uuid:id_>/approve")
@step_up_needed
def approve(id_: UUID) -> Response:
    """Approve, which carries the change out."""
    return _decide(id_, APPROVE)


@blueprint.post("/<uuid:id_>/reject")
def reject(id_: UUID) -> Response:
    """Reject, with a reason."""
    return _decide(id_, REJECT)


@blueprint.post("/<uuid:id_>/withdraw")
def withdraw(id_: UUID) -> Response:
    """Take the own proposal back."""
    return _decide(id_, WITHDRAW)


def _decide(id_: UUID, decision: Decision) -> Response:
    reason = request.form.get("reason", "")
    try:
        _desk().decide(caller(), id_, decision, reason)
    except BadRequest as refusal:
        if refusal.problem.code == "not-found":
            raise BadRequest("page-not-found") from None
        error = form_error(refusal.problem, "reason")
        return _shown(id_, error=error, reason=reason, approving=decision is APPROVE)
    return forward(url_for("proposals.show", id_=id_))


def _shown(id_: UUID, *, error: FormError | None = None, reason: str = "", approving: bool = False) -> Response:
    try:
        proposal = _desk().get(caller(), id_)
    except BadRequest:
        raise BadRequest("page-not-found") from None
    mine, leader = caller().id == proposal.proposed_by, Role.LEADER in caller().roles
    return page(
        "authorities/proposal.html",
        error.status if error else 200,
        proposal=proposal,
        changes=_changes(proposal) if proposal.state == "open" else {},
        trust=changes_of_proposal(proposal),
        checks=desk().list_checks(proposal) if proposal.kind == TRUST else None,
        names=_desk().names(caller(), (proposal,)),
        errors=[error] if error else [],
        reason=reason,
        mine=mine,
        may_decide=leader and not mine and proposal.state == "open",
        may_withdraw=mine and proposal.state == "open",
        approving=approving,
    )


def _changes(proposal: Proposal) -> Mapping[str, list[str]]:
    """What a proposal changes, told by the desk of its kind."""
    differs: Mapping[str, Differ] = {
        "authority": lambda one: current_app.extensions["accounts"].authorities.difference(caller(), one),
        SIGNING_GRANT: grant_changes,
        TRUST: lambda _one: {},  # told by entries, not by fields
    }
    return differs[proposal.kind](proposal)


def _desk() -> TwoPeople:
    desk: TwoPeople = current_app.extensions["accounts"].proposals
    return desk
