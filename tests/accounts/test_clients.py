from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlalchemy import text

from tests.accounts.machines import (
    ADDRESS,
    ENDPOINT,
    Key,
    Machine,
    add_key,
    add_machine,
    error,
    refusal,
    token_of,
)
from tests.accounts.spoilt import OTHER, by_another_key, of_nobody, under_another_name, with_changed_claims
from tests.accounts.support import AT, Clock
from verifier.accounts.clients import MachineClients
from verifier.accounts.roles import Role
from verifier.accounts.scopes import CREATE, READ
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM

SILENT = "Client authentication failed."


def actions(database_url: str) -> list[tuple[str, str, dict[str, Any]]]:
    with Schema(database_url).connection() as connection:
        found = connection.execute(text("select action, actor_kind, body from audit_event order by number"))
        return [(action, actor, json.loads(body)) for action, actor, body in found]


def noted(database_url: str) -> list[str]:
    with Schema(database_url).connection() as connection:
        found = connection.execute(text("select payload from outbox order by created_at"))
        return [one["details"]["why"] for (one,) in found]


# --- tokens --------------------------------------------------------------------------------------------------------


def test_who_proves_itself_gets_a_token_for_ten_minutes(clients: MachineClients, machine: Machine) -> None:
    told = clients.token(machine.form(), ADDRESS)

    assert len(str(told.pop("access_token"))) == 43
    assert told == {"token_type": "Bearer", "expires_in": 600, "scope": f"{CREATE} {READ}"}


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (RSAKey.generate_key(2048), "RS256"),
        (RSAKey.generate_key(2048), "PS256"),
        (ECKey.generate_key("P-256"), "ES256"),
        (ECKey.generate_key("P-384"), "ES384"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_each_algorithm_is_understood(
    clients: MachineClients, database: Database, authority: Authority, key: Key, alg: str
) -> None:
    machine = add_machine(database, authority, key)

    assert token_of(clients, machine, client_assertion=machine.assertion(alg=alg))


def test_the_service_itself_may_be_the_audience_and_a_list_may_hold_it(
    clients: MachineClients, machine: Machine
) -> None:
    for audience in ("https://kiemtra.example.vn", [ENDPOINT]):
        assert token_of(clients, machine, client_assertion=machine.assertion(machine.claims(aud=audience)))


def test_the_address_of_the_endpoint_may_be_known_only_when_asked(database: Database, machine: Machine) -> None:
    assert token_of(MachineClients(database, Clock(), lambda: ENDPOINT), machine)


def test_fewer_scopes_may_be_asked_for(clients: MachineClients, machine: Machine) -> None:
    token = token_of(clients, machine, scope=READ)

    assert clients.caller(token, ADDRESS).scopes == {READ}


def test_a_token_says_who_calls_and_for_whom(clients: MachineClients, machine: Machine, authority: Authority) -> None:
    caller = clients.caller(token_of(clients, machine), ADDRESS)

    assert (caller.client, caller.authority, caller.address) == (machine.client, authority, ADDRESS)
    assert caller.roles == {Role.PORTAL}
    assert caller.scopes == {CREATE, READ}
    assert (caller.actor.kind, caller.scope.authority) == ("client", authority.id)


def test_tokens_are_kept_by_their_hash_only(clients: MachineClients, machine: Machine, database_url: str) -> None:
    token = token_of(clients, machine)

    with Schema(database_url).connection() as connection:
        rows = connection.execute(text("select access_token::text from access_token")).scalars().all()
    assert len(rows) == 1
    assert token not in rows[0]
    assert token.encode().hex() not in rows[0]


def test_tokens_are_audited_for_the_authority(clients: MachineClients, machine: Machine, database_url: str) -> None:
    token = token_of(clients, machine, scope=READ)

    ((action, actor, body),) = actions(database_url)
    assert (action, actor, body["authority"]) == ("token-issued", "client", str(machine.client.authority_id))
    assert body["subject"] == ["client", str(machine.id)]
    assert body["actor"]["address"] == ADDRESS
    assert body["details"] == {"kid": machine.kid, "scopes": [READ]}
    assert token not in json.dumps(body)


# --- what only the register of clients can tell ---------------------------------------------------------------------


def disable(database: Database, machine: Machine, **changes: Any) -> None:
    with database.unit(SYSTEM) as unit:
        assert unit.clients.change(replace(machine.client, **({"disabled_at": AT} | changes)))


def end_authority(database: Database, machine: Machine, last: date = date(2026, 3, 1)) -> None:
    with database.unit(SYSTEM) as unit:
        authority = unit.authorities.get(machine.client.authority_id)
        assert authority is not None
        assert unit.authorities.change(replace(authority, valid_until=last))


def end_key(database: Database, machine: Machine) -> None:
    with database.unit(SYSTEM) as unit:
        (key,) = unit.clients.keys(machine.id)
        assert unit.clients.end_key(key.id, AT)


@pytest.mark.parametrize(
    ("change", "why"), [(disable, "disabled"), (end_authority, "authority-ended"), (end_key, "key-ended")]
)
def test_who_may_no_longer_come_is_refused_without_a_word_why(
    clients: MachineClients,
    database: Database,
    database_url: str,
    machine: Machine,
    change: Callable[[Database, Machine], None],
    why: str,
) -> None:
    change(database, machine)

    refused = refusal(clients, machine.form())

    assert (refused.params, refused.detail) == ({"error": "invalid_client"}, SILENT)
    ((action, actor, body),) = actions(database_url)
    assert (action, actor, body["details"]["why"]) == ("token-refused", "visitor", why)
    assert noted(database_url) == [why]


def test_nobody_learns_who_our_clients_are(clients: MachineClients, database: Database, machine: Machine) -> None:
    spoilt = [of_nobody, by_another_key, under_another_name, with_changed_claims]
    answers = [refusal(clients, machine.form(spoil(machine))) for spoil in spoilt]
    disable(database, machine)
    answers.append(refusal(clients, machine.form()))

    assert {(one.params["error"], one.detail) for one in answers} == {("invalid_client", SILENT)}


def test_the_key_of_another_client_proves_nothing(
    clients: MachineClients, database: Database, authority: Authority, machine: Machine
) -> None:
    other = add_machine(database, authority)
    borrowed = replace(machine, key=other.key, kid=other.kid)

    assert error(clients, machine.form(borrowed.assertion())) == "invalid_client"


def test_an_authority_lives_until_the_end_of_its_last_day_where_it_is(
    clients: MachineClients, database: Database, machine: Machine, clock: Clock
) -> None:
    end_authority(database, machine, date(2026, 3, 2))
    clock.pass_(hours=8)  # 23:00 in Vietnam
    token = token_of(clients, machine, client_assertion=machine.assertion(machine.claims(clock.now())))

    clock.pass_(hours=1)

    assert error(clients, machine.form(machine.assertion(machine.claims(clock.now())))) == "invalid_client"
    with pytest.raises(BadRequest, match="token-invalid"):
        clients.caller(token, ADDRESS)


def test_keys_are_changed_side_by_side(clients: MachineClients, database: Database, machine: Machine) -> None:
    new = ECKey.generate_key("P-384")
    later = replace(machine, key=new, kid=add_key(database, machine.client, new))

    assert token_of(clients, machine)
    assert token_of(clients, machine, client_assertion=later.assertion(alg="ES384"))
    with database.unit(SYSTEM) as unit:
        old = next(key for key in unit.clients.keys(machine.id) if key.kid == machine.kid)
        unit.clients.end_key(old.id, AT)
    assert error(clients, machine.form()) == "invalid_client"
    assert token_of(clients, machine, client_assertion=later.assertion(alg="ES384"))


def test_who_ends_a_key_meets_every_token_that_it_got(
    clients: MachineClients, database: Database, database_url: str, machine: Machine
) -> None:
    form = machine.form()
    waiting = text("select count(*) from pg_locks where not granted")

    with ThreadPoolExecutor(1) as pool:
        with database.unit(SYSTEM) as unit:
            (key,) = unit.clients.keys(machine.id)
            assert unit.clients.end_key(key.id, AT)
            asked = pool.submit(error, clients, form)
            with Schema(database_url).connection() as connection:
                while not asked.done() and not connection.execute(waiting).scalar_one():
                    pass
            unit.clients.revoke_tokens(machine.id, AT)

        assert asked.result() == "invalid_client"


def test_a_key_counts_from_its_first_moment_only(
    clients: MachineClients, database: Database, machine: Machine, clock: Clock
) -> None:
    clock.instant = AT - timedelta(days=2)

    assert error(clients, machine.form(machine.assertion(machine.claims(clock.now())))) == "invalid_client"


def test_a_client_without_scopes_gets_no_token(
    clients: MachineClients, database: Database, authority: Authority
) -> None:
    assert error(clients, add_machine(database, authority, scopes=()).form()) == "invalid_scope"


def test_a_scope_that_the_client_lost_is_refused_and_audited(
    clients: MachineClients, database: Database, authority: Authority, database_url: str
) -> None:
    machine = add_machine(database, authority, scopes=(READ,))

    assert error(clients, machine.form(scope=CREATE)) == "invalid_scope"
    ((action, actor, body),) = actions(database_url)
    assert (action, actor, body["details"]["why"]) == ("token-refused", "client", "scope")


# --- once ----------------------------------------------------------------------------------------------------------


def test_an_assertion_is_good_once(clients: MachineClients, machine: Machine, database_url: str) -> None:
    assertion = machine.assertion()
    clients.token(machine.form(assertion), ADDRESS)

    refused = refusal(clients, machine.form(assertion))

    assert (refused.params["error"], refused.detail) == ("invalid_client", SILENT)
    assert noted(database_url) == ["replayed"]


def test_an_assertion_is_used_up_by_a_refusal_too(clients: MachineClients, machine: Machine) -> None:
    assertion = machine.assertion()

    assert error(clients, machine.form(assertion, scope="trust:change")) == "invalid_scope"
    assert error(clients, machine.form(assertion)) == "invalid_client"


def test_what_was_not_signed_uses_nothing_up(clients: MachineClients, machine: Machine) -> None:
    claims = machine.claims(jti="one")

    assert error(clients, machine.form(replace(machine, key=OTHER).assertion(claims))) == "invalid_client"
    assert token_of(clients, machine, client_assertion=machine.assertion(claims))


def test_two_clients_may_use_the_same_jti(
    clients: MachineClients, database: Database, authority: Authority, machine: Machine
) -> None:
    for one in (machine, add_machine(database, authority)):
        assert token_of(clients, one, client_assertion=one.assertion(one.claims(jti="1")))


def test_of_requests_at_the_same_moment_one_wins(clients: MachineClients, machine: Machine, database_url: str) -> None:
    form = machine.form()

    def attempt(_: int) -> bool:
        try:
            clients.token(form, ADDRESS)
        except BadRequest:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))

    assert sum(won) == 1
    assert sorted(action for action, _, _ in actions(database_url)) == ["token-issued"] + ["token-refused"] * 7


def test_a_used_assertion_is_remembered_until_it_expires(
    clients: MachineClients, database: Database, machine: Machine, clock: Clock
) -> None:
    assertion = machine.assertion()
    clients.token(machine.form(assertion), ADDRESS)
    clock.pass_(seconds=59)
    with database.unit(SYSTEM) as unit:
        unit.clients.delete_before(clock.now())

    assert refusal(clients, machine.form(assertion)).detail == SILENT
    clock.pass_(seconds=1)
    assert "expired" in refusal(clients, machine.form(assertion)).detail


# --- bearers -------------------------------------------------------------------------------------------------------


def test_a_token_ends_after_ten_minutes(clients: MachineClients, machine: Machine, clock: Clock) -> None:
    token = token_of(clients, machine)

    clock.pass_(minutes=9, seconds=59)
    assert clients.caller(token, ADDRESS).client == machine.client
    clock.pass_(seconds=1)
    with pytest.raises(BadRequest, match="token-invalid"):
        clients.caller(token, ADDRESS)


def revoke(database: Database, machine: Machine) -> None:
    with database.unit(SYSTEM) as unit:
        unit.clients.revoke_tokens(machine.id, AT)


@pytest.mark.parametrize(
    ("change", "why"), [(disable, "disabled"), (end_authority, "authority-ended"), (revoke, "revoked")]
)
def test_a_token_ends_with_its_client(
    clients: MachineClients,
    database: Database,
    database_url: str,
    machine: Machine,
    change: Callable[[Database, Machine], None],
    why: str,
) -> None:
    token = token_of(clients, machine)
    change(database, machine)

    with pytest.raises(BadRequest, match="token-invalid"):
        clients.caller(token, ADDRESS)
    assert noted(database_url) == [why]


def test_a_scope_taken_away_is_gone_at_once(clients: MachineClients, database: Database, machine: Machine) -> None:
    token = token_of(clients, machine)
    disable(database, machine, disabled_at=None, scopes=[READ])

    assert clients.caller(token, ADDRESS).scopes == {READ}


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "A" * 5000, "é" * 43, "\0" * 43, "' or 1=1 --"])
def test_what_is_no_token_is_refused_and_writes_nothing(
    clients: MachineClients, machine: Machine, database_url: str, token: str
) -> None:
    with pytest.raises(BadRequest, match="token-invalid"):
        clients.caller(token, ADDRESS)

    assert noted(database_url) == []


def test_secrets_do_not_show(clients: MachineClients, machine: Machine, database_url: str) -> None:
    assertion = machine.assertion(machine.claims(jti="of-this-test"), kid="nobody's")

    refused = refusal(clients, machine.form(assertion))

    with Schema(database_url).connection() as connection:
        rows = connection.execute(text("select payload::text from outbox union select body from audit_event"))
        told = " ".join([str(refused), *rows.scalars()])
    assert assertion not in told
    assert "of-this-test" not in told
