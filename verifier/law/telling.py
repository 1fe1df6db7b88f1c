"""Answers of the law as JSON objects: the same for the command line and the API; pure.

A text stands in Vietnamese under its key and in English under the key with `_en`; times are ISO 8601 with the offset
of the authority's zone, days ISO 8601, money whole đồng. Whoever shows a text looks at its `status` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from verifier.law.answers import DeadlineAsk, Doubt, Exemption, Fee, FeeAsk, Notice, StepTarget
from verifier.law.book import Law, LawBook
from verifier.law.branches import Branch, Paper
from verifier.law.calendars import Calendar
from verifier.law.fees.records import Abroad, Tariff
from verifier.law.grounds import Ground
from verifier.law.procedures import Procedure
from verifier.law.procedures.records import Channel, Component, Keeping, Step, Told
from verifier.law.records import Cited, Entry, NoAnswer, Words

Answer = dict[str, Any]
"""One JSON object."""


def procedures(law: Law) -> Answer:
    """Tell which procedures are in force on the day, and why others are not."""
    here = {one.id for one in law.procedures}
    return {
        "at": law.day.isoformat(),
        "procedures": [_brief(one) for one in law.procedures],
        "not_in_force": [_absent(law, id_) for id_ in law.book.procedures.ids if id_ not in here],
        "law_sha256": law.book.sha256,
    }


def procedure(law: Law, id_: str) -> Answer:
    """Tell everything of one procedure; NoAnswer as `Law.procedure`."""
    found = law.procedure(id_)
    return {
        "at": law.day.isoformat(),
        **_brief(found),
        "national_ids": [_told(one) for one in found.national_ids],
        "sector": found.sector,
        "result_code": found.result_code,
        **said("who", found.who),
        "individuals_only": found.individuals_only,
        "sets": found.sets,
        "variants": [{"id": one.id, **said("name", one.words)} for one in found.variants],
        "channels": [_channel(one) for one in found.channels],
        "components": [_component(one) for one in found.components],
        "places": [_told(one) for one in found.places],
        "steps": [_step(one) for one in found.steps],
        "results": [_told(one) for one in found.results],
        "delivery": [_told(one) for one in found.delivery],
        "keeping": [_keeping(one) for one in found.keeping],
        "rules": [{**_told(one), "reader": one.reader} for one in found.rules],
        "legal_basis": [_told(one) for one in found.legal_basis],
        "grounds": list(found.grounds),
        "kinds_of_work": list(found.kinds_of_work),
        "law_sha256": law.book.sha256,
    }


def fee(law: Law, id_: str, ask: FeeAsk) -> Answer:
    """Tell what a procedure costs; NoAnswer as `Law.fee`."""
    found = law.fee(id_, ask)
    return {
        "amount_vnd": found.amount_vnd,
        "lines": [_fee_line(found, number) for number in range(len(found.lines))],
        "when_paid": found.when_paid.id,
        **said("when_paid_text", found.when_paid.words),
        "when_paid_basis": _basis(found.when_paid.basis),
        **said("refund", found.refund),
        "refund_basis": _basis(found.refund_basis),
        "exemptions": [_exemption(one) for one in found.exemptions],
        "abroad": _abroad(law, id_),
        "procedure": found.procedure,
        "at": found.day.isoformat(),
        "law_sha256": law.book.sha256,
    }


def charged_abroad(law: Law, id_: str) -> Abroad | None:
    """Return what missions charge (phí tại cơ quan đại diện); None where they do not carry out the procedure."""
    missions = any(one.kind == "mission" for one in law.book.competences.who(id_, law.day))
    return law.book.fees.abroad(law.day) if missions else None


def prices_abroad(law: Law, id_: str, abroad: Abroad) -> tuple[Tariff, ...]:
    """Return the prices of missions for a procedure that are known, in the order of the data."""
    return tuple(one for one in law.book.fees.tariffs(law.day) if one.id in abroad.tariffs and id_ in one.procedures)


def deadline(book: LawBook, id_: str, ask: DeadlineAsk) -> Answer:
    """Tell when a result is due, by the law of the day on which it was filed; NoAnswer as `Law.deadline`."""
    calendar = book.calendars.of(ask.authority)
    day = ask.received.astimezone(calendar.zone).date()
    found = book.at(day).deadline(id_, ask)
    return {
        "due": _time(found.due),
        "clock_starts": _time(found.clock_starts),
        **said("reason", found.reason),
        "counted_from": _time(found.counted_from),
        "steps": [_target(one) for one in found.steps],
        "citation": found.basis.citation,
        "status": found.basis.status,
        "slip": found.slip,
        "notices": [_notice(one) for one in found.notices],
        "doubts": [_doubt(one) for one in found.doubts],
        "calendar": found.calendar,
        "received": _time(ask.received.astimezone(calendar.zone)),
        "procedure": found.procedure,
        "at": day.isoformat(),
        "law_sha256": book.sha256,
    }


def grounds(law: Law, id_: str) -> Answer:
    """Tell on which grounds a procedure is refused; NoAnswer as `Law.grounds`."""
    return {
        "procedure": id_,
        "at": law.day.isoformat(),
        "grounds": [_ground(one) for one in law.grounds(id_)],
        "law_sha256": law.book.sha256,
    }


def components(law: Law, id_: str) -> Answer:
    """Tell what is to be filed; NoAnswer as `Law.procedure`."""
    found = law.procedure(id_)
    return {
        "procedure": id_,
        "at": law.day.isoformat(),
        "sets": found.sets,
        "components": [_component(one) for one in found.components],
        "law_sha256": law.book.sha256,
    }


def calendar(law: Law, authority: str, year: int) -> Answer:
    """Tell days off, rest days that are worked, and doubts of one year; NoAnswer as `Calendars.of`."""
    found = law.calendar(authority)
    days = [one for month in range(1, 13) for one in found.month(year, month)]
    return {
        "calendar": found.id,
        "year": year,
        "zone": found.zone.key,
        "hours": _hours(found, law.day),
        "days_off": [_day_off(found, one.day) for one in days if found.day_off(one.day)],
        "worked_rest_days": [
            {"day": one.day.isoformat(), **said("name", one.name)} for one in days if one.working and one.name
        ],
        "doubts": [_doubt(one) for one in found.doubts(date(year, 1, 1), date(year, 12, 31))],
        "law_sha256": law.book.sha256,
    }


def branch(law: Law, paper: Paper) -> Answer:
    """Tell which procedure a paper needs, one answer a country of use; NoAnswer as `Branches.branch`."""
    return {
        "at": law.day.isoformat(),
        "branches": [_branch(one) for one in law.book.branches.branch(law.day, paper)],
        "law_sha256": law.book.sha256,
    }


def said(key: str, words: Words) -> Answer:
    """Return a wording under `key` and `key_en`; the latter is null where law prescribes Vietnamese alone."""
    return {key: words.vi, f"{key}_en": words.en or None}


def _brief(one: Procedure) -> Answer:
    return {
        "id": one.id,
        **said("name", one.name),
        **said("about", one.about),
        **_entry(one.entry),
        "fee": one.fee,
        "deadline": one.deadline,
    }


def _absent(law: Law, id_: str) -> Answer:
    try:
        law.procedure(id_)
    except NoAnswer as refusal:
        told: Mapping[str, str] = refusal.params
        return {"id": id_, **said("reason", Words(told.get("reason_vi", ""), told.get("reason_en", "")))}
    raise AssertionError(id_)


def _entry(entry: Entry) -> Answer:
    return {
        "from": entry.since.isoformat() if entry.since else None,
        "until": entry.until.isoformat() if entry.until else None,
        "status": entry.status,
        "citation": entry.citation,
        "note": entry.note,
    }


def _basis(basis: Cited) -> Answer:
    return {"status": basis.status, "citation": basis.citation}


def _told(one: Told) -> Answer:
    return {"id": one.id, **said("text", one.words), **_basis(one.basis)}


def _channel(one: Channel) -> Answer:
    return {
        "id": one.id,
        **said("text", one.words),
        "clock": one.clock,
        **said("clock_text", one.clock_words),
        **_basis(one.basis),
    }


def _component(one: Component) -> Answer:
    return {
        "id": one.id,
        **said("what", one.words),
        "need": one.need,
        **said("condition", one.condition),
        "when": {name: list(values) for name, values in one.when.items()},
        "shapes": list(one.shapes),
        "number": one.number,
        **_basis(one.basis),
    }


def _step(one: Step) -> Answer:
    return {
        "id": one.id,
        **said("name", one.words),
        "role": one.role,
        **said("role_text", one.role_words),
        "minutes": one.minutes,
        "forms": list(one.forms),
        **_basis(one.basis),
    }


def _keeping(one: Keeping) -> Answer:
    return {"id": one.id, **said("text", one.words), "years": one.years, "none": one.none, **_basis(one.basis)}


def _fee_line(fee: Fee, number: int) -> Answer:
    one = fee.lines[number]
    return {
        **said("what", one.what),
        "count": one.count,
        "unit_vnd": one.unit_vnd,
        "amount_vnd": one.amount_vnd,
        "citation": one.basis.citation,
        "status": one.basis.status,
        "id": one.id,
    }


def _abroad(law: Law, id_: str) -> Answer | None:
    found = charged_abroad(law, id_)
    if found is None:
        return None
    exempt = (one for one in law.book.fees.data.exemptions if one.id in found.exemptions and one.entry.holds(law.day))
    return {
        **said("text", found.words),
        **_basis(found.entry.basis),
        "prices": [_price(one) for one in prices_abroad(law, id_, found)],
        **said("refund", found.refund.words),
        "refund_basis": _basis(found.refund.basis),
        "exemptions": [_exemption(one) for one in exempt],
    }


def _price(one: Tariff) -> Answer:
    return {
        "id": one.id,
        **said("text", one.words),
        "amount_minor": one.amount_minor,
        "currency": one.currency,
        **said("unit", one.unit),
        **_basis(one.entry.basis),
    }


def _exemption(one: Exemption) -> Answer:
    return {"id": one.id, **said("text", one.words), **_entry(one.entry)}


def _target(one: StepTarget) -> Answer:
    return {
        **said("name", one.name),
        "role": one.role,
        **said("role_text", one.role_words),
        "target": _time(one.target),
        "forms": list(one.forms),
    }


def _notice(one: Notice) -> Answer:
    return {"id": one.id, **said("text", one.words), "due": _time(one.due), **_basis(one.basis)}


def _doubt(one: Doubt) -> Answer:
    return {"day": one.day.isoformat(), **said("text", one.words), **_basis(one.basis)}


def _ground(one: Ground) -> Answer:
    return {
        "id": one.id,
        "set": one.set,
        **said("text", one.words),
        **_entry(one.entry),
        "effect": one.effect.id,
        **said("effect_text", one.effect.words),
        "needs": list(one.needs),
        "proposable": one.proposable,
        "variants": list(one.variants),
        "exceptions": [{"id": each.id, **said("text", each.words), **_basis(each.basis)} for each in one.unless],
        **said("advice", one.advice),
    }


def _branch(one: Branch) -> Answer:
    return {
        "country": one.country,
        "work": one.work,
        **said("work_text", one.words),
        "procedure": one.procedure or None,
        "candidates": list(one.candidates),
        "rule": one.rule,
        **said("reason", one.reason),
        **said("ask", one.ask),
        **_basis(one.basis),
    }


def _day_off(calendar: Calendar, day: date) -> Answer:
    found = calendar.day_off(day)
    if found is None:
        raise AssertionError(day)
    return {"day": day.isoformat(), **said("name", found.name), **_basis(found.basis), "note": found.note}


def _hours(calendar: Calendar, day: date) -> list[Answer]:
    spans: Iterable[tuple[datetime, datetime]] = calendar.hours(calendar.add_days(day, 0))
    return [{"from": f"{begin:%H:%M}", "until": f"{end:%H:%M}"} for begin, end in spans]


def _time(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
