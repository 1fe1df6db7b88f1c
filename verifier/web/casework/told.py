"""What was told of a dossier, and how its result was given: lines for the officer's page, proofs beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from verifier.cases import outlook
from verifier.cases.desk import View
from verifier.cases.kernel import APPLICANT, Asker
from verifier.cases.outlook import Outlook, link_letter
from verifier.cases.records import Case
from verifier.notices.templates import templates
from verifier.notices.writing import masked_code
from verifier.storage.notices import Delivery, Notice
from verifier.web.casework.base import work
from verifier.web.chrome import say, words

LOOKS = {"sent": "ok", "waiting": "info", "failed": "bad", "no-way": "open", "done": "ok", "offered": "info"}
LOOKS |= {"sending": "info", "replaced": "plain"}
PROOFS = ("receipt", "received_by", "id_number", "tracking", "address")
STANDS = {outlook.SENDING: "none", outlook.OFFERED: "none", outlook.RECEIVED: "ok", outlook.FEE_OPEN: "none"}
STANDS |= {outlook.TO_SEND: "info", outlook.TO_FETCH: "none", outlook.COUNTER: "info"}
"""Shape of how a result stands; of the others: somebody must look."""


@dataclass(frozen=True)
class Line:
    """One notice or delivery."""

    title: str
    look: str
    state: str
    at: datetime
    notes: tuple[str, ...]
    slip: UUID | None = None
    """The stored slip that was signed, or the postal receipt."""


@dataclass(frozen=True)
class Told:
    """All of a dossier, newest first."""

    notices: tuple[Line, ...]
    deliveries: tuple[Line, ...]
    stands: tuple[tuple[str, str, str], ...]
    """How the result stands: shape, word, and what to do."""
    waits: bool
    """Whether it is the applicant who has to do something before anybody here has."""


def told_of(who: Asker, view: View) -> Told:
    """Return what was told and given."""
    stands, left = work().deliveries.outlook(who, view)
    return Told(
        tuple(_notice(one, view.case) for one in reversed(left.notices)),
        tuple(_delivery(one, left.notices) for one in reversed(left.deliveries)),
        tuple(_stands(stands)),
        stands.stands in ((outlook.OFFERED,), (outlook.TO_FETCH,)),
    )


def _stands(told: Outlook) -> Iterator[tuple[str, str, str]]:
    """Say why it does not go as it was wanted, and how it stands."""
    if told.why_not and told.stands:
        yield "open", say(f"delivery-why-{told.why_not}"), say(f"delivery-why-{told.why_not}-do")
    for one in told.stands:
        yield STANDS.get(one, "open"), say(f"delivery-stands-{one}"), say(f"delivery-stands-{one}-do")


def _notice(one: Notice, case: Case) -> Line:
    known = templates().kinds.get(one.template)
    subject = known.words[words().lang].subject if known else one.template
    notes = [say(f"notice-way-{one.way}")] if one.way else [say(f"notice-way-{way}") for way in one.ways]
    who = "" if one.recipient == APPLICANT else say("notice-to-officer")
    title = subject.format_map({"code_end": masked_code(case.code)})
    told = (who, " → ".join(notes), one.address, _tries(one.tries) if one.state != "sent" else "", one.trouble)
    at = one.sent_at or one.made_at
    return Line(title, LOOKS[one.state], say(f"notice-state-{one.state}"), at, tuple(filter(None, told)))


def _delivery(one: Delivery, notices: Sequence[Notice]) -> Line:
    """Say when it was begun and received, how often it was tried and why that failed, and what proves it."""
    told = [say("delivery-begun", time=words().local(one.made_at))]
    if one.expires_at and one.state == "offered":
        told.append(say("delivery-until", time=words().local(one.expires_at)))
    told += [_tries(one.tries), one.trouble] if one.state in ("sending", "failed") else []
    if letter := link_letter(one, notices):
        state, address = say(f"notice-state-{letter.state}"), f" · {letter.address}" if letter.address else ""
        told += [say("delivery-letter", state=state) + address, letter.trouble]
    told += [f"{say(f'delivery-proof-{name}')}: {one.proof[name]}" for name in PROOFS if one.proof.get(name)]
    told += [f"SHA-256 {sha256[:16]}…" for sha256 in one.sha256]
    slip = UUID(one.proof["slip"]) if one.proof.get("slip") else None
    state, at = say(f"delivery-state-{one.state}"), one.done_at or one.made_at
    title, look = say(f"case-delivery-{one.way}"), LOOKS.get(one.state, "bad")
    return Line(title, look, state, at, tuple(filter(None, told)), slip)


def _tries(count: int) -> str:
    return say("delivery-tries", count=count) if count else ""
