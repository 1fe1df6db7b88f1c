"""The routes of one's own account: what is there, sessions, password, second factor, recovery codes, step-up."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Response, current_app, request, url_for
from werkzeug.exceptions import HTTPException

from verifier.accounts.roles import Role
from verifier.errors import BadRequest
from verifier.reports.formats import Moment
from verifier.storage.people import RoleGrant
from verifier.web import locale
from verifier.web.access import caller, came_from
from verifier.web.account.origin import origin
from verifier.web.account.routes import blueprint
from verifier.web.account.sign_in import codes_page, enrolment_page, told, typed
from verifier.web.account.way import NEXT, landing, opened, token, wish
from verifier.web.chrome import forward, page, say, words
from verifier.web.forms import FormError, form_error
from verifier.web.security import renew_session
from verifier.web.services import accounts
from verifier.web.session_time import seconds_left
from verifier.web.step_up import step_up_needed


@dataclass(frozen=True)
class SessionLine:
    """One session as it is shown."""

    id: UUID
    device: str
    address: str
    seen: Moment
    own: bool
    """The one that shows it."""


@dataclass(frozen=True)
class RoleLine:
    """One role as it is shown."""

    name: str
    period: str
    state: str
    """`now`, `later` or `over`."""


@blueprint.get("/account")
def show() -> Response:
    """Show who one is here, what one may do, and where one is signed in."""
    has_password, has_factor, codes_left = accounts().sign_in.credentials(caller())
    return page(
        "account/show.html",
        done=done if (done := request.args.get("done", "")) in DONE else "",
        roles=_roles(),
        sessions=_sessions(),
        has_password=has_password,
        has_factor=has_factor,
        codes_left=codes_left,
    )


DONE = ("password", "session", "sessions", "second-factor")
"""What the page of the account may say was done."""


@blueprint.post("/account/sessions/<uuid:id_>/end")
def end_session(id_: UUID) -> Response:
    """Sign out on another device."""
    accounts().sign_in.end_session(caller(), id_)
    return forward(url_for(".show", done="session"))


@blueprint.post("/account/sessions/end-others")
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    accounts().sign_in.end_other_sessions(caller())
    return forward(url_for(".show", done="sessions"))


@blueprint.get("/account/password")
def password() -> Response:
    """Show the form for a new password."""
    return page("account/password.html", errors=[])


@blueprint.post("/account/password")
def change_password() -> Response:
    """Change the password; this session goes on under a new token, all others end."""
    if typed("password") != typed("again"):
        return page("account/password.html", 422, errors=[FormError(say("passwords-differ"), field="again")])
    try:
        one = accounts().sign_in.change_password(caller(), typed("old"), typed("password"))
    except BadRequest as refusal:
        about_old = refusal.problem.code in {"step-up-failed", "sign-in-locked"}
        error = form_error(refusal.problem, "old" if about_old else "password")
        if refusal.problem.code == "step-up-failed":
            error = FormError(say("old-password-wrong"), field="old")
        return told(page("account/password.html", errors=[error]), refusal)
    return opened(one, url_for(".show", done="password"))


@blueprint.get("/account/recovery-codes")
@step_up_needed
def recovery_codes() -> Response:
    """Say what new recovery codes do."""
    return page("account/recovery_codes.html", left=accounts().sign_in.credentials(caller())[2])


@blueprint.post("/account/recovery-codes")
@step_up_needed
def new_recovery_codes() -> Response:
    """Make new recovery codes and show them, this once."""
    return codes_page(accounts().sign_in.new_recovery_codes(caller()), url_for(".show"))


@blueprint.get("/account/second-factor")
@step_up_needed
def replace_factor() -> Response:
    """Show what a new authenticator app needs."""
    return enrolment_page("account/replace_factor.html")


@blueprint.post("/account/second-factor")
@step_up_needed
def confirm_factor() -> Response:
    """Take the first code of the new app; show new recovery codes."""
    try:
        one, codes = accounts().sign_in.enrol(token(), typed("code"), origin())
    except BadRequest as refusal:
        error = form_error(refusal.problem, "code")
        return told(enrolment_page("account/replace_factor.html", [error]), refusal)
    renew_session(token=one.token)
    return codes_page(codes, url_for(".show", done="second-factor"))


@blueprint.get("/step-up")
def step_up() -> Response:
    """Ask whether it is still the same person, and say for what."""
    return _step_up_page(wish(request.args.get(NEXT, "")))


@blueprint.post("/step-up")
def prove_again() -> Response:
    """Take a one-time code or the password, and go back to the act."""
    wanted = wish(request.form.get(NEXT, ""))
    if not typed("secret"):
        return _step_up_page(wanted, [FormError(say("secret-missing"), field="secret")])
    try:
        accounts().sign_in.step_up(caller(), token(), typed("secret"))
    except BadRequest as refusal:
        if refusal.problem.code == "not-signed-in":
            raise
        return told(_step_up_page(wanted, [form_error(refusal.problem, "secret")]), refusal)
    return forward(wanted or landing())


@blueprint.post("/session/extend")
def extend() -> Response:
    """Go on with a session that would soon be over for want of requests; this request does it."""
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return Response(status=204, headers={"X-Session-Seconds": str(seconds_left())})
    return forward(wish(came_from()) or landing())


def _step_up_page(wanted: str, errors: list[FormError] | None = None) -> Response:
    has_password, has_factor, _ = accounts().sign_in.credentials(caller())
    return page(
        "account/step_up.html",
        422 if errors else 200,
        wanted=wanted,
        act=_act(wanted),
        errors=errors or [],
        has_password=has_password,
        has_factor=has_factor,
        provider=accounts().identity,
    )


def _act(wanted: str) -> str:
    """Return the words for what is about to be done at an address: those of `act-` and its endpoint, if there are."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(wanted.partition("?")[0])
    except HTTPException:
        return ""
    key = f"act-{endpoint.replace('.', '-')}"
    return say(key) if key in locale.texts() else ""


def _sessions() -> tuple[SessionLine, ...]:
    own = caller().session
    lines = (
        SessionLine(one.id, one.device, one.address, words().moment(one.seen_at), own is not None and one.id == own.id)
        for one in accounts().sign_in.sessions(caller())
    )
    return tuple(sorted(lines, key=lambda one: not one.own))


def _roles() -> tuple[RoleLine, ...]:
    who = caller()
    if who.person is None:
        return ()
    with accounts().database.unit(who.scope) as unit:
        return tuple(_role(one) for one in unit.people.grants(who.person.id))


def _role(one: RoleGrant) -> RoleLine:
    now = accounts().clock.now()
    state = "now" if one.holds_at(now) else "later" if now < one.valid_from else "over"
    first = words().date(one.valid_from.astimezone(words().zone))
    if one.valid_until is None:
        return RoleLine(say(f"role-{Role(one.role).value}"), say("role-from", first=first), state)
    last = words().date(one.valid_until.astimezone(words().zone))
    return RoleLine(say(f"role-{Role(one.role).value}"), say("role-until", first=first, last=last), state)
