"""The page on which an officer confirms an act: what will happen, then the order to do it, with a fresh step-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import NameOID
from flask import Response, request, url_for

from verifier.errors import BadRequest, CouldNotIssue, VerifierError
from verifier.plain import visible
from verifier.signing.acts.records import Forecast, ForecastKey
from verifier.signing.records import State
from verifier.storage.issuances import Issuance
from verifier.web.access import caller
from verifier.web.account.way import token
from verifier.web.chrome import forward, page
from verifier.web.forms import FormError
from verifier.web.issuing.base import blueprint, service
from verifier.web.issuing.lines import act_line
from verifier.web.refusals import hide, problem_words, refused
from verifier.web.step_up import step_up_needed


@dataclass(frozen=True)
class KeyLine:
    """A key that would sign, as the page shows it."""

    key: ForecastKey
    holder: str
    """Who holds its certificate, by common name and organisation."""
    trouble: str
    """Why it cannot sign now; empty where it can."""


@dataclass(frozen=True)
class Ahead:
    """What confirming will do, in words."""

    forecast: Forecast
    keys: tuple[KeyLine, ...]
    troubles: tuple[tuple[str, str], ...]
    """What stands in the way, and what to do."""


@blueprint.route("/<uuid:id_>/confirm", methods=["GET", "POST"])
@hide
@step_up_needed
def confirm(id_: UUID) -> Response:
    """Show what confirming does, or confirm; an act that is confirmed already leads to its page."""
    act = service().get(caller(), id_)
    if act.state != State.ORDERED:
        return forward(url_for(".show", id_=id_))
    if request.method != "POST":
        return _page(act)
    if request.form.get("version", "") != str(act.version):
        return _page(act, refused(BadRequest("changed-meanwhile")))
    try:
        service().confirm(caller(), token(), [id_])
    except (BadRequest, CouldNotIssue) as refusal:
        return after_refusal(refusal, url_for(".show", id_=id_)) or _page(act, refused(refusal))
    return forward(url_for(".show", id_=id_))


def after_refusal(refusal: VerifierError, done: str) -> Response | None:
    """Return where to go after a refusal that is none of the page's own; None where the page says what is wrong."""
    code = refusal.problem.code
    if code == "already-confirmed":
        return forward(done)
    if code == "step-up-needed":  # by the signer process, which looks for itself
        return forward(url_for("account.step_up", next=request.path))
    if code == "session-over":
        return forward(url_for("account.sign_in", next=request.path, over=1))
    return None


def ahead(ids: Sequence[UUID]) -> Ahead:
    """Return what confirming these acts will do."""
    found = service().forecast(caller(), ids)
    keys = tuple(_key_line(one) for one in found.keys)
    return Ahead(found, keys, tuple(problem_words(one) for one in found.problems))


def holder_of(subject: str) -> str:
    """Return common name and organisation of a subject (RFC 4514); the subject itself where it has neither."""
    try:
        name = x509.Name.from_rfc4514_string(subject)
    except ValueError:
        return visible(subject)
    wanted = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    said = (str(one.value) for oid in wanted for one in name.get_attributes_for_oid(oid))
    return visible(", ".join(dict.fromkeys(said)) or subject)


def _key_line(key: ForecastKey) -> KeyLine:
    return KeyLine(key, holder_of(key.subject), problem_words(key.problem)[0] if key.problem else "")


def _page(act: Issuance, error: FormError | None = None) -> Response:
    return page(
        "issuing/confirm.html",
        error.status if error else 200,
        act=act,
        line=act_line(act),
        ahead=ahead([act.id]),
        errors=[error] if error else [],
    )
