"""The officer's page of one dossier: whose move, time left, the next step, and everything that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, request

from verifier.cases.desk import Sight, View, rules_of_all
from verifier.cases.kernel import Asker
from verifier.cases.records import Case, CaseRecord, Confirmation, Paper
from verifier.cases.sheets import prints_of, sheet_of
from verifier.law.procedures import Component
from verifier.law.records import NoAnswer
from verifier.signing.records import State
from verifier.web import locale
from verifier.web.access import caller
from verifier.web.casework.base import (
    asker,
    blueprint,
    desk,
    law_of,
    move_words,
    procedure_name,
    procedure_of,
    status_words,
)
from verifier.web.casework.choices import word_of
from verifier.web.casework.clock import Left, known_calendar, left_of
from verifier.web.casework.fees import fee_of
from verifier.web.casework.history import history_of
from verifier.web.casework.marks import Mark, look_of, mark_of
from verifier.web.casework.proposed import offered_now, offered_words, proposed_of
from verifier.web.casework.told import told_of
from verifier.web.chrome import page, say, words
from verifier.web.refusals import hide

NEXT = (
    "set-fee-abroad", "confirm-complete", "receive", "pay-at-counter", "take", "assign", "propose", "approve", "sign",
    "sign-on-paper", "deliver",
)  # fmt: skip
"""Commands in the order in which the first that may be given is the next step."""
FOUND = ("report", "evidence", "result")
"""Records that the service made of a paper, as they are listed where they were made at one instant."""
SERVED = ("paper", "translation", "form")
"""Components that are there with the papers and the data of the filing."""


@dataclass(frozen=True)
class Part:
    """One component of the dossier and whether it is there."""

    words: str
    note: str
    stands: str
    """`there`: stored; `shown`: not stored, and seen when the dossier was found complete; `missing`; `perhaps`."""
    citation: str


@dataclass(frozen=True)
class PaperLine:
    """One paper as the page shows it."""

    paper: Paper
    mark: Mark
    particulars: Sequence[tuple[str, str]]
    file: CaseRecord | None
    translation: CaseRecord | None
    reports: Sequence[CaseRecord]


@dataclass(frozen=True)
class Heads:
    """The first lines of the page."""

    procedure: str
    status: str
    look: str
    move: str
    left: Left
    authority: str
    intake: str
    """Where it was filed, where that is elsewhere."""
    officer: str


@blueprint.get("/<uuid:id_>")
@hide
def show(id_: UUID) -> Response:
    """Show a dossier."""
    who = asker()
    sight = desk().sight(who, id_)
    view, case = sight.view, sight.view.case
    offered = in_order(sight.offered)
    told = told_of(who, view)
    first = _next(case, [one for one in offered if not (told.waits and one == "deliver")])
    return page(
        "cases/show.html",
        case=case,
        heads=heads_of(sight),
        first=first,
        others=[one for one in offered if one != first],
        nothing="" if offered else _nothing(case, who),
        running=sum(one.state != State.ORDERED for one in sight.acts),
        said=_said(),
        parts=parts_of(view),
        papers=_paper_lines(view),
        proposed=proposed_of(view, sight.names),
        fee=fee_of(case, sight.money),
        confirmations=[(one, _confirmation(one)) for one in view.confirmations],
        records=view.records,
        told=told,
        history=history_of(case.id),
        moments=moments_of(case),
        particulars=_filing(case),
        applicant=_applicant(case),
        citations=citations_of(view),
        word_of=word_of,
        size=words().size,
    )


def heads_of(sight: Sight) -> Heads:
    """Return the first lines of a dossier."""
    case, now, lang = sight.view.case, desk().house.clock(), words().lang
    here, there = sight.authority, sight.intake
    asked = next((one.name for one in reversed(sight.view.confirmations) if one.state == "sent"), "")
    calendar = known_calendar(here.code)
    name = sight.names.get(case.officer_id, "") if case.officer_id else ""
    return Heads(
        procedure_name(case),
        status_words(case.status),
        look_of(case),
        move_words(case, officer=name, asked=asked, receiver=here.name(lang)),
        left_of(case, calendar, now),
        here.name(lang),
        there.name(lang) if there.id != here.id else "",
        name,
    )


def in_order(offered: Sequence[str]) -> Sequence[str]:
    """Return what may be done in the order of the next step, then all else."""
    return sorted(offered, key=lambda one: NEXT.index(one) if one in NEXT else len(NEXT))


def _next(case: Case, offered: Sequence[str]) -> str:
    """Return the next step of those that may be done; empty where none has to be."""
    order = [one for one in NEXT if one != "pay-at-counter" or case.status in ("payment", "signed")]
    before, at_return = case.status == "filed" and case.complete_at, case.status == "signed" and not case.paid_at
    if not (before or at_return) or "pay-at-counter" in offered:  # the price is asked for where all waits for it alone
        order.remove("set-fee-abroad")
    if case.officer_id is not None:
        order = [one for one in order if one not in ("take", "assign")]
    return next((one for one in order if one in offered), "")


def _nothing(case: Case, who: Asker) -> str:
    """Say why nothing may be done by who looks."""
    if case.authority_id != who.scope.authority:
        return say("case-nothing-elsewhere")
    return say("case-nothing-ended") if case.ended_at else say("case-nothing-now")


def _said() -> tuple[str, str]:
    """Return look and words of what was done just now, or could not be."""
    done, late = request.args.get("done", ""), request.args.get("late", "")
    if request.args.get("signed"):
        return "info", say("case-signing-begun")
    for told, look, key in ((done, "ok", "case-done"), (late, "info", "case-late")):
        if told in rules_of_all():
            return look, say(key, act=word_of("command", told))
    return "", ""


def parts_of(view: View) -> tuple[Part, ...]:
    """Return the components of the procedure that this filing needs, and which of them are there."""
    procedure, lang = procedure_of(view.case), words().lang
    if procedure is None:
        return ()
    facts = {"channel": view.case.channel, **{name: value for name, value in view.case.facts.items() if value}}
    try:
        wanted: Sequence[Component] = procedure.components_for(facts)
    except NoAnswer:
        wanted = procedure.components
    return tuple(
        Part(
            one.words.said(lang),
            one.condition.said(lang),
            _stands(one, view),
            one.basis.citation,
        )
        for one in wanted
        if one.need != "not-asked"
    )


def _stands(component: Component, view: View) -> str:
    if _is_there(component, view):
        return "there"
    if component.need != "always":
        return "perhaps"
    return "shown" if view.case.complete_at else "missing"


def _is_there(component: Component, view: View) -> bool:
    if any(one.component == component.id for one in view.records):
        return True
    if component.id == "translation":
        return any(one.translation_id for one in view.papers)
    return component.id in SERVED or set(component.shapes) == {"data"}


def _paper_lines(view: View) -> list[PaperLine]:
    told = offered_now(view)
    return [_paper_line(one, view, offered_words(told.get(one.id, ""))) for one in view.papers]


def _paper_line(paper: Paper, view: View, sentence: str) -> PaperLine:
    records = {one.id: one for one in view.records}
    reports = [one for one in view.records if one.paper_id == paper.id and one.kind in FOUND]
    reports.sort(key=lambda one: (one.made_at, FOUND.index(one.kind)))
    return PaperLine(
        paper,
        mark_of(paper, sentence),
        [*paper_particulars(paper), *_printed(paper, view)],
        records.get(paper.record_id) if paper.record_id else None,
        records.get(paper.translation_id) if paper.translation_id else None,
        reports,
    )


def paper_particulars(paper: Paper) -> list[tuple[str, str]]:
    """Return what was said of a paper, in words; empty fields are left out."""
    told = {
        "work": word_of("work", paper.work) if paper.work else "",
        "type": word_of("type", paper.type) if paper.type else "",
        "holder": paper.holder,
        "serial": paper.serial,
        "office": paper.office,
        "signer": ", ".join(one for one in (paper.signer, paper.title) if one),
        "signed_on": words().date(paper.signed_on) if paper.signed_on else "",
        "copies": str(paper.copies),
        "pages": str(paper.pages or ""),
        "countries": ", ".join(map(_country, paper.countries)),
        "issuing_country": _country(paper.issuing_country),
        "language": word_of("language", paper.language) if paper.language else "",
        "basis": word_of("basis", paper.basis) if paper.basis else "",
        "symbol": f"{paper.entry}/{paper.year} · {paper.symbol}" if paper.entry else paper.symbol,
    }
    return [(say(f"case-field-{name}"), value) for name, value in told.items() if value]


def _printed(paper: Paper, view: View) -> list[tuple[str, str]]:
    """Say how often the sheet of a paper was printed, where one was spoiled."""
    sheet = sheet_of(view.records, paper.id)
    prints = prints_of(view.records, sheet) if sheet else 0
    return [(say("case-field-prints"), words().number(prints))] if prints > 1 else []


def _country(code: str) -> str:
    """Name a country; its code where it has no name."""
    known = desk().house.book.branches.countries.get(code)
    return known.words.said(words().lang) if known else code


def _confirmation(one: Confirmation) -> Mapping[str, str]:
    state = {"drafted": "open", "sent": "none", "answered": "ok", "closed": "plain"}.get(one.state, "info")
    if one.answer:
        state = {"authentic": "ok", "not-authentic": "bad", "unclear": "open"}[one.answer]
    told = word_of("answer", one.answer) if one.answer else word_of("confirmation", one.state)
    return {"look": state, "word": told, "due": words().when(one.due_at) if one.due_at else ""}


def moments_of(case: Case) -> list[tuple[str, datetime]]:
    """Return the times of a dossier that are known, in order."""
    told = {
        "filed": case.filed_at,
        "complete": case.complete_at,
        "paid": case.paid_at,
        "accepted": case.accepted_at,
        "clock": case.clock_from,
        "forwarded": case.forwarded_at,
        "assigned": case.assigned_at,
        "decided": case.decided_at,
        "signed": case.signed_at,
        "delivered": case.delivered_at,
        "ended": case.ended_at,
        "first-due": case.first_due if case.first_due != case.due_at else None,
        "paused": case.paused_at,
        "due": case.due_at,
    }
    return [(say(f"case-at-{name}"), at) for name, at in told.items() if at]


def _filing(case: Case) -> list[tuple[str, str]]:
    told = {
        "channel": word_of("channel", case.channel),
        "delivery": word_of("delivery", case.delivery) if case.delivery else "",
        "purpose": case.purpose,
        "note": case.note,
        "external": case.external,
    }
    facts = [(word_of("field", name), word_of(name, value)) for name, value in case.facts.items() if value]
    return [*((say(f"case-field-{name}"), value) for name, value in told.items() if value), *facts]


def _applicant(case: Case) -> list[tuple[str, str]]:
    who = case.applicant
    number = f"{word_of('id_kind', who.id_kind)} {who.id_number}".strip() if who.id_kind or who.id_number else ""
    told = {"name": who.name, "kind": word_of("kind", who.kind), "id_number": number, "phone": who.phone}
    told |= {"email": who.email, "address": who.address, "lang": locale.LANGUAGES.get(who.lang, who.lang)}
    return [(say(f"case-field-applicant-{name}"), value) for name, value in told.items() if value]


def citations_of(view: View) -> list[tuple[str, str, str]]:
    """Return on what law the work on a dossier rests: what, words, citation."""
    case = view.case
    procedure, lang, law = procedure_of(case), words().lang, law_of(case)
    if procedure is None:
        return []
    found = [(say("case-law-procedure"), procedure.name.said(lang), procedure.entry.citation)]
    channel = next((one for one in procedure.channels if one.id == case.channel), None)
    if channel:
        found.append((say("case-law-clock"), channel.clock_words.said(lang), channel.basis.citation))
    found += [(say("case-law-basis"), one.words.said(lang), one.basis.citation) for one in procedure.legal_basis]
    if case.proposal or case.outcome == "refused":
        grounds = {ground for paper in view.papers for ground in paper.grounds}
        for one in law.grounds(case.procedure):
            if one.id in grounds:
                found.append((say("case-law-ground"), one.words.said(lang), one.entry.citation))
    return found


def is_mine(case: Case) -> bool:
    """Tell whether the caller works on a dossier."""
    return case.officer_id is not None and case.officer_id == caller().id
