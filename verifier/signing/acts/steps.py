"""The steps of an act, from the officer's confirmation to the release; each is one transaction.

1. `number`    confirmed → numbered: the number is taken and entered as reserved, in one transaction.
2. `prepare`   numbered → prepared: the mark is drawn with it, the hash that the first signature signs is stored.
3. `sign`      prepared → person-signed: signed, timed where a TSA answers, the hash for the agency's is stored.
4. `sign`      person-signed (or prepared, where the kind has one signature) → agency-signed.
5. `complete`  agency-signed → completed: no signature without a time stamp; validation data, archive time stamp.
6. `judge`     completed → judged: our own judge accepts what came out, today and in ten years.
7. `release`   judged → released: the entry of the book, and what replaces what, in one transaction.

A step asks others first and commits last. A crash before the commit leaves the act where it was, and the step is made
again: what is drawn again has another hash, and nothing was signed over the one that no row holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from verifier.errors import CouldNotIssue
from verifier.register.numbers import Intent, book_text, fall, issue, take
from verifier.reports.json_report import dumps, to_json
from verifier.signing.acts import paper
from verifier.signing.acts.admission import refuse_incompetent
from verifier.signing.acts.facts import numbered_facts
from verifier.signing.acts.fields import field_for, field_name
from verifier.signing.acts.form import bytes_from, bytes_to, prepared_from, prepared_to
from verifier.signing.acts.hand import Hand
from verifier.signing.acts.house import event, system
from verifier.signing.acts.output import refuse_changed, refuse_output
from verifier.signing.acts.parking import refuse_stopped
from verifier.signing.acts.signing_keys import fingerprint, key_for, trouble_of
from verifier.signing.acts.trial import about_cover, layout_at, media_type
from verifier.signing.pdf.cms import attributes, signature_of, signed, with_token
from verifier.signing.records import HeldKey, Kind, Level, MarkFacts, Piece, Placement, Role, State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance

FAR = timedelta(days=3653)
"""So far ahead, ten years, a released document must still be valid, renewals assumed."""
NO_STAMP = "no-time-stamp"


def number(hand: Hand) -> None:
    """Take the number: counted up, entered as reserved and noted on the act at once, or not at all."""
    act, plan, now = hand.act, hand.plan, hand.house.clock()
    if layout_at(hand.house, Kind(act.kind), hand.office, now).edition != plan.edition:
        raise CouldNotIssue("layout-changed", plan.edition)

    def in_it(unit: UnitOfWork) -> Mapping[str, Any]:
        refuse_stopped(unit, act)
        refuse_incompetent(unit, hand.office.authority, Kind(act.kind), now)
        intent = Intent(act.id, act.officer_id, act.file_name)
        taken = take(unit, hand.office.authority, plan.symbol, intent, now, electronic=plan.electronic)
        told = {"book": taken.symbol, "year": taken.year, "number": taken.number, "number_text": taken.text}
        return told | {"volume": taken.volume}

    hand.commit(State.NUMBERED, now, in_it=in_it, issued_at=now, stop_asked=False)


def prepare(hand: Hand) -> None:
    """Draw the mark with its number, and store what the first signature will sign."""
    facts, role = numbered_facts(hand.house.parts, hand.act, hand.office, hand.plan), hand.plan.signatures[0]
    source, pieces = _marked(hand, facts)
    out = hand.files.new()
    key = _key(hand, role)
    field = field_for(hand.act, hand.office, hand.plan, role, pieces, key)
    room = hand.house.pool.run(paper.prepared, source, out, field, key.algorithm.digest)
    told = _told(role, key) | prepared_to(room)
    digests: dict[str, Any] = {f"{role.value}_digest": room.digest.hex()}
    hand.commit_with(out, State.PREPARED, hand.house.clock(), prepared=told, **digests)


def sign(hand: Hand) -> None:
    """Make the signature that is prepared, and prepare the next where there is one."""
    role = Role((hand.act.prepared or {})["role"])
    later = hand.plan.signatures[hand.plan.signatures.index(role) + 1 :]
    cms, token = _signed(hand, role)
    if not later:
        _signed_last(hand, cms, token)
        return
    following, out = later[0], hand.files.new()
    key = _key(hand, following)
    pieces = hand.pieces or _marked(hand, numbered_facts(hand.house.parts, hand.act, hand.office, hand.plan))[1]
    field = field_for(hand.act, hand.office, hand.plan, following, pieces, key)
    room = hand.house.pool.run(
        paper.embedded_and_prepared, hand.working, _room(hand), with_token(cms, token) if token else cms, out, field,
        key.algorithm.digest,
    )  # fmt: skip
    told = _told(following, key) | prepared_to(room)
    digests: dict[str, Any] = {f"{following.value}_digest": room.digest.hex()}
    hand.commit_with(out, State.PERSON_SIGNED, hand.house.clock(), prepared=told, **digests)


def complete(hand: Hand) -> None:
    """Bring the document to its level; no signature of an agency stays without a time stamp."""
    house, path, told = hand.house, hand.working, hand.act.prepared or {}
    if told:
        cms = bytes_from(told["cms"])
        token = house.parts.stamps.token(signature_of(cms)).token
        house.pool.run(paper.embedded, path, prepared_from(told), with_token(cms, token))
    out = hand.files.new()
    house.parts.completes.completed(path, out, Level(hand.act.level))
    hand.commit_with(out, State.COMPLETED, house.clock(), prepared=None)


def judge(hand: Hand) -> None:
    """Have our own judge look at what came out, now and as if ten years had passed."""
    house, act, path = hand.house, hand.act, hand.working
    placement = Placement(act.placement)
    if placement is Placement.PAGE:
        refuse_changed(path, act.size, act.input_sha256)
    outcome = house.parts.judges.judged(path, act.file_name).outcome
    ours = tuple(field_name(act, role) for role in hand.plan.signatures)
    verdict = refuse_output(hand.before, outcome, ours=ours, level=Level(act.level), placement=placement)
    now = house.clock()
    house.parts.completes.lasting(path, now + FAR)
    hand.commit(
        State.JUDGED, now, output_sha256=verdict.sha256, output_report=dumps(to_json(verdict, act.file_name)),
        conclusion=verdict.conclusion.value,
    )  # fmt: skip


def release(hand: Hand) -> None:
    """Enter the document in the register and give it out; what it replaces is in force no more at the same instant."""
    act, now = hand.act, hand.house.clock()

    def in_it(unit: UnitOfWork) -> Mapping[str, Any]:
        issue(unit, hand.office.authority, act, now)
        if act.replaces_id is not None:
            _replace(unit, act, now)
        return {}

    details = {"number": act.number_text, "book": _book(act), "sha256": act.output_sha256}
    hand.commit(
        State.RELEASED,
        now,
        in_it=in_it,
        events=(event(act, "issuance-released", system(act.authority_id), now, details=details),),
        output_blob=act.working_blob,
        working_blob=None,
        released_at=now,
        leased_until=None,
    )


STEPS: Mapping[State, Callable[[Hand], None]] = {
    State.CONFIRMED: number,
    State.NUMBERED: prepare,
    State.PREPARED: sign,
    State.PERSON_SIGNED: sign,
    State.AGENCY_SIGNED: complete,
    State.COMPLETED: judge,
    State.JUDGED: release,
}
"""What is done next, by state; in every other state it is not the service's move."""


# --- inside ----------------------------------------------------------------------------------------------------------


def _marked(hand: Hand, facts: MarkFacts) -> tuple[Path, tuple[Piece, ...]]:
    """Return what the mark goes on, the document itself or its cover, and the drawn pieces."""
    draws = hand.house.parts.draws
    if not hand.plan.reasons:
        hand.pieces = draws.pieces(facts)
        return hand.original, hand.pieces
    pdf, hand.pieces = draws.cover(facts, about_cover(hand.act, hand.plan.reasons, hand.before))
    out, name = hand.files.new(), hand.act.file_name
    hand.house.pool.run(paper.covered, pdf, hand.original, out, name, media_type(name, hand.before))
    return out, hand.pieces


def _key(hand: Hand, role: Role) -> HeldKey:
    house, act = hand.house, hand.act
    return key_for(hand.keys, hand.office, role, Kind(act.kind), house.clock())


def _told(role: Role, key: HeldKey) -> dict[str, Any]:
    return {"role": role.value, "key": key.name, "certificate": fingerprint(key)}


def _room(hand: Hand) -> Any:
    return prepared_from(hand.act.prepared or {})


def _signed(hand: Hand, role: Role) -> tuple[bytes, bytes]:
    """Return the CMS of the prepared signature, and a time stamp over it; that is empty where none is to be had."""
    parts, key, kind = hand.house.parts, _key(hand, role), Kind(hand.act.kind)
    if fingerprint(key) != (hand.act.prepared or {})["certificate"]:
        raise CouldNotIssue("key-mismatch", "the key has another certificate than when this was prepared", key=key.name)
    if problem := trouble_of(parts.fitness, key, kind):
        raise CouldNotIssue(problem.code, problem.detail, **problem.params)
    told = attributes(_room(hand).digest, key.certificate, key.algorithm)
    signature = parts.signs.sign(hand.act.id, role, told)
    cms = signed(told, signature, key.certificate, key.chain, key.algorithm)
    try:
        return cms, parts.stamps.token(signature_of(cms)).token
    except CouldNotIssue as refusal:
        if refusal.problem.code != NO_STAMP:
            raise
    return cms, b""


def _signed_last(hand: Hand, cms: bytes, token: bytes) -> None:
    """Put the last signature in; where it has no time stamp, its CMS is kept so that it can get one later."""
    room = _room(hand)
    hand.house.pool.run(paper.embedded, hand.working, room, with_token(cms, token) if token else cms)
    left = None if token else prepared_to(room) | {"cms": bytes_to(cms)}
    hand.commit_with(hand.working, State.AGENCY_SIGNED, hand.house.clock(), prepared=left)


def _book(act: Issuance) -> str:
    return book_text(act.book, act.year or 0, act.volume)


def _replace(unit: UnitOfWork, act: Issuance, now: datetime) -> None:
    """Note that a document is replaced by this one; refuse where it is in force no more."""
    old = unit.issuances.get(act.replaces_id, hold=True) if act.replaces_id else None
    if old is None or old.state != State.RELEASED or old.annulled_at is not None or old.replaced_by_id is not None:
        raise CouldNotIssue("not-in-force", "what it was to replace is in force no more")
    reason = f"{act.number_text} {_book(act)}"
    fall(unit, old.id, "replaced", reason, now)
    if not unit.issuances.change(old, replaced_by_id=act.id):
        raise LookupError("what is replaced was changed though it was held")
    unit.audit.append(event(old, "issuance-replaced", system(act.authority_id), now, details={"by": str(act.id)}))
