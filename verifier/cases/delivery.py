"""Giving a result to the applicant (trả kết quả), with a proof of each: data store, link by e-mail, device, paper."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from verifier.audit import Detail
from verifier.cases import owed
from verifier.cases.kernel import (
    APPLICANT,
    CLERK,
    RECEPTION,
    SYSTEM_ASKER,
    CaseHouse,
    Command,
    Done,
    Letter,
    Turn,
    handles,
)
from verifier.cases.letters import taken
from verifier.cases.onpaper import given_on_paper
from verifier.cases.owed import spoken
from verifier.cases.records import Case, CaseRecord, Paper
from verifier.cases.statuses import Status, statuses
from verifier.cases.ways import (
    DATA_STORE,
    DEVICE,
    E_MAIL,
    PAPER,
    Leaving,
    Scene,
    leaving,
    open_ids,
    open_ways,
    ways,
)
from verifier.errors import BadRequest
from verifier.law_desk import answered
from verifier.storage.database import UnitOfWork
from verifier.storage.notices import Delivery
from verifier.storage.rows import token_hash

RESULT_TOPIC = "portal-result"
"""Topic of what goes to the data store; `verifier/notices/carriers` carries it."""
LINK_LASTS = timedelta(days=7)
LINK_PAUSE, LINKS_A_DAY = timedelta(minutes=10), 5
"""How soon, and how often in 24 hours, a new link is sent: whoever finds an old one cannot fill a mailbox."""
STUCK = timedelta(days=1)
"""How long the data store is waited for alone: then another way may be opened although it was not refused for good."""
RECEIVED = frozenset({Status.SIGNED, Status.DELIVERED})
"""A result may be fetched again after it was delivered: it is the applicant's."""


@dataclass(frozen=True, kw_only=True)
class Deliver(Command):
    """Give the result out by one way."""

    way: str
    """`data-store`, `e-mail` or `paper`, or the id of the law for it, as `counter`."""
    received_by: str = ""
    """On paper: who signed for it in the book (họ và tên người nhận)."""
    id_number: str = ""
    """Of the document that was shown."""
    tracking: str = ""
    """On paper by post: the number of the item (số vận đơn)."""
    slip: UUID | None = None
    """The upload that is the signed slip, or the postal receipt."""


@dataclass(frozen=True, kw_only=True)
class FetchResult(Command):
    """The applicant downloads the result to a device."""


@dataclass(frozen=True, kw_only=True)
class UseLink(Command):
    """A link was opened, and the result is being downloaded."""

    delivery: UUID
    address: str = ""
    """Network address."""


@dataclass(frozen=True, kw_only=True)
class RenewLink(Command):
    """A new link is asked for on the page of an old one; it goes to the address that is known."""


@dataclass(frozen=True, kw_only=True)
class NoteDelivery(Command):
    """The data store has confirmed that it has the result."""

    delivery: UUID


def results(unit: UnitOfWork, case: Case) -> tuple[CaseRecord, ...]:
    """Return the stored results of a case that can be given, without what was annulled.

    The acts are asked too: for a moment after one was annulled the dossier does not know.
    """
    papers = unit.cases.papers(case.id)
    acts = unit.issuances.several([one.issuance_id for one in papers if one.issuance_id])
    fallen = {one.id for one in acts if one.annulled_at}
    over = {one.id for one in papers if one.issuance_id in fallen}
    found = standing_results(papers, unit.cases.records(case.id))
    return tuple(one for one in found if one.blob and one.paper_id not in over)


def standing_results(papers: Sequence[Paper], records: Sequence[CaseRecord]) -> tuple[CaseRecord, ...]:
    """Return the results among the records of a dossier, without those of papers whose result was annulled."""
    annulled = {one.id for one in papers if one.annulled_at}
    return tuple(one for one in records if one.kind == "result" and one.paper_id not in annulled)


def scene_at(house: CaseHouse, case: Case, papers: Sequence[Paper], records: Sequence[CaseRecord]) -> Scene:
    """Return on what it rests which ways are open to the result of a case; BadRequest as the law answers."""
    with answered():
        lawful = tuple(one.id for one in house.law(case).procedure(case.procedure).delivery)
    return Scene(
        procedure=case.procedure,
        lawful=lawful,
        account=bool(case.applicant.portal_account),
        email=bool(case.applicant.email),
        electronic=any(one.blob for one in standing_results(papers, records)),
        paper=given_on_paper(papers),
        mail=house.mail,
        portal=house.portal,
    )


def scene_of(turn: Turn) -> Scene:
    """Return the same of the case of a command, without what was annulled just now."""
    there, papers = results(turn.unit, turn.case), turn.unit.cases.papers(turn.case.id)
    return scene_at(turn.house, turn.case, papers, there)


def ready(turn: Turn) -> Done:
    """Follow up that everything is signed: an electronic one leaves at once; what is on paper is announced.

    To be joined to what signs last; the case may still stand before `signed`. Where it cannot leave as it was wanted,
    it leaves by the next way of the law, or is announced at the counter, and the log says why. A result that is there
    before it was promised is told so (internal procedure 5.1, step 4: hồ sơ giải quyết trước thời hạn). Of what was
    annulled before the dossier knew that it was issued, nothing is announced.
    """
    by_hand = _on_paper(turn)
    issued = any(one.kind == "result" for one in turn.unit.cases.records(turn.case.id))
    if issued and not by_hand and not results(turn.unit, turn.case):
        return Done()
    leaves = leaving(turn.case.delivery, scene_of(turn))
    done = _changed(turn, leaves)
    values = {"early": "1"} if turn.case.due_at is not None and turn.now < turn.case.due_at else {}
    if leaves.way in (DATA_STORE, E_MAIL):
        if not settled(turn):
            values |= {"sent": "1"}
        else:
            done = done.and_then(_left(turn, leaves.way))
            if not by_hand:
                return done
    if order := turn.unit.payments.of_case(turn.case.id).open:
        amount = spoken(order.amount, order.currency, turn.case.applicant.lang)
        values |= {"amount": amount, "reference": order.reference}
    if leaves.way == DEVICE:
        values |= {"fetch": "1"}
    if by_hand or leaves.way == PAPER:
        place = turn.authority.address_en if turn.case.applicant.lang == "en" else turn.authority.address_vi
        values |= {"counter": "1", "place": place}
    if leaves.why and leaves.way == PAPER and not by_hand:
        values |= {"changed": "1"}
    return done.and_then(Done(letters=(Letter("result-ready", values),)))


def once_settled(turn: Turn) -> Done:
    """Follow up that nothing of the fee is open any more: a signed result that waited for it alone leaves at once.

    Not where its delivery was begun, or it does not leave by itself.
    """
    if not settled(turn) or any(one.way != PAPER for one in turn.unit.notices.deliveries(turn.case.id)):
        return Done()
    leaves = leaving(turn.case.delivery, scene_of(turn))
    if leaves.way not in (DATA_STORE, E_MAIL):
        return Done()
    return _changed(turn, leaves).and_then(_left(turn, leaves.way))


def settled(turn: Turn) -> bool:
    """Tell whether nothing of the fee is open; what cannot be reckoned is, and keeps nobody from signing."""
    try:
        return owed.settled(turn)
    except BadRequest:
        return False


def refuse_unsettled(turn: Turn) -> None:
    """Refuse to give out what is not paid for."""
    if not owed.settled(turn):
        raise BadRequest("fee-open", "the fee is to be settled before the result is given")


def under_way(one: Delivery, there: Collection[UUID], now: datetime) -> bool:
    """Tell whether a delivery to the data store is still to be waited for: not confirmed, or not noted yet.

    `there`: the records that are the result now; what came later than the delivery may follow it at once.
    """
    if one.state == "sending":
        return now < one.made_at + STUCK
    return one.way == DATA_STORE and one.state == "done" and one.noted_at is None and set(there) <= set(one.records)


def refuse_under_way(turn: Turn) -> None:
    """Refuse what would be waited for anyway: nothing was refused, and nothing is to be handed over on paper."""
    refuse_unsettled(turn)
    if given_on_paper(turn.papers()):
        return
    there = [one.id for one in standing_results(turn.papers(), turn.records()) if one.blob]
    if any(under_way(one, there, turn.now) for one in turn.unit.notices.deliveries(turn.case.id)):
        raise BadRequest("delivery-under-way")


def refuse_nothing_there(turn: Turn) -> None:
    """Refuse a download of what is not paid for, or where nothing is stored that is in force."""
    refuse_unsettled(turn)
    if not any(one.blob for one in standing_results(turn.papers(), turn.records())):
        raise BadRequest("delivery-not-offered", DEVICE, way=DEVICE)


@handles(
    Deliver,
    "deliver",
    event="result-given-out",
    by={RECEPTION, CLERK},
    within={Status.SIGNED},
    intake=True,
    refuses=refuse_under_way,
)
def deliver(turn: Turn, said: Deliver) -> Done:
    """Give the result out.

    A second way may be taken once the first failed for good or is `STUCK`, and ends it: what waits or lies among the
    dead letters is called back. A link that waits is no hindrance, and ends too.
    BadRequest `fee-open`, `mail-off`, `delivery-not-offered`, `delivery-under-way`, `receiver-missing`.
    """
    refuse_under_way(turn)
    if said.way in {E_MAIL, *ways()[E_MAIL].law}:
        _refuse_mute(turn)
    scene = scene_of(turn)
    way = next((one.id for one in open_ways(scene) if said.way == one.id or said.way in one.law), "")
    if way in ("", DEVICE):
        allowed = dict.fromkeys(id_ for id_ in (*open_ids(scene), PAPER) if id_ != DEVICE)
        raise BadRequest("delivery-not-offered", said.way, way=said.way, allowed=", ".join(allowed))
    if way == DATA_STORE:
        _refuse_stored(turn)
        return _sent(turn)
    return _linked(turn) if way == E_MAIL else _handed_over(turn, said)


@handles(
    FetchResult,
    "fetch-result",
    event="result-fetched",
    by={APPLICANT},
    within=RECEIVED,
    refuses=refuse_nothing_there,
)
def fetch_result(turn: Turn, _said: FetchResult) -> Done:
    """Note that the applicant downloads the result; BadRequest `fee-open`, `delivery-not-offered`."""
    refuse_unsettled(turn)
    there = results(turn.unit, turn.case)
    if not there:
        raise BadRequest("delivery-not-offered", DEVICE, way=DEVICE)
    made = _new(turn, DEVICE, there, state="done", proof={"address": turn.asker.actor.address})
    return _received(turn, made)


@handles(UseLink, "use-link", event="result-fetched", by={SYSTEM_ASKER}, within=RECEIVED)
def use_link(turn: Turn, said: UseLink) -> Done:
    """Use a link up; BadRequest `link-over` where it was used, has ended, or is none of this case."""
    found = turn.unit.notices.delivery(said.delivery)
    if found is None or found.case_id != turn.case.id or not found.expires_at or found.expires_at <= turn.now:
        raise BadRequest("link-over")
    if not set(found.records) <= {one.id for one in results(turn.unit, turn.case)}:  # annulled while it was opened
        raise BadRequest("link-over")
    told = {"state": "done", "done_at": turn.now, "noted_at": turn.now, "proof": {"address": said.address}}
    if not turn.unit.notices.change_delivery(found.id, "offered", **told):
        raise BadRequest("link-over")
    return _received(turn, found)


@handles(RenewLink, "renew-link", event="link-renewed", by={SYSTEM_ASKER}, within=RECEIVED)
def renew_link(turn: Turn, _said: RenewLink) -> Done:
    """Send a new link to the known address.

    BadRequest `mail-off`, `delivery-not-offered`, `delivery-under-way` where one was sent just now.
    """
    _refuse_mute(turn)
    links = [one for one in turn.unit.notices.deliveries(turn.case.id) if one.way == E_MAIL]
    lately = [one for one in links if one.made_at > turn.now - timedelta(days=1)]
    if not links or not turn.case.applicant.email or not results(turn.unit, turn.case):
        raise BadRequest("delivery-not-offered", E_MAIL, way=E_MAIL)
    if len(lately) >= LINKS_A_DAY or (lately and lately[-1].made_at > turn.now - LINK_PAUSE):
        raise BadRequest("delivery-under-way")
    return _linked(turn)


@handles(NoteDelivery, "note-delivery", event="result-stored", by={SYSTEM_ASKER}, within=RECEIVED)
def note_delivery(turn: Turn, said: NoteDelivery) -> Done:
    """Note that the data store has it; BadRequest `not-found` where nothing waits to be noted."""
    found = turn.unit.notices.delivery(said.delivery)
    if found is None or found.case_id != turn.case.id or found.state != "done" or found.noted_at:
        raise BadRequest("not-found")
    turn.unit.notices.change_delivery(found.id, "done", noted_at=turn.now)
    return _received(turn, found)


# --- steps -----------------------------------------------------------------------------------------------------------


def _refuse_mute(turn: Turn) -> None:
    """Refuse a link that would never leave; BadRequest `mail-off`."""
    if not turn.house.mail:
        raise BadRequest("mail-off", "this service has no server for outgoing e-mail")


def _refuse_stored(turn: Turn) -> None:
    """Refuse what the data store has already, though the dossier may not know yet; BadRequest `delivery-under-way`."""
    there = {one.id for one in results(turn.unit, turn.case)}
    sent = (one for one in turn.unit.notices.deliveries(turn.case.id) if one.way == DATA_STORE)
    if any(one.state == "done" and there <= set(one.records) for one in sent):
        raise BadRequest("delivery-under-way")


def _changed(turn: Turn, leaves: Leaving) -> Done:
    """Write down that a result does not leave as it was wanted, and why; nothing where it does."""
    return Done(told={"wanted": turn.case.delivery, "way": leaves.way, "why": leaves.why}) if leaves.why else Done()


def _left(turn: Turn, way: str) -> Done:
    """Let the result leave by itself: to the data store, or by a link."""
    return _sent(turn) if way == DATA_STORE else _linked(turn)


def _sent(turn: Turn) -> Done:
    """Put the result on its way to the data store (Decree 45/2020 Art. 10(4), kho quản lý dữ liệu điện tử)."""
    _end_others(turn)
    case, there = turn.case, results(turn.unit, turn.case)
    made = _new(turn, DATA_STORE, there, state="sending")
    with answered():
        kind = turn.law.procedure(case.procedure).result_code
    payload = {
        "delivery": str(made.id),
        "account": case.applicant.portal_account,
        "code": case.code,
        "portal": statuses()[Status.DELIVERED].portal,
        "at": turn.now.isoformat(),
        "files": [
            {"name": one.name, "kind": kind, "type": one.media_type, "sha256": one.sha256, "blob": one.blob}
            for one in there
        ],
    }
    turn.unit.outbox.put(RESULT_TOPIC, message_key(made), payload, turn.now, case.authority_id)
    return Done(told=_told(made))


def _linked(turn: Turn) -> Done:
    """Send a link to the known address; earlier ones end."""
    _end_others(turn)
    token = secrets.token_urlsafe(32)
    made = _new(turn, E_MAIL, results(turn.unit, turn.case), state="offered", token=token)
    until = (turn.now + LINK_LASTS).isoformat()
    letter = Letter("delivery-link", {"link": f"/delivery/{token}", "until": until})
    return Done(told=_told(made), letters=(letter,))


def _handed_over(turn: Turn, said: Deliver) -> Done:
    """Note that the paper was given: signed for in the book, or handed to the post."""
    by_hand = said.received_by.strip() and said.id_number.strip()
    if not by_hand and not said.tracking.strip():
        raise BadRequest("receiver-missing", "who received it and what was shown, or the number of the item")
    if not (_on_paper(turn) and results(turn.unit, turn.case)):  # else the electronic part goes its own way
        _end_others(turn)
    proof = {"received_by": said.received_by, "id_number": said.id_number, "tracking": said.tracking}
    proof = {name: value.strip() for name, value in proof.items() if value.strip()}
    if said.slip:
        proof["slip"] = str(taken(turn, said.slip, "scan").id)
    return _received(turn, _new(turn, PAPER, (), state="done", proof=proof))


def recall(turn: Turn, paper: UUID) -> None:
    """Keep what was annulled from leaving for the data store, unless it is being handed over at this moment."""
    records = (one for one in turn.unit.cases.records(turn.case.id) if one.kind == "result")
    theirs = {one.id for one in records if one.paper_id == paper}
    for one in turn.unit.notices.deliveries(turn.case.id):
        sending = one.state in ("sending", "failed") and not theirs.isdisjoint(one.records)
        if sending and turn.unit.outbox.recall(message_key(one)):
            turn.unit.notices.change_delivery(one.id, one.state, state="replaced")


def _end_others(turn: Turn) -> None:
    """End what was begun before: links, and what failed or is stuck, unless it leaves at this very moment."""
    for one in turn.unit.notices.deliveries(turn.case.id):
        if one.state == "sending" and (under_way(one, (), turn.now) or not turn.unit.outbox.recall(message_key(one))):
            raise BadRequest("delivery-under-way")
        if one.state in ("sending", "offered"):
            turn.unit.notices.change_delivery(one.id, one.state, state="replaced")
        if one.state == "failed" and not turn.unit.outbox.recall(message_key(one)):
            _refuse_revived(turn, one)


def _refuse_revived(turn: Turn, one: Delivery) -> None:
    """Refuse while a delivery that had failed is tried anew; BadRequest `delivery-under-way`."""
    if turn.unit.outbox.stands(message_key(one)) in ("waiting", "dead"):
        raise BadRequest("delivery-under-way")


def message_key(one: Delivery) -> str:
    """Return the key of the message that takes a delivery to the data store."""
    return f"delivery:{one.id}"


def _new(
    turn: Turn,
    way: str,
    there: tuple[CaseRecord, ...],
    *,
    state: str,
    token: str = "",
    proof: Mapping[str, str] | None = None,
) -> Delivery:
    done = turn.now if state == "done" else None
    made = Delivery(
        uuid4(),
        turn.case.authority_id,
        turn.case.id,
        way,
        state,
        turn.now,
        turn.asker.id,
        tuple(one.id for one in there),
        tuple(one.sha256 for one in there),
        link_sha256=token_hash(token) if token else None,
        expires_at=turn.now + LINK_LASTS if token else None,
        done_at=done,
        proof=proof or {},
        noted_at=done,
    )
    turn.unit.notices.add_delivery(made)
    return made


def _received(turn: Turn, made: Delivery) -> Done:
    """Let the case be delivered; what is fetched once more, or while paper is to be handed over, is but logged."""
    if turn.case.status == Status.DELIVERED or (made.way != PAPER and _on_paper(turn)):
        return Done(told=_told(made))
    at = made.done_at or turn.now
    way = ways()[made.way].words.said(turn.case.applicant.lang)
    letter = Letter("delivered", {"way": way, "at": at.isoformat()})
    return Done(Status.DELIVERED, {"delivered_at": at}, _told(made), letters=(letter,))


def _on_paper(turn: Turn) -> bool:
    """Tell whether a part of the result is on paper."""
    return given_on_paper(turn.unit.cases.papers(turn.case.id))


def _told(made: Delivery) -> Mapping[str, Detail]:
    return {"delivery": str(made.id), "way": made.way, "sha256": list(made.sha256)}
