"""The routes for everyone: parse, call the service, render."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from verifier.errors import BadRequest
from verifier.storage.validations import STEPS, Validation
from verifier.web import chrome
from verifier.web.chrome import forward, page, say, words
from verifier.web.filing import PLACE_FIELD, with_filing
from verifier.web.forms import FormError
from verifier.web.law.desk import document_kinds
from verifier.web.problems import Refusal, refusal_of
from verifier.web.public import intake
from verifier.web.public.intake import MOST_FILES, Taken
from verifier.web.public.owner import may_delete, owner
from verifier.web.public.result import LOOKS, FileRow, file_row, result_page
from verifier.web.public.services import pictures, service, trust_trouble
from verifier.web.site import site
from verifier.web.uploads import MIB, too_large

PICTURE_WIDTH = 1000
"""Pixels of a page picture."""
STOP_POLLING = 286
"""The status at which htmx stops asking again."""
FORM_SLACK = MIB
"""Bytes that a form may have beside its files."""
FILE = "file"
"""Id of the field for files."""
WITHIN_FORM = 500
"""Longest password taken, in characters."""

YEAR = 365 * 24 * 3600
"""Seconds for which a browser keeps a static file; its address changes when the file does."""


class Pages(Blueprint):
    """The blueprint, which lets browsers keep static files."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return the seconds to keep fonts and files asked for by fingerprint; others are asked for again."""
        kept = request.args.get("v") or (filename or "").endswith(".woff2")
        return YEAR if kept else super().get_send_file_max_age(filename)


blueprint = Pages(
    "public", __name__, static_folder="../static", static_url_path="/static", template_folder="../templates"
)
blueprint.app_context_processor(chrome.context)
for _name, _function in {**chrome.FUNCTIONS, "look": LOOKS.__getitem__}.items():
    blueprint.add_app_template_global(_function, _name)
blueprint.after_app_request(chrome.remember_language)
blueprint.post("/preferences")(chrome.preferences)


@blueprint.url_value_preprocessor
def _room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the upload form be as large as all its files; before anything reads a form."""
    if endpoint == "public.upload" and request.mimetype == "multipart/form-data":
        request.max_content_length = MOST_FILES * site().upload_bytes + FORM_SLACK


@blueprint.get("/")
def home() -> Response:
    """Lead to the only thing this site does."""
    return forward(url_for("public.upload_page"))


@blueprint.get("/verify")
def upload_page() -> Response:
    """Show the upload form, or where files were sent together, how they fare."""
    tokens = request.args.getlist("t")[:MOST_FILES]
    if not tokens:
        return _upload_page()
    rows = tuple(_row(token) for token in tokens)
    settled = all(row.settled for row in rows)
    if request.headers.get("HX-Request"):
        return page("public/_files.html", STOP_POLLING if settled else 200, files=rows)
    return page("public/files.html", files=rows, settled=settled)


@blueprint.post("/verify")
def upload() -> Response:
    """Take files in: one leads to its result, several to the list of them."""
    try:
        files = intake.chosen(request.files.getlist("file"))
        password = request.form.get("password", "")[:WITHIN_FORM]
    except RequestEntityTooLarge:
        return _refused([Taken("", refusal=refusal_of(too_large(site().upload_bytes).problem))])
    if not files:
        return _upload_page([FormError(say("no-file"), field=FILE)], 422)
    if len(files) > MOST_FILES:
        return _upload_page([FormError(say("too-many", count=MOST_FILES), field=FILE)], 422)
    try:
        filed = with_filing(owner(), request.form)
    except BadRequest as unclear:
        return _unclear(refusal_of(unclear.problem))
    taken = intake.take(files, service(), words().lang, (password,) if password else (), filed)
    if any(one.refusal for one in taken):
        return _refused(taken)
    return _accepted([one.token for one in taken])


@blueprint.get("/verify/<token>")
def result(token: str) -> Response:
    """Show how judging goes, then the verdict."""
    job = _read(token)
    if not job.finished:
        return page("public/judging.html", job=job, token=token, **_steps(job))
    shown = result_page(job, words(), pictures(), service().document(token, owner().scope))
    return page(
        shown.template,
        job=job,
        token=token,
        page=shown,
        may_delete=may_delete(job),
        address=site().whole(url_for(".result", token=token)),
    )


@blueprint.get("/verify/<token>/progress")
def progress(token: str) -> Response:
    """Answer the poll: nothing where nothing changed, the steps, or the order to load the page anew."""
    job = service().get(token, owner().scope)
    if job is None or job.finished:
        return Response(status=STOP_POLLING, headers={"HX-Refresh": "true", "Cache-Control": "no-store"})
    steps = _steps(job)
    if request.args.get("seen") == steps["seen"]:
        return Response(status=204, headers={"Cache-Control": "no-store"})
    return page("public/_progress.html", **steps)


@blueprint.get("/verify/<token>/pages/<int:number>.webp")
def picture(token: str, number: int) -> Response:
    """Give the picture of a page."""
    found = service().look(token, owner())
    if found is None:
        raise _unknown()
    kept = "no-store" if found.authority_id else "max-age=600"
    document, drawer = service().document(token, owner().scope), pictures()
    try:
        if document is None or drawer is None or not 1 <= number <= len(drawer.pages(document)):
            raise _unknown()
        data = drawer.picture(document, number, PICTURE_WIDTH)
    except FileNotFoundError:  # deleted in this moment
        raise _unknown() from None
    return Response(data, mimetype="image/webp", headers={"Cache-Control": f"private, {kept}"})


@blueprint.get("/verify/<token>/report.json")
def report(token: str) -> Response:
    """Give the stored report, to the byte."""
    text = _read(token).report_text
    if text is None:
        raise _unknown()
    return _download(Response(text, mimetype="application/json"), "report.json")


@blueprint.get("/verify/<token>/evidence.zip")
def evidence(token: str) -> Response:
    """Give the evidence that repeats the verdict."""
    _read(token)
    bundle = service().bundle(token, owner().scope)
    if bundle is None:
        raise _unknown()
    return _download(Response(bundle, mimetype="application/zip"), "evidence.zip")


@blueprint.post("/verify/<token>/delete")
def delete(token: str) -> Response:
    """Delete the file and its result, and say so."""
    who = owner()
    if not may_delete(_known(token)) or not service().delete(token, who.scope, who.actor):
        raise _unknown()
    return forward(url_for(".upload_page", deleted=1))


def render_problem(refusal: Refusal) -> str:
    """Render the page of a refusal, in the reader's language."""
    spoken = refusal.words(words().lang)
    return render_template("public/problem.html", refusal=refusal, said=spoken)


def _upload_page(errors: list[FormError] | None = None, status: int = 200) -> Response:
    limit = site().upload_bytes
    return page(
        "public/upload.html",
        status,
        errors=errors or [],
        trust_trouble=trust_trouble(),
        deleted="deleted" in request.args,
        ask_password="password" in request.args,
        document_kinds=document_kinds(),
        asks_place=owner().scope.authority is None,
        limit_bytes=limit,
        limit_mb=f"{limit / MIB:g}",
        limit_count=MOST_FILES,
        keep_days=site().keep_days,
    )


def _accepted(tokens: list[str]) -> Response:
    alone = url_for(".result", token=tokens[0])
    if _by_script():
        return current_app.make_response((jsonify(address=alone, token=tokens[0]), 201))
    return forward(alone if len(tokens) == 1 else url_for(".upload_page", t=tokens))


def _refused(taken: list[Taken]) -> Response:
    """Say for each file why it was not taken; what was taken beside it is deleted, as the form comes back whole."""
    for one in taken:
        if one.token:
            service().delete(one.token, owner().scope, owner().actor)
    refused = [(one.name, one.refusal) for one in taken if one.refusal]
    errors = [_error(name, refusal) for name, refusal in refused]
    worst = refused[0][1]
    if _by_script():
        said = worst.words(words().lang)
        answer = current_app.make_response((jsonify(error=f"{said.title}. {said.next_step}"), worst.status))
    else:
        answer = _upload_page(errors, worst.status)
    answer.headers.extend(worst.headers)
    return answer


def _unclear(refusal: Refusal) -> Response:
    """Say that the kind of document or the place of filing is not understood; no file was taken."""
    said = refusal.words(words().lang)
    if _by_script():
        return current_app.make_response((jsonify(error=f"{said.title}. {said.next_step}"), refusal.status))
    return _upload_page([FormError(f"{said.title}.", said.next_step, PLACE_FIELD)], refusal.status)


def _error(name: str, refusal: Refusal) -> FormError:
    said = refusal.words(words().lang)
    return FormError(f"{name}: {said.title}." if name else f"{said.title}.", said.next_step, FILE)


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _row(token: str) -> FileRow:
    return file_row(token, service().get(token, owner().scope), words())


def _steps(job: Validation) -> dict[str, Any]:
    names = [say(f"step-{name}") for name in STEPS]
    at = job.step if job.state == "judging" else 1
    states = ["done" if number < at else "now" if number == at else "later" for number in range(1, len(names) + 1)]
    now = say("step-now", number=at, count=len(names), step=names[at - 1])
    if job.state == "received":
        now = f"{now} · {say('step-waiting')}"
    steps = [{"state": state, "text": name} for state, name in zip(states, names, strict=True)]
    return {"steps": steps, "now": now, "seen": f"{job.state}-{job.step}"}


def _known(token: str) -> Validation:
    found = service().get(token, owner().scope)
    if found is None:
        raise _unknown()
    return found


def _read(token: str) -> Validation:
    """Return it for reading its report, which is noted where it is an authority's."""
    found = service().read(token, owner())
    if found is None:
        raise _unknown()
    return found


def _unknown() -> BadRequest:
    return BadRequest("not-found")


def _download(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
