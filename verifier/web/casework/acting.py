"""The page of one command on a dossier: its form, made of the command's fields, and what comes of sending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import Response, request, url_for

from verifier.cases.desk import Key, View
from verifier.cases.kernel import REGISTRY, Asker, Spec
from verifier.errors import BadRequest, VerifierError
from verifier.web.access import asked, caller
from verifier.web.casework.base import KEY, VERSION, asker, blueprint, desk, status_words
from verifier.web.casework.choices import choices_of
from verifier.web.casework.fields import Input, inputs_of
from verifier.web.casework.history import last_event
from verifier.web.casework.reading import Typed, place_in_form, read, typed_in, values_of
from verifier.web.casework.uploads import keeper
from verifier.web.chrome import forward, page
from verifier.web.forms import FormError
from verifier.web.issuing.base import hide, refused
from verifier.web.limits import FORM_SLACK, TEXT_FORM
from verifier.web.site import site

MEANWHILE = frozenset({"changed-meanwhile", "case-not-now", "case-elsewhere"})
"""Refusals that say that somebody else was quicker."""
NOT_FOUND = 404
MOST_FILES = 10
"""Files that one form may carry, each as large as a file may be."""
MOST_FIELDS = 600
"""Fields of one form: papers have many."""


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
    inputs = inputs_of(spec, choices_of(view, caller().scope))
    if request.method != "POST":
        if spec not in desk().offered(who, view.case):
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
        desk().do(who, id_, said, version=version, key=Key(key, typed.sha256))
    except VerifierError as refusal:
        return _again(Form(view, spec, inputs, typed, key, version), refusal, who)
    return forward(url_for(".show", id_=id_, done=command))


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
    return page(template, status, form=form, case=form.view.case, errors=form.errors)


def _again(form: Form, refusal: VerifierError, who: Asker) -> Response:
    """Show a form that was refused with everything that was typed; where somebody was quicker, who and what."""
    code = refusal.problem.code
    error = refused(refusal, place_in_form(refusal, form.inputs))
    fresh = desk().view(who, form.view.case.id)
    meanwhile = last_event(fresh.case.id) if code in MEANWHILE else ""
    version = fresh.case.version if code in MEANWHILE else form.version
    return shown(Form(fresh, form.spec, form.inputs, form.typed, form.key, version, [error], meanwhile))
