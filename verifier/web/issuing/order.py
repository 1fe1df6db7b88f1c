"""The routes that order an act: the kind first, then a page with the particulars of that kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask import Response, current_app, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from verifier.errors import BadRequest, VerifierError
from verifier.signing.ports import Layout
from verifier.signing.records import Kind, Level, Order, Placement, Wish
from verifier.storage.issuances import Issuance
from verifier.web.access import caller
from verifier.web.chrome import forward, page, say
from verifier.web.forms import FormError
from verifier.web.issuing.base import acts, blueprint, service
from verifier.web.issuing.particulars import LIMIT, asks_basis, names_of, particulars_of
from verifier.web.limits import FORM_SLACK, TEXT_FORM
from verifier.web.refusals import hide, problem_words, refused
from verifier.web.site import site
from verifier.web.uploads import MIB, clean_file_name, received, too_large

FILE = "file"
"""Id of the field for the file."""
AUTO = "auto"
"""The placement that is left to the layout."""
PLACEMENTS: Mapping[str, Wish] = {
    AUTO: Wish(),
    Placement.PAGE.value: Wish(placement=Placement.PAGE),
    Placement.ALLONGE.value: Wish(placement=Placement.ALLONGE),
}
BATCH_FILES = 50
"""Files that one form of a batch may carry; a batch is filled by several."""


@dataclass(frozen=True)
class Typed:
    """What a form on an order holds."""

    dossier: str = ""
    level: str = ""
    """Empty for that of the settings."""
    placement: str = AUTO
    replaces: str = ""
    said: Mapping[str, str] | None = None


@blueprint.url_value_preprocessor
def room(endpoint: str | None, _values: object) -> None:
    """Let a form bring its files; who may not order is refused before any of it is read."""
    if request.mimetype == TEXT_FORM:
        return
    if endpoint == "issuing.order":
        request.max_content_length = site().upload_bytes + FORM_SLACK
    if endpoint == "issuing.add_files":
        request.max_content_length = BATCH_FILES * site().upload_bytes + FORM_SLACK


@blueprint.get("/new")
@hide
def new() -> Response:
    """Show the kinds of acts."""
    service()
    return page("issuing/new.html", kinds=list(Kind))


@blueprint.route("/new/<act_kind>", methods=["GET", "POST"])
@hide
def order(act_kind: str) -> Response:
    """Show the form of a kind, or order an act."""
    kind = kind_of(act_kind)
    if request.method != "POST":
        return _form(kind, _started(kind))
    try:
        typed, file = typed_in(service().layout(kind)), _file()
    except RequestEntityTooLarge:
        return _form(kind, Typed(), [refused(too_large(site().upload_bytes), FILE)])
    if file is None:
        return _form(kind, typed, [FormError(say("issuing-no-file"), field=FILE)])
    try:
        made = ordered(file, order_of(kind, typed))
    except VerifierError as refusal:
        again = FormError(say("issuing-file-again"), field=FILE)
        return _form(kind, typed, [refused(refusal, place_in_form(refusal)), again])
    return forward(url_for(".show", id_=made.id))


def kind_of(told: str) -> Kind:
    """Return the kind of an address or form; BadRequest `page-not-found`."""
    try:
        return Kind(told)
    except ValueError:
        raise BadRequest("page-not-found") from None


def typed_in(layout: Layout) -> Typed:
    """Return what was typed into the form of a kind."""
    said = {name: request.form.get(f"said-{name}", "").strip()[:LIMIT] for name in names_of(layout)}
    plain = {name: request.form.get(name, "").strip()[:100] for name in ("dossier", "level", "placement", "replaces")}
    return Typed(**cast("dict[str, Any]", plain), said=said)


def order_of(kind: Kind, typed: Typed) -> Order:
    """Return the order of what was typed; BadRequest `bad-option` for a value that no form of ours offers."""
    try:
        level = Level(typed.level or service().level)
        wish = PLACEMENTS[typed.placement or AUTO]
        replaces = UUID(typed.replaces) if typed.replaces else None
    except (ValueError, KeyError):
        raise BadRequest("bad-option", "level, placement or replaces", option="level, placement, replaces") from None
    said = {name: value for name, value in (typed.said or {}).items() if value}
    return Order(kind, typed.dossier, level, wish, said, replaces)


def ordered(file: FileStorage, wanted: Order, batch: UUID | None = None) -> Issuance:
    """Have a file ordered; it waits in the service's own folder while it is judged and laid out."""
    spool, limit = current_app.config["SPOOL"], site().upload_bytes
    with received(file.stream, spool, limit) as upload:
        if not upload.size:
            raise BadRequest("empty-file")
        return service().order(caller(), upload.path, clean_file_name(file.filename or ""), wanted, batch)


def _started(kind: Kind) -> Typed:
    """What a form begins with: where it is to replace an act, what was said there."""
    replaces = request.args.get("replaces", "")
    if not replaces:
        return Typed(dossier=request.args.get("dossier", "")[:100])
    try:
        before = service().get(caller(), UUID(replaces))
    except ValueError:
        raise BadRequest("page-not-found") from None
    if before.kind != kind:
        raise BadRequest("page-not-found")
    said = {str(name): str(value) for name, value in before.wanted.get("said", {}).items()}
    return Typed(before.dossier, before.level, AUTO, replaces, said)


def _form(kind: Kind, typed: Typed, errors: list[FormError] | None = None) -> Response:
    if not acts():
        raise BadRequest("page-not-found")
    try:
        layout, trouble = service().layout(kind), None
    except VerifierError as refusal:
        if refusal.problem.code == "issuing-off":
            raise
        layout, trouble = None, problem_words(refusal.problem)
    return page(
        "issuing/order.html",
        errors[0].status if errors else 200,
        kind=kind,
        typed=typed,
        said=typed.said or {},
        fields=particulars_of(kind, layout) if layout else (),
        layout=layout,
        asks_basis=asks_basis(kind),
        trouble=trouble,
        level=service().level,
        levels=[(one, say(f"issuing-level-{one}"), say(f"issuing-level-hint-{one}")) for one in reversed(Level)],
        placements=[(one, say(f"issuing-placement-{one}"), "") for one in PLACEMENTS],
        errors=errors or [],
        limit_mb=f"{site().upload_bytes / MIB:g}",
    )


def _file() -> FileStorage | None:
    file = request.files.get(FILE)
    return file if file is not None and file.filename else None


def place_in_form(refusal: VerifierError) -> str:
    """The field at which a refusal is shown: a particular where it names one, else the file."""
    if refusal.problem.code == "basis-needed":
        return "said-basis"
    field = refusal.problem.params.get("field", "") or refusal.problem.params.get("option", "")
    if field == "dossier":
        return field
    return f"said-{field}" if f"said-{field}" in request.form else FILE
