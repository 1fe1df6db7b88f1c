"""A house with an ended dossier, its package, and somebody who stamps time."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cases.world import CONSULAR, SIGNATURE, CaseWorld, case_world
from tests.pki import make_token
from tests.pki import world as pki
from verifier.accounts.roles import Role
from verifier.archive.handlers import Archive, DecideKeeping, HandOver, ProposeRemoval
from verifier.archive.records import Package
from verifier.archive.service import Archives
from verifier.cases.kernel import Command
from verifier.cases.moving import Withdraw
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.errors import CouldNotIssue
from verifier.signing.records import Stamped
from verifier.storage.database import Database

TSA = "http://tsa.example/"


@dataclass
class Stamping:
    """Gives tokens of the test PKI; or none."""

    now: Callable[[], datetime]
    silent: bool = False
    asked: list[bytes] = field(default_factory=list)

    def token(self, data: bytes, algorithm: str = "sha256") -> Stamped:
        self.asked.append(data)
        if self.silent:
            raise CouldNotIssue("no-time-stamp")
        used = pki()
        made = make_token(used.tsa, self.now(), data, chain=(used.tsa_ca,))
        return Stamped(made, self.now(), TSA)


class Store:
    """A house whose dossiers end and go to the store."""

    def __init__(self, world: CaseWorld) -> None:
        self.world, self.folder = world, world.folder
        self.stamping = Stamping(world.clock.now)
        (self.folder / "packing").mkdir()
        self.archives = Archives(world.cases, self.stamping, self.folder / "packing")
        world.competent(CONSULAR, SIGNATURE)

    def ended(self, procedure: str = SIGNATURE, papers: int = 2) -> Case:
        """A dossier that was withdrawn; with a log, papers and files."""
        case = self.world.case(procedure, Status.EXAMINATION, papers=papers)
        return self.world.do(Role.RECEPTION, case, Withdraw(reason="Người nộp rút hồ sơ"))

    def pack(self, case: Case) -> Package:
        return self.archives.pack(self.world.asker(Role.CLERK), case.id)

    def file(self, package: Package, name: str = "package.zip") -> Path:
        """The bytes of a package as a file."""
        path = self.folder / name
        path.write_bytes(self.world.blobs.read(package.blob))
        return path

    def pass_(self, **span: float) -> None:
        self.world.clock.instant += timedelta(**span)

    def do(self, role: Role, case: Case, said: Command, **told: object) -> Case:
        return self.world.do(role, case, said, **told)  # type: ignore[arg-type]

    def stored(self, procedure: str = SIGNATURE) -> Case:
        """A dossier that went to the store after its time with the officer."""
        case = self.ended(procedure)
        self.pass_(days=367)
        return self.do(Role.CLERK, case, Archive())

    def handed_over(self, procedure: str = SIGNATURE) -> tuple[Case, Package]:
        """A dossier whose time is over and whose sealed package was handed over."""
        case = self.stored(procedure)
        if procedure != SIGNATURE:
            until = (self.world.clock.now() + timedelta(days=30)).date()
            case = self.do(Role.LEADER, case, DecideKeeping(until=until, reason="Quyết định 1/QĐ"))
        package = self.pack(case)
        case = self.do(Role.CLERK, case, HandOver(package=package.id, receiver="Kho lưu trữ tỉnh, biên bản 5"))
        self.pass_(days=367)
        return case, package

    def proposed(self) -> tuple[Case, Package]:
        """A dossier whose removal was proposed."""
        case, package = self.handed_over()
        case = self.do(Role.CLERK, case, ProposeRemoval(package=package.id, reason="Hết thời hạn lưu"))
        return case, package


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Iterator[Store]:
    with case_world(database, tmp_path) as world:
        yield Store(world)


def contents(path: Path) -> dict[str, bytes]:
    """The files of a ZIP by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, told: Mapping[str, bytes], to: Path) -> Path:
    """A ZIP like another with other files: whoever spoils one this way leaves no trace in the ZIP itself."""
    shutil.copy(path, to)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        for name, data in told.items():
            archive.writestr(name, data)
    return to


def data_of(path: Path) -> dict[str, object]:
    found = json.loads(contents(path)["dossier.json"])
    assert isinstance(found, dict)
    return found
