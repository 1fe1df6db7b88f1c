"""Assertions that must not be taken, each spoilt in one way."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import ECKey

from tests.accounts.machines import Machine, public_pem

OTHER = ECKey.generate_key("P-256")
Spoil = Callable[[Machine], str]


def encoded(part: object) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hs256_by_the_public_key(machine: Machine) -> str:
    signed = f"{encoded({'alg': 'HS256', 'kid': machine.kid})}.{encoded(machine.claims())}"
    return f"{signed}.{encoded(hmac.digest(public_pem(machine.key).encode(), signed.encode(), 'sha256'))}"


def unsigned(machine: Machine) -> str:
    return f"{encoded({'alg': 'none', 'kid': machine.kid})}.{encoded(machine.claims())}."


def without_its_signature(machine: Machine) -> str:
    return machine.assertion().rpartition(".")[0] + "."


def by_another_key(machine: Machine) -> str:
    return replace(machine, key=OTHER).assertion()


def by_the_key_in_its_own_header(machine: Machine) -> str:
    return replace(machine, key=OTHER).assertion(jwk=OTHER.as_dict(private=False))


def with_changed_claims(machine: Machine) -> str:
    head, _, signature = machine.assertion().split(".")
    return f"{head}.{encoded(machine.claims(jti='other'))}.{signature}"


def under_another_name(machine: Machine) -> str:
    return machine.assertion(kid="nobody's")


def without_name_of_the_key(machine: Machine) -> str:
    return replace(machine, kid="").assertion()


def with_bytes_for_text(machine: Machine) -> str:
    return machine.assertion().replace(".", ".é", 1)


def with_demands(machine: Machine) -> str:
    head = {"alg": "ES256", "kid": machine.kid, "crit": ["b64"], "b64": False}
    return f"{encoded(head)}.{encoded(machine.claims())}.{encoded(b'x' * 64)}"


def of_nobody(machine: Machine) -> str:
    return replace(machine, client=replace(machine.client, id=uuid4())).assertion()


def with_a_claim_told_twice(machine: Machine) -> str:
    claims = json.dumps(machine.claims())[:-1] + f', "sub": "{machine.id}"}}'
    return jws.serialize_compact({"alg": "ES256", "kid": machine.kid}, claims, machine.key)


SPOILT: tuple[Spoil, ...] = (
    with_a_claim_told_twice,
    hs256_by_the_public_key,
    unsigned,
    without_its_signature,
    by_another_key,
    by_the_key_in_its_own_header,
    with_changed_claims,
    under_another_name,
    without_name_of_the_key,
    with_bytes_for_text,
    with_demands,
    of_nobody,
    lambda _: "x",
    lambda _: "..",
    lambda _: "x" * 9000,
    lambda machine: machine.assertion() + ".x.y",
    lambda _: f"{encoded([])}.{encoded({})}.",
    lambda _: f"{encoded('alg')}.{encoded({})}.",
    lambda machine: f"{encoded({'alg': 'ES256', 'kid': machine.kid})}.{encoded([])}.",
    lambda machine: f"{encoded({'alg': 'ES256', 'kid': machine.kid})}.{encoded(b'[' * 3000)}.",
    lambda machine: f"{encoded({'alg': ['ES256'], 'kid': machine.kid})}.{encoded(machine.claims())}.",
    lambda machine: machine.assertion(machine.claims(sub="x", iss="x")),
    lambda machine: machine.assertion(machine.claims(sub=machine.id.hex, iss=machine.id.hex)),
)
