from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from tests.accounts.desks import DAY, GOOD, WHY, House, code_of, grant_of, together
from tests.accounts.support import AT
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.errors import BadRequest
from verifier.storage.database import Database
from verifier.storage.people import Person


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


# --- roles -----------------------------------------------------------------------------------------------------------


def test_a_role_is_held_for_its_time(house: House) -> None:
    house.desk.grant(house.me, house.lan.id, Role.CLERK, AT + DAY, AT + 3 * DAY, WHY)

    assert [house.roles(house.lan, AT + days * DAY) for days in (0, 1, 2, 3)] == [
        ["specialist"],
        ["specialist", "clerk"],
        ["specialist", "clerk"],
        ["specialist"],
    ]
    (event,) = house.events()
    assert (event["action"], event["reason"], event["details"]["role"]) == ("role-granted", WHY, "clerk")


def test_a_role_never_begins_in_the_past(house: House) -> None:
    assert house.desk.grant(house.me, house.lan.id, Role.CLERK, AT - DAY, None, WHY).valid_from == AT


def test_the_same_grant_sent_twice_is_one(house: House) -> None:
    key = uuid4()
    for _ in range(2):
        house.desk.grant(house.me, house.lan.id, Role.CLERK, None, None, WHY, key=key)
        house.clock.pass_(seconds=1)

    assert sorted(house.roles(house.lan)) == ["clerk", "specialist"]
    assert len(house.events()) == 1


def test_roles_that_exclude_each_other_may_follow_each_other(house: House) -> None:
    house.desk.end_grant(house.me, grant_of(house, house.lan), AT + DAY, WHY)

    house.desk.grant(house.me, house.lan.id, Role.AUDITOR, AT + DAY, None, WHY)

    assert house.roles(house.lan, AT + 2 * DAY) == ["auditor"]


def test_both_roles_that_exclude_each_other_are_named(house: House) -> None:
    with pytest.raises(BadRequest) as caught:
        house.desk.grant(house.me, house.lan.id, Role.AUDITOR, AT + DAY, None, WHY)

    assert caught.value.problem.params == {"role": "auditor", "other": "specialist"}


def test_roles_that_exclude_each_other_are_not_given_at_the_same_moment(house: House) -> None:
    bare = house.add("moi.ve", "Ngô Mới Về")

    def give(who: Person, role: Role) -> Callable[[], str]:
        def run() -> str:
            try:
                return house.desk.grant(house.caller(who), bare.id, role, None, None, WHY).role
            except BadRequest as refusal:
                return refusal.problem.code

        return run

    told = together(give(house.admin, Role.LEADER), give(house.second, Role.ADMINISTRATOR))

    assert "roles-exclude" in told
    assert len(house.roles(bare)) == 1


def test_a_role_ends_and_its_past_stays(house: House) -> None:
    house.clock.pass_(days=1)

    for _ in range(2):
        house.desk.end_grant(house.me, grant_of(house, house.lan), None, WHY)

    assert (house.roles(house.lan, AT), house.roles(house.lan)) == (["specialist"], [])
    assert [one["action"] for one in house.events()] == ["role-ended"]


def test_a_role_that_has_not_begun_is_never_held(house: House) -> None:
    grant = house.desk.grant(house.me, house.lan.id, Role.CLERK, AT + 5 * DAY, None, WHY)

    house.desk.end_grant(house.me, grant.id, None, WHY)

    assert house.roles(house.lan, AT + 6 * DAY) == ["specialist"]
    house.desk.grant(house.me, house.lan.id, Role.CLERK, AT + 5 * DAY, None, WHY)


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        ({"role": "king"}, "role-unknown"),
        ({"role": Role.PORTAL}, "role-unknown"),
        ({"role": Role.SPECIALIST}, "role-held"),
        ({"role": Role.ADMINISTRATOR}, "roles-exclude"),
        ({"valid_until": AT}, "bad-date"),
        ({"valid_from": AT + DAY, "valid_until": AT + DAY}, "bad-date"),
        ({"reason": "  "}, "reason-missing"),
        ({"reason": "lý do\u202e"}, "text-unclear"),
        ({"reason": "x" * 1001}, "text-unclear"),
    ],
)
def test_a_grant_with_one_thing_wrong_is_refused(house: House, spoilt: dict[str, Any], code: str) -> None:
    good: dict[str, Any] = {"role": Role.CLERK, "valid_from": None, "valid_until": None, "reason": WHY}

    assert code_of(lambda: house.desk.grant(house.me, house.lan.id, **(good | spoilt))) == code
    assert (house.roles(house.lan), house.events()) == (["specialist"], [])


# --- rules of all commands -------------------------------------------------------------------------------------------

COMMANDS: dict[str, Callable[[House, Caller, Person], object]] = {
    "change": lambda house, who, whom: house.desk.change(who, whom.id, whom.version, "Tên Mới"),
    "close": lambda house, who, whom: house.desk.close(who, whom.id, whom.version, WHY),
    "reopen": lambda house, who, whom: house.desk.reopen(who, whom.id, whom.version, WHY),
    "reset": lambda house, who, whom: house.desk.reset(who, whom.id, WHY),
    "grant": lambda house, who, whom: house.desk.grant(who, whom.id, Role.CLERK, None, None, WHY),
    "end_grant": lambda house, who, whom: house.desk.end_grant(who, grant_of(house, whom), None, WHY),
    "end_sessions": lambda house, who, whom: house.desk.end_sessions(who, whom.id, WHY),
    "person": lambda house, who, whom: house.desk.person(who, whom.id),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_people_of_another_authority_are_not_there(house: House, command: str) -> None:
    assert code_of(lambda: COMMANDS[command](house, house.me, house.stranger)) == "not-found"
    assert house.stored(house.stranger.id) == house.stranger
    assert house.events() == []


@pytest.mark.parametrize("command", [*COMMANDS, "invite", "people"])
def test_only_administrators_of_this_moment_may(house: House, command: str) -> None:
    run = COMMANDS.get(command)

    def attempt(who: Caller) -> Callable[[], object]:
        if run is not None:
            return lambda: run(house, who, house.lan)
        return lambda: house.desk.invite(who, **GOOD) if command == "invite" else house.desk.people(who)

    gone = house.add("da.ve", "Phạm Đã Về", Role.ADMINISTRATOR, disabled_at=AT)
    never = house.add("chua.co", "Phạm Chưa Có", Role.LEADER)
    for who in (
        Caller(),
        house.caller(house.lan, Role.LEADER),
        house.caller(gone),
        house.caller(never),
        house.caller(house.admin, authority=house.elsewhere),
        replace(house.me, person=None),
    ):
        assert code_of(attempt(who)) == "not-allowed"
    assert house.events() == []


@pytest.mark.parametrize("command", ["close", "reopen", "reset", "grant", "end_grant", "end_sessions"])
def test_nobody_does_it_to_themselves(house: House, command: str) -> None:
    assert code_of(lambda: COMMANDS[command](house, house.me, house.admin)) == "own-account"
    assert house.roles(house.admin) == ["administrator"]


@pytest.mark.parametrize("command", ["reset", "grant"])
def test_a_closed_account_gets_nothing(house: House, command: str) -> None:
    house.desk.close(house.me, house.lan.id, 1, WHY)

    assert code_of(lambda: COMMANDS[command](house, house.me, house.lan)) == "account-closed"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda house: house.desk.close(house.me, house.lan.id, 1, " "),
        lambda house: house.desk.reset(house.me, house.lan.id, ""),
        lambda house: house.desk.end_sessions(house.me, house.lan.id, ""),
        lambda house: house.desk.end_grant(house.me, grant_of(house, house.lan), None, ""),
    ],
)
def test_a_reason_is_asked_for(house: House, attempt: Callable[[House], object]) -> None:
    assert code_of(lambda: attempt(house)) == "reason-missing"
    assert house.events() == []


@pytest.mark.parametrize("command", ["close", "reopen"])
def test_an_account_that_was_changed_meanwhile_is_looked_at_again(house: House, command: str) -> None:
    if command == "reopen":
        house.desk.close(house.me, house.lan.id, 1, WHY)
    stale = replace(house.stored(house.lan.id), version=7)

    assert code_of(lambda: COMMANDS[command](house, house.me, stale)) == "changed-meanwhile"


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_list_tells_roles_state_and_last_use(house: House) -> None:
    house.session_of(house.lan)
    invited = house.desk.invite(house.me, **GOOD)
    house.clock.pass_(hours=1)
    house.desk.close(house.me, house.second.id, 1, WHY)

    lines = {one.person.login: one for one in house.desk.people(house.me)}

    assert {login: one.state for login, one in lines.items()} == {
        "quan.tri": "open",
        "thu.hai": "closed",
        "lan.nguyen": "open",
        "binh.tran": "invited",
    }
    assert [one.role for one in lines["lan.nguyen"].grants] == ["specialist"]
    assert lines["thu.hai"].grants == ()
    assert lines["lan.nguyen"].seen_at == AT
    assert lines["binh.tran"].seen_at is None
    house.clock.pass_(hours=72)
    assert house.desk.person(house.me, invited.person.id).line.state == "unable"


def test_names_are_found_without_marks(house: House) -> None:
    assert [one.person.login for one in house.desk.people(house.me, "nguyen thi")] == ["lan.nguyen"]
    assert house.desk.people(house.me, "xa la") == ()
    assert house.desk.people(house.me, "%") == ()


def test_reading_is_logged_without_what_was_searched_for(house: House) -> None:
    house.desk.people(house.me, "nguyen")
    house.desk.person(house.me, house.lan.id)

    (listed,) = house.events("authority")
    assert (listed["action"], listed["details"]) == ("people-listed", {"searched": True, "count": 1})
    (read,) = house.events()
    assert (read["action"], read["subject"]) == ("person-read", ["person", str(house.lan.id)])
    assert "email" in read["reads"]


def test_a_sheet_tells_who_changed_it_last(house: House) -> None:
    house.desk.change(house.me, house.lan.id, 1, "Nguyễn Lan")

    sheet = house.desk.person(house.caller(house.second), house.lan.id)

    assert (sheet.changed_by, sheet.person.version, [one.role for one in sheet.grants]) == (
        "Quản Thị Trị",
        2,
        ["specialist"],
    )
    assert sheet.sessions == ()


def test_looking_at_jobs_holds_one_connection_at_a_time(house: House) -> None:
    """Threads that each hold one and ask for a second would wait for each other until none is left."""
    pool, held = house.database.engine.pool, list[int]()

    def note(*_: object) -> None:
        held.append(pool.checkedout())  # type: ignore[attr-defined]

    event.listen(pool, "checkout", note)
    house.desk.job_runs(house.me)
    event.remove(pool, "checkout", note)

    assert set(held) == {1}
