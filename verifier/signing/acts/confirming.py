"""The officer's confirmation: what it will do, the mandate of the signer process, acts that are put on their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from cryptography import x509

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import reason_of
from verifier.errors import BadRequest, CouldNotIssue, Problem
from verifier.register.numbers import book_text, next_number, number_text, year_of
from verifier.signing.acts.admission import refuse_incompetent
from verifier.signing.acts.facts import Office, office_of
from verifier.signing.acts.hand import LEASE, Hand
from verifier.signing.acts.house import SIGNERS, House, asking, changed, event, found
from verifier.signing.acts.plan import Plan, plan_from
from verifier.signing.acts.progress import finish_batch, give_up
from verifier.signing.acts.records import Forecast, ForecastKey
from verifier.signing.acts.signing_keys import fingerprint, key_for, trouble_of
from verifier.signing.acts.trial import layout_at
from verifier.signing.records import HeldKey, Kind, Level, Role, State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance

CANCELLED = "cancelled-by-officer"
"""Code of the problem of an act that an officer abandoned."""


class Confirming:
    """Confirms and abandons acts."""

    def __init__(self, house: House) -> None:
        self._house = house

    def forecast(self, caller: Caller, ids: Sequence[UUID]) -> Forecast:
        """As `Issuing.forecast`."""
        house, now = self._house, self._house.clock()
        asks = asking(caller, SIGNERS)
        with house.database.unit(caller.scope) as unit:
            acts = _ordered(unit, asks.person.id, ids)
            office = office_of(unit, asks.authority.id, asks.person.id)
            plans = {one.id: plan_from(one.layout) for one in acts}
            problems = list(self._problems_of(unit, office, acts, plans, now))
            numbers = _numbers(unit, office, list(plans.values()), now)
        keys = self._keys(office, acts, plans, now)
        problems += [one.problem for one in keys if one.problem]
        levels = {Level(one.level) for one in acts}
        level = Level.B_LT if Level.B_LT in levels else Level.B_LTA
        return Forecast(tuple(one.id for one in acts), *numbers, keys, level, tuple(problems))

    def confirm(self, caller: Caller, token: str, ids: Sequence[UUID], batch: UUID | None = None) -> tuple[UUID, ...]:
        """As `Issuing.confirm`, of all that a batch has where one is named; return what is to go on."""
        with self._house.database.unit(caller.scope) as unit:
            seen = {act.id: act.version for act in unit.issuances.several(ids)}
        forecast, now = self.forecast(caller, ids), self._house.clock()
        for problem in forecast.problems:
            raise CouldNotIssue(problem.code, problem.detail, **problem.params)
        mandate = self._house.parts.signs.confirm(token, forecast.ids)
        with self._house.database.unit(caller.scope) as unit:
            unit.issuances.hold(forecast.ids)
            for act in unit.issuances.several(forecast.ids):
                if act.state != State.ORDERED:
                    raise BadRequest("already-confirmed")
                if act.version != seen[act.id]:  # laid out anew since the forecast looked at it
                    raise BadRequest("changed-meanwhile")
                law = self._house.parts.law_sha256
                changed(unit, act, state=State.CONFIRMED.value, mandate_id=mandate, law_sha256=law)
                unit.audit.append(
                    event(act, "issuance-confirmed", caller.actor, now, details={"mandate": str(mandate)})
                )
            if batch is not None:
                unit.issuances.change_batch(batch, "running", now)
        return forecast.ids

    def cancel(self, caller: Caller, id_: UUID, reason: str) -> Issuance:
        """As `Issuing.cancel`."""
        asking(caller, SIGNERS)
        words, now, problem = reason_of(reason), self._house.clock(), Problem(CANCELLED)
        with self._house.database.unit(caller.scope) as unit:
            act = found(unit, id_)
            if act.state == State.RELEASED:
                raise BadRequest("already-released")
            if act.state == State.CANCELLED:
                return act
            if act.state == State.ORDERED:
                told = {"code": CANCELLED, "detail": "", "params": {}}
                changed(unit, act, state=State.CANCELLED.value, problem=told)
                unit.audit.append(event(act, "issuance-cancelled", caller.actor, now, reason=words))
                return found(unit, id_)
            held = unit.issuances.lease(id_, now, now + LEASE)
        if held is None:
            raise BadRequest("in-hand")
        with self._house.files() as files:
            give_up(Hand(self._house, held, files), problem, now, words, caller.actor)
        with self._house.database.unit(caller.scope) as unit:
            if held.batch_id is not None:
                finish_batch(unit, held.batch_id, now)
            return found(unit, id_)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _problems_of(
        self, unit: UnitOfWork, office: Office, acts: Sequence[Issuance], plans: dict[UUID, Plan], now: datetime
    ) -> Iterator[Problem]:
        """Tell what stands in the way of acts, each reason once."""
        for kind in dict.fromkeys(Kind(one.kind) for one in acts):
            editions = {plans[one.id].edition for one in acts if one.kind == kind.value}
            try:
                refuse_incompetent(unit, office.authority, kind, now)
                if editions != {layout_at(self._house, kind, office, now).edition}:
                    yield Problem("layout-changed", kind.value)
            except CouldNotIssue as refusal:
                yield refusal.problem
        hidden = next((one for one in acts if plans[one.id].laid.covering), None)
        if hidden is not None:
            yield Problem("mark-covers", hidden.file_name, {"file": hidden.file_name})

    def _keys(
        self, office: Office, acts: Sequence[Issuance], plans: dict[UUID, Plan], now: datetime
    ) -> tuple[ForecastKey, ...]:
        wanted = dict.fromkeys((role, Kind(one.kind)) for one in acts for role in plans[one.id].signatures)
        ordered = sorted(wanted, key=lambda one: one[0] is Role.AGENCY)
        try:
            held = self._house.parts.signs.keys()
        except CouldNotIssue as refusal:
            return tuple(ForecastKey(role, "", problem=refusal.problem) for role, _ in ordered)
        told: list[ForecastKey] = []
        for role, kind in ordered:
            key = self._key(held, office, role, kind, now)
            told += [] if key in told else [key]
        return tuple(told)

    def _key(self, held: Sequence[HeldKey], office: Office, role: Role, kind: Kind, now: datetime) -> ForecastKey:
        try:
            key = key_for(held, office, role, kind, now)
        except CouldNotIssue as refusal:
            return ForecastKey(role, "", problem=refusal.problem)
        certificate = x509.load_der_x509_certificate(key.certificate)
        return ForecastKey(
            role,
            key.name,
            certificate.subject.rfc4514_string(),
            fingerprint(key),
            certificate.not_valid_after_utc,
            trouble_of(self._house.parts.fitness, key, kind),
        )


def _ordered(unit: UnitOfWork, officer: UUID, ids: Sequence[UUID]) -> tuple[Issuance, ...]:
    """Return ordered acts of the officer; BadRequest `nothing-chosen`, `not-found`, `not-allowed`, `already-confirmed`.

    The name on the mark is the name of who ordered: nobody else confirms it.
    """
    acts = unit.issuances.several(ids)
    if not acts:
        raise BadRequest("nothing-chosen" if not ids else "not-found")
    if len(acts) < len(set(ids)):
        raise BadRequest("not-found")
    if any(one.officer_id != officer for one in acts):
        raise BadRequest("not-allowed")
    if any(one.state != State.ORDERED for one in acts):
        raise BadRequest("already-confirmed")
    return acts


def _numbers(unit: UnitOfWork, office: Office, plans: Sequence[Plan], now: datetime) -> tuple[str, str, str]:
    """Return book, first and last number as they would be now; empty where they go to several books."""
    if len({(one.symbol, one.electronic) for one in plans}) != 1:
        return "", "", ""
    plan, first = plans[0], next_number(unit, office.authority, plans[0].symbol, now)
    opened = unit.registers.book(plan.symbol, year_of(office.authority, now))
    volume = opened.volume if opened else 1
    book = book_text(plan.symbol, year_of(office.authority, now), volume) if plan.book_shown else ""
    last = first + len(plans) - 1
    return book, number_text(first, electronic=plan.electronic), number_text(last, electronic=plan.electronic)
