"""The routes on machine clients: the list, one client with its keys, and a form for each act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from verifier.accounts.administration import ClientSheet
from verifier.accounts.roles import OF_MACHINES, Role
from verifier.accounts.scopes import SCOPES
from verifier.errors import BadRequest
from verifier.web.access import caller
from verifier.web.admin.acts import Act, desk, done_or_shown, form_key, refused, sent_version
from verifier.web.chrome import forward, page, say
from verifier.web.refusals import hide

blueprint = Blueprint("clients", __name__, url_prefix="/admin/clients", template_folder="../templates")

BOTH = ["GET", "POST"]
ROLES = tuple(role for role in Role if role in OF_MACHINES)
"""In the order shown."""


@blueprint.get("")
@hide
def index() -> Response:
    """List the machine clients."""
    return page("admin/clients.html", sheets=desk().clients(caller()))


@blueprint.route("/new", methods=BOTH)
@hide
def new() -> Response:
    """Register a machine client with its first key."""
    if request.method != "POST":
        return _new()
    form = request.form
    try:
        client = desk().add_client(
            caller(),
            form.get("name", ""),
            form.get("role", ""),
            form.getlist("scopes"),
            form.get("key", ""),
            key=form_key(),
        )
    except BadRequest as refusal:
        return _new(refusal)
    return _back(client.id)


@blueprint.get("/<uuid:id_>")
@hide
def show(id_: UUID) -> Response:
    """Show a machine client with its keys."""
    return page("admin/client.html", sheet=desk().client(caller(), id_))


@blueprint.route("/<uuid:id_>/keys/new", methods=BOTH)
@hide
def add_key(id_: UUID) -> Response:
    """Add a public key."""
    if request.method != "POST":
        return _add_key(id_)
    try:
        desk().add_key(caller(), id_, request.form.get("key", ""))
    except BadRequest as refusal:
        return _add_key(id_, refusal)
    return _back(id_)


@blueprint.route("/<uuid:id_>/keys/<uuid:key_id>/end", methods=BOTH)
@hide
def end_key(id_: UUID, key_id: UUID) -> Response:
    """End a key at once."""

    def act(sheet: ClientSheet) -> Act:
        if not any(one.id == key_id for one in sheet.keys):
            raise BadRequest("not-found")
        return _act(sheet, "end-key", {})

    return _done_or_shown(id_, act, lambda: desk().end_key(caller(), id_, key_id, request.form.get("reason", "")))


@blueprint.route("/<uuid:id_>/disable", methods=BOTH)
@hide
def disable(id_: UUID) -> Response:
    """Let a client in no more."""
    return _done_or_shown(
        id_,
        lambda sheet: _act(sheet, "disable", {"version": sheet.client.version}),
        lambda: desk().disable(caller(), id_, sent_version(), request.form.get("reason", "")),
    )


@blueprint.route("/<uuid:id_>/enable", methods=BOTH)
@hide
def enable(id_: UUID) -> Response:
    """Let a client in again."""
    return _done_or_shown(
        id_,
        lambda sheet: _act(sheet, "enable", {"version": sheet.client.version}, danger=False),
        lambda: desk().enable(caller(), id_, sent_version(), request.form.get("reason", "")),
    )


def _done_or_shown(id_: UUID, act: Callable[[ClientSheet], Act], carry_out: Callable[[], object]) -> Response:
    """As `done_or_shown`, for an act on this client; done, it leads back there."""

    def done() -> Response:
        carry_out()
        return _back(id_)

    return done_or_shown(lambda: act(desk().client(caller(), id_)), done)


def _act(sheet: ClientSheet, name: str, hidden: Mapping[str, object], *, danger: bool = True) -> Act:
    client = sheet.client
    return Act(
        heading=say(f"admin-{name}-title", name=client.name),
        back=url_for("clients.show", id_=client.id),
        crumbs=_crumbs(sheet),
        effects=say(f"admin-{name}-effects", name=client.name).split("\n"),
        button=say(f"admin-{name}"),
        hidden=hidden,
        danger=danger,
    )


def _crumbs(sheet: ClientSheet) -> list[tuple[str, str]]:
    client = sheet.client
    return [(url_for("clients.index"), say("admin-clients")), (url_for("clients.show", id_=client.id), client.name)]


def _new(refusal: BadRequest | None = None) -> Response:
    errors = [] if refusal is None else [refused(refusal)]
    return page(
        "admin/new_client.html",
        errors[0].status if errors else 200,
        typed={name: request.form.get(name, "") for name in ("name", "role")} | {"key": _typed_key(refusal)},
        chosen=request.form.getlist("scopes"),
        roles=ROLES,
        scopes=tuple(SCOPES),
        key=form_key(),
        errors=errors,
    )


def _add_key(id_: UUID, refusal: BadRequest | None = None) -> Response:
    sheet = desk().client(caller(), id_)
    errors = [] if refusal is None else [refused(refusal)]
    status = errors[0].status if errors else 200
    told = {"crumbs_of": _crumbs(sheet), "typed": _typed_key(refusal), "errors": errors}
    return page("admin/add_key.html", status, sheet=sheet, **told)


def _typed_key(refusal: BadRequest | None) -> str:
    """Return the key as typed; a secret that was pasted by mistake is not sent back."""
    secret = refusal is not None and refusal.problem.params.get("reason") in {"private", "symmetric"}
    return "" if secret else request.form.get("key", "")


def _back(id_: UUID) -> Response:
    return forward(url_for("clients.show", id_=id_))
