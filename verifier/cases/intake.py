"""A dossier comes in (nộp, tiếp nhận hồ sơ): it gets its code and secret token, and is accepted once all is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from verifier.cases import application, letters, money, refiling
from verifier.cases.acceptance import AT_FILING, check_due, when_paid
from verifier.cases.filing import FiledComponent, FiledPaper, Filing, cleaned, paper_component
from verifier.cases.kernel import Asker, CaseHouse, Done, Letter, Turn
from verifier.cases.keys import Key, answered_under, key_hash
from verifier.cases.records import Case, Paper
from verifier.cases.secrecy import identity_of, token_again, token_of
from verifier.cases.settling import note, settle, tell_portal
from verifier.cases.statuses import Status
from verifier.cases.wanting import refuse_wanted
from verifier.errors import BadRequest
from verifier.law.book import Law
from verifier.law.procedures import Procedure
from verifier.law_desk import answered, calendar_of
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.rows import token_hash

__all__ = ["Filed", "FiledComponent", "FiledPaper", "Filing", "file"]

FILED = "case-filed"


@dataclass(frozen=True)
class Filed:
    """A dossier that was filed, and the secret by which its applicant comes back to it."""

    case: Case
    token: str
    """Secret access token (mã bí mật tra cứu): to be shown once, kept nowhere."""


def file(house: CaseHouse, asker: Asker, filing: Filing, *, key: Key | None = None) -> Filed:
    """File a dossier at the asker's authority; with `key` the same filing again returns the same dossier.

    BadRequest `not-allowed`; `authority-without-calendar`; `procedure-not-offered` where it is not competent today;
    what `filing.cleaned`, `wanting.refuse_wanted`, `refiling.earlier_of` and `refiling.carry` refuse; `upload-unknown`;
    `external-known` (`dossier`: its code) where who files gave this reference before; and what the law does not answer.
    """
    try:
        return _filed(house, asker, filing, key)
    except BadRequest:
        if key and (known := _under(house, asker, key)):  # the same was sent at the same time, and was quicker
            return known
        raise


def _under(house: CaseHouse, asker: Asker, key: Key) -> Filed | None:
    with house.database.unit(asker.scope) as unit:
        known = answered_under(unit, asker, key)
    return Filed(known, token_again(house.ring, known)) if known else None


def _filed(house: CaseHouse, asker: Asker, filing: Filing, key: Key | None) -> Filed:
    if asker.scope.authority is None:
        raise BadRequest("not-allowed")
    with house.database.unit(asker.scope) as unit:
        if key and (known := answered_under(unit, asker, key)):
            return Filed(known, token_again(house.ring, known))
        authority = unit.authorities.get(asker.scope.authority)
        if authority is None:
            raise BadRequest("not-allowed")
        now = house.clock()
        case = _entered(house, unit, asker, _wanted(house, unit, asker, authority, filing, now), now)
        if key and not unit.cases.note_answer(asker.id, key_hash(key), key.content, case, now):
            raise BadRequest("in-hand")
    return Filed(case, token_of(house.ring, case.id))


@dataclass(frozen=True)
class _Wanted:
    """A filing in order, and what it is held against."""

    filing: Filing
    authority: Authority
    law: Law
    procedure: Procedure
    earlier: Case | None = None
    """The dossier that was given back, whose fee counts for this one; held."""


def _wanted(
    house: CaseHouse, unit: UnitOfWork, asker: Asker, authority: Authority, filing: Filing, now: datetime
) -> _Wanted:
    today = now.astimezone(ZoneInfo(authority.time_zone)).date()
    law = house.book.at(today)
    calendar_of(house.book, authority.code)  # no day could be promised, and nobody would be told so before
    with answered():
        procedure = law.procedure(filing.procedure)
        procedure.components_for(filing.facts)
    held = unit.authorities.competences(authority.id)
    if not any(one.procedure == procedure.id and one.holds(today) for one in held):
        raise BadRequest("procedure-not-offered", procedure.id, procedure=procedure.id)
    found = cleaned(filing, procedure, law)
    refuse_wanted(found, procedure, law)
    earlier = refiling.earlier_of(house, unit, asker, authority, found, law)
    return _Wanted(found, authority, law, procedure, earlier)


def _entered(house: CaseHouse, unit: UnitOfWork, asker: Asker, wanted: _Wanted, now: datetime) -> Case:
    """Write the dossier with its parts and its first event."""
    filing, authority = wanted.filing, wanted.authority
    if filing.external and (known := unit.cases.filed_under(authority.id, filing.external, asker.id)):
        raise BadRequest("external-known", filing.external, dossier=known)
    day = house.book.codes.day_of(now)
    with answered():
        code = house.book.codes.dossier_code(authority.code, day, unit.cases.next_ordinal(authority.id, day))
    id_ = uuid4()
    case = Case(
        id=id_,
        authority_id=authority.id,
        intake_id=authority.id,
        code=code,
        token_sha256=token_hash(token_of(house.ring, id_)),
        procedure=wanted.procedure.id,
        law_day=wanted.law.day,
        law_sha256=house.book.sha256,
        channel=filing.channel,
        filed_at=now,
        status=Status.FILED.value,
        applicant=filing.applicant,
        facts=dict(filing.facts),
        delivery=filing.delivery,
        purpose=filing.purpose,
        note=filing.note,
        external=filing.external,
        filed_by=asker.id,
        identity=identity_of(house.ring, filing.identity),
        step=wanted.procedure.steps[0].id if wanted.procedure.steps else "",
    )
    case = replace(case, step_due=check_due(Turn(house, unit, case, asker, now)))
    unit.cases.add(case)
    turn = Turn(house, unit, case, asker, now)
    for number, paper in enumerate(filing.papers, start=1):
        enter_paper(turn, paper, number, wanted.procedure)
    for brought in filing.components:
        letters.taken(turn, brought.file, "component", component=brought.component)
    application.drawn(turn, wanted.procedure)
    told: dict[str, Any] = {"procedure": case.procedure, "channel": case.channel, "papers": len(filing.papers)}
    carried = refiling.carry(turn, wanted.earlier) if wanted.earlier else None
    told |= {"continues": carried.earlier_code} if carried else {}
    note(turn, case, FILED, Done(told={**told, "law": case.law_sha256, "code": case.code}), before="")
    tell_portal(turn, case)
    letters.awaited(turn)
    house.tells(unit, case, Letter("filed", refiling.words(carried)), now)
    if when_paid(turn) == AT_FILING:
        return settle(turn, "fee-demanded", money.demand(turn))
    return case


def enter_paper(turn: Turn, one: FiledPaper, number: int, procedure: Procedure) -> Paper:
    """Write one paper with its files."""
    id_ = uuid4()
    component = paper_component(procedure, turn.case.channel)
    name = component.id if component else ""
    own = letters.taken(turn, one.file, "paper", component=name, paper=id_) if one.file else None
    other = one.translation and letters.taken(turn, one.translation, "translation", component="translation", paper=id_)
    said = {
        name: value for name, value in vars(one).items() if name not in {"file", "translation"}
    }  # the others are fields of the paper
    paper = Paper(
        id_,
        turn.case.id,
        turn.case.authority_id,
        number,
        **said,
        record_id=own.id if own else None,
        sha256=own.sha256 if own else "",
        translation_id=other.id if other else None,
    )
    turn.unit.cases.add_paper(paper)
    return paper
