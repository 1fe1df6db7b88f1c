"""The routes that propose a change of trust: what can be proposed, and the form of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from verifier.errors import BadRequest, CouldNotJudge
from verifier.keeping.alarms import WAITS
from verifier.keeping.operations import LIST_KINDS, REFRESH
from verifier.plain import visible
from verifier.snapshot import AnchorUse, Branch, TrustSnapshot
from verifier.web.access import caller
from verifier.web.chrome import forward, page, say, words
from verifier.web.forms import FormError, form_error
from verifier.web.limits import FORM_SLACK, TEXT_FORM
from verifier.web.refusals import hide
from verifier.web.trust.authority_form import CHANNEL_CODES, KIND_CODES, LISTS, rows_of
from verifier.web.trust.base import blueprint, branch_name, desk, may_propose
from verifier.web.trust.changes import changes_of
from verifier.web.trust.forms import (
    FORMS,
    MOST_BYTES,
    Form,
    Typed,
    anchors,
    keep_file,
    require_chosen,
    schemes,
    typed_in,
)

BOTH = ["GET", "POST"]
_PLACES: Mapping[str, str] = {
    "reason-missing": "reason",
    "nothing-changed": "main",
    "changed-meanwhile": "main",
    "country-unknown": "country",
    "kind-unknown": "kind",
    "seat-missing": "seat",
    "id-malformed": "id",
    "authority-twice": "id",
    "authority-of-list": "id",
    "name-missing": "name_vi",
    "name-twice": "name_own_lang",
    "name-taken": "name_vi",
    "channel-unknown": "channel",
    "notification-missing": "channel",
    "period-reversed": "valid_until",
    "territory-unknown": "power",
    "document-malformed": "power",
    "table-malformed": "valid_from",
    **dict.fromkeys(
        (
            "branch-missing",
            "branch-unknown",
            "oid-malformed",
            "rule-empty",
            "sha256-malformed",
            "specimen-missing",
            "specimen-twice",
            "specimens-overlap",
        ),
        "specimen",
    ),
}
"""The field at which a refusal is shown, where the refusal does not say it."""


@blueprint.url_value_preprocessor
def room(endpoint: str | None, _values: object) -> None:
    """Let a form bring a whole trusted list; who may not propose is refused before any of it is read."""
    if endpoint == "trust.change" and request.mimetype != TEXT_FORM:
        request.max_content_length = MOST_BYTES + FORM_SLACK


@blueprint.get("/change")
@hide
def choose() -> Response:
    """Show what can be proposed."""
    if not may_propose():
        raise BadRequest("not-allowed")
    return page("trust/choose.html", forms=[one for one in FORMS if one != "folder"])


@blueprint.route("/change/<form>", methods=BOTH)
@hide
def change(form: str) -> Response:
    """Show a form, or propose what was typed."""
    known = FORMS.get(form)
    if known is None or not may_propose():
        raise BadRequest("not-allowed")
    if request.method != "POST":
        snapshot = desk().keeper.snapshot()
        asked = {name: request.args.get(name, "") for name in known.fields}
        return _form(form, {**asked, **{name: [] for name in known.several}, **known.start(snapshot)})
    told = typed_in(known)
    try:
        proposal = _propose(known, told)
    except BadRequest as refusal:
        if refusal.problem.code in {"not-found", "not-allowed"}:
            raise
        return _form(form, told, _refused(refusal, _place(known, refusal)))
    return forward(url_for("proposals.show", id_=proposal))


def _propose(known: Form, told: Typed) -> Any:
    try:
        if known.file:
            keep_file(known, told)
        require_chosen(known, told)
        return desk().propose(caller(), known.operation(told), told["reason"]).id
    except CouldNotJudge as refusal:
        if refusal.problem.code == "material-unknown":  # named by a form that is not ours
            raise BadRequest("trust-file-missing", field=known.file) from None
        raise


def _place(known: Form, refusal: BadRequest) -> str:
    """The field at which a refusal is shown: the refusal says it, or it is about the file."""
    problem = refusal.problem
    field = problem.params.get("field") or _PLACES.get(problem.code, "")
    return field or known.file or (known.fields[0] if known.fields else "reason")


def _refused(refusal: BadRequest, place: str) -> FormError:
    """Return the words of a refusal; where a code has none, what it says of the case."""
    try:
        found = form_error(refusal.problem, place)
        return replace(found, status=422) if found.status == 404 else found
    except KeyError:
        problem = refusal.problem
        return FormError(say("trust-refused", code=problem.code, detail=visible(problem.detail)), "", place)


def _form(form: str, told: Typed, error: FormError | None = None) -> Response:
    snapshot = desk().keeper.snapshot()
    return page(
        "trust/change.html",
        200 if error is None else error.status,
        form=form,
        told={"reason": "", "kept": "", "file_name": "", **told},
        errors=[error] if error else [],
        **(_CONTEXT[form](snapshot, told) if form in _CONTEXT else {}),
    )


def _of_lists(snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    return {"schemes": [("", say("none-chosen")), *schemes(snapshot)]}


def _of_waiting(snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    waiting = {one.scheme for one in desk().sources() if one.problem == WAITS}
    return {"schemes": [("", say("none-chosen")), *(one for one in schemes(snapshot) if one[0] in waiting)]}


def _of_fetched(snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    return {"schemes": [("", say("none-chosen")), *schemes(snapshot, fetched=True)]}


def _of_follow(_snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    return {
        "branches": _branches(),
        "list_kinds": [(one, say(f"trust-list_kind-{one}")) for one in LIST_KINDS],
        "refreshes": [(one, say(f"trust-refresh-{one}")) for one in reversed(REFRESH)],
    }


def _of_anchor(_snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    return {"branches": _branches(), "uses": [(str(one), say(f"trust-use-{one}"), "") for one in AnchorUse]}


def _of_anchor_end(snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    return {"anchors": [("", say("none-chosen")), *anchors(snapshot)]}


def _of_authority(_snapshot: TrustSnapshot, told: Typed) -> dict[str, Any]:
    return {
        "rows": rows_of(told),
        "rules": LISTS,
        "kinds": [("", say("none-chosen")), *((one, say(f"trust-authority-kind-{one}")) for one in KIND_CODES)],
        "channels": [("", say("none-chosen")), *((one, say(f"trust-channel-{one}")) for one in CHANNEL_CODES)],
        "specimen_kinds": [(one, say(f"trust-specimen-kind-{one}")) for one in ("seal", "signature")],
    }


def _of_authority_end(snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    lang = words().lang
    found = sorted((one.name(lang), one.id) for one in snapshot.authorities)
    return {"authorities": [("", say("none-chosen")), *((id_, f"{name} ({id_})") for name, id_ in found)]}


def _of_folder(_snapshot: TrustSnapshot, _told: Typed) -> dict[str, Any]:
    try:
        return {"changes": changes_of(desk().keeper.folder_difference())}
    except (BadRequest, CouldNotJudge):
        return {"changes": None}


def _branches() -> list[tuple[str, str]]:
    return [("", say("none-chosen")), *((str(one), branch_name(one)) for one in Branch)]


_CONTEXT = {
    "list-file": _of_lists,
    "list-waiting": _of_waiting,
    "list-fetch": _of_fetched,
    "unfollow": _of_lists,
    "follow": _of_follow,
    "anchor": _of_anchor,
    "anchor-end": _of_anchor_end,
    "authority": _of_authority,
    "authority-end": _of_authority_end,
    "folder": _of_folder,
}
"""What a form shows beside what was typed."""
