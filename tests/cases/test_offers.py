"""What is offered can be done, and what cannot be done is not offered, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.test_examination import granted, propose
from tests.cases.test_on_paper import DAY, NOTE
from tests.cases.test_on_paper import approved as approved_on_paper
from tests.cases.test_on_paper import sign as signed_on_paper
from tests.cases.verdicts import judge, sound
from tests.cases.world import CONSULAR, COPY, SIGNATURE, CaseWorld, case_world
from tests.payments.support import demanded, paid
from tests.payments.test_refunds import asked as refund_asked
from tests.web.test_cases_api_callers import statements
from verifier.accounts.roles import Role
from verifier.cases.examination import RecordBasis
from verifier.cases.kernel import REGISTRY, Spec, applicant
from verifier.cases.paperwork import AnnulOnPaper
from verifier.cases.records import Case
from verifier.cases.refunds import ApproveRefund
from verifier.cases.statuses import Status
from verifier.errors import VerifierError
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

APOSTILLE = "apostille"
WHO = {Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK}
ASKS = frozenset({"reason-missing", "supplement-empty", "case-incomplete"})
"""What a command without any input may be refused for: it asks for more words or papers, in the form that was shown."""

MOST_READ = 7
"""Statements that ask for what a page has not read: five of money, the authority, and what it is competent for."""

Build = Callable[[CaseWorld], Case]


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[CaseWorld]:
    with case_world(database, tmp_path) as made:
        made.clock.instant = DAY
        yield made


def why(world: CaseWorld, role: Role, case: Case, name: str) -> str:
    """Why a command is not offered; empty where it is."""
    refusal = world.cases.offers(world.asker(role), world.now(case))[name]
    return refusal.problem.code if refusal else ""


# --- what takes no input is carried out where it is offered, and refused where it is not ------------------------------


def at_any(status: Status, procedure: str) -> Build:
    """A dossier of that status; at the leader's with a proposal."""

    def build(world: CaseWorld) -> Case:
        world.competent(procedure)
        if status is not Status.APPROVAL or procedure == COPY:
            return world.case(procedure, Status.FILED if status is Status.APPROVAL else status)
        case = world.case(procedure)
        for paper in world.papers(case):
            if procedure == CONSULAR:
                judge(world, case, paper, sound())
            note = "" if procedure == CONSULAR else NOTE
            basis = "a" if procedure == CONSULAR else "specimen"
            world.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis=basis, note=note))
        return propose(world, case, *map(granted, world.papers(case)))

    return build


def simple(spec: Spec) -> bool:
    """Tell whether a command may be given without any input."""
    return all(one.default is not MISSING or one.default_factory is not MISSING for one in fields(spec.kind))  # type: ignore[arg-type]


@pytest.mark.parametrize("procedure", [CONSULAR, COPY])
@pytest.mark.parametrize("status", Status)
def test_what_is_offered_can_be_done_and_what_is_not_cannot(world: CaseWorld, status: Status, procedure: str) -> None:
    build = at_any(status, procedure)
    names = [name for name, spec in REGISTRY.items() if not spec.secret and simple(spec)]
    assert len(names) > 8

    for name in names:
        case = build(world)
        who = [world.asker(one) for one in sorted(WHO)] + [applicant(case)]
        for asker in who:
            offers = world.cases.offers(asker, world.view(case))
            if name not in offers:
                continue
            came, refusal = "", offers[name]
            try:
                world.cases.do(asker, case.id, REGISTRY[name].kind())
                case = build(world)
            except VerifierError as failure:
                came = failure.problem.code
            if refusal is None:
                assert came in {"", *ASKS}, (name, asker.may)
            else:
                assert came, (name, asker.may, refusal.problem.code)


# --- one by one -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """A command, a dossier at which it is offered, and one at which it is not."""

    role: Role
    yes: Build
    no: Build
    code: str


def at(status: Status = Status.EXAMINATION, procedure: str = CONSULAR, **changes: Any) -> Build:
    return lambda world: world.case(procedure, status, **changes)


def asked(status: Status, state: str, **changes: Any) -> Build:
    """A dossier with a request for confirmation."""

    def build(world: CaseWorld) -> Case:
        case = world.case(changes.pop("procedure", CONSULAR), status)
        blank: dict[str, Any] = (
            {}
            if state == "answered"
            else dict.fromkeys(("answer_id", "answered_at", "noted_by")) | {"answer": "", "answer_reference": ""}
        )
        if state == "drafted":
            blank |= {"sent_by": None, "sent_at": None, "reference": ""}
        world.confirmation(case, *world.papers(case), **{"state": state, **blank, **changes})
        return case

    return build


def after(first: Build, act: Callable[[CaseWorld, Case], object]) -> Build:
    def build(world: CaseWorld) -> Case:
        case = first(world)
        act(world, case)
        return world.now(case)

    return build


def assigned(world: CaseWorld) -> Case:
    return world.case(officer_id=world.person(Role.SPECIALIST).id)


def anothers(world: CaseWorld) -> Case:
    """A dossier that another specialist has."""
    return world.case(officer_id=world.another(Role.SPECIALIST, f"khac.{uuid4().hex[:6]}").id)


def judged(world: CaseWorld) -> Case:
    case = world.case()
    judge(world, case, world.papers(case)[0], sound())
    return case


def forwarding(world: CaseWorld) -> Case:
    other = add_authority(world.database, code="G11.TEST", kind="ministry")
    with world.database.unit(SYSTEM) as unit:
        unit.authorities.change(replace(world.authority, forwards_to=other.id))
    return world.case(status=Status.ACCEPTED)


def judged_based(world: CaseWorld) -> Case:
    case = judged(world)
    world.do(Role.SPECIALIST, case, RecordBasis(paper=world.papers(case)[0].id, basis="a"))
    return world.now(case)


def proposed(world: CaseWorld) -> Case:
    case = judged_based(world)
    return propose(world, case, *map(granted, world.papers(case)))


def by_leader(world: CaseWorld) -> Case:
    return world.change(proposed(world), proposed_by=world.person(Role.LEADER).id)


def supplemented(world: CaseWorld) -> Case:
    """An Apostille that had its one request."""
    world.competent(APOSTILLE)
    return world.case(APOSTILLE, supplements=1)


def annulled(world: CaseWorld, case: Case) -> None:
    said = AnnulOnPaper(paper=world.papers(case)[0].id, ground="giấy tờ giả", decision="7/QĐ")
    world.do(Role.LEADER, case, said)


def refund_approved(world: CaseWorld, case: Case) -> None:
    world.do(Role.LEADER, case, ApproveRefund(refund=refund_asked(world, case).id))


def complete(world: CaseWorld, case: Case) -> None:
    world.competent(CONSULAR)
    world.change(case, complete_at=world.clock.now())


SENT, NONE = asked(Status.CONFIRMATION, "sent"), at(Status.CONFIRMATION)


def competent(capacity: str, status: Status) -> Build:
    """A dossier of an authority that decides its procedure, or only takes it in."""

    def build(world: CaseWorld) -> Case:
        world.competent(CONSULAR, capacity=capacity)
        return world.case(status=status)

    return build


def at_mission(world: CaseWorld) -> Case:
    mission = add_authority(world.database, code="G12.TEST", kind="mission")
    return world.change(world.case(status=Status.ACCEPTED, complete_at=world.clock.now()), intake_id=mission.id)


OFFERS: dict[str, Offer] = {
    "take": Offer(Role.SPECIALIST, at(), assigned, "already-assigned"),
    "take-over": Offer(Role.SPECIALIST, anothers, at(), "assigned-to-nobody"),
    "draft-confirmation": Offer(Role.SPECIALIST, assigned, anothers, "not-assigned"),
    "check-paper": Offer(Role.SPECIALIST, at(), anothers, "not-assigned"),
    "forward": Offer(Role.RECEPTION, forwarding, at(Status.ACCEPTED), "forwards-nowhere"),
    "record-basis": Offer(Role.SPECIALIST, judged, at(), "basis-not-carried"),
    "judge-anew": Offer(Role.SPECIALIST, at(), at(procedure=COPY), "not-judged-here"),
    "propose": Offer(Role.RECEPTION, at(Status.FILED), at(), "not-allowed"),
    "approve": Offer(Role.LEADER, proposed, by_leader, "own-proposal"),
    "send-confirmation": Offer(Role.LEADER, asked(Status.EXAMINATION, "drafted"), at(), "confirmation-unknown"),
    "remind-confirmation": Offer(Role.LEADER, SENT, NONE, "confirmation-unknown"),
    "record-answer": Offer(Role.CLERK, SENT, asked(Status.CONFIRMATION, "drafted"), "not-sent"),
    "close-confirmation": Offer(Role.LEADER, SENT, asked(Status.CONFIRMATION, "answered"), "already-answered"),
    "give-back": Offer(
        Role.LEADER,
        after(asked(Status.CONFIRMATION, "sent", procedure=APOSTILLE), lambda world, _: later(world, days=60)),
        asked(Status.CONFIRMATION, "sent", procedure=APOSTILLE),
        "give-back-too-early",
    ),
    "ask-supplement": Offer(Role.SPECIALIST, at(), supplemented, "supplement-once"),
    "pay-at-counter": Offer(Role.RECEPTION, demanded, paid, "fee-not-due"),
    "note-transfer": Offer(Role.RECEPTION, demanded, at(Status.FILED, paid_at=None), "fee-not-due"),
    "demand-fee": Offer(
        Role.RECEPTION, after(at(Status.FILED, paid_at=None), complete), demanded,
        "fee-unchanged",
    ),
    "correct-fee": Offer(
        Role.RECEPTION, after(demanded, lambda world, case: world.paper(case)), paid, "fee-unchanged"
    ),
    "exempt-fee": Offer(Role.LEADER, demanded, paid, "fee-paid"),
    "ask-refund": Offer(Role.RECEPTION, paid, demanded, "payment-unknown"),
    "approve-refund": Offer(Role.LEADER, after(paid, refund_asked), paid, "refund-unknown"),
    "reject-refund": Offer(Role.LEADER, after(paid, refund_asked), paid, "refund-unknown"),
    "note-refund": Offer(Role.CLERK, after(paid, refund_approved), after(paid, refund_asked), "refund-unknown"),
    "sign-on-paper": Offer(Role.LEADER, approved_on_paper, at(Status.SIGNING), "signed-electronically"),
    "annul-on-paper": Offer(
        Role.LEADER, after(approved_on_paper, signed_on_paper), at(Status.SIGNED), "not-released"
    ),
    "reprint-sheet": Offer(
        Role.LEADER, after(approved_on_paper, signed_on_paper), at(Status.SIGNED), "not-released"
    ),
    "replace-on-paper": Offer(
        Role.LEADER, after(approved_on_paper, signed_on_paper), at(Status.SIGNED), "not-released"
    ),
    "note-return": Offer(
        Role.CLERK, after(at(Status.SIGNED), lambda world, case: world.record(case, kind="replaced-sheet")),
        at(Status.SIGNED), "sheet-not-out"
    ),
    "assign": Offer(
        Role.LEADER, competent("decide", Status.ACCEPTED), competent("receive", Status.ACCEPTED), "to-be-forwarded"
    ),
    "receive": Offer(
        Role.RECEPTION, competent("decide", Status.FORWARDED), competent("receive", Status.FORWARDED),
        "procedure-not-offered",
    ),
    "apologise": Offer(
        Role.LEADER, at(due_at=DAY + timedelta(days=1)), at(due_at=DAY + timedelta(days=1), apologies=1), "apology-once"
    ),
    "send-back": Offer(
        Role.LEADER, approved_on_paper, after(approved_on_paper, lambda world, case: world.change_paper(
            world.papers(case)[0], issued_at=DAY)), "signing-begun"
    ),
    "set-fee-abroad": Offer(Role.RECEPTION, at_mission, at(Status.ACCEPTED), "fee-not-abroad"),
    "archive": Offer(
        Role.CLERK, at(Status.WITHDRAWN, SIGNATURE, ended_at=DAY - timedelta(days=400)),
        at(Status.WITHDRAWN, SIGNATURE, ended_at=DAY),
        "archive-too-early",
    ),
    "decide-keeping": Offer(
        Role.LEADER, at(Status.WITHDRAWN, ended_at=DAY), at(Status.WITHDRAWN, COPY, ended_at=DAY), "keeping-by-law"
    ),
    "deliver": Offer(Role.RECEPTION, after(approved_on_paper, signed_on_paper), after(
        demanded, lambda world, case: world.change(case, status=Status.SIGNED.value)
    ), "fee-open"),
}  # fmt: skip


def later(world: CaseWorld, **span: float) -> None:
    world.clock.instant += timedelta(**span)


@pytest.mark.parametrize("name", OFFERS)
def test_a_command_is_offered_where_there_is_something_to_do(world: CaseWorld, name: str) -> None:
    one = OFFERS[name]

    assert why(world, one.role, one.no(world), name) == one.code
    assert why(world, one.role, one.yes(world), name) == ""


@pytest.mark.parametrize("status", Status)
def test_each_part_is_read_once_for_all_commands(world: CaseWorld, status: Status) -> None:
    case = world.case(status=status)
    view = world.view(case)
    for role in sorted(WHO):
        asker = world.asker(role)
        with statements(world.database) as told:
            world.cases.offers(asker, view)
        reads = [one for one in told if "\nFROM " in one]
        assert len(reads) == len(set(reads))
        assert len(reads) <= MOST_READ
