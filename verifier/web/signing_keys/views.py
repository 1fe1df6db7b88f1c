"""The routes on signing keys: the list, the form that proposes a grant, the act that proposes to take one back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for

from verifier.accounts.roles import Role
from verifier.errors import BadRequest, CouldNotIssue
from verifier.signing.grant_pictures import LARGEST
from verifier.signing.grants import KIND, Granted, Wanted
from verifier.signing.records import Kind
from verifier.storage.signing import SigningGrant
from verifier.web.access import caller
from verifier.web.admin.acts import Act, done_or_shown, last_day, today
from verifier.web.chrome import day, forward, page, say
from verifier.web.forms import FormError, form_error
from verifier.web.refusals import hide
from verifier.web.services import accounts
from verifier.web.signing_keys.lines import desk, key_lines, kind_name, trouble_words

BOTH = ["GET", "POST"]
FIELDS = ("person", "key", "from", "until", "picture_mm", "reason")

blueprint = Blueprint("signing_keys", __name__, url_prefix="/signing/keys", template_folder="../templates")


@blueprint.get("")
@hide
def index() -> Response:
    """List the keys of the authority, and who may sign with them."""
    held = desk().held(caller())
    waiting = [one for one in accounts().proposals.recent(caller()) if one.kind == KIND and one.state == "open"]
    return page(
        "signing_keys/index.html",
        keys=key_lines(held.keys, accounts().clock.now()),
        trouble=trouble_words(held.problem) if held.problem else "",
        grants=desk().grants(caller(), held),
        waiting=waiting,
        kind_name=kind_name,
        period=period,
        may_propose=Role.ADMINISTRATOR in caller().roles,
    )


@blueprint.route("/grants/new", methods=BOTH)
@hide
def grant() -> Response:
    """Propose that somebody may sign with a key."""
    if request.method != "POST":
        return _form()
    try:
        proposal = desk().propose(caller(), _wanted(), request.form.get("reason", ""))
    except (BadRequest, CouldNotIssue) as refusal:
        if refusal.problem.code in {"not-found", "not-allowed"}:
            raise
        return _form(form_error(refusal.problem, _place(refusal)))
    return forward(url_for("proposals.show", id_=proposal.id))


@blueprint.route("/grants/<uuid:id_>/end", methods=BOTH)
@hide
def end(id_: UUID) -> Response:
    """Propose to take a grant back."""
    granted = desk().grant(caller(), id_)

    def carry_out() -> Response:
        proposal = desk().propose_end(caller(), id_, request.form.get("reason", ""))
        return forward(url_for("proposals.show", id_=proposal.id))

    return done_or_shown(lambda: _ending(granted), carry_out)


@blueprint.get("/pictures/<uuid:id_>")
@hide
def picture(id_: UUID) -> Response:
    """Give the picture that a proposal brings."""
    response = current_app.make_response(desk().picture(caller(), id_))
    response.mimetype = "image/png"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def period(one: SigningGrant) -> str:
    """Write the days of a grant."""
    if one.valid_until is None:
        return say("admin-from", day=day(one.valid_from))
    return say("admin-from-to", day=day(one.valid_from), last=last_day(one.valid_until))


def _wanted() -> Wanted:
    """Return what was typed. BadRequest `nothing-chosen` where nobody or no key is chosen."""
    told = {name: request.form.get(name, "").strip() for name in FIELDS}
    for name in ("person", "key"):
        if not told[name]:
            raise BadRequest("nothing-chosen", field=name)
    sent = request.files.get("picture")
    picture_ = sent.stream.read(LARGEST + 1) if sent is not None and sent.filename else b""
    place = (told["person"], told["key"], request.form.getlist("kinds"), told["from"], told["until"])
    return Wanted(*place, picture_, told["picture_mm"])


def _form(error: FormError | None = None) -> Response:
    held = desk().held(caller())
    typed = {name: request.form.get(name, "") for name in FIELDS}
    if request.method != "POST":
        typed |= {"from": today().isoformat(), "key": request.args.get("key", "")}
    lines = key_lines(held.keys, accounts().clock.now())
    return page(
        "signing_keys/grant.html",
        error.status if error else 200,
        people=[("", say("none-chosen")), *((str(one.id), one.name) for one in desk().leaders(caller()))],
        keys=[("", say("none-chosen")), *((one.key.name, _key_words(one.key.name, one.key.role)) for one in lines)],
        kinds=[(one.value, kind_name(one.value), "") for one in Kind],
        chosen=request.form.getlist("kinds"),
        typed=typed,
        trouble=trouble_words(held.problem) if held.problem else "",
        errors=[error] if error else [],
    )


def _key_words(name: str, role: str) -> str:
    return f"{name} ({say(f'signing-role-{role}')})"


def _place(refusal: BadRequest | CouldNotIssue) -> str:
    """The field at which a refusal is shown."""
    code, field = refusal.problem.code, refusal.problem.params.get("field", "")
    if code.startswith("signer-"):
        return "key"
    return field or ("reason" if code == "reason-missing" else "person")


def _ending(granted: Granted) -> Act:
    told = {"name": granted.person, "held": granted.grant.key_name}
    here = url_for("signing_keys.index")
    return Act(
        heading=say("signing-end-title", **told),
        back=here,
        crumbs=[(here, say("signing-keys-title"))],
        effects=say("signing-end-effects", **told).split("\n"),
        button=say("signing-end-propose"),
    )
