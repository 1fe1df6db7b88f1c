"""The views of `/api/v1/cases`: dossiers are filed, listed, read and moved by commands.

Three kinds of callers: officers by their session and its form token; machine clients of the portal by bearer token, on
what they filed; applicants by a dossier's code and secret token (`X-Dossier-Code`, `X-Dossier-Token`), or by their
electronic identity. `case_askers` says who reaches what.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from verifier.cases import intake
from verifier.cases.intake import Filing
from verifier.cases.openness import open_records
from verifier.cases.queue import WHOSE
from verifier.cases.records import Case, Paper
from verifier.cases.settling import SUBJECT
from verifier.cases.statuses import statuses
from verifier.errors import BadRequest
from verifier.law_desk import answered
from verifier.plain import visible
from verifier.storage.scope import SYSTEM
from verifier.web.access import caller
from verifier.web.api import case_commands, case_signing, case_telling, case_uploads
from verifier.web.api.asked import asked_id
from verifier.web.api.case_askers import applicants, asker, cases, casework, own, reached
from verifier.web.api.case_body import MOST_BYTES, body
from verifier.web.api.case_citing import cited
from verifier.web.api.case_places import placed
from verifier.web.api.contract import refuse_unknown
from verifier.web.api.listing import asked_limit
from verifier.web.downloads import given
from verifier.web.issuing.views import read_place

RETRY_AFTER = "2"
"""Seconds after which to ask again how far a dossier is."""
OFFICE_PARAMETERS = frozenset({"whose", "status", "procedure", "officer", "due", "q", "limit", "after"})
CLIENT_PARAMETERS = frozenset({"status", "procedure", "external", "limit", "after"})

blueprint = Blueprint("cases_api", __name__, url_prefix="/api/v1/cases")


@blueprint.url_value_preprocessor
def room(endpoint: str | None, _values: object) -> None:
    """Let a filing and a command be as long as they may."""
    if endpoint in ("cases_api.file", "cases_api.command"):
        request.max_content_length = MOST_BYTES


@blueprint.post("/uploads")
def upload() -> Response:
    """Take a file in, for a filing or a command to name."""
    return case_uploads.take_in()


@blueprint.post("")
def file() -> Response:
    """File a dossier; the answer holds its secret token, which is told nowhere else."""
    who, filing = asker(), body(Filing)
    if filing.identity and caller().client is None:
        raise BadRequest("field-unknown", "Only a client of the portal vouches for an identity.", field="identity")
    house, key = cases().house, case_commands.key_of(who, "file", filing)
    try:
        made = intake.file(house, who, filing, key=key)
    except BadRequest as refusal:
        now = house.clock()
        raise cited(
            placed(refusal, filing), house.book.at(house.book.codes.day_of(now)), filing.procedure, now
        ) from None
    told = {"dossier": _told(made.case), "token": made.token}
    answer = _tagged(_json(told, 201), made.case)
    answer.headers["Location"] = url_for(".read", id_=made.case.id)
    return answer


@blueprint.get("")
def index() -> Response:
    """List dossiers: of the officer's authority, or those that the client filed."""
    return _of_client() if caller().client else _of_office()


@blueprint.get("/mine")
def mine() -> Response:
    """List the applicant's own dossiers."""
    return _json({"dossiers": [case_telling.own_line(one) for one in own()], "next": None})


@blueprint.get("/specialists")
def specialists() -> Response:
    """List the officers of the own authority to whom a dossier may be assigned."""
    return _json({"specialists": [case_telling.only(one, ("id", "name")) for one in cases().specialists(asker())]})


@blueprint.get("/<uuid:id_>")
def read(id_: UUID) -> Response:
    """Tell a dossier as it stands."""
    _, case = reached(id_)
    return _conditional(_json(_told(case)), case)


@blueprint.get("/<uuid:id_>/papers")
def papers(id_: UUID) -> Response:
    """Tell the papers of a dossier and what is stored with it."""
    who, _ = reached(id_)
    view = cases().view(who, id_)
    told = case_telling.papers(view, cases().house.book, office=not applicants())
    return _conditional(_json(told), view.case)


@blueprint.get("/<uuid:id_>/records/<uuid:record_id>")
def record(id_: UUID, record_id: UUID) -> Response:
    """Give a stored record as a download; whoever reads it stands in the audit log."""
    who, case = reached(id_)
    view = cases().view(who, id_)
    seen = open_records(view, cases().house.book) if applicants() else view.records
    found = next((one for one in seen if one.id == record_id), None)
    if found is None:
        raise BadRequest("not-found")
    if not found.blob:
        raise BadRequest("record-removed")
    answer = given(cases().given(who, case, found), found.name, found.media_type)
    answer.headers["Repr-Digest"] = _digest(found.sha256)
    return answer


@blueprint.get("/<uuid:id_>/log")
def log(id_: UUID) -> Response:
    """Tell the chain of a dossier's events, with numbers and hashes."""
    _, case = reached(id_)
    entries = cases().history(id_)
    told = {"subject": [SUBJECT, str(id_)], "events": case_telling.log(entries, office=not applicants())}
    return _conditional(_json(told), case)


@blueprint.get("/<uuid:id_>/deadline")
def deadline(id_: UUID) -> Response:
    """Tell when a dossier is due, step by step, with what the law says."""
    who, case = reached(id_)
    count = len(cases().view(who, id_).papers)
    with answered():
        told = case_telling.deadline(case, cases().house.book, _code(case), count, office=not applicants())
    return _json(told)


@blueprint.get("/<uuid:id_>/deliveries")
def deliveries(id_: UUID) -> Response:
    """Tell how the result stands on its way out, and each delivery with its proof."""
    who, _ = reached(id_)
    view = cases().view(who, id_)
    stands, left = casework().deliveries.outlook(who, view)
    return _tagged(_json(case_telling.deliveries(stands, left, office=not applicants())), view.case)


@blueprint.get("/<uuid:id_>/offers")
def offers(id_: UUID) -> Response:
    """Tell which commands the caller may give now, with the schema of each, and why not the others."""
    who, case = reached(id_)
    told = {"version": case.version, "status": case.status, "commands": case_commands.offers(who, case)}
    return _tagged(_json(told), case)


@blueprint.post("/<uuid:id_>/sign")
def sign(id_: UUID) -> Response:
    """Sign what was approved, by the leader's own session."""
    return _moved(case_signing.sign(id_))


@blueprint.post("/<uuid:id_>/annul")
def annul(id_: UUID) -> Response:
    """Annul what was issued for a paper."""
    return _moved(case_signing.annul(id_))


@blueprint.post("/<uuid:id_>/<command>")
def command(id_: UUID, command: str) -> Response:
    """Give a command."""
    _, case, status = case_commands.give(id_, command)
    return _moved(case, status)


def _moved(case: Case, status: int = 0) -> Response:
    """Answer with a dossier that a command moved; 202 where the service goes on with it by itself."""
    status = status or (202 if case.status in case_commands.GOES_ON else 200)
    answer = _tagged(_json(_told(case), status), case)
    if status == 202:
        answer.headers.extend({"Location": url_for(".read", id_=case.id), "Retry-After": RETRY_AFTER})
    return answer


# --- lists -----------------------------------------------------------------------------------------------------------


def _of_office() -> Response:
    refuse_unknown(OFFICE_PARAMETERS)
    limit, after, words = asked_limit(), request.args.get("after", ""), request.args.get("q", "").strip()
    queue, who = casework().queue, asker()
    if words:
        if narrowing := sorted(set(request.args) - {"q", "limit", "after"}):
            raise BadRequest("bad-option", f"{narrowing[0]} does not go with q.", option=narrowing[0])
        page = queue.search(who, words, limit=limit, after=after)
    else:
        page = queue.work(who, _whose(), **_narrowed(), limit=limit, after=after)
    due = _due()
    lines = [one for one in page.lines if due is None or one.place.at < due]
    more = page.next if len(lines) == len(page.lines) else ""
    rest = _next(more) if more else None
    return _json({"dossiers": [case_telling.line(one) for one in lines], "next": rest})


def _whose() -> str:
    told = request.args.get("whose", "all")
    if told not in WHOSE:
        raise BadRequest("bad-option", f"whose must be one of {', '.join(WHOSE)}.", option="whose")
    return told


def _narrowed() -> dict[str, Any]:
    id_ = caller().id if request.args.get("officer") == "me" else asked_id("officer")
    return {"statuses": frozenset(_statuses()), "officer": id_, "procedure": _said("procedure")}


def _said(name: str) -> str:
    """Return a text that is compared in the database, which holds no U+0000."""
    told = request.args.get(name, "")
    if "\0" in told:
        raise BadRequest("bad-option", f"{name} holds U+0000.", option=name)
    return told


def _statuses() -> list[str]:
    told = request.args.getlist("status")
    if unknown := [one for one in told if one not in statuses()]:
        raise BadRequest("bad-option", f"There is no status {visible(unknown[0])[:60]!r}.", option="status")
    return told


def _due() -> datetime | None:
    """Return before which instant the dossiers must be due; the list is in that order."""
    told = request.args.get("due", "")
    try:
        found = datetime.fromisoformat(told) if told else None
    except ValueError:
        raise BadRequest("bad-instant", "due must be an instant.") from None
    if found is not None and found.utcoffset() is None:
        raise BadRequest("bad-instant", "due must name its time zone.")
    return found


def _of_client() -> Response:
    refuse_unknown(CLIENT_PARAMETERS)
    limit, told = asked_limit(), request.args.get("after", "")
    after = read_place(told) if told else None
    if told and after is None:
        raise BadRequest("bad-option", "after must come from `next`.", option="after")
    which = {name: _said(name) for name in ("procedure", "external", "status") if request.args.get(name)}
    if len(_statuses()) > 1:
        raise BadRequest("bad-option", "status is said once.", option="status")
    who = asker()
    with cases().house.database.unit(who.scope) as unit:
        found = unit.cases.filed_by(who.id, limit, after, **which)
    rest = None
    if len(found) == limit:
        rest = _next(f"{found[-1].filed_at.isoformat()}~{found[-1].id}")
    return _json({"dossiers": [case_telling.own_line(one) for one in found], "next": rest})


def _next(after: str) -> str:
    """Return the address of the page behind a place."""
    told: Any = {**request.args.to_dict(flat=False), "after": after}
    return url_for(".index", **told)


# --- small things ----------------------------------------------------------------------------------------------------


def _told(case: Case) -> dict[str, Any]:
    own, papers = caller().authority, tuple[Paper, ...]()
    known = {own.id: own} if own else {}
    unknown = {case.authority_id, case.intake_id} - known.keys()
    if unknown or case.decided_at:
        with cases().house.database.unit(SYSTEM) as unit:
            known |= {one.id: one for id_ in unknown if (one := unit.authorities.get(id_))}
            papers = unit.cases.papers(case.id) if case.decided_at else ()
    has, took_in = known[case.authority_id], known[case.intake_id]
    return case_telling.dossier(case, papers, has, took_in, office=not applicants())


def _code(case: Case) -> str:
    with cases().house.database.unit(SYSTEM) as unit:
        found = unit.authorities.get(case.authority_id)
    return found.code if found else ""


def _digest(sha256: str) -> str:
    """Return the digest of a file as RFC 9530 writes it."""
    return f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"


def _tagged(answer: Response, case: Case) -> Response:
    answer.set_etag(str(case.version))
    return answer


def _conditional(answer: Response, case: Case) -> Response:
    return _tagged(answer, case).make_conditional(request)  # type: ignore[return-value]


def _json(told: object, status: int = 200) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), status, content_type="application/json")
