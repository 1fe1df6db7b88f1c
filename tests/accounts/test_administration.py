from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.accounts.desks import DAY, GOOD, WHY, House, code_of, grant_of, together
from tests.accounts.support import AT
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.errors import BadRequest
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


# --- invitations -------------------------------------------------------------------------------------------------


def test_an_invitation_makes_an_account_with_roles_and_a_link_for_72_hours(house: House) -> None:
    made = house.desk.invite(house.me, **GOOD, roles=[Role.SPECIALIST, Role.CLERK], reason=WHY)

    assert (made.person.login, made.person.name, made.person.authority_id) == (
        "binh.tran",
        "Trần Văn Bình",
        house.authority.id,
    )
    assert sorted(house.roles(made.person)) == ["clerk", "specialist"]
    with house.database.unit(SYSTEM) as unit:
        assert unit.people.invitation(made.token) is not None
        assert not unit.people.use_invitation(made.token, AT + timedelta(hours=72))
        assert unit.people.use_invitation(made.token, AT + timedelta(hours=71))
    (event,) = house.events()
    assert (event["action"], event["reason"]) == ("person-invited", WHY)
    assert event["actor"]["id"] == str(house.admin.id)
    assert event["details"]["roles"] == ["specialist", "clerk"]


def test_the_link_stands_in_no_log_and_no_representation(house: House) -> None:
    made = house.desk.invite(house.me, **GOOD)

    with house.database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        kept = connection.execute(text("select body from audit_event union all select payload::text from outbox"))
        assert not any(made.token in body for (body,) in kept)
    assert made.token not in repr(made)


def test_a_form_sent_twice_makes_one_person_and_shows_the_same_link(house: House) -> None:
    key = uuid4()

    first, again = (house.desk.invite(house.me, **GOOD, roles=[Role.CLERK], key=key) for _ in range(2))

    assert (again.person, again.token) == (first.person, first.token)
    assert len(house.events()) == 1
    assert house.roles(first.person) == ["clerk"]


def test_a_form_sent_twice_at_the_same_moment_makes_one_person(house: House) -> None:
    key = uuid4()

    made = together(*[lambda: house.desk.invite(house.me, **GOOD, key=key).token] * 4)

    assert len(set(made)) == 1
    assert len(house.events()) == 1


def test_a_form_that_was_changed_and_sent_again_invites_the_other_person(house: House) -> None:
    key = uuid4()
    first = house.desk.invite(house.me, **GOOD, key=key)
    other = house.desk.invite(house.me, **(GOOD | {"login": "hoa.le", "name": "Lê Hoa"}), key=key)

    assert other.person.id != first.person.id
    assert other.token != first.token
    assert code_of(lambda: house.desk.invite(house.me, **(GOOD | {"name": "Trần Bình"}), key=key)) == "login-taken"


def test_a_link_that_was_used_is_not_shown_again(house: House) -> None:
    key = uuid4()
    made = house.desk.invite(house.me, **GOOD, key=key)
    with house.database.unit(SYSTEM) as unit:
        unit.people.use_invitation(made.token, AT)

    assert code_of(lambda: house.desk.invite(house.me, **GOOD, key=key)) == "login-taken"


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        ({"name": ""}, "name-unclear"),
        ({"name": "Trần\u200bVăn Bình"}, "name-unclear"),
        ({"name": "Trần Vаn Bình"}, "name-unclear"),  # Cyrillic а
        ({"name": "\u202eTrần Văn Bình"}, "name-unclear"),
        ({"name": "T" * 301}, "name-unclear"),
        ({"login": "bình"}, "login-unclear"),
        ({"login": "lan.nguyen"}, "login-taken"),
        ({"login": "LAN.nguyen"}, "login-taken"),
        ({"login": "xa.la"}, "login-taken"),
        ({"title_vi": "Chuyên\u0000viên"}, "text-unclear"),
        ({"title_en": "T" * 301}, "text-unclear"),
        ({"email": "binh"}, "email-unclear"),
        ({"email": "a@b.vn\nBcc: c@d.vn"}, "email-unclear"),
        ({"roles": ["portal"]}, "role-unknown"),
        ({"roles": ["king"]}, "role-unknown"),
        ({"roles": [Role.LEADER, Role.ADMINISTRATOR]}, "roles-exclude"),
    ],
)
def test_an_invitation_with_one_thing_wrong_is_refused_and_leaves_nothing(
    house: House, spoilt: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: house.desk.invite(house.me, **(GOOD | spoilt))) == code
    assert house.events() == []
    with house.database.unit(SYSTEM) as unit:
        assert unit.people.by_login("binh.tran") is None


def test_a_name_like_another_is_pointed_out(house: House) -> None:
    made = house.desk.invite(house.me, **(GOOD | {"name": "Nguyễn Thị Lan"}))
    twin = house.desk.invite(house.me, **(GOOD | {"login": "lan.khac", "name": "Nguyễn Thị Ian"}))
    other = house.desk.invite(house.me, **(GOOD | {"login": "lan.ba", "name": "Nguyễn Thị Lân"}))

    assert [one.id for one in made.namesakes] == [house.lan.id]
    assert {one.id for one in twin.namesakes} == {house.lan.id, made.person.id}
    assert other.namesakes == ()


def test_a_decomposed_name_is_kept_composed(house: House) -> None:
    made = house.desk.invite(house.me, **(GOOD | {"name": "Tra\u0302\u0300n  Va\u0306n Bi\u0300nh"}))

    assert made.person.name == "Trần Văn Bình"


# --- details ---------------------------------------------------------------------------------------------------------


def test_a_change_is_logged_with_before_and_after(house: House) -> None:
    after = house.desk.change(
        house.me, house.lan.id, 1, "Nguyễn Thị Lan", "Phó Trưởng phòng", "Officer", house.lan.email
    )

    assert (after.title_vi, after.version, after.changed_by) == ("Phó Trưởng phòng", 2, house.admin.id)
    assert house.stored(house.lan.id) == after
    (event,) = house.events()
    assert (event["action"], event["details"]) == (
        "person-changed",
        {"title_vi": ["Chuyên viên", "Phó Trưởng phòng"]},
    )


def test_who_comes_second_learns_who_was_first_and_when(house: House) -> None:
    house.desk.change(house.me, house.lan.id, 1, "Nguyễn Lan")
    house.clock.pass_(minutes=5)

    with pytest.raises(BadRequest) as caught:
        house.desk.change(house.caller(house.second), house.lan.id, 1, "Nguyễn Thị Lan Anh")

    assert (caught.value.problem.code, caught.value.problem.params) == (
        "changed-meanwhile",
        {"by": "Quản Thị Trị", "at": AT.isoformat()},
    )
    assert house.stored(house.lan.id).name == "Nguyễn Lan"


def test_of_two_changes_at_the_same_moment_one_is_kept_and_one_is_told(house: House) -> None:
    callers = [house.me, house.caller(house.second)]
    names = ["Nguyễn Lan Một", "Nguyễn Lan Hai"]

    told = together(*(_change(house, who, name) for who, name in zip(callers, names, strict=True)))

    assert sorted(told, key=len) == ["kept", "changed-meanwhile"]
    assert [one["action"] for one in house.events()] == ["person-changed"]
    assert house.stored(house.lan.id).name in names
    assert house.stored(house.lan.id).version == 2


def _change(house: House, who: Caller, name: str) -> Callable[[], str]:
    def change() -> str:
        try:
            house.desk.change(who, house.lan.id, 1, name)
        except BadRequest as refusal:
            return refusal.problem.code
        return "kept"

    return change


def test_the_same_change_sent_twice_is_one(house: House) -> None:
    for _ in range(2):
        house.desk.change(house.me, house.lan.id, 1, "Nguyễn Lan")

    assert len(house.events()) == 1
    assert house.stored(house.lan.id).version == 2


# --- closing and opening ---------------------------------------------------------------------------------------------


def test_a_closed_account_has_no_session_no_role_and_no_way_in(house: House) -> None:
    token = house.session_of(house.lan)
    house.desk.grant(house.me, house.lan.id, Role.CLERK, AT + DAY, None, WHY)

    house.desk.close(house.me, house.lan.id, 1, WHY)

    assert house.ended(token)
    assert house.roles(house.lan) == house.roles(house.lan, AT + 5 * DAY) == []
    assert house.credentials(house.lan) == (False, False)
    assert house.stored(house.lan.id).disabled_at == AT
    assert house.events()[-1]["details"] == {"state": ["open", "closed"], "roles_ended": ["clerk", "specialist"]}


def test_closing_twice_is_once(house: House) -> None:
    for _ in range(2):
        house.desk.close(house.me, house.lan.id, 1, WHY)

    assert [one["action"] for one in house.events()] == ["person-closed"]


def test_an_account_that_was_opened_again_begins_without_roles(house: House) -> None:
    house.desk.close(house.me, house.lan.id, 1, WHY)

    house.desk.reopen(house.me, house.lan.id, 2, WHY)

    assert house.stored(house.lan.id).disabled_at is None
    assert (house.roles(house.lan), house.credentials(house.lan)) == ([], (False, False))
    assert house.events()[-1]["action"] == "person-reopened"


def test_two_administrators_who_close_each_other_at_once_do_not_both_go(house: House) -> None:
    def close(who: Person, whom: Person) -> Callable[[], str]:
        def run() -> str:
            try:
                house.desk.close(house.caller(who), whom.id, 1, WHY)
            except BadRequest as refusal:
                return refusal.problem.code
            return "closed"

        return run

    told = together(close(house.admin, house.second), close(house.second, house.admin))

    assert sorted(told) == ["closed", "not-allowed"]
    assert [house.roles(one) for one in (house.admin, house.second)].count(["administrator"]) == 1


def test_nobody_is_left_without_an_administrator_later(house: House) -> None:
    soon = AT + 30 * DAY
    house.desk.end_grant(house.caller(house.second), grant_of(house, house.admin), soon, WHY)

    for attempt in (
        lambda: house.desk.close(house.me, house.second.id, 1, WHY),
        lambda: house.desk.end_grant(house.me, grant_of(house, house.second), None, WHY),
        lambda: house.desk.end_grant(house.me, grant_of(house, house.second), soon + DAY, WHY),
    ):
        assert code_of(attempt) == "last-administrator"
    assert house.roles(house.second, soon + 2 * DAY) == ["administrator"]

    third = house.add("thu.ba", "Ngô Thứ Ba", Role.ADMINISTRATOR)
    house.desk.close(house.me, house.second.id, 1, WHY)
    assert house.roles(third, soon + DAY) == ["administrator"]


def test_a_closed_administrator_does_not_count(house: House) -> None:
    third = house.add("thu.ba", "Ngô Thứ Ba", Role.ADMINISTRATOR, disabled_at=AT)
    house.desk.end_grant(house.caller(house.second), grant_of(house, house.admin), AT + DAY, WHY)

    assert code_of(lambda: house.desk.close(house.me, house.second.id, 1, WHY)) == "last-administrator"
    assert third.disabled_at is not None


# --- credentials -----------------------------------------------------------------------------------------------------


def test_a_reset_forgets_everything_and_gives_a_new_link(house: House) -> None:
    token = house.session_of(house.lan)

    made = house.desk.reset(house.me, house.lan.id, WHY)

    assert house.ended(token)
    assert house.credentials(house.lan) == (False, False)
    assert house.roles(house.lan) == ["specialist"]
    with house.database.unit(SYSTEM) as unit:
        assert unit.people.use_invitation(made.token, AT)
    assert [one["action"] for one in house.events()] == ["credentials-reset"]


def test_a_reset_needs_a_fresh_proof(house: House) -> None:
    stale = house.caller(house.admin)
    house.clock.pass_(minutes=5, seconds=1)

    assert code_of(lambda: house.desk.reset(stale, house.lan.id, WHY)) == "step-up-needed"
    assert house.credentials(house.lan) == (True, True)


def test_a_reset_sent_twice_shows_the_same_link_until_it_was_used(house: House) -> None:
    key = uuid4()
    first, again = (house.desk.reset(house.me, house.lan.id, WHY, key=key) for _ in range(2))
    with house.database.unit(SYSTEM) as unit:
        unit.people.use_invitation(first.token, AT)

    assert first.token == again.token
    assert len(house.events()) == 1
    assert code_of(lambda: house.desk.reset(house.me, house.lan.id, WHY, key=key)) == "form-expired"


def test_a_new_link_ends_the_one_before(house: House) -> None:
    old = house.desk.invite(house.me, **GOOD)
    new = house.desk.reset(house.me, old.person.id, WHY)

    with house.database.unit(SYSTEM) as unit:
        assert not unit.people.use_invitation(old.token, AT)
        assert unit.people.use_invitation(new.token, AT)


def test_sessions_are_ended_and_nothing_else(house: House) -> None:
    token, mine = house.session_of(house.lan), house.session_of(house.admin)

    house.desk.end_sessions(house.me, house.lan.id, WHY)
    house.desk.end_sessions(house.me, house.lan.id, WHY)

    assert (house.ended(token), house.ended(mine)) == (True, False)
    assert house.credentials(house.lan) == (True, True)
    assert [one["action"] for one in house.events()] == ["sessions-ended"]
