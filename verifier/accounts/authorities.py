"""Changes of an authority's own entry: names, addresses, period, competence. One proposes, another approves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from verifier.accounts.caller import Caller
from verifier.accounts.kinds import check_competences
from verifier.accounts.plain_text import clean_text
from verifier.accounts.roles import Role
from verifier.accounts.two_people import TwoPeople
from verifier.countries import COUNTRIES, VIET_NAM
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority, Competence
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.proposals import Proposal

KIND = "authority"
WORDS = ("name_vi", "name_en", "address_vi", "address_en", "signature_name", "seal_name")
"""Fields that are words."""
NEEDED = ("name_vi", "name_en")
DATES = ("valid_from", "valid_until")
COMPETENCE = ("procedure", "capacity", "valid_from", "valid_until", "citation")
"""Fields of a competence in a proposal."""
MISSION = "mission"


class AuthorityChange:
    """The kind of proposal that changes an authority; implements `two_people.Kind`.

    The payload holds every field anew: words, `time_zone`, `states` (ISO codes with commas, host state first; missions
    only), ISO dates (empty for no end), and `competences`, a list of objects with the fields of `COMPETENCE`.
    """

    proposers = frozenset({Role.ADMINISTRATOR})
    deciders = frozenset({Role.LEADER})

    def check(self, unit: UnitOfWork, proposal: Proposal) -> None:
        """Refuse what the law or the fields do not allow, and what was made on an older version."""
        now = _current(unit, proposal)
        wanted, competences = changed(now, proposal.payload)
        check_competences(wanted, competences)
        if not _difference((now, unit.authorities.competences(now.id)), (wanted, competences)):
            raise BadRequest("nothing-changed")

    def apply(self, unit: UnitOfWork, proposal: Proposal, now: datetime) -> Mapping[str, list[str]]:  # noqa: ARG002 - of the port
        """Store the authority and its competence anew."""
        before = _current(unit, proposal)
        competences = unit.authorities.competences(before.id)
        wanted, told = changed(before, proposal.payload)
        if not unit.authorities.change(wanted):
            raise BadRequest("changed-meanwhile")
        unit.authorities.set_competences(before.id, told)
        return _difference((before, competences), (wanted, told))


class AuthorityDesk:
    """What pages ask about authorities."""

    def __init__(self, database: Database, proposals: TwoPeople) -> None:
        self._database, self._proposals = database, proposals

    def all(self, caller: Caller) -> tuple[Authority, ...]:
        """Return all authorities of the service, by code; who they are is public."""
        with self._database.unit(caller.scope) as unit:
            return unit.authorities.all()

    def get(self, caller: Caller, id_: UUID) -> tuple[Authority, tuple[Competence, ...]]:
        """Return an authority with its competence; BadRequest `not-found`."""
        with self._database.unit(caller.scope) as unit:
            found = unit.authorities.get(id_)
            if found is None:
                raise BadRequest("not-found")
            return found, unit.authorities.competences(id_)

    def propose(self, caller: Caller, version: int, payload: Mapping[str, Any], reason: str) -> Proposal:
        """Propose a change of the caller's own authority."""
        if caller.authority is None:
            raise BadRequest("not-allowed")
        return self._proposals.propose(caller, KIND, str(caller.authority.id), version, payload, reason)

    def difference(self, caller: Caller, proposal: Proposal) -> Mapping[str, list[str]]:
        """Return what a proposal changes against the entry as it stands: before and after by field."""
        with self._database.unit(caller.scope) as unit:
            now = unit.authorities.get(UUID(proposal.subject_id))
            if now is None:
                raise BadRequest("not-found")
            return _difference((now, unit.authorities.competences(now.id)), changed(now, proposal.payload))


def payload_of(authority: Authority, competences: Sequence[Competence]) -> dict[str, Any]:
    """Return the payload that changes nothing: what a form starts from."""
    plain = {name: getattr(authority, name) for name in (*WORDS, "time_zone")}
    dates = {name: _iso(getattr(authority, name)) for name in DATES}
    plain["states"] = ", ".join(authority.states)
    return plain | dates | {"competences": [_competence_payload(one) for one in competences]}


def changed(now: Authority, payload: Mapping[str, Any]) -> tuple[Authority, tuple[Competence, ...]]:
    """Return the authority as a payload wants it.

    BadRequest `bad-date`, `text-unclear`, `text-missing`, `bad-zone`, `bad-states`.
    """
    words: dict[str, Any] = {name: clean_text(str(payload.get(name, ""))) for name in WORDS}
    for name in NEEDED:
        if not words[name]:
            raise BadRequest("text-missing", name, field=name)
    zone = str(payload.get("time_zone", ""))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest("bad-zone", zone, field="time_zone") from None
    first, last = _period(payload, "valid_from")
    states = _states(now, str(payload["states"])) if "states" in payload else now.states  # older ones do not say them
    wanted = replace(now, **words, time_zone=zone, valid_from=first, valid_until=last, states=states)
    return wanted, tuple(_competence(now.id, one) for one in payload.get("competences", []))


def _states(now: Authority, told: str) -> tuple[str, ...]:
    """Read the states a mission is sent to, in their order."""
    codes = tuple(dict.fromkeys(told.upper().replace(",", " ").split()))
    if codes and (now.kind != MISSION or not set(codes) <= COUNTRIES - {VIET_NAM}):
        raise BadRequest("bad-states", told[:80], field="states")
    return codes


def _competence(authority_id: UUID, told: Mapping[str, Any]) -> Competence:
    first, last = _period(told, "competences")
    citation = clean_text(str(told.get("citation", "")))
    if not citation:
        raise BadRequest("text-missing", "citation", field="competences")
    capacity = str(told.get("capacity", ""))
    return Competence(uuid4(), authority_id, str(told.get("procedure", "")), capacity, first, last, citation)


def _period(told: Mapping[str, Any], field: str) -> tuple[date, date | None]:
    first, last = (_date(told.get(name), field) for name in DATES)
    if first is None or (last is not None and last < first):
        raise BadRequest("bad-date", "A period needs a first day that is not after its last.", field=field)
    return first, last


def _date(text: object, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise BadRequest("bad-date", str(text)[:40], field=field) from None


def _current(unit: UnitOfWork, proposal: Proposal) -> Authority:
    found = unit.authorities.get(UUID(proposal.subject_id))
    if found is None or found.id != proposal.authority_id:
        raise BadRequest("not-found")
    if found.version != proposal.base_version:
        raise BadRequest("changed-meanwhile")
    return found


def _difference(
    before: tuple[Authority, Sequence[Competence]], after: tuple[Authority, Sequence[Competence]]
) -> dict[str, list[str]]:
    old, new = payload_of(*before), payload_of(*after)
    told = {name: [str(old[name]), str(new[name])] for name in old if name != "competences" and old[name] != new[name]}
    left, right = (sorted(_line(one) for one in both["competences"]) for both in (old, new))
    if left != right:
        gone, come = [one for one in left if one not in right], [one for one in right if one not in left]
        told["competences"] = ["; ".join(gone), "; ".join(come)]
    return told


def _competence_payload(one: Competence) -> dict[str, str]:
    dates = {"valid_from": _iso(one.valid_from), "valid_until": _iso(one.valid_until)}
    return {"procedure": one.procedure, "capacity": one.capacity, "citation": one.citation} | dates


def _line(told: Mapping[str, str]) -> str:
    period = f"{told['valid_from']}–{told['valid_until'] or '…'}"
    return f"{told['procedure']} ({told['capacity']}) {period}, {told['citation']}"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
