"""The routes on batches: many files of one kind, their states, and one confirmation after samples were looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from verifier.accounts.caller import Caller
from verifier.errors import BadRequest, CouldNotIssue, Problem, VerifierError
from verifier.signing.acts.records import BatchState
from verifier.signing.records import Kind, Order, State
from verifier.web.access import caller
from verifier.web.account.way import token
from verifier.web.chrome import forward, page, say
from verifier.web.forms import FormError
from verifier.web.issuing.base import acts, blueprint, service
from verifier.web.issuing.confirm import after_refusal, ahead
from verifier.web.issuing.lines import ActLine, act_line, problem_of
from verifier.web.issuing.order import BATCH_FILES, FILE, kind_of, order_of, ordered, place_in_form, typed_in
from verifier.web.issuing.particulars import particulars_of
from verifier.web.issuing.views import STOP_POLLING, looked_at, mark
from verifier.web.refusals import hide, problem_words, refused
from verifier.web.site import site
from verifier.web.step_up import step_up_needed
from verifier.web.uploads import MIB, too_large

LEAST_SAMPLES, SAMPLE_SHARE = 2, 0.1
"""Of a batch at least so many acts, and this share of them, must be opened before it is confirmed."""


OF_ONE_FILE = frozenset({"empty-file", "too-large"})
"""Codes of what is wrong with a file before it is ordered; anything else is wrong with all."""


@dataclass(frozen=True)
class BatchLine:
    """One act of a batch."""

    line: ActLine
    looked: bool
    trouble: str
    """Why it waits or was abandoned."""


@dataclass(frozen=True)
class Samples:
    """Which acts of a batch were looked at."""

    looked: int
    needed: int

    @property
    def enough(self) -> bool:
        """Tell whether the batch may be confirmed."""
        return self.looked >= self.needed


@blueprint.get("/batches")
@hide
def batches() -> Response:
    """List the newest batches."""
    return page("issuing/batches.html", batches=service().batches(caller()), may_act=acts())


@blueprint.route("/batches/new", methods=["GET", "POST"])
@hide
def new_batch() -> Response:
    """Ask for kind and dossier, or open a batch."""
    service()
    if request.method != "POST":
        return page("issuing/new_batch.html", kinds=[(one, say(f"issuing-kind-{one}")) for one in Kind], errors=[])
    kind, dossier = kind_of(request.form.get("kind", "")), request.form.get("dossier", "").strip()[:100]
    made = service().open_batch(caller(), kind, dossier)
    return forward(url_for(".batch", batch_id=made.id))


@blueprint.get("/batches/<uuid:batch_id>")
@hide
def batch(batch_id: UUID) -> Response:
    """Show a batch: what can be done with it, and each of its acts."""
    return _shown(batch_id)


@blueprint.get("/batches/<uuid:batch_id>/progress")
def batch_progress(batch_id: UUID) -> Response:
    """Answer the poll: nothing where nothing changed, the table, or the order to load the page anew."""
    try:
        found = service().batch(caller(), batch_id)
    except BadRequest:
        found = None
    if found is None or found.batch.state != "running":
        return Response(status=STOP_POLLING, headers={"HX-Refresh": "true", "Cache-Control": "no-store"})
    if request.args.get("seen") == _seen(found):
        return Response(status=204, headers={"Cache-Control": "no-store"})
    return page("issuing/_batch.html", state=found, lines=_lines(found), seen=_seen(found), swap=True)


@blueprint.post("/batches/<uuid:batch_id>/files")
@hide
def add_files(batch_id: UUID) -> Response:
    """Order an act for each file; what is wrong with one stands in its line and holds up no other."""
    batch = service().batch(caller(), batch_id).batch
    kind = Kind(batch.kind)
    try:
        files = [one for one in request.files.getlist(FILE) if one.filename]
        wanted = replace(order_of(kind, typed_in(service().layout(kind))), dossier=batch.dossier)
    except RequestEntityTooLarge:
        return _shown(batch_id, refused(too_large(BATCH_FILES * site().upload_bytes), FILE))
    except VerifierError as refusal:
        return _shown(batch_id, refused(refusal, FILE))
    if not 0 < len(files) <= BATCH_FILES:
        return _shown(batch_id, FormError(say("issuing-batch-files-most", count=BATCH_FILES), field=FILE))
    errors = _ordered(files, wanted, batch_id)
    return _shown(batch_id, *errors) if errors else forward(url_for(".batch", batch_id=batch_id))


@blueprint.route("/batches/<uuid:batch_id>/confirm", methods=["GET", "POST"])
@hide
@step_up_needed
def confirm_batch(batch_id: UUID) -> Response:
    """Show what confirming the whole batch does, or confirm it; a second time leads to its page."""
    found = service().batch(caller(), batch_id)
    place = url_for(".batch", batch_id=batch_id)
    if found.batch.state != "open":
        return forward(place)
    if request.method != "POST":
        return _confirmation(found)
    if not _samples(found).enough:
        return _confirmation(found, FormError(say("issuing-samples-missing"), field="main"))
    if request.form.get("seen", "") != _seen(found):
        return _confirmation(found, refused(BadRequest("changed-meanwhile")))
    try:
        service().confirm_batch(caller(), token(), batch_id)
    except (BadRequest, CouldNotIssue) as refusal:
        return after_refusal(refusal, place) or _confirmation(found, refused(refusal))
    return forward(place)


@blueprint.post("/batches/<uuid:batch_id>/stop")
@hide
def stop_batch(batch_id: UUID) -> Response:
    """Begin no more acts of a batch."""
    return _turned(batch_id, service().stop_batch)


@blueprint.post("/batches/<uuid:batch_id>/resume")
@hide
def resume_batch(batch_id: UUID) -> Response:
    """Go on with a stopped batch."""
    return _turned(batch_id, service().resume_batch)


def _ordered(files: Sequence[FileStorage], wanted: Order, batch_id: UUID) -> list[FormError]:
    """Order an act for each file; return why some were not even taken, or why none can be."""
    errors: list[FormError] = []
    for file in files:
        try:
            ordered(file, wanted, batch_id)
        except VerifierError as refusal:
            found = refused(refusal, place_in_form(refusal))
            if refusal.problem.code not in OF_ONE_FILE:
                return [*errors, found]
            errors.append(FormError(f"{file.filename}: {found.text}", found.advice, FILE, found.status))
    return errors


def _turned(batch_id: UUID, act: Callable[[Caller, UUID], None]) -> Response:
    """Stop or resume a batch; where somebody did so before, its page shows it."""
    try:
        act(caller(), batch_id)
    except BadRequest as refusal:
        if refusal.problem.code not in {"batch-not-running", "batch-not-stopped"}:
            raise
    return forward(url_for(".batch", batch_id=batch_id))


def _shown(batch_id: UUID, *errors: FormError) -> Response:
    found = service().batch(caller(), batch_id)
    kind = Kind(found.batch.kind)
    filling = acts() and found.batch.state == "open"
    return page(
        "issuing/batch.html",
        errors[0].status if errors else 200,
        state=found,
        kind=kind,
        lines=_lines(found),
        failed=[one for one in _lines(found) if one.line.act.state == State.CANCELLED],
        samples=_samples(found),
        fields=particulars_of(kind, service().layout(kind)) if filling else (),
        filling=filling,
        own=found.batch.officer_id == caller().id,
        may_act=acts(),
        seen=_seen(found),
        errors=list(errors),
        most_files=BATCH_FILES,
        limit_mb=f"{site().upload_bytes / MIB:g}",
        swap=False,
    )


def _confirmation(found: BatchState, error: FormError | None = None) -> Response:
    waiting = [one.id for one in found.acts if one.state == State.ORDERED]
    return page(
        "issuing/confirm_batch.html",
        error.status if error else 200,
        state=found,
        count=len(waiting),
        samples=_samples(found),
        lines=_lines(found),
        ahead=ahead(waiting) if waiting else None,
        seen=_seen(found),
        errors=[error] if error else [],
    )


def _lines(found: BatchState) -> Sequence[BatchLine]:
    seen = looked_at(found.batch.id)
    return [BatchLine(act_line(one), mark(one.id) in seen, _trouble(problem_of(one))) for one in found.acts]


def _trouble(problem: Problem | None) -> str:
    return problem_words(problem)[0] if problem else ""


def _samples(found: BatchState) -> Samples:
    waiting = [one for one in found.acts if one.state == State.ORDERED]
    seen = looked_at(found.batch.id)
    needed = min(len(waiting), max(LEAST_SAMPLES, math.ceil(len(waiting) * SAMPLE_SHARE)))
    return Samples(sum(mark(one.id) in seen for one in waiting), needed)


def _seen(found: BatchState) -> str:
    """Return what differs whenever the table does."""
    return f"{found.batch.state}-{sum(one.version for one in found.acts)}"
