"""Sample authorities and one ready account a role; what they sign in with is made once and kept in the folder."""

from __future__ import annotations

import base64
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import tomli_w
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from verifier.accounts.client_keys import admit_key
from verifier.accounts.kinds import by_law
from verifier.accounts.passwords import hashed
from verifier.accounts.roles import Role
from verifier.accounts.scopes import SCOPES
from verifier.accounts.second_factor import sealed
from verifier.audit import Actor, Event
from verifier.storage.authorities import Authority
from verifier.storage.clients import Client, ClientKey
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import KeyRing
from verifier.storage.people import Person, RoleGrant, SecondFactor
from verifier.storage.scope import SYSTEM

ACTOR = Actor("system", "verifier demo")
PORTAL_OF = "G08.09"
PORTAL = "Cổng dịch vụ công (mẫu)"
SYLLABLES = ("ba", "chim", "dua", "gao", "hoa", "khe", "lua", "mai", "nhan", "que", "sen", "tre", "vai", "xoai")


@dataclass(frozen=True)
class DemoAccount:
    """An account to try, and how to get in."""

    login: str
    name: str
    role: str
    authority: str
    password: str
    secret: str
    """TOTP secret, base32."""
    subject: str
    """Under which the demonstration's identity provider knows the person."""


def sample() -> Mapping[str, Any]:
    """Read the sample set: `authority` and `person`, lists of tables."""
    return tomllib.loads((files("verifier.demo") / "authorities.toml").read_text("utf-8"))


def accounts(folder: Path) -> tuple[DemoAccount, ...]:
    """Return the accounts with their passwords and secrets, made when first asked for and kept in `folder`."""
    path = folder / "accounts.toml"
    kept = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    missing = [one["login"] for one in sample()["person"] if one["login"] not in kept]
    if missing:
        kept |= {login: {"password": _password(), "secret": _secret()} for login in missing}
        partial = path.with_suffix(".part")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            tomli_w.dump(kept, file)
        partial.rename(path)
    return tuple(
        DemoAccount(
            one["login"],
            one["name"],
            one["role"],
            one["authority"],
            kept[one["login"]]["password"],
            kept[one["login"]]["secret"],
            f"demo-{one['login']}",
        )
        for one in sample()["person"]
    )


@dataclass(frozen=True)
class DemoMachine:
    """The machine client to try: the portal."""

    client_id: str
    key_file: Path


def furnish(database: Database, ring: KeyRing, folder: Path, issuer: str, now: datetime) -> DemoMachine:
    """Store what is not there yet of the sample set: authorities, people, and the portal as a machine client."""
    ready = accounts(folder)
    with database.unit(SYSTEM) as unit:
        places = {one["code"]: _authority(unit, one, now) for one in sample()["authority"]}
        titles = {one["login"]: one for one in sample()["person"]}
        for account in ready:
            if unit.people.by_login(account.login) is None:
                _person(unit, ring, account, titles[account.login], places[account.authority], issuer, now)
        return _machine(unit, folder / "portal.pem", places[PORTAL_OF].id, now)


def _authority(unit: UnitOfWork, told: Mapping[str, Any], now: datetime) -> Authority:
    known = unit.authorities.by_code(told["code"])
    if known is not None:
        return known
    above = unit.authorities.by_code(told["forwards_to"]) if "forwards_to" in told else None
    names = {name: told[name] for name in told if name not in {"from", "until", "forwards_to", "states"}}
    made = Authority(
        id=uuid4(),
        forwards_to=above.id if above else None,
        valid_from=told["from"],
        valid_until=told.get("until"),
        states=tuple(told.get("states", ())),
        version=1,
        created_at=now,
        **names,
    )
    unit.authorities.add(made)
    unit.authorities.set_competences(made.id, by_law(made))
    unit.audit.append(Event("authority", str(made.id), "authority-added", ACTOR, now, made.id))
    return made


def _person(
    unit: UnitOfWork,
    ring: KeyRing,
    account: DemoAccount,
    told: Mapping[str, Any],
    place: Authority,
    issuer: str,
    now: datetime,
) -> None:
    email = f"{account.login}@example.vn"
    who = Person(
        uuid4(),
        place.id,
        account.login,
        account.name,
        told["title_vi"],
        told["title_en"],
        email,
        now,
        None,
        1,
        now,
        None,
    )
    unit.people.add(who)
    since = now - timedelta(minutes=1)
    unit.people.grant(RoleGrant(uuid4(), place.id, who.id, account.role, since, None, None, now))
    unit.people.set_password(who, hashed(account.password), now)
    kept = sealed(ring, who, account.secret)
    unit.people.set_second_factor(SecondFactor(who.id, place.id, kept, 0, now))
    if issuer:
        unit.people.link_identity(who, issuer, account.subject, now)
    unit.audit.append(Event("person", str(who.id), "person-invited", ACTOR, now, place.id, "", {"role": account.role}))


def _machine(unit: UnitOfWork, key_file: Path, authority: UUID, now: datetime) -> DemoMachine:
    known = next((one for one in unit.clients.all() if one.name == PORTAL and key_file.exists()), None)
    if known is not None:
        return DemoMachine(str(known.id), key_file)
    key = ec.generate_private_key(ec.SECP256R1())
    key_file.touch(mode=0o600)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    client = Client(uuid4(), authority, PORTAL, Role.PORTAL, [*SCOPES], now, None, 1)
    jwk = admit_key(public.decode())
    unit.clients.add(client)
    unit.clients.add_key(ClientKey(uuid4(), authority, client.id, jwk["kid"], jwk, now, None))
    unit.audit.append(Event("client", str(client.id), "client-added", ACTOR, now, authority))
    return DemoMachine(str(client.id), key_file)


def _password() -> str:
    return "-".join(secrets.choice(SYLLABLES) for _ in range(3)) + f"-{secrets.randbelow(9000) + 1000}"


def _secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()
