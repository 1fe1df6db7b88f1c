"""Bodies of commands for a random walk: such as would be said at this moment, and ones that are slightly wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from tests.cases.filings import paper, upload
from tests.cases.verdicts import authority, failed, of_authority, sound, undecided, unjudged, unsigned
from tests.cases.world import PDF, WHO
from tests.signing.acts.ports import document, signature
from verifier.archive.handlers import Archive, DecideKeeping, HandOver, ProposeRemoval, Remove
from verifier.cases.completeness import AskSupplement, ConfirmComplete, Item, NewFile, Supplement
from verifier.cases.confirming import (
    AllowLonger,
    CloseConfirmation,
    DraftConfirmation,
    GiveBack,
    RecordAnswer,
    RemindConfirmation,
    SendConfirmation,
)
from verifier.cases.decision import Approve, SendBack
from verifier.cases.delays import Apologise
from verifier.cases.delivery import Deliver, FetchResult, NoteDelivery, RenewLink, UseLink
from verifier.cases.desk import View
from verifier.cases.examination import JudgeAnew, PaperProposal, Propose, RecordBasis, RecordVerdict
from verifier.cases.filing import FiledPaper, Filing
from verifier.cases.found import Found, found_of
from verifier.cases.kernel import Asker, Command
from verifier.cases.looking import Look
from verifier.cases.money import CorrectFee, DemandFee, ExemptFee, SetFeeAbroad, exemptions
from verifier.cases.moving import Assign, Forward, Receive, Stop, Take, TakeOver, Withdraw
from verifier.cases.offering import concerns, offers
from verifier.cases.paperwork import AnnulOnPaper, SignOnPaper
from verifier.cases.paying import NoteTransfer, PayAtCounter, RecordPayment
from verifier.cases.records import Case, Confirmation, Paper
from verifier.cases.refunds import ApproveRefund, AskRefund, NoteRefund, RejectRefund
from verifier.cases.replacing import NoteReturn, ReplaceOnPaper, ReprintSheet
from verifier.cases.setright import CheckPaper
from verifier.cases.warning import Warn, WarnSender
from verifier.errors import BadRequest
from verifier.law.records import NoAnswer
from verifier.payments.records import CaseMoney
from verifier.storage.notices import Delivery
from verifier.storage.scope import SYSTEM
from verifier.verdict import Outcome

if TYPE_CHECKING:
    from tests.cases.walk import WalkWorld

REASON = "Theo đề nghị của người nộp."
OWN = {"CNLS": "a", "HPHLS": "b"}
WAYS = ("paper", "paper", "paper", "counter", "post", "e-mail", "e-mail", "data-store", "device", "place-of-filing")
LONG = "dài " * 400
WRONG: Mapping[type, tuple[Any, ...]] = {
    str: ("", "   ", LONG, "dòng một\ndòng hai", "a\u0000b", "\u202eđảo", "e-mail", "\U0001f600"),
    int: (0, -1, 1, 10**9, 2**31, 2**63, 10**30),
    bool: (True, False),
    date: (date(1900, 1, 1), date(2026, 12, 31), date(9999, 12, 31)),
    datetime: (datetime(1900, 1, 1, tzinfo=UTC), datetime(2027, 2, 7, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
}


def outcome_of(data: bytes, chance: random.Random) -> Outcome:
    """What the judge finds of a document: mostly that it holds."""
    says: tuple[Callable[[bytes], Outcome], ...] = (
        sound_for_both, sound, lambda data: sound(data, "b"), unsigned, failed, undecided,
        lambda data: of_authority("not_competent", data=data), lambda data: unjudged("pdf-encrypted", data),
        lambda data: unjudged("no-trust", data),
    )  # fmt: skip
    return chance.choices(says, (20, 3, 3, 2, 1, 3, 1, 1, 1))[0](data)


def sound_for_both(data: bytes) -> Outcome:
    """A signature of a Vietnamese authority, and one of a foreign one that was notified."""
    return document(data, tuple(signature(authority=authority(basis=one)) for one in "ab"))


def filing_of(world: WalkWorld, chance: random.Random, asker: Asker, procedure: str) -> Filing:
    """A filing of a procedure by one of its ways; now and then something of it is wrong."""
    law = world.house.book.at(world.clock.now().date())
    try:
        told = law.procedure(procedure)
    except NoAnswer:
        return Filing(procedure=procedure, channel="portal", applicant=WHO, papers=(FiledPaper(name="Bằng"),))
    channel = chance.choice([one.id for one in told.channels])
    papers = tuple(filed_paper(world, chance, asker, procedure, channel) for _ in range(chance.choice((1, 1, 2, 3))))
    delivery = chance.choice(["", *(one.id for one in told.delivery)])
    who = replace(
        WHO, lang=chance.choice(("vi", "en")), portal_account=chance.choice(("", "0912")),
        email=WHO.email if chance.random() < 0.8 else "",
    )  # fmt: skip
    if delivery == "e-mail":
        who = replace(who, email=WHO.email)
    if delivery == "data-store":
        who = replace(who, portal_account="0912")
    facts: dict[str, str] = {}
    if procedure == "signature-certification" and chance.random() < 0.3:
        facts["variant"] = "translator"
    return Filing(procedure=procedure, channel=channel, applicant=who, papers=papers, delivery=delivery, facts=facts)


def filed_paper(world: WalkWorld, chance: random.Random, asker: Asker, procedure: str, channel: str) -> FiledPaper:
    """A paper with its files."""
    language = chance.choices(("vi", "en", "other"), (6, 2, 2))[0]
    works = {"consular-certification": ("CNLS", "CNLS", "CNXT"), "consular-legalization": ("HPHLS",)}
    told: dict[str, Any] = {"language": language, "work": chance.choice(works.get(procedure, ("",)))}
    told |= {
        "copies": 1 if procedure == "certified-ecopy" else chance.choice((1, 1, 2, 5)),
        "pages": chance.randint(1, 30),
    }
    if procedure == "apostille":
        told |= {"countries": ("DE",), "issuing_country": "VN"}
    if channel == "portal" or chance.random() < 0.5:
        told["file"] = upload(world, asker, unique(chance))
    if language == "other":
        told["translation"] = upload(world, asker, unique(chance))
    return paper(procedure, **told)


def unique(chance: random.Random) -> bytes:
    """A document that is no other."""
    return PDF + b"\n%% %d\n" % chance.getrandbits(60)


@dataclass(frozen=True)
class Scene:
    """What a command may be about."""

    world: WalkWorld
    chance: random.Random
    case: Case
    asker: Asker

    @cached_property
    def view(self) -> View:
        return self.world.view(self.case)

    @property
    def papers(self) -> tuple[Paper, ...]:
        return self.view.papers

    @cached_property
    def money(self) -> CaseMoney:
        with self.world.database.unit(SYSTEM) as unit:
            return unit.payments.of_case(self.case.id)

    @cached_property
    def packages(self) -> tuple[Any, ...]:
        with self.world.database.unit(SYSTEM) as unit:
            return tuple(unit.archive.packages(self.case.id))

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        with self.world.database.unit(SYSTEM) as unit:
            return unit.notices.deliveries(self.case.id)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def paper(self) -> Paper:
        return self.chance.choice(self.papers)

    def upload(self) -> UUID:
        if self.asker.scope.authority is None:
            return uuid4()
        return upload(self.world, self.asker, unique(self.chance))

    def asked(self, *states: str) -> UUID:
        """A request for confirmation, of the state where there is one."""
        there: tuple[Confirmation, ...] = self.view.confirmations
        found = [one.id for one in there if one.state in states] or [one.id for one in there] or [uuid4()]
        return self.chance.choice(found)

    def refund(self, state: str) -> UUID:
        there = self.money.refunds
        found = [one.id for one in there if one.state == state] or [one.id for one in there] or [uuid4()]
        return self.chance.choice(found)

    def package(self, *, handed: bool = False, proposed: bool = False) -> UUID:
        """A package, of those that were handed over, or of which the removal was proposed, where there are such."""
        there = [one for one in self.packages if bool(one.handed_at) == handed and bool(one.proposed_at) == proposed]
        return (there or self.packages)[0].id if self.packages else uuid4()

    def days(self, least: float, most: float) -> timedelta:
        return timedelta(days=self.chance.uniform(least, most))


# --- bodies -----------------------------------------------------------------------------------------------------------


def confirm_complete(at: Scene) -> Command:
    law = at.world.house.book.at(at.case.law_day)
    known = {one.id for one in law.procedure(at.case.procedure).components}
    return ConfirmComplete(shown=tuple(sorted(known)), reason=at.chance.choice((REASON, REASON, "")))


def check_paper(at: Scene) -> Command:
    told = at.chance.choice(
        ({}, {"pages": 3}, {"copies": at.chance.randint(1, 4)}, {"signer": "Ngô Văn Kỳ"}, {"language": "vi"})
    )
    return CheckPaper(paper=at.paper().id, **told)


def ask_supplement(at: Scene) -> Command:
    until = (at.now + at.days(1, 20)).date() if at.chance.random() < 0.5 else None
    items = (Item(what="Bản dịch", why="Bằng tiếng Lào."),)
    return AskSupplement(items=items, until=until, again=at.case.supplements > 0)


def supplement(at: Scene) -> Command:
    drawn = at.chance.random()
    if drawn < 0.4:
        return Supplement(note="Đã bổ sung.")
    if drawn < 0.75:
        one = at.paper()
        return Supplement(files=(NewFile(paper=one.number, file=at.upload(), translation=at.chance.random() < 0.3),))
    return Supplement(papers=(filed_paper(at.world, at.chance, at.asker, at.case.procedure, at.case.channel),))


def draft(at: Scene) -> Command:
    count = at.chance.randint(1, len(at.papers))
    papers = tuple(one.id for one in at.papers[:count])
    asked = at.chance.choice(("vietnam", "vietnam", "foreign"))
    return DraftConfirmation(
        papers=papers, asked=asked, name="Trường Đại học Thử", points=("Chữ ký?",), address="1 Phố"
    )


def record_basis(at: Scene) -> Command:
    one = at.paper()
    found, answers = Found.of(one), [c for c in at.view.confirmations if one.id in c.papers and c.answer == "authentic"]
    if answers:
        return RecordBasis(paper=one.id, basis="c", confirmation=answers[0].id)
    if at.case.procedure == "apostille":
        return RecordBasis(paper=one.id, basis="specimen", note="Mẫu số 17/2025")
    own = OWN.get(one.work, "a")
    return RecordBasis(paper=one.id, basis=own if found else at.chance.choice(("a", "b")))


def propose(at: Scene) -> Command:
    law = at.world.house.book.at(at.case.law_day)
    grounds = [one.id for one in law.grounds(at.case.procedure) if concerns(one, at.case)]
    book_offers = offers(law, at.case, at.papers, at.view.records, at.view.confirmations, at.now)
    at_intake, refuses = at.case.accepted_at is None, at.chance.random() < 0.12
    told = []
    for one in at.papers:
        ready = one.basis or one.work not in OWN or at.chance.random() < 0.1
        if at_intake or refuses or not ready:
            offered = book_offers[one.id].grounds or (at.chance.choice(grounds),)
            said: dict[str, Any] = {"outcome": "refused", "grounds": offered, "facts": "Ngày sinh khác."}
        else:
            said = {"outcome": "granted"}
        told.append(PaperProposal(paper=one.id, reason=REASON, **said))
    return Propose(papers=tuple(told))


def apologise(at: Scene) -> Command:
    calendar = at.world.house.book.calendars.of(at.world.ministry.code)
    new = max(at.case.due_at or at.now, at.now) + at.days(1, 12)
    with suppress(NoAnswer):
        new = calendar.counts_from(new)
    return Apologise(new_due=new, reason=REASON)


def deliver(at: Scene) -> Command:
    way = at.chance.choice((at.case.delivery or "paper", *WAYS))
    slip = at.upload() if at.chance.random() < 0.2 else None
    return Deliver(way=way, received_by="Đỗ Thị Bưởi", id_number="001090000001", slip=slip)


def ask_refund(at: Scene) -> Command:
    own = [one for one in at.money.payments if one.authority_id == at.asker.scope.authority]
    left = [one for one in own if at.money.refundable(one) > 0] or own or list(at.money.payments)
    if not left:
        return AskRefund(payment=uuid4(), reason=REASON)
    one = at.chance.choice(left)
    most = at.money.refundable(one)
    return AskRefund(payment=one.id, reason=REASON, amount=at.chance.choice((None, most, max(1, most // 3))))


def note_transfer(at: Scene) -> Command:
    order = at.money.open or (at.money.orders[-1] if at.money.orders else None)
    amount = order.amount if order else 1000
    wrong = at.chance.random()
    return NoteTransfer(
        transaction=f"FT{at.chance.randint(1, 400)}", amount=amount + (500 if wrong < 0.15 else 0),
        paid_at=at.now - at.days(0, 2), reference=order.reference if order else "",
    )  # fmt: skip


def record_payment(at: Scene) -> Command | None:
    if not at.money.orders:
        return None
    order = at.chance.choice(at.money.orders)
    return RecordPayment(
        order=order.id, transaction=f"D{uuid4().hex[:8]}", amount=max(1, order.amount), currency=order.currency,
        payee=at.world.ministry.code, paid_at=at.now,
    )  # fmt: skip


def record_verdict(at: Scene) -> Command | None:
    one = at.paper()
    if not one.sha256:
        return None
    found = found_of(outcome_of(b"x", at.chance), at.now)
    return RecordVerdict(paper=one.id, found=replace(found, sha256=one.sha256))


def use_link(at: Scene) -> Command:
    return UseLink(delivery=at.chance.choice([one.id for one in at.deliveries] or [uuid4()]), address="192.0.2.1")


def note_delivery(at: Scene) -> Command:
    return NoteDelivery(delivery=at.chance.choice([one.id for one in at.deliveries] or [uuid4()]))


def exempt(at: Scene) -> Command:
    with at.world.database.unit(SYSTEM) as unit:
        look = Look(at.world.house, unit, at.case, at.asker, at.now)
        try:
            known = [one.id for one in exemptions(look)]
        except BadRequest:
            known = []
    return ExemptFee(exemption=at.chance.choice(known or ["none"]), ground="Có đi có lại.")


def assign(at: Scene) -> Command:
    people = at.world.officers[at.case.authority_id]
    able = [one for one, roles in people if any(role.value == "specialist" for role in roles)]
    return Assign(officer=at.chance.choice(able).id)


def on_paper(at: Scene) -> UUID:
    """A paper that was issued on paper and holds, where there is one."""
    found = [one for one in at.papers if one.issued_at and one.issuance_id is None and not one.annulled_at] or at.papers
    return at.chance.choice(found).id


def replace_on_paper(at: Scene) -> Command:
    right: dict[str, Any] = at.chance.choice(
        ({"name": "Bằng thạc sĩ"}, {"signer": "Ngô Văn Kỳ"}, {"title": "Phó hiệu trưởng"})
    )
    return ReplaceOnPaper(
        paper=on_paper(at), erred="authority", reason=REASON, returned=at.chance.random() < 0.5, **right
    )


def note_return(at: Scene) -> Command:
    out = [one.paper_id for one in at.view.records if one.kind == "withdrawn" and one.paper_id]
    return NoteReturn(paper=at.chance.choice(out or [at.paper().id]))


BODIES: Mapping[str, Callable[[Scene], Command | None]] = {
    "allow-longer": lambda at: AllowLonger(confirmation=at.asked("sent"), reference="15/CV"),
    "annul-on-paper": lambda at: AnnulOnPaper(paper=on_paper(at), ground="giấy tờ giả", decision="7/QĐ"),
    "apologise": apologise,
    "approve": lambda _: Approve(),
    "approve-refund": lambda at: ApproveRefund(refund=at.refund("asked")),
    "archive": lambda _: Archive(),
    "ask-refund": ask_refund,
    "ask-supplement": ask_supplement,
    "assign": assign,
    "check-paper": check_paper,
    "close-confirmation": lambda at: CloseConfirmation(confirmation=at.asked("sent", "drafted"), reason=REASON),
    "confirm-complete": confirm_complete,
    "correct-fee": lambda _: CorrectFee(reason=REASON),
    "decide-keeping": lambda at: DecideKeeping(until=(at.now + at.days(2, 600)).date(), reason=REASON),
    "deliver": deliver,
    "demand-fee": lambda _: DemandFee(),
    "draft-confirmation": draft,
    "exempt-fee": exempt,
    "fetch-result": lambda _: FetchResult(),
    "forward": lambda _: Forward(reason=REASON),
    "give-back": lambda _: GiveBack(reason=REASON),
    "hand-over": lambda at: HandOver(package=at.package(), receiver="Kho lưu trữ"),
    "judge-anew": lambda at: JudgeAnew(paper=at.paper().id),
    "note-delivery": note_delivery,
    "note-refund": lambda at: NoteRefund(refund=at.refund("approved"), transaction="FT1"),
    "note-return": note_return,
    "note-transfer": note_transfer,
    "pay-at-counter": lambda at: PayAtCounter(amount=at.money.open.amount if at.money.open else 1),
    "propose": propose,
    "propose-removal": lambda at: ProposeRemoval(package=at.package(handed=True), reason=REASON),
    "receive": lambda _: Receive(),
    "record-answer": lambda at: RecordAnswer(
        confirmation=at.asked("sent", "closed"),
        answer=at.chance.choice(("authentic", "authentic", "not-authentic", "unclear")), reference="34/TL",
        file=at.upload(),
    ),
    "record-basis": record_basis,
    "record-payment": record_payment,
    "record-verdict": record_verdict,
    "reject-refund": lambda at: RejectRefund(refund=at.refund("asked"), reason=REASON),
    "remind-confirmation": lambda at: RemindConfirmation(confirmation=at.asked("sent"), reference="12/N"),
    "remove": lambda at: Remove(package=at.package(handed=True, proposed=True), reason=REASON),
    "renew-link": lambda _: RenewLink(),
    "replace-on-paper": replace_on_paper,
    "reprint-sheet": lambda at: ReprintSheet(paper=on_paper(at), reason=REASON),
    "send-back": lambda _: SendBack(reason=REASON),
    "send-confirmation": lambda at: SendConfirmation(confirmation=at.asked("drafted"), reference="12/CV"),
    "set-fee-abroad": lambda at: SetFeeAbroad(amount=at.chance.randint(1, 9000), what="Hợp pháp hóa"),
    "sign-on-paper": lambda _: SignOnPaper(),
    "stop": lambda _: Stop(reason=REASON, asked_by_applicant=True),
    "supplement": supplement,
    "take": lambda _: Take(),
    "take-over": lambda _: TakeOver(reason=REASON),
    "use-link": use_link,
    "warn": lambda at: Warn(stage=at.chance.choice(("target", "soon", "late"))),
    "warn-sender": lambda _: WarnSender(),
    "withdraw": lambda _: Withdraw(reason=REASON),
}  # fmt: skip
"""By command, what would be said; commands that are not here come from jobs and desks alone."""


def spoiled(said: Any, chance: random.Random) -> Any:
    """A body of which one field, or one of a part of it, is another."""
    known = fields(said)
    if not known:
        return said
    name = chance.choice(known).name
    return replace(said, **{name: _other(getattr(said, name), chance)})


def _other(value: Any, chance: random.Random) -> Any:
    if isinstance(value, tuple) and value:
        drawn = chance.random()
        if drawn < 0.25:
            return ()
        if drawn < 0.4:
            return (*value, value[0])
        return (_other(value[0], chance), *value[1:])
    if isinstance(value, UUID):
        return uuid4()
    if hasattr(value, "__dataclass_fields__"):
        return spoiled(value, chance)
    for kind in (bool, int, str, datetime, date):
        if isinstance(value, kind):
            return chance.choice(WRONG[kind])
    return value
