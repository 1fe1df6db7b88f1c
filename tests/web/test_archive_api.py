from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority, add_person
from tests.archive.conftest import Store
from tests.cases.world import COPY, TOKEN
from tests.web.case_api_site import CaseApiSite, case_api_site, code, told
from verifier.accounts.roles import Role
from verifier.archive.verifying import verify
from verifier.cases.statuses import Status
from verifier.storage.database import Database
from verifier.web.api import archive_schemas as schemas

API = "/api/v1/archive"


class ArchiveSite(CaseApiSite):
    store: Store

    def stored(self) -> ArchiveSite:
        self.store = Store(self.world)
        cast("SimpleNamespace", self.work).archives = self.store.archives
        return self


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[ArchiveSite]:
    with case_api_site(database, tmp_path) as made:
        yield ArchiveSite(made.world).stored()


def test_a_clerk_makes_a_package_and_gets_it(site: ArchiveSite) -> None:
    case, clerk = site.store.ended(), site.officer(Role.CLERK)
    address = f"{API}/dossiers/{case.id}/packages"
    made = clerk("POST", address)
    note = told(made)
    file = clerk("GET", made.headers["Location"])

    assert (made.status_code, note["unsealed"], note["file"]) == (201, "", made.headers["Location"])
    assert told(clerk("GET", address))["packages"] == [note]
    assert hashlib.sha256(file.data).hexdigest() == note["sha256"]
    assert file.headers["Repr-Digest"] == f"sha-256=:{b64encode(bytes.fromhex(note['sha256'])).decode()}:"
    assert file.headers["Content-Disposition"].startswith("attachment")
    (site.world.folder / "got.zip").write_bytes(file.data)
    assert verify(site.world.folder / "got.zip").sound
    assert schemas.PackageNote.model_validate(note).model_dump(mode="json") == note


def test_what_is_due_is_listed(site: ArchiveSite) -> None:
    case, clerk = site.store.ended(COPY), site.officer(Role.CLERK)
    lists = told(clerk("GET", f"{API}/due"))

    assert [one["code"] for one in lists["to_store"]] == [case.code]
    assert (lists["removable"], lists["undecided"]) == ([], [])
    assert schemas.ArchiveDue.model_validate(lists).model_dump(mode="json") == lists


def test_the_whole_way_goes_over_the_api(site: ArchiveSite) -> None:
    case, clerk, leader = site.store.ended(COPY), site.officer(Role.CLERK), site.officer(Role.LEADER)
    dossier = f"/api/v1/cases/{case.id}"

    def version() -> int:
        return int(told(clerk("GET", dossier))["version"])

    assert clerk("POST", f"{dossier}/archive", json={}, version=version()).status_code == 200
    package = told(clerk("POST", f"{API}/dossiers/{case.id}/packages"))
    hand = {"package": package["id"], "receiver": "Kho lưu trữ, biên bản 5"}
    assert clerk("POST", f"{dossier}/hand-over", json=hand, version=version()).status_code == 200
    site.store.pass_(days=1)
    clerk, leader = site.officer(Role.CLERK), site.officer(Role.LEADER)
    why = {"package": package["id"], "reason": "Hết thời hạn lưu"}
    assert clerk("POST", f"{dossier}/propose-removal", json=why, version=version()).status_code == 200
    done = leader("POST", f"{dossier}/remove", json=why, version=version())

    assert done.status_code == 200, done.text
    assert told(done)["removed_at"]
    assert code(clerk("GET", package["file"])) == (410, "record-removed")
    assert code(clerk("POST", f"{API}/dossiers/{case.id}/packages")) == (410, "record-removed")
    [note] = told(clerk("GET", f"{API}/dossiers/{case.id}/packages"))["packages"]
    assert (note["file"], note["receiver"], bool(note["removed_at"])) == (None, hand["receiver"], True)


def test_what_is_not_theirs_is_not_there(site: ArchiveSite) -> None:
    case, open_ = site.store.ended(), site.world.case(COPY, Status.EXAMINATION)
    clerk, leader = site.officer(Role.CLERK), site.officer(Role.LEADER)
    note = told(clerk("POST", f"{API}/dossiers/{case.id}/packages"))
    other = add_authority(site.world.database, code="G10.OTHER")
    person = add_person(site.world.database, other, Role.CLERK, login="la.mat")
    stranger = site.officer(Role.CLERK, person)

    assert code(leader("POST", f"{API}/dossiers/{case.id}/packages")) == (403, "not-allowed")
    assert code(clerk("POST", f"{API}/dossiers/{open_.id}/packages")) == (409, "case-not-ended")
    for method, address in (
        ("GET", f"{API}/dossiers/{case.id}/packages"),
        ("POST", f"{API}/dossiers/{case.id}/packages"),
        ("GET", note["file"]),
    ):
        assert code(stranger(method, address)) == (404, "not-found"), address
    assert code(clerk("GET", f"{API}/dossiers/{case.id}/packages/{uuid4()}")) == (404, "not-found")
    assert code(site.holder(case.code, TOKEN)("GET", f"{API}/due"))[0] == 401
    assert code(site.portal()("GET", f"{API}/due")) == (403, "not-allowed")
