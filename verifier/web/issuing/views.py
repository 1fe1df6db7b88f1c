"""The routes that show acts of issuing: the list, one act and how far it is, the reports on it, its files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, request, session, url_for

from verifier.errors import BadRequest
from verifier.reports.formats import iso
from verifier.reports.json_report import from_json
from verifier.signing.records import OPEN, Kind, Placement, State
from verifier.storage.issuances import Issuance
from verifier.verdict import Outcome
from verifier.web.access import caller
from verifier.web.chrome import page, say, words
from verifier.web.downloads import as_download, given
from verifier.web.issuing.base import acts, blueprint, service
from verifier.web.issuing.lines import act_line, moments, progress_of, standing
from verifier.web.issuing.particulars import label_of, value_of
from verifier.web.public.result import ResultPage, outcome_page
from verifier.web.refusals import hide
from verifier.web.services import accounts

ROWS = 25
"""Rows of a page."""
STOP_POLLING = 286
"""The status at which htmx stops asking again."""
PDF = "application/pdf"
LOOKED = "looked"
"""Key of the session cookie for the acts of a batch that were opened before it is confirmed."""
MARK = 6
"""Characters of an id by which an opened act is remembered: a cookie has no room for whole ids."""
_REPORTS = {"input": "input_report", "output": "output_report"}


@dataclass(frozen=True)
class Filter:
    """What the list shows."""

    state: str
    kind: str

    @property
    def any(self) -> bool:
        """Tell whether not everything is shown."""
        return bool(self.state or self.kind)


@blueprint.get("")
@hide
def index() -> Response:
    """List the acts of the caller's authority, newest first."""
    wanted = Filter(_known("state", State), _known("kind", Kind))
    after = read_place(request.args.get("after", ""))
    found = service().recent(caller(), ROWS + 1, state=wanted.state, kind=wanted.kind, after=after)
    shown = found[:ROWS]
    older = _list_at(wanted, place_of(shown[-1])) if len(found) > ROWS else ""
    return page(
        "issuing/index.html",
        lines=[act_line(one) for one in shown],
        wanted=wanted,
        states=[("", say("issuing-any")), *((one, say(f"issuing-filter-{one}")) for one in State)],
        kinds=[("", say("issuing-any")), *((one, say(f"issuing-kind-{one}")) for one in Kind)],
        may_act=acts(),
        older=older,
        newest=_list_at(wanted) if after else "",
    )


@blueprint.get("/<uuid:id_>")
@hide
def show(id_: UUID) -> Response:
    """Show one act: what was found, where the mark goes, how far it is, and what came out."""
    act = service().get(caller(), id_)
    if act.batch_id and act.state == State.ORDERED:
        _note_looked(act.batch_id, id_)
    look, word = standing(act)
    return page(
        "issuing/show.html",
        act=act,
        line=act_line(act),
        look=look,
        word=word,
        officer=_officer(act),
        moments=moments(act),
        progress=progress_of(act),
        found=_verdict(act.input_report, act.size, act.created_at),
        judged=_verdict(act.output_report, act.size, act.released_at),
        said=_said(act),
        on_page=act.placement != Placement.ALLONGE,
        running=act.state in OPEN,
        may_act=acts(),
        own=act.officer_id == caller().id,
        may_cancel=acts() and act.state not in (State.RELEASED, State.CANCELLED),
        may_annul=acts() and act.state == State.RELEASED and not act.annulled_at and not act.replaced_by_id,
    )


@blueprint.get("/<uuid:id_>/progress")
def progress(id_: UUID) -> Response:
    """Answer the poll: nothing where nothing changed, the steps, or the order to load the page anew."""
    try:
        act = service().get(caller(), id_)
    except BadRequest:
        act = None
    if act is None or act.state not in OPEN:
        return Response(status=STOP_POLLING, headers={"HX-Refresh": "true", "Cache-Control": "no-store"})
    made = progress_of(act)
    if request.args.get("seen") == made.seen:
        return Response(status=204, headers={"Cache-Control": "no-store"})
    return page("issuing/_progress.html", progress=made)


@blueprint.get("/<uuid:id_>/reports/<which>")
@hide
def report(id_: UUID, which: str) -> Response:
    """Show what our judge found in the document as it came in (`input`), or in what came out (`output`)."""
    act = service().get(caller(), id_)
    text = getattr(act, _REPORTS[which]) if which in _REPORTS else ""
    shown = _verdict(text, act.size, act.created_at)
    if shown is None:
        raise BadRequest("page-not-found")
    if request.args.get("as") == "json":
        return as_download(Response(text, mimetype="application/json"), f"{which}-report.json")
    return page("issuing/report.html", act=act, page=shown, which=which)


@blueprint.get("/<uuid:id_>/document")
@hide
def document(id_: UUID) -> Response:
    """Give what was released."""
    act = service().get(caller(), id_)
    return given(service().document(caller(), id_), released_name(act), PDF)


@blueprint.get("/<uuid:id_>/original")
@hide
def original(id_: UUID) -> Response:
    """Give the document as it came in, to the byte."""
    act = service().get(caller(), id_)
    return given(service().original(caller(), id_), act.file_name)


@blueprint.get("/<uuid:id_>/sheet")
@hide
def sheet(id_: UUID) -> Response:
    """Give the paper carrier of a released act."""
    name = f"sheet-{id_}.pdf"
    return as_download(Response(service().sheet(caller(), id_), mimetype=PDF), name)


def released_name(act: Issuance) -> str:
    """Return the name under which a released document is saved; always that of a PDF."""
    name = act.file_name
    return name if name.lower().endswith(".pdf") else f"{name}.pdf"


def place_of(last: Issuance) -> str:
    """Write where a page ended: the instant and, for those of the same instant, the id."""
    return f"{iso(last.created_at)}~{last.id}"


def read_place(told: str) -> tuple[datetime, UUID] | None:
    """Read what `place_of` wrote; None for anything else, which is the beginning."""
    instant, _, id_ = told.partition("~")
    try:
        before, found = datetime.fromisoformat(instant), UUID(id_)
    except ValueError:
        return None
    return (before, found) if before.utcoffset() is not None else None


def looked_at(batch: UUID) -> frozenset[str]:
    """Return the marks of the acts of a batch that were opened in this session."""
    kept = session.get(LOOKED, [])
    return frozenset(kept[1:]) if kept and kept[0] == mark(batch) else frozenset()


def mark(id_: UUID) -> str:
    """Return by what an opened act is remembered."""
    return id_.hex[-MARK:]


def _note_looked(batch: UUID, id_: UUID) -> None:
    """Remember that an act of a batch was opened; of the last batch only."""
    if mark(id_) not in (seen := looked_at(batch)):
        session[LOOKED] = [mark(batch), *sorted({*seen, mark(id_)})]


def _list_at(wanted: Filter, after: str = "") -> str:
    return url_for(".index", after=after or None, state=wanted.state or None, kind=wanted.kind or None)


def _known(name: str, words_of: type[State | Kind]) -> str:
    told = request.args.get(name, "")
    return told if told in {one.value for one in words_of} else ""


def _officer(act: Issuance) -> str:
    """Name who ordered it; empty where that is known no more."""
    with accounts().database.unit(caller().scope) as unit:
        someone = unit.people.get(act.officer_id)
    return someone.name if someone else ""


def _verdict(report: str, size: int, at: datetime | None) -> ResultPage | None:
    """Make the page of a stored report; None where there is none, or none that can be read."""
    outcome = _outcome(report)
    return outcome_page(outcome, words(), size, at) if outcome else None


def _outcome(report: str) -> Outcome | None:
    try:
        return from_json(json.loads(report)) if report else None
    except (ValueError, KeyError, TypeError):
        return None


def _said(act: Issuance) -> list[tuple[str, str]]:
    """Return the particulars that the officer said, with their words."""
    kind, said = Kind(act.kind), act.wanted.get("said", {})
    return [(label_of(kind, name), value_of(kind, name, str(value))) for name, value in said.items() if value]
