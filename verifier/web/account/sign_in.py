"""The routes of signing in with a local account: password, second factor, invitation; and of signing out."""

from __future__ import annotations

import re

import segno
from flask import Response, request, session, url_for
from markupsafe import Markup

from verifier.errors import BadRequest
from verifier.web.access import caller
from verifier.web.account.origin import origin
from verifier.web.account.routes import blueprint
from verifier.web.account.way import NEXT, landing, opened, pending, token, wish
from verifier.web.chrome import forward, page, say
from verifier.web.forms import FormError, form_error
from verifier.web.problems import refusal_of
from verifier.web.security import renew_session
from verifier.web.services import accounts

LONGEST = 1000
"""Characters taken of a field."""
RECOVERY_CODE = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")
MOST_CODES = 20


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """Show the ways in; whoever is signed in goes on."""
    wanted = wish(request.args.get(NEXT, ""))
    if caller().known:
        return forward(wanted or landing())
    over = bool(token()) and accounts().sign_in.pending(token()) is None
    if over:
        renew_session()
    return sign_in_page(wanted, over=over)


@blueprint.post("/sign-in")
def enter() -> Response:
    """Take sign-in name and password."""
    login, wanted = typed("login"), wish(request.form.get(NEXT, ""))
    errors = [FormError(say(f"{name}-missing"), field=name) for name in ("login", "password") if not typed(name)]
    if errors:
        return sign_in_page(wanted, login, errors)
    try:
        return opened(accounts().sign_in.with_password(login, typed("password"), origin()), wanted)
    except BadRequest as refusal:
        return told(sign_in_page(wanted, login, [form_error(refusal.problem, "login")]), refusal)


@blueprint.get("/sign-in/arrive")
def arrive() -> Response:
    """Lead whoever has just signed in to where the work begins."""
    return forward(landing())


@blueprint.get("/sign-in/second-factor")
def second_factor() -> Response:
    """Ask for a one-time code."""
    return _code_page() if pending("second_factor") else _from_the_start()


@blueprint.post("/sign-in/second-factor")
def prove() -> Response:
    """Take a one-time code or a recovery code."""
    if not typed("code"):
        return _code_page([FormError(say("code-missing"), field="code")])
    try:
        return opened(accounts().sign_in.second_factor(token(), typed("code"), origin()))
    except BadRequest as refusal:
        if refusal.problem.code == "not-signed-in":
            return _from_the_start()
        return told(_code_page([form_error(refusal.problem, "code")]), refusal)


@blueprint.get("/sign-in/enrol")
def enrol() -> Response:
    """Show what an authenticator app needs."""
    return _enrol_page() if pending("enrol") else _from_the_start()


@blueprint.post("/sign-in/enrol")
def confirm() -> Response:
    """Take the first code of the app; show the recovery codes."""
    wanted = str(session.get(NEXT, ""))
    if not typed("code"):
        return _enrol_page([FormError(say("code-missing"), field="code")])
    try:
        one, codes = accounts().sign_in.enrol(token(), typed("code"), origin())
    except BadRequest as refusal:
        if refusal.problem.code != "code-wrong":
            return _from_the_start()
        return told(_enrol_page([form_error(refusal.problem, "code")]), refusal)
    renew_session(token=one.token)
    return codes_page(codes, wanted)


@blueprint.post("/account/recovery-codes/kept")
def codes_kept() -> Response:
    """Go on once the person says that the recovery codes are kept; else show them once more."""
    codes = tuple(one for one in request.form.getlist("code")[:MOST_CODES] if RECOVERY_CODE.fullmatch(one))
    wanted = wish(request.form.get(NEXT, ""))
    if request.form.get("kept") or not codes:
        return forward(wanted or landing())
    return codes_page(codes, wanted, [FormError(say("codes-tick"), field="kept")])


@blueprint.get("/invitation/<invitation>")
def invited(invitation: str) -> Response:
    """Show who is invited and how to set up signing in."""
    return _invitation_page(invitation)


@blueprint.post("/invitation/<invitation>")
def accept(invitation: str) -> Response:
    """Set the password; a second factor comes next."""
    password = request.form.get("password", "")[:LONGEST]
    if password != request.form.get("again", "")[:LONGEST]:
        return _invitation_page(invitation, [FormError(say("passwords-differ"), field="again")])
    try:
        return opened(accounts().sign_in.accept_invitation(invitation, password, origin()))
    except BadRequest as refusal:
        if refusal.problem.code == "invitation-over":
            raise
        return told(_invitation_page(invitation, [form_error(refusal.problem, "password")]), refusal)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session; nothing of it stays in the browser."""
    accounts().sign_in.sign_out(token(), request.remote_addr or "")
    renew_session()
    answer = forward(url_for(".sign_in", out=1))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def typed(name: str) -> str:
    """Return what was typed into a field, at most as long as we take."""
    return request.form.get(name, "")[:LONGEST]


def codes_page(codes: tuple[str, ...], wanted: str = "", errors: list[FormError] | None = None) -> Response:
    """Show recovery codes, this once."""
    status = 422 if errors else 200
    return page("account/codes.html", status, codes=codes, wanted=wanted, errors=errors or [])


def enrolment_page(template: str, errors: list[FormError] | None = None) -> Response:
    """Show the secret as a QR code and in letters; BadRequest as `SignIn.enrolment`."""
    made = accounts().sign_in.enrolment(token())
    code = segno.make(made.uri, error="m", micro=False)
    picture = Markup(code.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None))  # noqa: S704 - our own
    return page(template, 422 if errors else 200, picture=picture, secret=made.secret, errors=errors or [])


def sign_in_page(
    wanted: str, login: str = "", errors: list[FormError] | None = None, *, over: bool = False
) -> Response:
    """Show the ways in, with what was typed; `over`: the session has ended."""
    return page(
        "account/sign_in.html",
        422 if errors else 200,
        wanted=wanted,
        login=login,
        errors=errors or [],
        over=over or "over" in request.args,
        out="out" in request.args and not over,
        provider=accounts().identity,
    )


def _code_page(errors: list[FormError] | None = None) -> Response:
    return page("account/second_factor.html", 422 if errors else 200, errors=errors or [])


def _enrol_page(errors: list[FormError] | None = None) -> Response:
    try:
        return enrolment_page("account/enrol.html", errors)
    except BadRequest:
        return _from_the_start()


def _invitation_page(invitation: str, errors: list[FormError] | None = None) -> Response:
    person = accounts().sign_in.invitation(invitation)
    if person is None:
        raise BadRequest("invitation-over")
    return page(
        "account/invitation.html",
        422 if errors else 200,
        person=person,
        invitation=invitation,
        errors=errors or [],
        provider=accounts().identity,
    )


def _from_the_start() -> Response:
    """What was begun is over: to the sign-in page, or on where it is done already."""
    return forward(url_for(".sign_in", next=session.get(NEXT) or None))


def told(response: Response, refusal: BadRequest) -> Response:
    """Give the page the status and the headers of what it tells."""
    known = refusal_of(refusal.problem)
    response.status_code = known.status
    response.headers.extend(known.headers)
    return response
