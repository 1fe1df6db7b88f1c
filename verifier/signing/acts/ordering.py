"""Orders: a document is judged, its mark is laid out, and the act stands ready for the officer to confirm."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import clean_text
from verifier.audit import Detail
from verifier.errors import BadRequest, CouldNotIssue, CouldNotJudge, Problem
from verifier.intake import NotTaken, take_in
from verifier.plain import is_hidden
from verifier.reports.json_report import dumps, from_json, to_json
from verifier.signing.acts import paper
from verifier.signing.acts.admission import judged_input, refuse_basis, refuse_incompetent
from verifier.signing.acts.facts import BASIS, Office, check_code, code_hash, office_of
from verifier.signing.acts.form import order_from, order_to, problem_to
from verifier.signing.acts.house import SIGNERS, Asking, House, asking, changed, event, found
from verifier.signing.acts.plan import Plan, plan_from, plan_to
from verifier.signing.acts.records import Preview
from verifier.signing.acts.trial import Trial, about_cover, facts_on_trial, layout_at, main_of
from verifier.signing.ports import Layout
from verifier.signing.records import Kind, Order, Placement, State, Wish
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.verdict import NotJudged, Outcome

BATCH_ACTS = 500
"""Most acts of a batch."""
LONGEST_NAME = 200
"""Characters of a file's name or a dossier's code."""
NOT_PDF = ("not-pdf",)
FIELDS_ONLY = ("no-room",)
"""Where a certification lets nothing be added but signatures in fields that are there: none is made for the mark."""


class Ordering:
    """Takes orders. Nothing here takes a number."""

    def __init__(self, house: House) -> None:
        self._house = house

    def order(self, caller: Caller, document: Path, file_name: str, order: Order, batch: UUID | None) -> Issuance:
        """As `Issuing.order`."""
        asks = asking(caller, SIGNERS)
        order, now = _cleaned(order), self._house.clock()
        with self._house.database.unit(caller.scope) as unit:
            office = office_of(unit, asks.authority.id, asks.person.id)
            refuse_incompetent(unit, asks.authority, order.kind, now)
            _refuse_batch(unit, batch, order, asks)
            _refuse_replacing(unit, order)
        layout = layout_at(self._house, order.kind, office, now)
        _refuse_said(layout, order)
        act = self._begun(asks, order, clean_name(file_name), now, batch)
        try:
            act = self._judged_and_planned(act, office, layout, document, order)
        except (CouldNotIssue, CouldNotJudge) as refusal:
            if batch is None:
                raise
            act = _refused(act, document, self._house.upload_bytes, refusal.problem)
        return self._kept(act, document, caller, now)

    def place(self, caller: Caller, id_: UUID, wish: Wish) -> Issuance:
        """As `Issuing.place`."""
        asks, now = asking(caller, SIGNERS), self._house.clock()
        act, office = self._ordered(asks, id_)
        order = replace(order_from(act.wanted), wish=wish)
        layout = layout_at(self._house, order.kind, office, now)
        with self._house.files() as files:
            trial = Trial(self._house, files, act, office, outcome_of(act), files.plain(act.input_blob))
            plan = trial.planned(layout, plan_from(act.layout).hindrances, wish, now)
        told: dict[str, Any] = {"wanted": order_to(order), **_planned(plan)}
        with self._house.database.unit(caller.scope) as unit:
            changed(unit, act, **told)
            return found(unit, id_)

    def preview(self, caller: Caller, id_: UUID) -> Preview:
        """As `Issuing.preview`."""
        asks, now = asking(caller, SIGNERS), self._house.clock()
        act, office = self._ordered(asks, id_)
        plan, draws = plan_from(act.layout), self._house.parts.draws
        facts = facts_on_trial(self._house, act, office, plan, now)
        layout = layout_at(self._house, Kind(act.kind), office, now)
        pieces = draws.cover(facts, about_cover(act, plan.reasons, outcome_of(act)))[1] if plan.reasons else ()
        pieces = pieces or draws.pieces(facts)
        laid = plan.laid
        return Preview(
            issuance=act,
            layout=layout,
            placement=Placement(act.placement),
            reasons=plan.reasons,
            places=laid.places,
            alternatives=laid.alternatives,
            covering=laid.covering,
            page_sizes=laid.page_sizes,
            pages=laid.pages,
            chosen=laid.chosen,
            main=plan.main,
            drawing=main_of(pieces).drawing,
            texts={one.id: one.drawing.text for one in pieces},
        )

    # --- inside ------------------------------------------------------------------------------------------------------

    def _ordered(self, asks: Asking, id_: UUID) -> tuple[Issuance, Office]:
        with self._house.database.unit(asks.caller.scope) as unit:
            act = found(unit, id_)
            if act.state != State.ORDERED:
                raise BadRequest("already-confirmed")
            return act, office_of(unit, act.authority_id, act.officer_id)

    def _begun(self, asks: Asking, order: Order, file_name: str, now: datetime, batch: UUID | None) -> Issuance:
        id_, ring = uuid4(), self._house.parts.ring
        return Issuance(
            id=id_,
            authority_id=asks.authority.id,
            officer_id=asks.person.id,
            kind=order.kind.value,
            dossier=order.dossier,
            level=order.level.value,
            wanted=order_to(order),
            state=State.ORDERED.value,
            created_at=now,
            file_name=file_name,
            size=0,
            input_sha256="",
            input_blob="",
            check_sha256=code_hash(check_code(ring, id_, ring.current)),
            batch_id=batch,
            replaces_id=order.replaces,
        )

    def _judged_and_planned(
        self, act: Issuance, office: Office, layout: Layout, document: Path, order: Order
    ) -> Issuance:
        house = self._house
        _refuse_large(document, house.upload_bytes)
        outcome = judged_input(house, document, act.file_name, order)
        report = dumps(to_json(outcome, act.file_name))
        act = replace(act, size=document.stat().st_size, input_sha256=outcome.sha256, input_report=report)
        hindrances = self._hindrances(document, outcome)
        with house.files() as files:
            trial = Trial(house, files, act, office, outcome, document)
            plan = trial.planned(layout, hindrances, order.wish, act.created_at)
        return replace(act, **_planned(plan))

    def _hindrances(self, document: Path, outcome: Outcome) -> tuple[str, ...]:
        """Return why a document cannot be extended; CouldNotIssue with the code where it is not even put in a cover."""
        if isinstance(outcome, NotJudged):
            return NOT_PDF
        told = self._house.pool.run(paper.extension, document)
        if told.refused:
            raise CouldNotIssue(told.refused, pages=str(told.pages))
        if told.certified and not told.hindrances:
            return FIELDS_ONLY
        return tuple(told.hindrances)

    def _kept(self, act: Issuance, document: Path, caller: Caller, now: datetime) -> Issuance:
        house = self._house
        blob = house.blobs.put_file(document) if act.state == State.ORDERED else ""
        act = replace(act, input_blob=blob)
        action = "issuance-ordered" if act.state == State.ORDERED else "issuance-refused"
        details: dict[str, Detail] = {"sha256": act.input_sha256}
        if act.problem:
            details["why"] = act.problem["code"]
        with house.database.unit(caller.scope) as unit:
            refuse_full(unit, act.batch_id)
            unit.issuances.add(act)
            unit.audit.append(event(act, action, caller.actor, now, details=details))
        return act


def outcome_of(act: Issuance) -> Outcome:
    """Return our judge's outcome on the document as it came in."""
    return from_json(json.loads(act.input_report))


def clean_name(file_name: str) -> str:
    """Return the name of a file without folders and without what cannot be seen; `document` where nothing is left."""
    last = unicodedata.normalize("NFC", file_name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    return "".join(letter for letter in last if not is_hidden(letter)).strip()[:LONGEST_NAME] or "document"


def _planned(plan: Plan) -> dict[str, Any]:
    placement = Placement.ALLONGE if plan.reasons else Placement.PAGE
    return {"placement": placement.value, "layout": plan_to(plan)}


def _cleaned(order: Order) -> Order:
    """Return the order with its texts as they are kept; BadRequest `text-unclear`, `bad-option`."""
    said = {name: text for name, raw in order.said.items() if (text := clean_text(raw))}
    order = replace(order, dossier=clean_text(order.dossier), said=said)
    if len(order.dossier) > LONGEST_NAME:
        raise BadRequest("text-unclear", f"It is longer than {LONGEST_NAME} characters.", field="dossier")
    refuse_basis(order)
    return order


def _refuse_large(document: Path, most: int) -> None:
    if document.stat().st_size > most:
        limit = str(most // (1024 * 1024))
        raise CouldNotJudge("too-large", f"The file is larger than {limit} MB.", limit=limit)


def _refuse_said(layout: Layout, order: Order) -> None:
    known = {*layout.fields, *layout.optional, BASIS}
    for name in order.said:
        if name not in known:
            raise BadRequest("mark-field-unknown", name, field=name)
    for name in layout.fields:
        if not order.said.get(name):
            raise CouldNotIssue("mark-field-missing", name, field=name)


def _refuse_batch(unit: UnitOfWork, batch: UUID | None, order: Order, asks: Asking) -> None:
    if batch is None:
        return
    wanted = unit.issuances.batch(batch)
    if wanted is None:
        raise BadRequest("not-found")
    if wanted.officer_id != asks.person.id:  # who opened it confirms it, and could not confirm another's act
        raise BadRequest("not-allowed")
    if wanted.state != "open":
        raise BadRequest("already-confirmed")
    if (wanted.kind, wanted.dossier) != (order.kind.value, order.dossier):
        raise BadRequest("batch-differs", f"the batch is of {wanted.kind} {wanted.dossier}")


def refuse_full(unit: UnitOfWork, batch: UUID | None, most: int = BATCH_ACTS) -> None:
    """Refuse what a batch has no room for; nobody else fills it until the unit of work ends."""
    if batch is None:
        return
    wanted = unit.issuances.batch(batch, hold=True)
    if wanted is None or wanted.state != "open":
        raise BadRequest("already-confirmed")
    if sum(unit.issuances.counts(batch).values()) >= most:
        raise BadRequest("batch-full", str(most), most=str(most))


def _refuse_replacing(unit: UnitOfWork, order: Order) -> None:
    if order.replaces is None:
        return
    old = found(unit, order.replaces)
    if old.state != State.RELEASED or old.annulled_at is not None or old.replaced_by_id is not None:
        raise BadRequest("not-in-force")
    if old.kind != order.kind.value:
        raise BadRequest("kind-differs", f"the act to be replaced is {old.kind}")


def _refused(act: Issuance, document: Path, most: int, problem: Problem) -> Issuance:
    """Return what stands in a batch for a document that could not be ordered."""
    if not act.input_sha256:
        try:
            intake = take_in(document, most)
        except NotTaken as refused:
            intake = refused.intake
        act = replace(act, input_sha256=intake.sha256, size=intake.size)
    return replace(act, state=State.CANCELLED.value, problem=problem_to(problem))
