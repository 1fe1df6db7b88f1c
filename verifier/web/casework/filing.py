"""The routes by which a dossier is filed at the counter or comes by post: procedure, applicant, papers, files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from flask import Response, request

from verifier.cases.filing import WANTED, Filing
from verifier.cases.intake import Filed, file
from verifier.cases.keys import Key
from verifier.errors import BadRequest, VerifierError
from verifier.law.book import Law
from verifier.law.procedures import Procedure
from verifier.law.records import NoAnswer
from verifier.payments.reckoning import carried_rule
from verifier.web.access import caller
from verifier.web.casework.acting import next_key, of_form
from verifier.web.casework.base import KEY, asker, blueprint, desk
from verifier.web.casework.choices import OFFICE, Choices, Option, word_of
from verifier.web.casework.fields import Input, of_kind
from verifier.web.casework.reading import Typed, place_in_form, read, typed_in, values_of
from verifier.web.casework.uploads import keeper
from verifier.web.chrome import page, say, words
from verifier.web.forms import FormError
from verifier.web.refusals import hide, refused
from verifier.web.site import site

LEFT_OUT = frozenset({"procedure", "external", "identity", "facts", "continues_token"})
"""Fields of a filing that no clerk types; facts are asked for one by one."""
FACT = "facts-"
MORE, PAPERS = "more", "rows"
"""Button that asks for another paper, and the hidden field that counts them."""
MOST_ROWS = 20
FILING = "filing"


@dataclass(frozen=True)
class FilingForm:
    """The form of a filing."""

    procedure: Procedure
    inputs: tuple[Input, ...]
    typed: Typed
    key: str
    rows: int
    errors: Sequence[FormError] = ()


@blueprint.get("/new")
@hide
def new() -> Response:
    """Show the procedures for which a dossier may be filed here."""
    return page("cases/new.html", procedures=_offered())


@blueprint.route("/new/<procedure>", methods=["GET", "POST"])
@hide
def file_new(procedure: str) -> Response:
    """Show the form of a procedure, or file a dossier."""
    law = _law()
    try:
        found = law.procedure(procedure)
    except NoAnswer:
        raise BadRequest("page-not-found") from None
    if found.id not in {one.id for one in _offered()}:
        raise BadRequest("page-not-found")
    rows = min(max(1, _count(request.form.get(PAPERS, "1"))), MOST_ROWS)
    if request.method != "POST":
        return _shown(FilingForm(found, inputs_of(found, law, rows), Typed(), str(uuid4()), rows))
    return _sent(found, law, rows)


def inputs_of(procedure: Procedure, law: Law, rows: int) -> tuple[Input, ...]:
    """Return the inputs of a filing: who files, what about, each paper, other components, and the facts."""
    choices = Choices(caller().scope, law, procedure, rows=rows)
    found = [one for one in of_kind(Filing, choices, FILING) if one.name not in LEFT_OUT]
    named = {one.name: one for one in found}
    named["papers"] = replace(named["papers"], rows=tuple(_paper_row(row, procedure) for row in named["papers"].rows))
    served = {"paper", "translation", "form"}
    parts = tuple(row for row in named["components"].rows if row.fixed.get("component") not in served)
    named["components"] = replace(named["components"], rows=parts, optional=True)
    order = ("channel", "continues", "applicant", "papers", "components", "delivery", "purpose", "note")
    asked = {"components": bool(parts), "continues": carried_rule(law, procedure.id) is not None}
    first, *rest = (named[name] for name in order if asked.get(name, True))
    return (first, *_facts(procedure), *rest)


def _paper_row(row: Any, procedure: Procedure) -> Any:
    """Mark what must be said of each paper of a consular procedure."""
    if not procedure.kinds_of_work:
        return row
    wanted = {*WANTED, "countries"}
    return replace(row, inputs=tuple(replace(one, optional=one.name not in {*wanted, "name"}) for one in row.inputs))


def _facts(procedure: Procedure) -> list[Input]:
    """Ask for the facts on which components of this procedure depend."""
    lang = words().lang
    used = {fact for one in procedure.components for fact in one.when}
    told = {
        "variant": [(one.id, one.words.said(lang)) for one in procedure.variants],
        "place": [(one.id, one.words.said(lang)) for one in procedure.places],
        "identity": [(one, word_of("identity", one)) for one in procedure.facts["identity"]],
    }
    return [
        Input(FACT + fact, fact, "choice", say(f"case-field-{fact}"), True, "", tuple(Option(*one) for one in some))
        for fact, some in told.items()
        if some and (fact in used or (fact == "variant" and len(some) > 1))
    ]


def _sent(procedure: Procedure, law: Law, rows: int) -> Response:
    who = asker()
    if request.form.get(MORE):
        rows = min(rows + 1, MOST_ROWS)
    inputs = inputs_of(procedure, law, rows)
    typed, errors = typed_in(inputs, request.form, request.files, keeper(who))
    form = FilingForm(procedure, inputs, typed, request.form.get(KEY, "")[:64] or str(uuid4()), rows, errors)
    if request.form.get(MORE):
        return _shown(form)
    told = values_of([one for one in inputs if not one.id.startswith(FACT)], typed)
    facts = {one.name: typed.one(one.id) for one in inputs if one.id.startswith(FACT) and typed.one(one.id)}
    said, unread = read(Filing, {**told, "procedure": procedure.id, "facts": facts}, inputs)
    if errors or said is None:
        return _shown(replace(form, errors=[*errors, *unread]))
    try:
        filed = file(desk().house, who, said, key=Key(form.key, typed.sha256(FILING, procedure.id)))
    except VerifierError as odd:
        refusal = of_form(odd)
        error = refused(refusal, place_in_form(refusal, inputs))
        return _shown(replace(form, key=next_key(form.key, refusal), errors=[error]))
    return told_once(filed)


def told_once(filed: Filed) -> Response:
    """Show code and secret of a dossier that was filed just now; the secret is shown once, and stands in no address."""
    fours = [filed.token[at : at + 4] for at in range(0, len(filed.token), 4)]
    return page("cases/filed.html", case=filed.case, token=filed.token, fours=fours, where=site().whole("/dossier"))


def _shown(form: FilingForm) -> Response:
    status = max((one.status for one in form.errors), default=200)
    return page("cases/file.html", status, form=form, errors=form.errors)


def _offered() -> list[Procedure]:
    """Return the procedures for which the caller's authority is competent today."""
    here, law = caller().authority, _law()
    if here is None:
        return []
    with desk().house.database.unit(caller().scope) as unit:
        held = {one.procedure for one in unit.authorities.competences(here.id) if one.holds(law.day)}
    return [one for one in law.procedures if one.id in held and set(OFFICE) & {way.id for way in one.channels}]


def _law() -> Law:
    here = words().zone
    return desk().house.book.at(desk().house.clock().astimezone(here).date())


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
