"""Giving a result to the applicant (trả kết quả), with a proof of each: data store, link by e-mail, device, paper."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from uuid import UUID, uuid4

from verifier.audit import Detail
from verifier.cases import money
from verifier.cases.kernel import APPLICANT, CLERK, RECEPTION, SYSTEM_ASKER, Command, Done, Letter, Turn, handles
from verifier.cases.letters import taken
from verifier.cases.paying import spoken
from verifier.cases.records import Case, CaseRecord
from verifier.cases.statuses import Status, statuses
from verifier.errors import BadRequest
from verifier.law.records import Words
from verifier.law_desk import answered
from verifier.storage.database import UnitOfWork
from verifier.storage.notices import Delivery
from verifier.storage.rows import token_hash

DATA_STORE, E_MAIL, DEVICE, PAPER = "data-store", "e-mail", "device", "paper"
RESULT_TOPIC = "portal-result"
"""Topic of what goes to the data store; `verifier/notices/carriers` carries it."""
LINK_LASTS = timedelta(days=7)
LINK_PAUSE, LINKS_A_DAY = timedelta(minutes=10), 5
"""How soon, and how often in 24 hours, a new link is sent: whoever finds an old one cannot fill a mailbox."""
RECEIVED = frozenset({Status.SIGNED, Status.DELIVERED})
"""A result may be fetched again after it was delivered: it is the applicant's."""


@dataclass(frozen=True)
class Way:
    """A way of delivery, out of `delivery.toml`."""

    id: str
    words: Words
    law: frozenset[str]
    """Ids of the ways in the law that it carries out."""
    electronic: bool
    without_account: frozenset[str]
    """Procedures for which it is only there without an account at the portal."""


@cache
def ways() -> Mapping[str, Way]:
    """Return all ways by id."""
    told = tomllib.loads((files("verifier.cases") / "delivery.toml").read_text("utf-8"))["way"]
    return {
        one["id"]: Way(
            one["id"],
            Words(one["vi"], one["en"]),
            frozenset(one["law"]),
            one["electronic"],
            frozenset(one.get("without_account", ())),
        )
        for one in told
    }


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
    """Return the stored results of a case, without what was annulled."""
    annulled = {one.id for one in unit.cases.papers(case.id) if one.annulled_at}
    found = (one for one in unit.cases.records(case.id) if one.kind == "result" and one.blob)
    return tuple(one for one in found if one.paper_id not in annulled)


def offered(turn: Turn) -> tuple[Way, ...]:
    """Return the ways by which the result of this case can be given."""
    case, there = turn.case, results(turn.unit, turn.case)
    with answered():
        lawful = {one.id for one in turn.law.procedure(case.procedure).delivery}
    reachable = {DATA_STORE: turn.house.portal and case.applicant.portal_account, E_MAIL: case.applicant.email}
    return tuple(
        one
        for one in ways().values()
        if (one.law & lawful or not one.electronic)
        and (there or not one.electronic)
        and reachable.get(one.id, True)
        and not (case.procedure in one.without_account and case.applicant.portal_account)
    )


def ready(turn: Turn) -> Done:
    """Follow up that everything is signed: an electronic result leaves at once, else it is announced.

    To be joined to what signs last; the case may still stand before `signed`. A result that is there before it was
    promised is told so (internal procedure 5.1, step 4: hồ sơ giải quyết trước thời hạn).
    """
    wanted = turn.case.delivery
    if _settled(turn) and wanted in (DATA_STORE, E_MAIL) and wanted in {one.id for one in offered(turn)}:
        return _sent(turn) if wanted == DATA_STORE else _linked(turn)
    values = {"early": "1"} if turn.case.due_at is not None and turn.now < turn.case.due_at else {}
    if order := turn.unit.payments.of_case(turn.case.id).open:
        values |= {"amount": spoken(order.amount, order.currency)}
    if wanted in ("", *ways()[PAPER].law):
        place = turn.authority.address_en if turn.case.applicant.lang == "en" else turn.authority.address_vi
        values |= {"counter": "1", "place": place}
    return Done(letters=(Letter("result-ready", values),))


@handles(Deliver, "deliver", event="result-given-out", by={RECEPTION, CLERK}, within={Status.SIGNED}, intake=True)
def deliver(turn: Turn, said: Deliver) -> Done:
    """Give the result out; BadRequest `fee-open`, `delivery-not-offered`, `delivery-under-way`, `receiver-missing`."""
    _refuse_unsettled(turn)
    way = next((one.id for one in offered(turn) if said.way == one.id or said.way in one.law), "")
    if way in ("", DEVICE):
        raise BadRequest("delivery-not-offered", said.way, way=said.way)
    if way == DATA_STORE:
        return _sent(turn)
    return _linked(turn) if way == E_MAIL else _handed_over(turn, said)


@handles(FetchResult, "fetch-result", event="result-fetched", by={APPLICANT}, within=RECEIVED)
def fetch_result(turn: Turn, _said: FetchResult) -> Done:
    """Note that the applicant downloads the result; BadRequest `fee-open`, `delivery-not-offered`."""
    _refuse_unsettled(turn)
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
    """Send a new link to the known address; BadRequest `delivery-not-offered`, `delivery-under-way`: just sent."""
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


def _settled(turn: Turn) -> bool:
    """Tell whether nothing of the fee is open; what cannot be reckoned is, and keeps nobody from signing."""
    try:
        return money.settled(turn)
    except BadRequest:
        return False


def _refuse_unsettled(turn: Turn) -> None:
    if not money.settled(turn):
        raise BadRequest("fee-open", "the fee is to be settled before the result is given")


def _sent(turn: Turn) -> Done:
    """Put the result on its way to the data store (Decree 45/2020 Art. 10(4), kho quản lý dữ liệu điện tử)."""
    _end_links(turn)
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
    turn.unit.outbox.put(RESULT_TOPIC, f"delivery:{made.id}", payload, turn.now, case.authority_id)
    return Done(told=_told(made))


def _linked(turn: Turn) -> Done:
    """Send a link to the known address; earlier ones end."""
    _end_links(turn)
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
    _end_links(turn)
    proof = {"received_by": said.received_by, "id_number": said.id_number, "tracking": said.tracking}
    proof = {name: value.strip() for name, value in proof.items() if value.strip()}
    if said.slip:
        proof["slip"] = str(taken(turn, said.slip, "scan").id)
    return _received(turn, _new(turn, PAPER, (), state="done", proof=proof))


def _end_links(turn: Turn) -> None:
    for one in turn.unit.notices.deliveries(turn.case.id):
        if one.state == "sending":
            raise BadRequest("delivery-under-way")
        if one.state == "offered":
            turn.unit.notices.change_delivery(one.id, "offered", state="replaced")


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
    """Let the case be delivered; what is fetched once more changes nothing but the log."""
    if turn.case.status == Status.DELIVERED:
        return Done(told=_told(made))
    at = made.done_at or turn.now
    way = ways()[made.way].words.said(turn.case.applicant.lang)
    letter = Letter("delivered", {"way": way, "at": at.isoformat()})
    return Done(Status.DELIVERED, {"delivered_at": at}, _told(made), letters=(letter,))


def _told(made: Delivery) -> Mapping[str, Detail]:
    return {"delivery": str(made.id), "way": made.way, "sha256": list(made.sha256)}
