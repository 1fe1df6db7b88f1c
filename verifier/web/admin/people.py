"""The routes on people: the list, one person, and one form for each thing that can be done to an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Blueprint, Response, request, session, url_for

from verifier.accounts.administration import Invited, Sheet
from verifier.accounts.roles import OF_PEOPLE, Role
from verifier.errors import BadRequest
from verifier.storage.people import RoleGrant
from verifier.web.access import caller
from verifier.web.admin.acts import (
    Act,
    after_day,
    all_wrong,
    changed_words,
    desk,
    done_or_shown,
    form_key,
    given_day,
    given_period,
    last_day,
    refused,
    sent_version,
    today,
)
from verifier.web.chrome import day, forward, page, say
from verifier.web.refusals import hide
from verifier.web.services import accounts
from verifier.web.site import site
from verifier.web.step_up import step_up_needed

blueprint = Blueprint("people", __name__, url_prefix="/admin/people", template_folder="../templates")

TYPED = ("login", "name", "title_vi", "title_en", "email", "reason")
"""Fields of the forms on a person."""
SEARCH_LENGTH = 100
SHOWN_ONCE = "invitation"
"""Key of the session cookie for a link that waits to be shown."""
BOTH = ["GET", "POST"]


@blueprint.get("")
@hide
def index() -> Response:
    """List the people, all or those found."""
    text = "".join(c for c in request.args.get("q", "") if c.isprintable())[:SEARCH_LENGTH].strip()
    lines, now = desk().people(caller(), text), accounts().clock.now()
    return page("admin/people.html", lines=lines, text=text, role_words=role_words, now=now)


@blueprint.route("/new", methods=BOTH)
@hide
def new() -> Response:
    """Show the form of a new account; open it and hand the link over."""
    typed = _typed()
    if request.method != "POST":
        return _new(typed)
    roles = cast("list[Role]", request.form.getlist("role"))
    try:
        invited = desk().invite(caller(), **typed, roles=roles, key=form_key())
    except BadRequest as refusal:
        return _new(typed, refusal)
    return _hand_over(invited)


@blueprint.get("/<uuid:id_>")
@hide
def show(id_: UUID) -> Response:
    """Show all about a person."""
    sheet = desk().person(caller(), id_)
    own = sheet.person.id == caller().id
    return page("admin/person.html", sheet=sheet, own=own, period=period, state_of=state_of, namesakes=sheet.namesakes)


@blueprint.get("/<uuid:id_>/invitation")
@hide
def invitation(id_: UUID) -> Response:
    """Show the link, once."""
    sheet = desk().person(caller(), id_)
    kept: Mapping[str, str] = session.pop(SHOWN_ONCE, {})
    mine = kept.get("person") == str(id_)
    link = site().whole(url_for("account.invited", invitation=kept["token"])) if mine else ""
    until = datetime.fromisoformat(kept["until"]) if mine else None
    return page("admin/invitation.html", sheet=sheet, link=link, until=until, crumbs_of=_crumbs(sheet))


@blueprint.route("/<uuid:id_>/edit", methods=BOTH)
@hide
def edit(id_: UUID) -> Response:
    """Change a person's details; where somebody was faster, show both versions and keep what was typed."""
    typed = _typed()
    if request.method != "POST":
        return _edit(id_)
    try:
        desk().change(
            caller(), id_, sent_version(), typed["name"], typed["title_vi"], typed["title_en"], typed["email"]
        )
    except BadRequest as refusal:
        return _edit(id_, typed, refusal)
    return _back(id_)


@blueprint.route("/<uuid:id_>/roles/new", methods=BOTH)
@hide
def grant(id_: UUID) -> Response:
    """Give a role for a time."""
    if request.method != "POST":
        return _grant(id_)
    try:
        begins, ends = given_period()
        role, reason = request.form.get("role", ""), request.form.get("reason", "")
        desk().grant(caller(), id_, role, begins, ends, reason, key=form_key())
    except BadRequest as refusal:
        return _grant(id_, refusal)
    return _back(id_)


@blueprint.route("/<uuid:id_>/roles/<uuid:grant_id>/end", methods=BOTH)
@hide
def end_grant(id_: UUID, grant_id: UUID) -> Response:
    """End a role, now or after a day."""

    def held(sheet: Sheet) -> RoleGrant:
        found = next((one for one in sheet.grants if one.id == grant_id), None)
        if found is None:
            raise BadRequest("not-found")
        return found

    def carry_out() -> None:
        last = after_day(given_day("day"), "day")
        desk().end_grant(caller(), held(desk().person(caller(), id_)).id, last, request.form.get("reason", ""))

    def act(sheet: Sheet) -> Act:
        role = say(f"role-{held(sheet).role}")
        return _act(sheet, "end-grant", {}, asks_day=say("admin-last-day"), role=role)

    return _done_or_shown(id_, act, carry_out)


@blueprint.route("/<uuid:id_>/close", methods=BOTH)
@hide
def close(id_: UUID) -> Response:
    """Close the account."""
    return _done_or_shown(
        id_,
        lambda sheet: _act(sheet, "close", {"version": sheet.person.version}),
        lambda: desk().close(caller(), id_, sent_version(), request.form.get("reason", "")),
    )


@blueprint.route("/<uuid:id_>/reopen", methods=BOTH)
@hide
def reopen(id_: UUID) -> Response:
    """Open a closed account again."""
    return _done_or_shown(
        id_,
        lambda sheet: _act(sheet, "reopen", {"version": sheet.person.version}, danger=False),
        lambda: desk().reopen(caller(), id_, sent_version(), request.form.get("reason", "")),
    )


@blueprint.route("/<uuid:id_>/sessions/end", methods=BOTH)
@hide
def end_sessions(id_: UUID) -> Response:
    """End all sessions of a person."""
    return _done_or_shown(
        id_,
        lambda sheet: _act(sheet, "end-sessions", {}),
        lambda: desk().end_sessions(caller(), id_, request.form.get("reason", "")),
    )


@blueprint.route("/<uuid:id_>/reset", methods=BOTH)
@step_up_needed
@hide
def reset(id_: UUID) -> Response:
    """Forget how a person signs in, and hand a new link over."""

    def act() -> Act:
        return _act(desk().person(caller(), id_), "reset", {"key_of_form": form_key()})

    def carry_out() -> Response:
        return _hand_over(desk().reset(caller(), id_, request.form.get("reason", ""), key=form_key()))

    return done_or_shown(act, carry_out)


# --- words -----------------------------------------------------------------------------------------------------------


def role_words(grant: RoleGrant, now: datetime) -> str:
    """Write a role with what is remarkable of its time: a beginning that is to come, an end that is known."""
    name = say(f"role-{grant.role}")
    if grant.valid_from > now:
        return say("admin-role-from", role=name, day=day(grant.valid_from))
    if grant.valid_until is not None:
        return say("admin-role-until", role=name, day=last_day(grant.valid_until))
    return name


def period(grant: RoleGrant) -> str:
    """Write the time for which a role is held."""
    if grant.valid_until is None:
        return say("admin-from", day=day(grant.valid_from))
    return say("admin-from-to", day=day(grant.valid_from), last=last_day(grant.valid_until))


def state_of(grant: RoleGrant, now: datetime) -> str:
    """Tell whether a role is `held`, `over` or `coming`."""
    if grant.valid_until is not None and grant.valid_until <= max(now, grant.valid_from):
        return "over"
    return "held" if grant.valid_from <= now else "coming"


# --- inside ----------------------------------------------------------------------------------------------------------


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in TYPED}


def _done_or_shown(id_: UUID, act: Callable[[Sheet], Act], carry_out: Callable[[], object]) -> Response:
    """As `done_or_shown`, for an act on this person; done, it leads back there."""

    def done() -> Response:
        carry_out()
        return _back(id_)

    return done_or_shown(lambda: act(desk().person(caller(), id_)), done)


def _act(
    sheet: Sheet, name: str, hidden: Mapping[str, object], *, danger: bool = True, asks_day: str = "", **told: str
) -> Act:
    told["name"] = sheet.person.name
    return Act(
        heading=say(f"admin-{name}-title", **told),
        back=url_for("people.show", id_=sheet.person.id),
        crumbs=_crumbs(sheet),
        effects=say(f"admin-{name}-effects", **told).split("\n"),
        button=say(f"admin-{name}"),
        hidden=hidden,
        danger=danger,
        asks_day=asks_day,
    )


def _crumbs(sheet: Sheet) -> list[tuple[str, str]]:
    person = sheet.person
    return [(url_for("people.index"), say("admin-people")), (url_for("people.show", id_=person.id), person.name)]


def _new(typed: Mapping[str, str], refusal: BadRequest | None = None) -> Response:
    errors = [] if refusal is None else all_wrong(refusal, typed)
    return page(
        "admin/new_person.html",
        errors[0].status if errors else 200,
        typed=typed,
        chosen=request.form.getlist("role"),
        roles=OF_PEOPLE,
        key=form_key(),
        errors=errors,
    )


def _edit(id_: UUID, typed: Mapping[str, str] | None = None, refusal: BadRequest | None = None) -> Response:
    sheet = desk().person(caller(), id_)
    person = sheet.person
    if typed is None:
        typed = {name: getattr(person, name) for name in TYPED if name != "reason"}
    conflict = refusal is not None and refusal.problem.code == "changed-meanwhile"
    details = {name: typed[name] for name in TYPED[1:5]}
    errors = [] if refusal is None else all_wrong(refusal, {} if conflict else details)
    different = [name for name in details if getattr(person, name) != typed[name]] if conflict else []
    return page(
        "admin/edit_person.html",
        errors[0].status if errors else 200,
        sheet=sheet,
        crumbs_of=_crumbs(sheet),
        typed=typed,
        version=sent_version() if errors and not conflict else person.version,
        errors=[] if conflict else errors,
        conflict=changed_words(refusal) if conflict and refusal else "",
        different=different,
    )


def _grant(id_: UUID, refusal: BadRequest | None = None) -> Response:
    sheet = desk().person(caller(), id_)
    errors = [] if refusal is None else [refused(refusal)]
    typed = {name: request.form.get(name, "") for name in ("role", "valid_from", "valid_until", "reason")}
    if request.method != "POST":
        typed["valid_from"] = today().isoformat()
    return page(
        "admin/grant.html",
        errors[0].status if errors else 200,
        sheet=sheet,
        crumbs_of=_crumbs(sheet),
        typed=typed,
        roles=OF_PEOPLE,
        key=form_key(),
        errors=errors,
    )


def _hand_over(invited: Invited) -> Response:
    id_ = str(invited.person.id)
    session[SHOWN_ONCE] = {"person": id_, "token": invited.token, "until": invited.expires_at.isoformat()}
    return forward(url_for("people.invitation", id_=id_))


def _back(id_: UUID) -> Response:
    return forward(url_for("people.show", id_=id_))
