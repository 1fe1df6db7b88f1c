"""The page of one command on a dossier: its form, made of the command's fields, and what comes of sending it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from flask import Response, request, url_for

from verifier.cases.desk import Key, View
from verifier.cases.kernel import REGISTRY, Asker, Spec
from verifier.cases.records import Case
from verifier.errors import BadRequest, VerifierError
from verifier.web.access import asked, caller
from verifier.web.casework.base import KEY, VERSION, asker, blueprint, desk, names_of, status_words
from verifier.web.casework.choices import Choices, choices_of
from verifier.web.casework.fields import Input, inputs_of
from verifier.web.casework.history import last_event
from verifier.web.casework.proposed import offered_now, offered_words, proposed_of
from verifier.web.casework.reading import Typed, place_in_form, read, typed_in, values_of
from verifier.web.casework.uploads import keeper
from verifier.web.casework.wordings import with_wordings
from verifier.web.chrome import forward, page
from verifier.web.forms import FormError
from verifier.web.limits import FORM_SLACK, TEXT_FORM
from verifier.web.refusals import hide, refused
from verifier.web.site import site

SENT_BEFORE = "form-sent-before"
MEANWHILE = frozenset({"changed-meanwhile", "case-not-now", "case-elsewhere", SENT_BEFORE})
"""Refusals that say that the dossier is not as the form shows it: somebody else was quicker, or the same form was."""
NOT_FOUND = 404
MOST_FILES = 10
"""Files that one form may carry, each as large as a file may be."""
MOST_FIELDS = 600
"""Fields of one form: papers have many."""


DECIDES = frozenset({"approve", "send-back"})
"""Commands by which a leader answers what is proposed."""


@dataclass(frozen=True)
class Form:
    """A command's form as it is shown."""

    view: View
    spec: Spec
    inputs: tuple[Input, ...]
    typed: Typed
    key: str
    version: int
    errors: Sequence[FormError] = ()
    meanwhile: str = ""
    """What somebody else did in the meantime; empty where nobody did."""

    @property
    def status(self) -> str:
        """How the dossier stands."""
        return status_words(self.view.case.status)


@blueprint.url_value_preprocessor
def room(endpoint: str | None, _values: object) -> None:
    """Let forms bring their files."""
    if endpoint in ("cases.act", "cases.file_new") and request.mimetype != TEXT_FORM:
        request.max_content_length = MOST_FILES * site().upload_bytes + FORM_SLACK
        request.max_form_parts = MOST_FIELDS


@blueprint.route("/<uuid:id_>/do/<command>", methods=["GET", "POST"])
@hide
def act(id_: UUID, command: str) -> Response:
    """Show the form of a command, or give it."""
    who = asker()
    view, spec = desk().view(who, id_), known(command, who)
    inputs = with_wordings(inputs_of(spec, _choices(view, command)), view, command)
    if request.method != "POST":
        if command not in desk().offered(who, view):
            return forward(url_for(".show", id_=id_, late=command))
        if spec.step_up and not who.proved:
            return forward(url_for("account.step_up", next=asked()))
        return shown(Form(view, spec, inputs, Typed(), str(uuid4()), view.case.version))
    typed, errors = typed_in(inputs, request.form, request.files, keeper(who))
    key, version = request.form.get(KEY, "")[:64] or str(uuid4()), int_of(request.form.get(VERSION, ""))
    said, unread = read(spec.kind, values_of(inputs, typed), inputs)
    if errors or said is None:
        return shown(Form(view, spec, inputs, typed, key, version, [*errors, *unread]))
    try:
        desk().do(who, id_, said, version=version, key=Key(key, typed.sha256(command, str(id_))))
    except VerifierError as refusal:
        return _again(Form(view, spec, inputs, typed, key, version), of_form(refusal), who)
    return forward(url_for(".show", id_=id_, done=command))


def _choices(view: View, command: str) -> Choices:
    """Return what may be chosen; who proposes sees with each paper what the service offers."""
    choices = choices_of(view, caller().scope)
    if command != "propose":
        return choices
    return replace(choices, notes={str(paper): offered_words(word) for paper, word in offered_now(view).items()})


def of_form(refusal: VerifierError) -> VerifierError:
    """Say of a form what is said of a key: it was carried out, and now holds something else."""
    return BadRequest(SENT_BEFORE) if refusal.problem.code == "idempotency-key-reused" else refusal


def next_key(key: str, refusal: VerifierError) -> str:
    """Return the key with which a refused form is shown again: another one where the last was carried out."""
    return str(uuid4()) if refusal.problem.code == SENT_BEFORE else key


def known(command: str, who: Asker) -> Spec:
    """Return a command that this officer may give at some time; BadRequest `page-not-found`."""
    spec = REGISTRY.get(command)
    if spec is None or spec.secret or not spec.by & who.may:
        raise BadRequest("page-not-found")
    return spec


def int_of(text: str) -> int:
    """Return a version; that of no dossier where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def shown(form: Form, template: str = "cases/act.html") -> Response:
    """Show a form, with what is wrong in it."""
    status = max((one.status for one in form.errors), default=409 if form.meanwhile else 200)
    status = 422 if status == NOT_FOUND else status  # the page is there; what a field names is not
    proposed = proposed_of(form.view, _names(form.view.case)) if form.spec.name in DECIDES else None
    return page(template, status, form=form, case=form.view.case, errors=form.errors, proposed=proposed)


def _names(case: Case) -> Mapping[UUID, str]:
    """Return the name of who proposed, for whoever is of the same authority."""
    if case.proposed_by is None or case.authority_id != caller().scope.authority:
        return {}
    with desk().house.database.unit(caller().scope) as unit:
        return names_of(unit, {case.proposed_by})


def _again(form: Form, refusal: VerifierError, who: Asker) -> Response:
    """Show a form that was refused with everything that was typed; where somebody was quicker, who and what."""
    code = refusal.problem.code
    error = refused(refusal, place_in_form(refusal, form.inputs))
    fresh = desk().view(who, form.view.case.id)
    meanwhile = last_event(fresh.case.id) if code in MEANWHILE else ""
    version = fresh.case.version if code in MEANWHILE else form.version
    key = next_key(form.key, refusal)
    return shown(Form(fresh, form.spec, form.inputs, form.typed, key, version, [error], meanwhile))
