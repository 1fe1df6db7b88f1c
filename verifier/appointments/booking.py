"""How an appointment is booked, changed and cancelled within a sitting; who may, for whom, and how they are told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from verifier.accounts.desk import email_of
from verifier.accounts.plain_text import clean_text
from verifier.appointments.records import Appointment, Contact, Slot
from verifier.appointments.sitting import Sitting, may_act
from verifier.appointments.telling import BOOKED, CANCELLED, News
from verifier.cases.kernel import Asker
from verifier.cases.records import Case
from verifier.errors import BadRequest
from verifier.law_desk import answered
from verifier.outside.sms import number_of

LONGEST_NAME, LONGEST_PHONE = 200, 30
"""Characters."""


@dataclass(frozen=True)
class Wish:
    """What somebody comes for."""

    procedure: str
    """Empty: that of the dossier."""
    reason: str = "file"
    originals: int = 1
    case_id: UUID | None = None
    contact: Contact = field(default_factory=Contact)
    """Without a dossier: name, and phone or e-mail."""


def entered(here: Sitting, wish: Wish) -> tuple[Case | None, Wish]:
    """Return the dossier, held, and the wish in order; BadRequest as `Appointments.book`."""
    if wish.case_id is None:
        if here.asker.id.startswith("case:"):
            raise BadRequest("field-missing", field="dossier")
        return None, replace(wish, procedure=known_procedure(here, wish.procedure), contact=_contact(wish.contact))
    case = here.unit.cases.get(wish.case_id, hold=True)
    mine = here.asker.person is not None or here.asker.id in (f"case:{wish.case_id}", case.filed_by if case else "")
    if case is None or case.removed_at is not None or not mine:
        raise BadRequest("not-found")
    if any(one.state == "booked" and one.ends_at > here.now for one in here.unit.appointments.of_case(case.id)):
        raise BadRequest("appointment-held")
    return case, replace(wish, procedure=case.procedure, contact=Contact())


def booked(here: Sitting, wish: Wish, slot: Slot, case: Case | None, made_by: str = "") -> Appointment:
    """Store an appointment, and tell of it; BadRequest `slot-taken` where the database knows better."""
    told = (slot.desk.id, slot.desk.lane, slot.starts_at, slot.ends_at, "booked", wish.procedure, wish.reason)
    who = made_by or here.asker.id
    one = Appointment(
        uuid4(), here.authority.id, *told, wish.originals, wish.contact, who, here.now, case.id if case else None
    )
    if not here.unit.appointments.add(one):
        raise BadRequest("slot-taken")
    for waits in here.unit.appointments.waiting(here.authority.id) if case else ():
        if case and waits.case_id == case.id:
            here.unit.appointments.serve(waits, "served", one.id)
    here.log(one, "appointment-booked", originals=one.originals)
    here.tell(News(BOOKED, one, slot.desk, case))
    return one


def cancelled(here: Sitting, one: Appointment, why: str, case: Case | None) -> Appointment:
    """Store that an appointment is cancelled, and tell of it."""
    ended = changed(here, replace(one, state="cancelled", ended_at=here.now, why=why))
    here.log(ended, "appointment-cancelled", why)
    here.tell(News(CANCELLED, ended, here.desk(one.desk_id), case, why=why))
    return ended


def held(here: Sitting, id_: UUID, version: int | None, *, past: bool = False) -> tuple[Appointment, Case | None]:
    """Return an appointment that stands, held, and its dossier."""
    seen = found(here, id_)
    here.unit.cases.pin([seen.case_id] if seen.case_id else [])
    case = here.unit.cases.get(seen.case_id) if seen.case_id else None
    one = here.unit.appointments.get(id_, hold=True)
    if one is None or not may_act(here.asker, one, case):
        raise BadRequest("not-found")
    if version is not None and version != one.version:
        raise BadRequest("changed-meanwhile")
    if one.state != "booked" or (one.starts_at <= here.now and not past):
        raise BadRequest("appointment-over")
    return one, case


def found(here: Sitting, id_: UUID) -> Appointment:
    """Return an appointment; BadRequest `not-found`."""
    one = here.unit.appointments.get(id_)
    if one is None:
        raise BadRequest("not-found")
    return one


def changed(here: Sitting, one: Appointment) -> Appointment:
    """Store an appointment anew; BadRequest `changed-meanwhile`."""
    if not here.unit.appointments.change(one):
        raise BadRequest("changed-meanwhile")
    return replace(one, version=one.version + 1)


def place_of(asker: Asker) -> UUID:
    """Return the authority that somebody asks of; BadRequest `not-allowed`."""
    if asker.scope.authority is None:
        raise BadRequest("not-allowed")
    return asker.scope.authority


def known_procedure(here: Sitting, procedure: str) -> str:
    """Return a procedure that the authority deals with today; BadRequest `procedure-not-offered`, as the law says."""
    with answered():
        here.parts.house.book.at(here.today).procedure(procedure)
    held = here.unit.authorities.competences(here.authority.id)
    if not any(one.procedure == procedure and one.holds(here.today) for one in held):
        raise BadRequest("procedure-not-offered", procedure, procedure=procedure)
    return procedure


def _contact(raw: Contact) -> Contact:
    """Return how somebody is told, in order."""
    texts = {"name": LONGEST_NAME, "phone": LONGEST_PHONE}
    told = {name: clean_text(getattr(raw, name)) for name in texts}
    for name, longest in texts.items():
        if len(told[name]) > longest:
            raise BadRequest("text-unclear", f"It is longer than {longest} characters.", field=f"contact.{name}")
    try:
        email = email_of(raw.email)
    except BadRequest as refusal:
        raise BadRequest(refusal.problem.code, field="contact.email") from None
    if told["phone"] and not number_of(told["phone"]):
        raise BadRequest("field-wrong", field="contact.phone", allowed="0912 000 000, +84 912 000 000 (E.164)")
    if not told["name"]:
        raise BadRequest("field-missing", field="contact.name")
    if not told["phone"] and not email:
        raise BadRequest("contact-missing", field="contact.email")
    if raw.lang not in ("vi", "en"):
        raise BadRequest("field-wrong", field="contact.lang", allowed="vi, en")
    return Contact(told["name"], told["phone"], email, raw.lang)
