"""The views of `/api/v1/issuances`: an officer orders and confirms in one call, lists, reads, cancels and annuls.

Machine clients issue nothing: the caller is a person by the session cookie and its form token, as `web.identify` tells.
What signs or annuls needs a step-up not older than five minutes; without one the answer is 403 `step-up-needed`, and
its params say where to prove.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from verifier.errors import BadRequest, CouldNotIssue, VerifierError
from verifier.plain_json import ToldTwice, read_once
from verifier.reports.formats import iso
from verifier.signing.records import Kind, Level, Order, State
from verifier.storage.issuances import Issuance
from verifier.web.access import caller
from verifier.web.account.way import token
from verifier.web.api.case_body import body
from verifier.web.api.idempotency import HEADER, Turns, made_under, request_of
from verifier.web.api.issuance_schemas import AnnulmentSaid, CancellationSaid
from verifier.web.api.listing import asked_limit
from verifier.web.api.views import sent_file
from verifier.web.downloads import as_download, given
from verifier.web.issuing.base import service
from verifier.web.issuing.lines import problem_of
from verifier.web.issuing.order import AUTO, PLACEMENTS
from verifier.web.issuing.views import PDF, place_of, read_place, released_name
from verifier.web.limits import FORM_SLACK
from verifier.web.services import accounts
from verifier.web.site import site
from verifier.web.uploads import clean_file_name, received, too_large

RETRY_AFTER = "2"
"""Seconds after which to ask again how far an act is."""
STANDING = {(False, False): "in-force", (True, False): "annulled", (True, True): "annulled", (False, True): "replaced"}

blueprint = Blueprint("issuances_api", __name__, url_prefix="/api/v1/issuances")


@blueprint.url_value_preprocessor
def room(endpoint: str | None, _values: object) -> None:
    """Let a call bring its document."""
    if endpoint == "issuances_api.create":
        request.max_content_length = site().upload_bytes + FORM_SLACK


@blueprint.get("")
def index() -> Response:
    """List the acts of the officer's authority, page by page."""
    limit, wanted = asked_limit(), {"state": _one_of("state", State), "kind": _one_of("kind", Kind)}
    found = service().recent(caller(), limit, **wanted, after=_after())
    rest = url_for(".index", limit=limit, after=place_of(found[-1]), _external=False) if len(found) == limit else None
    return _json({"issuances": [told(one) for one in found], "next": rest})


@blueprint.post("")
def create() -> Response:
    """Order an act, confirm it, and wait for its end: 201 where it is released, 202 while it goes on."""
    asked = service()
    require_proof()
    try:
        file = sent_file()
    except RequestEntityTooLarge:
        raise too_large(site().upload_bytes) from None
    name, who = clean_file_name(file.filename or ""), cast("UUID", caller().id)
    with received(file.stream, current_app.config["SPOOL"], site().upload_bytes) as upload:
        if not upload.size:
            raise BadRequest("empty-file")
        wanted = read_order()
        key = request_of(who, request.headers.get(HEADER, ""), _fingerprint(upload.sha256, name, wanted))
        with _turns().of(key.partition("-")[0]):
            id_ = _made(who, key) or asked.order(caller(), upload.path, name, replace(wanted, request=key)).id
            _confirm(id_)
    act = asked.wait(caller(), id_, 0 if _asynchronous() else current_app.extensions["wait_seconds"])
    if act.state == State.CANCELLED:
        problem = problem_of(act)
        raise CouldNotIssue(problem.code if problem else "internal-error", issuance=str(id_))
    return _answer(act, 201 if act.state == State.RELEASED else 202)


@blueprint.get("/<uuid:id_>")
def read(id_: UUID) -> Response:
    """Return one act as it stands."""
    return _answer(service().get(caller(), id_), 200)


@blueprint.get("/<uuid:id_>/document")
def document(id_: UUID) -> Response:
    """Give what was released."""
    act = service().get(caller(), id_)
    return given(service().document(caller(), id_), released_name(act), PDF)


@blueprint.get("/<uuid:id_>/sheet")
def sheet(id_: UUID) -> Response:
    """Give the paper carrier of what was released."""
    return as_download(Response(service().sheet(caller(), id_), mimetype=PDF), f"sheet-{id_}.pdf")


@blueprint.post("/<uuid:id_>/annulment")
def annul(id_: UUID) -> Response:
    """Annul what was released, with ground and decision number."""
    service().get(caller(), id_)
    require_proof()
    said = body(AnnulmentSaid)
    return _answer(service().annul(caller(), id_, said.ground, said.decision), 200)


@blueprint.post("/<uuid:id_>/cancellation")
def cancel(id_: UUID) -> Response:
    """Abandon an act that is not released, with a reason."""
    service().get(caller(), id_)
    return _answer(service().cancel(caller(), id_, body(CancellationSaid).reason), 200)


def require_proof() -> None:
    """Refuse a caller who did not prove to be there within five minutes: BadRequest `step-up-needed`."""
    if not caller().proved_within(accounts().clock.now()):
        raise _step_up_needed()


def read_order() -> Order:
    """Return what the form asks for; BadRequest `bad-option` names the field that is not understood."""
    form = request.form
    try:
        kind, level = Kind(form.get("kind", "")), Level(form.get("level") or service().level)
    except ValueError:
        raise _bad("kind or level", f"must be one of {', '.join((*Kind, *Level))}") from None
    placement = form.get("placement", AUTO)
    if placement not in PLACEMENTS:
        raise _bad("placement", f"must be one of {', '.join(PLACEMENTS)}")
    try:
        replaces = UUID(form["replaces"]) if form.get("replaces") else None
    except ValueError:
        raise _bad("replaces", "must be the id of an act") from None
    said = _particulars(form.get("particulars", ""))
    return Order(kind, form.get("dossier", "").strip()[:100], level, PLACEMENTS[placement], said, replaces)


def told(act: Issuance) -> dict[str, Any]:
    """Return an act as the wire type `IssuanceNote`."""
    released = act.state == State.RELEASED
    return {
        "id": str(act.id),
        "kind": act.kind,
        "dossier": act.dossier,
        "level": act.level,
        "state": act.state,
        "standing": STANDING[act.annulled_at is not None, act.replaced_by_id is not None] if released else None,
        "file": act.file_name,
        "size": act.size,
        "sha256": act.input_sha256,
        "placement": act.placement or None,
        "number": act.number_text or None,
        "book": act.book or None,
        "law_sha256": act.law_sha256 or None,
        "year": act.year,
        "created_at": iso(act.created_at),
        "issued_at": iso(act.issued_at) if act.issued_at else None,
        "released_at": iso(act.released_at) if act.released_at else None,
        "released_sha256": act.output_sha256 or None,
        "conclusion": act.conclusion or None,
        "problem": _problem(act),
        "annulled_at": iso(act.annulled_at) if act.annulled_at else None,
        "ground": act.annul_ground,
        "decision": act.annul_decision,
        "replaces": str(act.replaces_id) if act.replaces_id else None,
        "replaced_by": str(act.replaced_by_id) if act.replaced_by_id else None,
        "batch": str(act.batch_id) if act.batch_id else None,
        "href": url_for("issuances_api.read", id_=act.id),
        "document": url_for("issuances_api.document", id_=act.id) if released else None,
        "sheet": url_for("issuances_api.sheet", id_=act.id) if released else None,
    }


def _problem(act: Issuance) -> dict[str, Any] | None:
    found = problem_of(act)
    return {"code": found.code, "detail": found.detail, "params": dict(found.params)} if found else None


def _made(who: UUID, key: str) -> UUID | None:
    """Return what was ordered under a key before."""
    with accounts().database.unit(caller().scope) as unit:
        found = made_under(unit, who, key, accounts().clock.now())
    return found.id if found else None


def _confirm(id_: UUID) -> None:
    """Confirm an act unless it is; where that is refused the act is cancelled, so that none is left behind."""
    if service().get(caller(), id_).state != State.ORDERED:
        return
    try:
        service().confirm(caller(), token(), [id_])
    except VerifierError as refusal:
        service().cancel(caller(), id_, refusal.problem.code)
        raise (_step_up_needed() if refusal.problem.code == "step-up-needed" else refusal) from None


def _answer(act: Issuance, status: int) -> Response:
    answer = _json(told(act))
    answer.status_code = status
    answer.set_etag(str(act.version))
    if status in (201, 202):
        answer.headers["Location"] = url_for(".read", id_=act.id)
        answer.headers.extend({"Retry-After": RETRY_AFTER} if status == 202 else {})
        return answer
    if request.method == "GET":
        answer.make_conditional(request)
    return answer


def _json(told: Mapping[str, Any]) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), content_type="application/json")


def _fingerprint(sha256: str, name: str, wanted: Order) -> str:
    """Return what tells one request from another."""
    said = [sha256, name, wanted.kind, wanted.dossier, wanted.level, str(wanted.wish.placement), str(wanted.replaces)]
    return hashlib.sha256(json.dumps([*said, sorted(wanted.said.items())]).encode()).hexdigest()


def _turns() -> Turns:
    """Return the turns of this application; of two first calls at once both get the same."""
    return cast("Turns", current_app.extensions.setdefault("issuance_turns", Turns()))


def _particulars(text: str) -> Mapping[str, str]:
    try:
        found = read_once(text) if text else {}
    except ToldTwice:
        raise _bad("particulars", "must name each field once") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise _bad("particulars", "must be a JSON object whose values are strings")
    return {name: value for name, value in found.items() if value}


def _one_of(name: str, among: type[State | Kind]) -> str:
    value = request.args.get(name, "")
    if value and value not in {one.value for one in among}:
        raise _bad(name, f"must be one of {', '.join(among)}")
    return value


def _bad(name: str, why: str) -> BadRequest:
    return BadRequest("bad-option", f"{name} {why}.", option=name)


def _after() -> Any:
    text = request.args.get("after", "")
    if text and (found := read_place(text)) is None:
        raise BadRequest("bad-instant", "after must come from `next`.")
    return found if text else None


def _step_up_needed() -> BadRequest:
    return BadRequest("step-up-needed", "Prove at the address in params, then ask again.", prove_at=_proof())


def _proof() -> str:
    return site().whole(url_for("account.step_up"))


def _asynchronous() -> bool:
    return "respond-async" in request.headers.get("Prefer", "").lower()
