"""A machine client for tests: it has a key of its own and makes assertions, good ones and spoilt ones."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.accounts.support import AT
from verifier.accounts.assertions import ASSERTION_TYPE
from verifier.accounts.client_keys import admit_key, algorithms_of
from verifier.accounts.clients import MachineClients
from verifier.accounts.scopes import CREATE, READ
from verifier.errors import BadRequest, Problem
from verifier.storage.authorities import Authority
from verifier.storage.clients import Client, ClientKey
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

ENDPOINT = "https://kiemtra.example.vn/oauth/token"
ADDRESS = "192.0.2.7"
Key = RSAKey | ECKey | OKPKey


def public_pem(key: Key) -> str:
    return key.as_pem(private=False).decode()


@dataclass(frozen=True)
class Machine:
    """A registered client with its private key."""

    client: Client
    key: Key
    kid: str
    endpoint: str = ENDPOINT

    @property
    def id(self) -> UUID:
        return self.client.id

    def claims(self, now: datetime = AT, **changes: Any) -> dict[str, Any]:
        """The claims of a good assertion; a change to None takes a claim away."""
        seconds = int(now.timestamp())
        told: dict[str, Any] = {
            "iss": str(self.id),
            "sub": str(self.id),
            "aud": self.endpoint,
            "iat": seconds,
            "exp": seconds + 60,
            "jti": secrets.token_urlsafe(16),
        }
        return {name: value for name, value in (told | changes).items() if value is not None}

    def assertion(self, claims: Mapping[str, Any] | None = None, alg: str = "", **header: Any) -> str:
        alg = alg or algorithms_of(self.key.as_dict(private=False))[0]
        head = {"alg": alg, "kid": self.kid, **header}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # EdDSA goes by another name since RFC 9864
            return jwt.encode(head, dict(claims or self.claims()), self.key, algorithms=[alg])

    def form(self, assertion: str = "", **changes: str) -> dict[str, str]:
        """A token request; a change to an empty text takes a field away."""
        told = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
        }
        return {name: value for name, value in (told | changes).items() if value}


def add_machine(
    database: Database,
    authority: Authority,
    key: Key | None = None,
    *,
    scopes: tuple[str, ...] = (CREATE, READ),
    endpoint: str = ENDPOINT,
    since: datetime = AT - timedelta(days=1),
    **changes: Any,
) -> Machine:
    """Register a client with one key."""
    key = key or ECKey.generate_key("P-256")
    plain: dict[str, Any] = {
        "id": uuid4(),
        "authority_id": authority.id,
        "name": "Cổng dịch vụ công",
        "role": "portal",
        "scopes": list(scopes),
        "created_at": AT,
        "disabled_at": None,
        "version": 1,
    }
    client = Client(**(plain | changes))
    with database.unit(SYSTEM) as unit:
        unit.clients.add(client)
    return Machine(client, key, add_key(database, client, key, since), endpoint)


def add_key(database: Database, client: Client, key: Key, since: datetime = AT - timedelta(days=1)) -> str:
    """Register one more key; return its kid."""
    jwk = admit_key(public_pem(key))
    told = ClientKey(uuid4(), client.authority_id, client.id, jwk["kid"], jwk, since, None)
    with database.unit(SYSTEM) as unit:
        unit.clients.add_key(told)
    return str(jwk["kid"])


def token_of(clients: MachineClients, machine: Machine, **changes: str) -> str:
    return str(clients.token(machine.form(**changes), ADDRESS)["access_token"])


def refusal(clients: MachineClients, form: dict[str, str]) -> Problem:
    with pytest.raises(BadRequest) as refused:
        clients.token(form, ADDRESS)
    assert refused.value.problem.code == "token-refused"
    return refused.value.problem


def error(clients: MachineClients, form: dict[str, str]) -> str:
    return refusal(clients, form).params["error"]
