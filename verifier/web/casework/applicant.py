"""The applicant's page of a dossier: by code and secret token, without an account. The secret stands in no address.

Whatever is wrong with the pair, the answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, current_app, request

from verifier.cases import kernel
from verifier.cases.desk import Key, View
from verifier.cases.kernel import REGISTRY, Asker
from verifier.cases.openness import decision_told, open_records
from verifier.cases.outlook import COUNTER, FEE_OPEN, LINK_OVER, OFFERED, TO_FETCH
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.errors import BadRequest, VerifierError
from verifier.storage.authorities import Authority
from verifier.storage.scope import SYSTEM
from verifier.web.casework.acting import MOST_FIELDS, MOST_FILES, Form, int_of, next_key, of_form
from verifier.web.casework.base import KEY, VERSION, desk, movers, procedure_name, status_words, work
from verifier.web.casework.choices import choices_of, word_of
from verifier.web.casework.clock import known_calendar, left_of
from verifier.web.casework.fees import fee_of
from verifier.web.casework.fields import inputs_of
from verifier.web.casework.files import handed_out, record_in
from verifier.web.casework.marks import look_of
from verifier.web.casework.reading import Typed, place_in_form, read, typed_in, values_of
from verifier.web.casework.uploads import keeper
from verifier.web.chrome import page, say, tell_time_of, words
from verifier.web.forms import FormError
from verifier.web.limits import FORM_SLACK, TEXT_FORM
from verifier.web.refusals import hide, refused
from verifier.web.results import result
from verifier.web.site import site

blueprint = Blueprint("dossier", __name__, url_prefix="/dossier", template_folder="../templates")
FETCH = "fetch-result"
"""The command that gives the result out."""
FOR_APPLICANTS = frozenset({COUNTER, FEE_OPEN, LINK_OVER, OFFERED, TO_FETCH})
"""How a signed result stands where the next step is the applicant's; each has words of its own."""
POST = "post"
"""Way of the law by which nobody comes for what is on paper."""
LONGEST = 200
"""Characters of a code or secret that are looked at."""


@dataclass(frozen=True)
class Way:
    """One station of a dossier, as the applicant sees it."""

    words: str
    at: str
    done: bool


@blueprint.url_value_preprocessor
def room(endpoint: str | None, _values: object) -> None:
    """Let a supplement bring its files."""
    if endpoint == "dossier.act" and request.mimetype != TEXT_FORM:
        request.max_content_length = MOST_FILES * site().upload_bytes + FORM_SLACK
        request.max_form_parts = MOST_FIELDS


@blueprint.app_context_processor
def led_here() -> dict[str, Callable[[], bool]]:
    """Let pages ask whether this service keeps dossiers: then they lead here."""
    return {"dossiers_kept": lambda: current_app.extensions.get("casework") is not None}


@blueprint.get("")
@hide
def enter() -> Response:
    """Ask for code and secret."""
    work()
    return page("cases/enter.html", code=request.args.get("code", "").strip()[:LONGEST], errors=[])


@blueprint.post("")
@hide
def look() -> Response:
    """Show how a dossier stands."""
    try:
        case = _claimed()
    except BadRequest:
        wrong = FormError(say("case-pair-wrong"), say("case-pair-wrong-do"), "code", 404)
        return page("cases/enter.html", 404, code=request.form.get("code", "").strip()[:LONGEST], errors=[wrong])
    return _stands(case)


@blueprint.post("/records/<uuid:record_id>")
@hide
def record(record_id: UUID) -> Response:
    """Give a record that the applicant brought or was sent."""
    case = _claimed()
    who = _asker(case)
    view = desk().view(who, case.id)
    return handed_out(who, case, record_in(open_records(view, desk().house.book), record_id))


@blueprint.post("/do/<command>")
@hide
def act(command: str) -> Response:
    """Show the form of what the applicant may do, or do it."""
    case = _claimed()
    who, spec = _asker(case), REGISTRY.get(command)
    if spec is None or not spec.by & who.may:
        raise BadRequest("page-not-found")
    if command == FETCH:
        return result(work().deliveries.fetch(who, case.id))
    view = desk().view(who, case.id)
    inputs = inputs_of(spec, choices_of(view, who.scope))
    key, version = request.form.get(KEY, "")[:64] or str(uuid4()), int_of(request.form.get(VERSION, ""))
    blank = Form(view, spec, inputs, Typed(), key, case.version)
    if not request.form.get("send"):
        return _asked(blank)
    typed, errors = typed_in(inputs, request.form, request.files, keeper(who))
    said, unread = read(spec.kind, values_of(inputs, typed), inputs)
    form = Form(view, spec, inputs, typed, key, version, [*errors, *unread])
    if form.errors or said is None:
        return _asked(form)
    try:
        case = desk().do(who, case.id, said, key=Key(key, typed.sha256(command, str(case.id))))
    except VerifierError as odd:
        refusal = of_form(odd)
        error = refused(refusal, place_in_form(refusal, inputs))
        return _asked(Form(view, spec, inputs, typed, next_key(key, refusal), version, [error]))
    return _stands(case, done=word_of("command", command))


def _claimed() -> Case:
    """Return the dossier of the code and secret of the form; BadRequest `not-found`, whatever is wrong.

    Its times are told as at the authority that has it, like those of its letters.
    """
    code, token = (request.form.get(name, "").strip()[:LONGEST] for name in ("code", "token"))
    case = desk().by_token(code, "".join(token.split()))
    if here := _office(case):
        tell_time_of(here)
    return case


def _office(case: Case) -> Authority | None:
    with desk().house.database.unit(SYSTEM) as unit:
        return unit.authorities.get(case.authority_id)


def _asker(case: Case) -> Asker:
    return kernel.applicant(case, request.remote_addr or "")


def _asked(form: Form) -> Response:
    status = max((one.status for one in form.errors), default=200)
    return page("cases/applicant_act.html", status, form=form, case=form.view.case, errors=form.errors, **_claim())


def _claim() -> dict[str, Any]:
    return {name: request.form.get(name, "").strip()[:LONGEST] for name in ("code", "token")}


def _stands(case: Case, done: str = "") -> Response:
    who = _asker(case)
    sight = desk().sight(who, case.id)
    view, here = sight.view, sight.authority
    return page(
        "cases/dossier.html",
        case=case,
        done=done,
        procedure=procedure_name(case),
        stands=status_words(case.status),
        look=look_of(case),
        move=_move(who, view, here),
        left=left_of(case, known_calendar(here.code), desk().house.clock()),
        office=here.name(words().lang),
        ways=ways_of(case),
        acts=sight.offered,
        fee=fee_of(case, sight.money),
        papers=view.papers,
        records=open_records(view, desk().house.book),
        size=words().size,
        word_of=word_of,
        **_claim(),
    )


def _move(who: Asker, view: View, here: Authority) -> str:
    """Say whose move it is; of a result that is there, how the applicant gets it."""
    case = view.case
    if case.status == Status.SIGNED:
        place = (words().lang == "en" and here.address_en) or here.address_vi
        stands = work().deliveries.outlook(who, view)[0].stands
        told = [say(f"case-public-signed-{one}", place=place) for one in stands if one in _comes_for(case)]
        if told:
            return " ".join(told)
    return say(f"case-public-move-{_public_move(case)}")


def _comes_for(case: Case) -> frozenset[str]:
    """Return of what may be said of a signed result (`outlook.STANDS`) that which is for the applicant to act on."""
    return FOR_APPLICANTS - {COUNTER} if case.delivery == POST else FOR_APPLICANTS


def _public_move(case: Case) -> str:
    move = movers()[case.status]
    return move if move in ("applicant", "asked", "nobody") else "office"


def ways_of(case: Case) -> tuple[Way, ...]:
    """Return the stations of a dossier: which are behind it and when."""
    told: Sequence[tuple[str, datetime | None]] = (
        ("filed", case.filed_at),
        ("complete", case.complete_at),
        *((("paid", case.paid_at),) if case.fee_vnd or (case.paid_at and case.fee_vnd is None) else ()),
        ("accepted", case.accepted_at),
        ("decided", case.decided_at if decision_told(case) else None),
        ("signed", case.signed_at),
        ("delivered", case.delivered_at),
    )
    ended = case.ended_at is not None
    return tuple(
        Way(say(f"case-at-{name}"), words().local(at) if at else "", at is not None)
        for name, at in told
        if at or not ended
    )
