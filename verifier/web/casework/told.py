"""What was told of a dossier, and how its result was given: lines for the officer's page, proofs beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from verifier.cases.kernel import APPLICANT, Asker
from verifier.cases.records import Case
from verifier.notices.templates import templates
from verifier.notices.writing import masked_code
from verifier.storage.notices import Delivery, Notice
from verifier.web.casework.base import work
from verifier.web.chrome import say, words

LOOKS = {"sent": "ok", "waiting": "info", "failed": "bad", "no-way": "open", "done": "ok", "offered": "info"}
LOOKS |= {"sending": "info", "replaced": "plain"}
PROOFS = ("receipt", "received_by", "id_number", "tracking", "address")


@dataclass(frozen=True)
class Line:
    """One notice or delivery."""

    title: str
    look: str
    state: str
    at: datetime
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """All of a dossier, newest first."""

    notices: tuple[Line, ...]
    deliveries: tuple[Line, ...]


def told_of(who: Asker, case: Case) -> Told:
    """Return what was told and given."""
    notices, deliveries = work().deliveries.of(who, case.id)
    return Told(tuple(_notice(one, case) for one in reversed(notices)), tuple(map(_delivery, reversed(deliveries))))


def _notice(one: Notice, case: Case) -> Line:
    known = templates().kinds.get(one.template)
    subject = known.words[words().lang].subject if known else one.template
    notes = [say(f"notice-way-{one.way}")] if one.way else [say(f"notice-way-{way}") for way in one.ways]
    who = "" if one.recipient == APPLICANT else say("notice-to-officer")
    title = subject.format_map({"code_end": masked_code(case.code)})
    told = (who, " → ".join(notes), one.address, one.trouble)
    at = one.sent_at or one.made_at
    return Line(title, LOOKS[one.state], say(f"notice-state-{one.state}"), at, tuple(filter(None, told)))


def _delivery(one: Delivery) -> Line:
    words = {name: say(f"delivery-proof-{name}") for name in PROOFS}
    proofs = [f"{words[name]}: {one.proof[name]}" for name in PROOFS if one.proof.get(name)]
    proofs += [f"SHA-256 {sha256[:16]}…" for sha256 in one.sha256]
    state = say(f"delivery-state-{one.state}")
    return Line(
        say(f"case-delivery-{one.way}"), LOOKS.get(one.state, "bad"), state, one.done_at or one.made_at, tuple(proofs)
    )
