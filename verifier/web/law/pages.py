"""The public pages of procedures: what there is, what each needs, costs and takes, and which one a paper needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from flask import Blueprint, Response, request, url_for

from verifier.law import asking, telling
from verifier.law.answers import Exemption
from verifier.law.book import Law
from verifier.law.branches import Branch
from verifier.law.fees import Rule, Tariff
from verifier.law.forms import Form
from verifier.law.procedures import Component, Procedure
from verifier.law.records import Cited, Entry, NoAnswer, Words
from verifier.law_desk import answered
from verifier.web.chrome import page, say, words
from verifier.web.forms import FormError
from verifier.web.law.calculators import (
    DEADLINE,
    DEADLINE_FIELDS,
    FEE,
    FEE_FIELDS,
    LONGEST,
    deadline_part,
    fee_part,
)
from verifier.web.law.countries import HOME, in_order
from verifier.web.law.desk import desk, document_kinds
from verifier.web.law.words import by, hour, in_small_letters, long_day, money, zone_words

blueprint = Blueprint("procedures", __name__, url_prefix="/procedures", template_folder="../templates")


@dataclass(frozen=True)
class Card:
    """A procedure in a few lines."""

    procedure: Procedure
    cost: str
    time: str


@dataclass(frozen=True)
class Absent:
    """A procedure that is not in force on the day, and why."""

    id: str
    name: Words
    reason: str


@dataclass(frozen=True)
class Need:
    """Components that are needed in the same way."""

    need: str
    components: tuple[Component, ...]


@blueprint.get("")
def index() -> Response:
    """List the procedures of the day with what each costs and takes."""
    with answered():
        law = desk().law(_typed("at"))
    cards = tuple(Card(one, cost_line(law, one), time_line(law, one)) for one in law.procedures)
    return _page("law/index.html", law=law, cards=cards, absent=tuple(_absent(law)), at=_typed("at"))


@blueprint.get("/which")
def which() -> Response:
    """Ask at most three questions, then say which procedure a paper needs and why."""
    with answered():
        law = desk().law(_typed("at"))
    states = [one for one in _typed("used_in").upper().split(",") if one.strip()]
    typed = {"issued_in": _typed("issued_in").upper(), "used_in": ",".join(states), "kind": _typed("kind")}
    found: tuple[Branch, ...] = ()
    errors = []
    if any(typed.values()):
        try:
            found = law.book.branches.branch(law.day, asking.paper(typed))
        except NoAnswer as refusal:
            errors.append(_which_error(refusal))
    lang = words().lang
    return _page(
        "law/which.html",
        422 if errors else 200,
        law=law,
        typed=typed,
        states=states or [""],
        errors=errors,
        branches=found,
        countries=in_order(law.book.branches.countries.values(), lang),
        kinds=document_kinds(law.day),
        name_of=lambda code: law.book.branches.countries[code].words.said(lang),
        offered_here={one.id: one for one in law.procedures},
        name_of_procedure=lambda id_: _name(law, id_).said(lang),
        at_home=typed["issued_in"] == typed["used_in"] == HOME,
    )


@blueprint.get("/<procedure>")
def show(procedure: str) -> Response:
    """Show everything of one procedure, with the answers of the calculators that were asked."""
    with answered():
        law = desk().law(_typed("at"))
    try:
        found = law.procedure(procedure)
    except NoAnswer as refusal:
        return _not_here(law, procedure, refusal)
    asked = set(request.args.getlist("calc"))
    fee = fee_part(law, found, _all(FEE_FIELDS), asked=FEE in asked)
    deadline = deadline_part(law, found, _all(DEADLINE_FIELDS), asked=DEADLINE in asked)
    errors = [*(fee.errors if fee else ()), *(deadline.errors if deadline else ())]
    return _page(
        "law/procedure.html",
        422 if errors else 200,
        law=law,
        at=_typed("at"),
        procedure=found,
        cost=cost_line(law, found),
        time=time_line(law, found),
        needs=_needs(found),
        rules=tuple(one for one in found.rules if one.reader == "applicant"),
        tariffs=tariffs_of(law, found),
        rule=_fee_rule(law, found),
        exemptions=_exemptions(law, _fee_rule(law, found)),
        grounds=law.grounds(found.id),
        forms=_forms(law, found),
        fee=fee,
        deadline=deadline,
        errors=errors,
        typed=_all((*FEE_FIELDS, *DEADLINE_FIELDS)),
        asked=asked,
        cited_of_cost=_cited_of_cost(law, found),
        abroad=telling.charged_abroad(law, found.id),
        prices_abroad=_prices_abroad(law, found.id),
        channel_options=tuple((one.id, one.words.said(words().lang)) for one in found.channels),
    )


def cost_line(law: Law, procedure: Procedure) -> str:
    """Say in a line what it costs."""
    rule = _fee_rule(law, procedure)
    if rule is None:
        return say("law-cost-unknown")
    usual = {one.tariff for one in rule.charges if rule.counts[one.count].default != 0}
    paged, most = (set(rule.paging.tariffs), rule.paging.most) if rule.paging else (set[str](), "")
    shown = (one for one in tariffs_of(law, procedure) if one.id in {*usual, *paged, most})
    return ", ".join(price(one, "most" if one.id == most else "line" if one.id in paged else "plain") for one in shown)


def price(tariff: Tariff, kind: str) -> str:
    """Say a price `plain`, as a `line` with its pages, or as the `most` that is ever paid."""
    lang = words().lang
    of = {"amount": money(tariff.amount_minor), "unit": tariff.unit.said(lang), "line": tariff.line.said(lang)}
    return say(f"law-price-{kind}", **of)


def time_line(law: Law, procedure: Procedure) -> str:
    """Say in a sentence how long it takes; there may be more to say."""
    try:
        return first_sentence(law.book.deadlines.get(procedure.deadline, law.day).words.said(words().lang))
    except NoAnswer:
        return say("law-time-unknown")


def first_sentence(text: str) -> str:
    """Return the first sentence of a text."""
    found = re.match(r".+?[.](?=\s+[^\W\d_])", text, re.DOTALL)
    return found[0] if found else text


def tariffs_of(law: Law, procedure: Procedure) -> tuple[Tariff, ...]:
    """Return the prices of a procedure, under the names that its fee gives them."""
    rule = _fee_rule(law, procedure)
    named = {one.tariff: one.words for one in rule.charges if one.words.vi} if rule else {}
    found = (one for one in law.book.fees.tariffs(law.day) if rule and one.id in rule.tariffs)
    return tuple(replace(one, words=_capital(named.get(one.id, one.words))) for one in found)


def _capital(words: Words) -> Words:
    return Words(*(one[:1].upper() + one[1:] for one in (words.vi, words.en)))


def bases(cited: Iterable[Cited | Entry]) -> tuple[Cited, ...]:
    """Return on what law several sentences rest, each once; what is unverified is no law."""
    return tuple(dict.fromkeys(Cited(one.status, one.citation) for one in cited if one.status != "unverified"))


def _fee_rule(law: Law, procedure: Procedure) -> Rule | None:
    try:
        return law.book.fees.rule(procedure.fee, law.day)
    except NoAnswer:
        return None


def _cited_of_cost(law: Law, procedure: Procedure) -> tuple[Cited, ...]:
    rule = _fee_rule(law, procedure)
    entries = [*(one.entry for one in tariffs_of(law, procedure)), *(one.entry for one in _exemptions(law, rule))]
    cited = [Cited(one.status, one.citation) for one in entries]
    found = telling.charged_abroad(law, procedure.id)
    if found:
        prices = telling.prices_abroad(law, procedure.id, found)
        cited += [Cited(one.status, one.citation) for one in (found.entry, *(price.entry for price in prices))]
    return (*cited, rule.when_paid.basis, rule.refund.basis) if rule else ()


def _exemptions(law: Law, rule: Rule | None) -> tuple[Exemption, ...]:
    """Return who pays nothing on the day."""
    held = (one for one in law.book.fees.data.exemptions if one.entry.holds(law.day))
    return tuple(one for one in held if rule and one.id in rule.exemptions)


def _prices_abroad(law: Law, id_: str) -> tuple[tuple[Tariff, str], ...]:
    """Return the prices of missions with their amount in words: `10 USD`."""
    found = telling.charged_abroad(law, id_)
    prices = telling.prices_abroad(law, id_, found) if found else ()
    return tuple((one, f"{Decimal(one.amount_minor) / 100:f} {one.currency}") for one in prices)


def _forms(law: Law, procedure: Procedure) -> tuple[Form, ...]:
    """Return the sheets that an applicant fills in or is given."""
    held = {one.id: one for one in law.forms}
    return tuple(held[id_] for id_ in procedure.forms if id_ in held and held[id_].audience == "applicant")


def _needs(procedure: Procedure) -> tuple[Need, ...]:
    order = ("always", "condition", "on-demand", "not-asked")
    found = (Need(need, tuple(one for one in procedure.components if one.need == need)) for need in order)
    return tuple(one for one in found if one.components)


def _absent(law: Law) -> Iterable[Absent]:
    for id_ in law.book.procedures.ids:
        try:
            law.procedure(id_)
        except NoAnswer as refusal:
            yield Absent(id_, _name(law, id_), refusal.params.get(f"reason_{words().lang}", ""))


def _name(law: Law, id_: str) -> Words:
    """Return the name that a procedure has, or had, on whichever day."""
    held = (one for one in law.book.procedures.history(id_) if isinstance(one, Procedure))
    found = next(held, None)
    return found.name if found else Words(id_)


def _not_here(law: Law, id_: str, refusal: NoAnswer) -> Response:
    """Say why a procedure is not in force on the day; what there is not at all is no page."""
    if refusal.code != "procedure-not-in-force":
        with answered():
            raise refusal
    reason = refusal.params.get(f"reason_{words().lang}", "")
    return _page("law/absent.html", 404, law=law, id_=id_, name=_name(law, id_), reason=reason, at=_typed("at"))


def _which_error(refusal: NoAnswer) -> FormError:
    field = refusal.params.get("field", "kind" if "kind" in refusal.code else "issued_in")
    return FormError(say(f"law-wrong-{field.replace('_', '-')}"), "", field)


def _typed(name: str) -> str:
    return ",".join(request.args.getlist(name)).strip()[:LONGEST]


def _all(names: Iterable[str]) -> dict[str, str]:
    return {name: _typed(name) for name in names}


def _page(template: str, status: int = 200, **values: object) -> Response:
    """Render a page with the functions that its templates use."""
    lang = words().lang

    def said(one: Words) -> str:
        return one.said(lang)

    return page(
        template, status, said=said, money=money, by=by, hour=hour, long_day=long_day, zone_words=zone_words,
        in_small_letters=in_small_letters, bases=bases, desk_url=url_for(".index"), **values,
    )  # fmt: skip
