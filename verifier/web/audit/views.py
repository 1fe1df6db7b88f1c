"""The routes of auditors: the log with its filter, the chain of one subject, checking, and taking away as a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request, url_for

from verifier.accounts.audit_desk import AuditDesk
from verifier.errors import BadRequest
from verifier.reports.formats import Words
from verifier.storage.audit_check import AuditFinding
from verifier.web import chrome
from verifier.web.access import caller
from verifier.web.audit.exports import as_csv, as_lines
from verifier.web.audit.filters import Asked, asked, number
from verifier.web.audit.rows import row_of, subject_of, words_of
from verifier.web.audit.sentences import what_is_wrong
from verifier.web.chrome import page, say

blueprint = Blueprint("audit", __name__, url_prefix="/audit", template_folder="../templates")


@blueprint.get("")
def index() -> Response:
    """List the newest events that fit the filter."""
    form, spoken = asked(request.args, _zone()), _words()
    if form.errors:
        return page("audit/index.html", 422, rows=(), older="", **_form(form))
    found = _desk().search(caller(), form.wanted, number(request.args.get("before", "")))
    rows = [row_of(one, spoken, found.names, _fault(one.fault, one.column)) for one in found.entries]
    older = url_for(".index", **form.typed, before=found.older) if found.older else ""
    newest = url_for(".index", **form.typed) if "before" in request.args else ""
    return page("audit/index.html", rows=rows, older=older, newest=newest, **_form(form))


@blueprint.get("/chain/<kind>/<path:subject>")
def chain(kind: str, subject: str) -> Response:
    """Show the events of one subject, and whether each is linked to those before it."""
    if "\0" in kind + subject:
        raise BadRequest("page-not-found")
    spoken = _words()
    found = _desk().chain(caller(), kind, subject, number(request.args.get("after", "")))
    told = {step: what_is_wrong(finding, spoken.lang) for step, finding in found.broken.items()}
    rows = [row_of(one, spoken, found.names, told.get(one.subject_number, "")) for one in found.entries]
    later = url_for(".chain", kind=kind, subject=subject, after=found.later) if found.later else ""
    first = found.first_broken
    return page(
        "audit/chain.html",
        rows=rows,
        subject=subject_of(found.entries[0].event, found.names, spoken.lang),
        broken=say("audit-broken-at-step", number=first.subject_number, what=told[first.subject_number])
        if first
        else "",
        length=spoken.number(found.length),
        later=later,
        zone=rows[0].moment.zone,
    )


@blueprint.get("/check")
def check() -> Response:
    """Say what checking does."""
    return page("audit/check.html", finding=None)


@blueprint.post("/check")
def check_now() -> Response:
    """Check the whole log and show what was found."""
    finding = _desk().check(caller())
    about = (finding.subject_kind, finding.subject_id) if finding.subject_id else None
    number_ = _words().number(finding.events)
    return page("audit/check.html", finding=finding, broken=_broken(finding), about=about, count=number_)


@blueprint.get("/export.csv")
def export_csv() -> Response:
    """Give the filtered events as a table."""
    form, spoken = _good(), _words()
    return _file(as_csv(_desk().export(caller(), form.wanted, "csv"), spoken), "audit-log.csv", "text/csv")


@blueprint.get("/export.jsonl")
def export_lines() -> Response:
    """Give the filtered events with their hashes."""
    form = _good()
    return _file(as_lines(_desk().export(caller(), form.wanted, "jsonl")), "audit-log.jsonl", "application/jsonl")


def _desk() -> AuditDesk:
    desk: AuditDesk = current_app.extensions["accounts"].audit
    return desk


def _zone() -> ZoneInfo:
    home = caller().authority
    if home is None:
        raise BadRequest("page-not-found")
    return ZoneInfo(home.time_zone)


def _words() -> Words:
    """This request's language, with times in the zone of the caller's authority."""
    return Words(chrome.words().lang, _zone())


def _form(form: Asked) -> dict[str, Any]:
    lang, home = chrome.words().lang, caller().authority
    return {
        "typed": form.typed,
        "errors": list(form.errors),
        "actions": words_of("action", lang),
        "kinds": words_of("subject", lang),
        "home": home.name(lang) if home else "",
        "zone": _zone_name(),
    }


def _zone_name() -> str:
    return _words().zone_name(current_app.extensions["accounts"].clock.now())


def _good() -> Asked:
    form = asked(request.args, _zone())
    if form.errors:
        raise BadRequest("bad-date")
    return form


def _fault(code: str, column: str) -> str:
    return what_is_wrong(AuditFinding(code, column=column), chrome.words().lang) if code else ""


def _broken(finding: AuditFinding) -> str:
    if finding.intact:
        return ""
    what = what_is_wrong(finding, chrome.words().lang)
    if finding.number and not finding.until:
        return say("audit-broken", number=finding.number, what=what)
    return say("audit-broken-log", what=what)


def _file(content: Iterable[bytes], name: str, kind: str) -> Response:
    response = Response(content, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
