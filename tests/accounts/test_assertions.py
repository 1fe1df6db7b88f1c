from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import RSAKey

from tests.accounts.machines import ENDPOINT, Machine, add_machine, error, refusal, token_of
from tests.accounts.spoilt import SPOILT, Spoil, hs256_by_the_public_key
from tests.accounts.support import AT
from verifier.accounts.clients import MachineClients
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

SECONDS = int(AT.timestamp())


SOMEBODY = "0b2c8a52-97c9-4a7e-8f63-6a3f3b1c5d11"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": ""}, "invalid_client"),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, "invalid_client"),
        ({"client_assertion": ""}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client"),
        ({"client_id": SOMEBODY}, "invalid_client"),
        ({"scope": "validations:read trust:change"}, "invalid_scope"),
        ({"scope": "*"}, "invalid_scope"),
    ],
)
def test_a_spoilt_request_is_refused(
    clients: MachineClients, machine: Machine, changes: dict[str, str], code: str
) -> None:
    form = {name: value for name, value in (machine.form() | changes).items() if value}

    assert error(clients, form) == code


def test_the_client_may_name_itself_beside_the_assertion(clients: MachineClients, machine: Machine) -> None:
    assert token_of(clients, machine, client_id=str(machine.id))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"aud": "https://elsewhere.example/oauth/token"}, "aud"),
        ({"aud": ENDPOINT + "/"}, "aud"),
        ({"aud": [ENDPOINT, "https://elsewhere.example"]}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": {"a": 1}}, "aud"),
        ({"aud": [[ENDPOINT]]}, "aud"),
        ({"aud": None}, "aud"),
        ({"iss": None}, "iss"),
        ({"iss": SOMEBODY}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": 5, "iss": 5}, "sub"),
        ({"sub": "", "iss": ""}, "sub"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "jti"),
        ({"jti": "x" * 257}, "jti"),
        ({"exp": None}, "exp"),
        ({"exp": SECONDS}, "exp"),
        ({"exp": SECONDS - 1}, "exp"),
        ({"exp": SECONDS + 301}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"exp": float("inf")}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": str(SECONDS + 60)}, "exp"),
        ({"exp": 10**400}, "exp"),
        ({"exp": -SECONDS}, "exp"),
        ({"iat": SECONDS + 61}, "iat"),
        ({"nbf": SECONDS + 61}, "nbf"),
        ({"nbf": "now"}, "nbf"),
        ({"iat": float("nan")}, "iat"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_spoilt_claim_is_refused_and_named(
    clients: MachineClients, machine: Machine, changes: dict[str, Any], rule: str
) -> None:
    refused = refusal(clients, machine.form(machine.assertion(machine.claims(**changes))))

    assert refused.params["error"] == "invalid_client"
    assert rule in refused.detail


def test_the_edges_of_the_times_are_within(clients: MachineClients, machine: Machine) -> None:
    for changes in ({"exp": SECONDS + 300}, {"exp": SECONDS + 0.5}, {"iat": SECONDS + 60}, {"nbf": SECONDS + 60}):
        assert token_of(clients, machine, client_assertion=machine.assertion(machine.claims(**changes)))


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda one: one.__name__)
def test_a_spoilt_assertion_is_refused(clients: MachineClients, machine: Machine, spoil: Spoil) -> None:
    assert error(clients, machine.form(spoil(machine))) == "invalid_client"


def test_an_rsa_key_is_no_secret_of_hmac(clients: MachineClients, database: Database, authority: Authority) -> None:
    machine = add_machine(database, authority, RSAKey.generate_key(2048))

    assert error(clients, machine.form(hs256_by_the_public_key(machine))) == "invalid_client"


def test_a_key_signs_only_by_the_algorithm_that_it_was_registered_for(
    clients: MachineClients, database: Database, authority: Authority
) -> None:
    machine = add_machine(database, authority, RSAKey.generate_key(2048))
    with database.unit(SYSTEM) as unit:
        (key,) = unit.clients.keys(machine.id)
        unit.clients.end_key(key.id, AT)
        unit.clients.add_key(replace(key, id=uuid4(), kid="pinned", jwk={**key.jwk, "alg": "PS256"}))
    pinned = replace(machine, kid="pinned")

    assert error(clients, machine.form(pinned.assertion(alg="RS256"))) == "invalid_client"
    assert token_of(clients, machine, client_assertion=pinned.assertion(alg="PS256"))
