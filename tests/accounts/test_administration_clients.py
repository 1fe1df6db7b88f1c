from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import ECKey

from tests.accounts.desks import WHY, House, code_of, together
from tests.accounts.machines import add_machine, public_pem
from tests.accounts.support import AT
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.scopes import CREATE, READ
from verifier.storage.clients import AccessToken, Client
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def pem() -> str:
    return public_pem(ECKey.generate_key("P-256"))


def good(**changes: Any) -> dict[str, Any]:
    return {"name": "Cổng tỉnh X", "role": "portal", "scopes": [READ, CREATE], "key_text": pem()} | changes


def token_of(house: House, client: Client) -> str:
    token = uuid4().hex
    told = AccessToken(client.authority_id, client.id, [READ], AT, AT.replace(hour=23))
    with house.database.unit(SYSTEM) as unit:
        unit.clients.add_token(told, token)
    return token


def revoked(house: House, token: str) -> bool:
    with house.database.unit(SYSTEM) as unit:
        found = unit.clients.token(token)
    return found is not None and found.revoked_at is not None


def test_a_client_is_registered_with_its_first_key(house: House) -> None:
    client = house.desk.add_client(house.me, **good())

    sheet = house.desk.client(house.me, client.id)
    assert (sheet.client.name, sheet.client.role, sheet.client.scopes) == ("Cổng tỉnh X", "portal", [CREATE, READ])
    assert (len(sheet.keys), sheet.good_keys, sheet.client.authority_id) == (1, 1, house.authority.id)
    (event,) = house.events("client")
    assert (event["action"], event["details"]["key"]) == ("client-added", sheet.keys[0].kid)


def test_a_client_form_sent_twice_at_the_same_moment_registers_one(house: House) -> None:
    form, key = good(), uuid4()

    made = together(*[lambda: str(house.desk.add_client(house.me, **form, key=key).id)] * 3)

    assert len(set(made)) == 1
    assert len(house.desk.clients(house.me)) == 1
    assert len(house.events("client")) == 1


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        ({"name": " "}, "text-missing"),
        ({"name": "Cổng\u200b"}, "text-unclear"),
        ({"name": "C" * 301}, "text-unclear"),
        ({"role": "leader"}, "role-unknown"),
        ({"scopes": []}, "scope-unknown"),
        ({"scopes": [READ, "all"]}, "scope-unknown"),
        ({"key_text": "x"}, "key-unusable"),
    ],
)
def test_a_client_with_one_thing_wrong_is_refused(house: House, spoilt: dict[str, Any], code: str) -> None:
    assert code_of(lambda: house.desk.add_client(house.me, **good(**spoilt))) == code
    assert house.desk.clients(house.me) == ()


def test_keys_stand_side_by_side_until_the_old_one_is_ended(house: House) -> None:
    machine, new = add_machine(house.database, house.authority), pem()
    token = token_of(house, machine.client)

    added = [house.desk.add_key(house.me, machine.id, new) for _ in range(2)]
    old = next(one for one in house.desk.client(house.me, machine.id).keys if one.kid == machine.kid)
    assert house.desk.client(house.me, machine.id).good_keys == 2
    for _ in range(2):
        house.desk.end_key(house.me, machine.id, old.id, WHY)

    assert added[0] == added[1]
    assert [one.kid for one in house.desk.client(house.me, machine.id).keys if one.holds_at(AT)] == [added[0].kid]
    assert revoked(house, token)
    assert [one["action"] for one in house.events("client")] == ["client-key-added", "client-key-ended"]


def test_a_key_that_was_ended_stays_out_of_use(house: House) -> None:
    machine, text = add_machine(house.database, house.authority), pem()
    key = house.desk.add_key(house.me, machine.id, text)
    house.desk.end_key(house.me, machine.id, key.id, WHY)

    assert code_of(lambda: house.desk.add_key(house.me, machine.id, text)) == "key-ended"


def test_a_disabled_client_loses_its_tokens_and_keeps_its_keys(house: House) -> None:
    machine = add_machine(house.database, house.authority)
    token = token_of(house, machine.client)

    for _ in range(2):
        house.desk.disable(house.me, machine.id, 1, WHY)
    assert revoked(house, token)
    sheet = house.desk.client(house.me, machine.id)
    assert (sheet.client.disabled_at, sheet.good_keys) == (AT, 1)
    house.desk.enable(house.me, machine.id, 2, WHY)

    assert house.desk.client(house.me, machine.id).client.disabled_at is None
    assert [one["action"] for one in house.events("client")] == ["client-disabled", "client-enabled"]


def test_a_client_that_was_changed_meanwhile_is_looked_at_again(house: House) -> None:
    machine = add_machine(house.database, house.authority)

    assert code_of(lambda: house.desk.disable(house.me, machine.id, 7, WHY)) == "changed-meanwhile"


COMMANDS: dict[str, Callable[[House, Caller, UUID, UUID], object]] = {
    "client": lambda house, who, id_, key: house.desk.client(who, id_),
    "add_key": lambda house, who, id_, key: house.desk.add_key(who, id_, pem()),
    "end_key": lambda house, who, id_, key: house.desk.end_key(who, id_, key, WHY),
    "disable": lambda house, who, id_, key: house.desk.disable(who, id_, 1, WHY),
    "enable": lambda house, who, id_, key: house.desk.enable(who, id_, 1, WHY),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_clients_of_another_authority_are_not_there(house: House, command: str) -> None:
    theirs, mine = add_machine(house.database, house.elsewhere), add_machine(house.database, house.authority)
    with house.database.unit(SYSTEM) as unit:
        key = unit.clients.keys(theirs.id)[0]

    assert code_of(lambda: COMMANDS[command](house, house.me, theirs.id, key.id)) == "not-found"
    assert code_of(lambda: house.desk.end_key(house.me, mine.id, key.id, WHY)) == "not-found"
    with house.database.unit(SYSTEM) as unit:
        assert (unit.clients.get(theirs.id), unit.clients.keys(theirs.id)) == (theirs.client, (key,))
    assert house.events("client") == []


@pytest.mark.parametrize("command", [*COMMANDS, "clients", "add_client", "job_runs"])
def test_only_administrators_may(house: House, command: str) -> None:
    machine = add_machine(house.database, house.authority)
    rest: dict[str, Callable[[Caller], object]] = {
        "clients": house.desk.clients,
        "job_runs": house.desk.job_runs,
        "add_client": lambda who: house.desk.add_client(who, **good()),
    }

    for who in (
        Caller(),
        house.caller(house.lan, Role.LEADER),
        house.caller(house.lan),
        replace(house.me, roles=frozenset()),
    ):
        run = rest.get(command) or (lambda one: COMMANDS[command](house, one, machine.id, uuid4()))
        assert code_of(lambda run=run, who=who: run(who)) == "not-allowed"  # type: ignore[misc]
    assert house.events("client") == []
