"""A house that gives and takes back the use of keys, with keys that are held by nobody."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from tests.accounts.support import Clock, add_authority, add_person
from tests.pki.keys import ec_key
from tests.signing.keys.files import authority, identity
from tests.web.accounts_support import accounts_of, caller_of
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role as Held
from verifier.accounts.two_people import APPROVE
from verifier.errors import CouldNotIssue
from verifier.signing.grants import KIND, GrantChange, SigningDesk, Wanted
from verifier.signing.records import Algorithm, HeldKey, Kind, Role
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.proposals import Proposal
from verifier.storage.scope import of
from verifier.storage.signing import SigningGrant

ENDS = datetime(2027, 3, 5, 10, tzinfo=UTC)
"""When the certificate of the person's key ends."""
WHY = "Quyết định 12/QĐ-BNG"


def png(size: tuple[int, int] = (60, 30), mode: str = "RGBA", form: str = "PNG") -> bytes:
    picture = Image.new(mode, size)
    written = io.BytesIO()
    picture.save(written, form)
    return written.getvalue()


class StandingSigner:
    """Stands for the signer."""

    def __init__(self, *keys: HeldKey) -> None:
        self.held = list(keys)
        self.absent = False

    def keys(self) -> tuple[HeldKey, ...]:
        if self.absent:
            raise CouldNotIssue("signer-absent")
        return tuple(self.held)


class GrantHouse:
    """An authority with an administrator, two leaders, and a key for a person and one for the authority."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, Clock()
        self.authority = add_authority(database)
        self.admin = self.caller(Held.ADMINISTRATOR, "an.tran", "Trần Văn An")
        self.leader = self.caller(Held.LEADER, "binh.le", "Lê Thị Bình")
        self.caller_now = self.admin
        """Who asks next, where a test lets pages be asked."""
        self.officer = self.person(Held.LEADER, "huong.tran", "Trần Thị Hương")
        self.signer = StandingSigner(self.key("ky-huong", Role.PERSON), self.key("dau-co-quan", Role.AGENCY))
        self.change = GrantChange(self.signer, self.clock)
        self.accounts = accounts_of(database, self.clock, kinds={KIND: self.change})
        self.desk = SigningDesk(database, self.accounts.proposals, self.clock, self.change)

    def key(self, name: str, role: Role, key: str = "signer", **changes: Any) -> HeldKey:
        own = identity(ec_key(key), not_after=ENDS)
        place = (name, self.authority.code, role, Algorithm.ECDSA_SHA256, own.der, (authority().der,), "pkcs11")
        return replace(HeldKey(*place), **changes)

    def person(self, role: Held, login: str, name: str) -> Person:
        return add_person(self.database, self.authority, role, login=login, name=name, password="", secret="")

    def caller(self, role: Held, login: str, name: str) -> Caller:
        return caller_of(self.person(role, login, name), self.authority, role, proved=True)

    def wanted(self, **changes: Any) -> Wanted:
        plain = Wanted(str(self.officer.id), "ky-huong", (Kind.CERTIFIED_ECOPY.value,), "2026-03-02", "2026-12-31")
        return replace(plain, **changes)

    def proposed(self, **changes: Any) -> Proposal:
        return self.desk.propose(self.admin, self.wanted(**changes), WHY)

    def approved(self, proposal: Proposal, by: Caller | None = None) -> None:
        self.accounts.proposals.decide(by or self.leader, proposal.id, APPROVE)

    def grants(self) -> tuple[SigningGrant, ...]:
        with self.database.unit(of(self.authority.id)) as unit:
            return unit.signing.grants()
