"""Who may sign with which key: proposed by an administrator, approved by a leader who does not gain by it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from cryptography import x509

from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role as Held
from verifier.accounts.two_people import TwoPeople
from verifier.errors import BadRequest, CouldNotIssue, Problem
from verifier.outside.clock import Clock
from verifier.signing.grant_pictures import LARGEST, cleaned
from verifier.signing.records import HeldKey, Kind
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.people import Person
from verifier.storage.proposals import Proposal
from verifier.storage.signing import SigningGrant

KIND = "signing-grant"
GRANT, END = "grant", "end"
PICTURE_MM = (5.0, 80.0)
"""Least and greatest width of a picture."""
PLAIN = ("person", "key", "certificate", "role", "from", "until", "picture", "picture_mm")
"""Texts of a payload that grants; `kinds` is a list beside them."""


class Keys(Protocol):
    """Tells which keys the signer process holds; CouldNotIssue where it does not answer."""

    def keys(self) -> tuple[HeldKey, ...]:
        """As `ports.Signs`."""


Clean = Callable[[bytes], bytes]
"""Reads a picture and writes it anew, in a worker process."""


@dataclass(frozen=True)
class Wanted:
    """A grant as a form tells it."""

    person: str
    key: str
    kinds: Sequence[str]
    first: str
    """First day, ISO."""
    last: str = ""
    """Last day, ISO; empty for the end of the key's certificate."""
    picture: bytes = field(default=b"", repr=False)
    picture_mm: str = ""


@dataclass(frozen=True)
class Granted:
    """A grant with what pages tell of it."""

    grant: SigningGrant
    person: str
    state: str
    """`holds`, `coming`, `over`, `ended`, or `renewed` where the key has another certificate by now."""


@dataclass(frozen=True)
class HeldState:
    """The keys of an authority, or why they are not known."""

    keys: tuple[HeldKey, ...] = ()
    problem: Problem | None = None


class GrantChange:
    """The kind of proposal that gives somebody the use of a key, or takes it back; implements `two_people.Kind`.

    The subject is the grant. Payload of `grant`: ids, names and ISO days, empty text for none; `certificate` is the
    SHA-256 of the certificate that the key had when it was proposed; `picture` is base64. Payload of `end`: nothing.
    """

    proposers = frozenset({Held.ADMINISTRATOR})
    deciders = frozenset({Held.LEADER})

    def __init__(self, signer: Keys | None, clock: Clock, clean: Clean = cleaned) -> None:
        """`signer` is None where this service issues nothing."""
        self._signer, self._clock, self._clean = signer, clock, clean

    def check(self, unit: UnitOfWork, proposal: Proposal) -> None:
        """Refuse what may not be.

        BadRequest `not-found`, `operation-unclear`, `key-not-held`, `person-not-leader`, `role-mismatch`,
        `nothing-chosen`, `bad-date`, `until-after-certificate`, `grant-overlaps`, `own-grant`, `changed-meanwhile`, and
        as `grant_pictures.cleaned`; CouldNotIssue where the signer does not answer.
        """
        operation = proposal.payload.get("operation")
        if operation == END:
            _standing(unit, proposal)
        elif operation == GRANT:
            self._checked(unit, proposal)
        else:
            raise BadRequest("operation-unclear")

    def apply(self, unit: UnitOfWork, proposal: Proposal, now: datetime) -> Mapping[str, list[str]]:
        """Store the grant, or its end."""
        if proposal.payload.get("operation") == END:
            grant = _standing(unit, proposal)
            if not unit.signing.end_grant(grant.id, now):
                raise BadRequest("changed-meanwhile")
            return {name: [value, ""] for name, value in told(unit, grant).items()}
        made = self._checked(unit, proposal)
        unit.signing.add_grant(replace(made, proposal_id=proposal.id, valid_from=max(made.valid_from, now)))
        return {name: ["", value] for name, value in told(unit, made).items()}

    def held(self) -> tuple[HeldKey, ...]:
        """Return the keys of the signer; CouldNotIssue `signer-absent` where there is none."""
        if self._signer is None:
            raise CouldNotIssue("signer-absent", "this service has no signer")
        return self._signer.keys()

    def _checked(self, unit: UnitOfWork, proposal: Proposal) -> SigningGrant:
        payload, keys = _payload(proposal.payload), self.held()
        place = _place(unit, proposal)
        key = _key(keys, payload["key"], place)
        if fingerprint(key) != payload["certificate"]:
            raise BadRequest("changed-meanwhile", "the key has another certificate")
        if key.role.value != payload["role"]:
            raise BadRequest("role-mismatch", field="key")
        person = self._gaining(unit, proposal, payload["person"])
        picture, width = self._picture(payload)
        first, end = period(payload["from"], payload["until"], key, place)
        made = SigningGrant(
            id=_uuid(proposal.subject_id),
            authority_id=place.id,
            person_id=person.id,
            key_name=key.name,
            certificate_sha256=payload["certificate"],
            role=key.role.value,
            kinds=_kinds(proposal.payload.get("kinds")),
            valid_from=first,
            valid_until=end,
            created_at=self._clock.now(),
            picture=picture,
            picture_mm=width,
        )
        if end <= self._clock.now():
            raise BadRequest("bad-date", "the period is over", field="until")
        if unit.signing.grant(made.id) is not None:
            raise BadRequest("changed-meanwhile")
        if any(_overlap(made, one, keys) for one in unit.signing.grants(person.id)):
            raise BadRequest("grant-overlaps", field="from")
        return made

    def _gaining(self, unit: UnitOfWork, proposal: Proposal, id_: str) -> Person:
        """Return who gains: a leader of this authority, and not whoever approves."""
        person = unit.people.hold(_uuid(id_))
        if person is None or person.authority_id != proposal.authority_id or person.disabled_at is not None:
            raise BadRequest("person-not-leader", field="person")
        now = self._clock.now()
        if not any(one.role == Held.LEADER and one.holds_at(now) for one in unit.people.grants(person.id)):
            raise BadRequest("person-not-leader", field="person")
        decided = unit.proposals.get(proposal.id)
        if decided is not None and decided.decided_by == person.id:
            raise BadRequest("own-grant")
        return person

    def _picture(self, payload: Mapping[str, str]) -> tuple[bytes | None, float | None]:
        if not payload["picture"]:
            return None, None
        data = decoded(payload["picture"])
        self._clean(data)
        return data, _width(payload["picture_mm"])


class SigningDesk:
    """What pages ask about keys and grants; found as `extensions["signing"]`."""

    def __init__(
        self, database: Database, proposals: TwoPeople, clock: Clock, change: GrantChange, clean: Clean = cleaned
    ) -> None:
        self._database, self._proposals, self._clock = database, proposals, clock
        self._change, self._clean = change, clean

    def held(self, caller: Caller) -> HeldState:
        """Return the keys of the caller's authority, or why they are not known."""
        place = _own(caller)
        try:
            return HeldState(tuple(one for one in self._change.held() if one.authority == place.code))
        except CouldNotIssue as refusal:
            return HeldState(problem=refusal.problem)

    def grants(self, caller: Caller, held: HeldState) -> tuple[Granted, ...]:
        """Return all grants of the caller's authority, newest first."""
        _own(caller)
        now = self._clock.now()
        known = {one.name: fingerprint(one) for one in held.keys}
        with self._database.unit(caller.scope) as unit:
            found = unit.signing.grants()
            names = {one.person_id: _name(unit, one.person_id) for one in found}
        return tuple(Granted(one, names[one.person_id], _state(one, known, now)) for one in found)

    def grant(self, caller: Caller, id_: UUID) -> Granted:
        """Return one grant; BadRequest `not-found`."""
        found = [one for one in self.grants(caller, HeldState()) if one.grant.id == id_]
        if not found:
            raise BadRequest("not-found")
        return found[0]

    def leaders(self, caller: Caller) -> tuple[Person, ...]:
        """Return the people of the caller's authority who may be given the use of a key."""
        _own(caller)
        now = self._clock.now()
        with self._database.unit(caller.scope) as unit:
            able = {one.person_id for one in unit.people.all_grants() if one.role == Held.LEADER and one.holds_at(now)}
            return tuple(one for one in unit.people.search() if one.id in able and one.disabled_at is None)

    def propose(self, caller: Caller, wanted: Wanted, reason: str) -> Proposal:
        """Propose a grant. BadRequest as `GrantChange.check` and `TwoPeople.propose`, `picture-width`."""
        place = _own(caller)
        key = _key(self._change.held(), wanted.key, place)
        picture = base64.b64encode(self._clean(wanted.picture)).decode() if wanted.picture else ""
        width = f"{_width(wanted.picture_mm):g}" if picture else ""
        _, end = period(wanted.first, wanted.last, key, place)
        payload = {
            "operation": GRANT,
            "person": wanted.person,
            "key": key.name,
            "certificate": fingerprint(key),
            "role": key.role.value,
            "kinds": sorted(set(wanted.kinds)),
            "from": wanted.first,
            "until": wanted.last or _last_day(end, place).isoformat(),
            "picture": picture,
            "picture_mm": width,
        }
        return self._proposals.propose(caller, KIND, str(uuid4()), 0, payload, reason)

    def propose_end(self, caller: Caller, id_: UUID, reason: str) -> Proposal:
        """Propose to take a grant back. BadRequest `not-found`, `changed-meanwhile` where that was done."""
        self.grant(caller, id_)
        return self._proposals.propose(caller, KIND, str(id_), 0, {"operation": END}, reason)

    def difference(self, caller: Caller, proposal: Proposal) -> Mapping[str, list[str]]:
        """Return what a proposal changes, as texts for people: before and after by field `grant-…`."""
        with self._database.unit(caller.scope) as unit:
            if proposal.payload.get("operation") == END:
                grant = unit.signing.grant(_uuid(proposal.subject_id))
                return {} if grant is None else {name: [one, ""] for name, one in told(unit, grant).items()}
            payload = _payload(proposal.payload)
            kinds = "; ".join(str(one) for one in proposal.payload.get("kinds", ()))
            words = {
                "grant-person": _name(unit, _uuid(payload["person"])),
                "grant-key": payload["key"],
                "grant-role": payload["role"],
                "grant-kinds": kinds,
                "grant-from": payload["from"],
                "grant-until": payload["until"],
                "grant-picture": f"{payload['picture_mm']} mm" if payload["picture"] else "",
            }
            return {name: ["", one] for name, one in words.items() if one}

    def picture(self, caller: Caller, id_: UUID) -> bytes:
        """Return the picture of a proposal; BadRequest `not-found`."""
        payload = self._proposals.get(caller, id_).payload
        if payload.get("operation") != GRANT or not payload.get("picture"):
            raise BadRequest("not-found")
        return decoded(str(payload["picture"]))


def told(unit: UnitOfWork, grant: SigningGrant) -> dict[str, str]:
    """Return a grant as texts by field, for the log and for pages."""
    return {
        "grant-person": _name(unit, grant.person_id),
        "grant-key": grant.key_name,
        "grant-role": grant.role,
        "grant-kinds": "; ".join(grant.kinds),
        "grant-from": grant.valid_from.astimezone(UTC).isoformat(timespec="seconds"),
        "grant-until": grant.valid_until.astimezone(UTC).isoformat(timespec="seconds") if grant.valid_until else "",
    }


def fingerprint(key: HeldKey) -> str:
    """Return the SHA-256 of a key's certificate, hexadecimal."""
    return hashlib.sha256(key.certificate).hexdigest()


def certificate_of(key: HeldKey) -> x509.Certificate | None:
    """Return the certificate of a key; None where that cannot be read."""
    try:
        return x509.load_der_x509_certificate(key.certificate)
    except ValueError:
        return None


def period(first: str, last: str, key: HeldKey, place: Authority) -> tuple[datetime, datetime]:
    """Return the instants of a period of days at an authority: from the first day's start to the last day's end.

    The last day may be the one on which the key's certificate ends. BadRequest `bad-date`, `until-after-certificate`.
    """
    certificate = certificate_of(key)
    if certificate is None:
        raise BadRequest("key-not-held", field="key")
    over, zone = certificate.not_valid_after_utc, ZoneInfo(place.time_zone)
    begin = datetime.combine(_day(first, "from"), time(), zone).astimezone(UTC)
    if not last:
        end = over
    else:
        day = _day(last, "until")
        if day > over.astimezone(zone).date():
            raise BadRequest("until-after-certificate", field="until")
        end = min(over, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC))
    if end <= begin:
        raise BadRequest("bad-date", "the last day is before the first", field="until")
    return begin, end


def decoded(text: str) -> bytes:
    """Return the picture in base64; BadRequest `picture-unreadable`, `picture-too-large`."""
    if len(text) > LARGEST * 2:
        raise BadRequest("picture-too-large", field="picture")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("picture-unreadable", field="picture") from None


def _payload(payload: Mapping[str, Any]) -> dict[str, str]:
    found = {name: payload.get(name, "") for name in PLAIN}
    if not all(isinstance(one, str) for one in found.values()):
        raise BadRequest("operation-unclear")
    return found


def _standing(unit: UnitOfWork, proposal: Proposal) -> SigningGrant:
    """Return the grant that a proposal would end."""
    grant = unit.signing.grant(_uuid(proposal.subject_id))
    if grant is None or grant.authority_id != proposal.authority_id:
        raise BadRequest("not-found")
    if grant.ended_at is not None:
        raise BadRequest("changed-meanwhile")
    return grant


def _place(unit: UnitOfWork, proposal: Proposal) -> Authority:
    place = unit.authorities.get(proposal.authority_id)
    if place is None:
        raise BadRequest("not-found")
    return place


def _own(caller: Caller) -> Authority:
    if caller.authority is None or not caller.roles & (GrantChange.proposers | GrantChange.deciders):
        raise BadRequest("not-allowed")
    return caller.authority


def _key(keys: Sequence[HeldKey], name: str, place: Authority) -> HeldKey:
    """Return the key of this authority with this name, broken or not, as long as its certificate is known."""
    found = [one for one in keys if one.name == name and one.authority == place.code and one.certificate]
    if not found:
        raise BadRequest("key-not-held", field="key")
    return found[0]


def _overlap(new: SigningGrant, old: SigningGrant, keys: Sequence[HeldKey]) -> bool:
    """Tell whether two grants allow the same; one for a certificate that no key has any more allows nothing."""
    if old.role != new.role or old.ended_at is not None or not set(old.kinds) & set(new.kinds):
        return False
    if (old.key_name, old.certificate_sha256) not in {(one.name, fingerprint(one)) for one in keys}:
        return False
    before = old.valid_until is None or new.valid_from < old.valid_until
    return before and (new.valid_until is None or old.valid_from < new.valid_until)


def _kinds(told_: object) -> list[str]:
    if not isinstance(told_, list) or not told_:
        raise BadRequest("nothing-chosen", field="kinds")
    if not set(told_) <= {one.value for one in Kind}:
        raise BadRequest("operation-unclear")
    return [str(one) for one in told_]


def _state(grant: SigningGrant, known: Mapping[str, str], now: datetime) -> str:
    if grant.ended_at is not None:
        return "ended"
    if grant.valid_until is not None and grant.valid_until <= now:
        return "over"
    if known.get(grant.key_name, grant.certificate_sha256) != grant.certificate_sha256:
        return "renewed"
    return "holds" if grant.valid_from <= now else "coming"


def _width(text: str) -> float:
    try:
        width = float(text.replace(",", "."))
    except ValueError:
        width = 0.0
    least, greatest = PICTURE_MM
    if not least <= width <= greatest:
        raise BadRequest("picture-width", text[:20], field="picture_mm")
    return width


def _last_day(end: datetime, place: Authority) -> date:
    return (end - timedelta(microseconds=1)).astimezone(ZoneInfo(place.time_zone)).date()


def _day(text: str, field_: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest("bad-date", text[:40], field=field_) from None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("operation-unclear") from None


def _name(unit: UnitOfWork, id_: UUID) -> str:
    person = unit.people.get(id_)
    return person.name if person else ""
