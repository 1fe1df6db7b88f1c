from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from tests.accounts.support import AT, Clock, add_authority, add_person
from verifier.accounts.caller import Caller
from verifier.accounts.dead_letters import DeadLetters, Operator
from verifier.accounts.roles import Role
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM


def dead(database: Database, key: str, authority: UUID | None) -> UUID:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put("mail", key, {"to": "lan@example.vn"}, AT, authority)
        id_ = next(one.id for one in unit.outbox.listed("waiting") if one.key == key)
        unit.outbox.bury(id_, AT, "no answer")
    return id_


def state(database: Database, id_: UUID) -> str:
    with database.unit(SYSTEM) as unit:
        found = unit.outbox.get(id_)
    return found.state if found else "gone"


def events(database: Database, id_: UUID) -> list[tuple[str, str, str]]:
    with database.unit(SYSTEM) as unit:
        chain = unit.audit.chain("message", str(id_), 100)
    return [(one.event.action, one.event.actor.kind, one.event.reason) for one in chain]


@pytest.fixture
def letters(database: Database) -> DeadLetters:
    return DeadLetters(database, Clock())


def administrator(database: Database, authority: Authority, role: Role = Role.ADMINISTRATOR) -> Caller:
    person = add_person(database, authority, role, login=f"p{uuid4().hex[:8]}")
    return Caller("203.0.113.9", authority, person, roles=frozenset({role}))


def test_an_administrator_sees_tries_again_and_drops_those_of_the_authority(
    database: Database, letters: DeadLetters
) -> None:
    mine, other = add_authority(database), add_authority(database)
    caller = administrator(database, mine)
    first, second = dead(database, "a", mine.id), dead(database, "b", mine.id)
    foreign, nobodys = dead(database, "c", other.id), dead(database, "d", None)

    assert sorted(one.key for one in letters.list(caller)) == ["a", "b"]
    letters.retry(caller, first)
    letters.drop(caller, second, "  gửi bằng\tgiấy rồi ")

    assert [state(database, one) for one in (first, second, foreign, nobodys)] == ["waiting", "gone", "dead", "dead"]
    assert events(database, first) == [("message-read", "person", ""), ("message-revived", "person", "")]
    assert events(database, second)[1] == ("message-dropped", "person", "gửi bằng giấy rồi")
    assert events(database, foreign) == []


Act = Callable[[DeadLetters, Caller, UUID], object]
ACTS: tuple[Act, ...] = (
    lambda letters, caller, id_: letters.retry(caller, id_),
    lambda letters, caller, id_: letters.drop(caller, id_, "x"),
)


@pytest.mark.parametrize("act", ACTS)
def test_what_is_another_authoritys_is_not_there(database: Database, letters: DeadLetters, act: Act) -> None:
    caller, foreign = administrator(database, add_authority(database)), add_authority(database)

    for id_ in (dead(database, "a", foreign.id), dead(database, "b", None), uuid4()):
        with pytest.raises(BadRequest, match="not-found"):
            act(letters, caller, id_)
    assert state(database, id_) == "gone"


@pytest.mark.parametrize("act", ACTS)
def test_only_dead_ones_are_touched(database: Database, letters: DeadLetters, act: Act) -> None:
    authority = add_authority(database)
    caller, id_ = administrator(database, authority), dead(database, "a", authority.id)
    letters.retry(caller, id_)

    with pytest.raises(BadRequest, match="not-found"):
        act(letters, caller, id_)
    assert state(database, id_) == "waiting"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_else_may(database: Database, letters: DeadLetters, role: Role) -> None:
    authority = add_authority(database)
    id_ = dead(database, "a", authority.id)
    caller = Caller("203.0.113.9", authority, roles=frozenset({role}))

    for act in ACTS:
        with pytest.raises(BadRequest, match="not-allowed"):
            act(letters, caller, id_)
    with pytest.raises(BadRequest, match="not-allowed"):
        letters.list(caller)
    with pytest.raises(BadRequest, match="not-allowed"):
        letters.list(Caller(roles=frozenset({Role.ADMINISTRATOR})))
    assert (state(database, id_), events(database, id_)) == ("dead", [])


def test_dropping_needs_a_reason(database: Database, letters: DeadLetters) -> None:
    authority = add_authority(database)
    id_ = dead(database, "a", authority.id)

    with pytest.raises(BadRequest, match="reason-missing"):
        letters.drop(administrator(database, authority), id_, " ")
    assert state(database, id_) == "dead"


def test_the_operator_reaches_those_of_nobody_too(database: Database, letters: DeadLetters) -> None:
    id_ = dead(database, "a", None)

    letters.retry(Operator(), id_)

    assert (state(database, id_), events(database, id_)) == ("waiting", [("message-revived", "system", "")])
