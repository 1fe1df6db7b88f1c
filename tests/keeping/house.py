"""A service that keeps trust, for tests: its folder, archive and people; more keepers on it are other processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.accounts.support import Clock, add_authority, add_person
from tests.keeping.lists import AT, Hosts
from tests.pki import world
from tests.pki.certificates import Identity
from tests.trust.lists.builder import operator, service_ca
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.two_people import APPROVE, TwoPeople
from verifier.errors import BadRequest, CouldNotJudge
from verifier.keeping.desk import TrustDesk
from verifier.keeping.keeper import TrustChange, TrustKeeper
from verifier.keeping.operations import fingerprint
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.proposals import Proposal
from verifier.storage.trust import TrustJournalEntry
from verifier.trust.archive import Archive

CODE = "G10.KEEPER"
FOLLOW: dict[str, Any] = {
    "kind": "set-scheme",
    "scheme": "vn-neac",
    "name": "NEAC",
    "location": "https://tsl.example/VN.xml",
    "territory": "VN",
    "branch": "vn-public",
    "list_kind": "list",
    "refresh": "by-hand",
    "source": "",
    "brings_authorities": False,
}
EMBASSY: dict[str, Any] = {
    "id": "la-embassy",
    "country": "LA",
    "kind": "embassy",
    "names": [["vi", "Đại sứ quán Lào"], ["en", "Embassy of Laos"]],
    "seat": "VN",
    "notification": {"channel": "note_verbale", "number": "12/2026", "dated": "2026-01-05"},
    "specimen": [
        {
            "id": "seal-2026",
            "kind": "seal",
            "rule": {"branch": ["foreign"], "organization": ["Embassy of Laos"], "country": ["LA"]},
            "valid_from": "2026-01-01",
            "notification": {"channel": "note_verbale", "number": "12/2026", "dated": "2026-01-05"},
        }
    ],
    "power": [{"documents": ["*"]}],
}


class Timer:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def write(folder: Path, *identities: Identity) -> None:
    """Put certificates into a plain folder, by their fingerprints."""
    folder.mkdir(exist_ok=True)
    for one in identities:
        (folder / f"{fingerprint(one.der)[:12]}.pem").write_bytes(pem(one.der))


@dataclass
class TrustHouse:
    """Everything about one service; `root` stands in its folder from the start."""

    database: Database
    place: Path
    clock: Clock = field(default_factory=lambda: Clock(AT))
    timer: Timer = field(default_factory=Timer)
    hosts: Hosts = field(default_factory=Hosts)

    def __post_init__(self) -> None:
        self.folder = self.place / "trust_store"
        write(self.folder, world().root)
        self.archive = Archive(self.place / "archive")
        self.authority: Authority = add_authority(self.database, code=CODE)
        self.keeper = self.another()
        self.people = TwoPeople(self.database, self.clock, {"trust": TrustChange(self.keeper)})
        self.desk = TrustDesk(self.keeper, self.people, self.clock, self.hosts)
        self.specialist = self.person(Role.SPECIALIST, "an.tran", "Trần Văn An")
        self.leader = self.person(Role.LEADER, "binh.le", "Lê Thị Bình")

    def another(self, folder: Path | None = None, code: str = CODE) -> TrustKeeper:
        """A keeper as another process has it."""
        place = folder or self.folder
        return TrustKeeper(self.database, self.archive, place, self.clock, code, timer=self.timer)

    def person(self, role: Role, login: str, name: str = "Phạm Dung", authority: Authority | None = None) -> Caller:
        place = authority or self.authority
        person = add_person(self.database, place, role, login=login, name=name, password="", secret="")
        return Caller(authority=place, person=person, roles=frozenset({role}))

    # --- operations ----------------------------------------------------------------------------------------------

    def anchor(self, der: bytes | None = None, **changes: Any) -> dict[str, Any]:
        """The operation that adds an anchor."""
        kept = self.archive.keep(der or service_ca("Root of Laos").der)
        told = {"certificate": kept, "name": "Gốc của Lào", "uses": ["signature"], "branch": "foreign"}
        return {"kind": "add-anchor", **told, "source": "Công hàm 12/2026", "compared": "điện thoại", **changes}

    def follow(self, **changes: Any) -> dict[str, Any]:
        """The operation that follows a list."""
        return {**FOLLOW, "pins": [self.archive.keep(operator().der)], **changes}

    def a_list(self, data: bytes, scheme: str = "vn-neac") -> dict[str, Any]:
        """The operation that takes a list over."""
        told = {"scheme": scheme, "file": self.archive.keep(data), "name": "vn.xml", "pivots": []}
        return {"kind": "take-list", **told}

    def authority_entry(self, **changes: Any) -> dict[str, Any]:
        """The operation that registers an authority."""
        return {"kind": "set-authority", "authority": {**EMBASSY, **changes}, "source": "12/2026"}

    # --- two people ----------------------------------------------------------------------------------------------

    def propose(self, operation: dict[str, Any], caller: Caller | None = None, reason: str = "Công hàm 12") -> Proposal:
        return self.desk.propose(caller or self.specialist, operation, reason)

    def approve(self, proposal: Proposal, caller: Caller | None = None) -> Proposal:
        return self.people.decide(caller or self.leader, proposal.id, APPROVE)

    def change(self, operation: dict[str, Any]) -> Proposal:
        """Propose and approve."""
        return self.approve(self.propose(operation))

    def entry(self) -> TrustJournalEntry:
        found = self.keeper.in_use()
        assert found is not None
        return found


def code_of(attempt: Callable[[], object]) -> str:
    """The code of the refusal that an attempt meets."""
    with pytest.raises((BadRequest, CouldNotJudge)) as refused:
        attempt()
    return str(refused.value.problem.code)
