from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.accounts.support import Clock, add_authority, add_person
from tests.outside.net import Net
from tests.pki import AT, day, issue, trust_snapshot
from tests.pki.keys import ec_key
from tests.pki.world import TSA
from tests.signing.longterm.house import TSA_CRL, Authority, House, answers
from tests.signing.longterm.test_future import SHORT_LIVED
from tests.support.postgres import RING
from verifier.errors import CouldNotIssue
from verifier.evidence import Evidence
from verifier.signing.longterm.collecting import Question, collect
from verifier.signing.longterm.renewals import Renewals
from verifier.signing.records import Level
from verifier.storage.audit import AuditFilter
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.job_runs import DONE
from verifier.storage.scope import SYSTEM
from verifier.storage.versions import Version
from verifier.workers.carriers import carriers
from verifier.workers.expiry import Expiry
from verifier.workers.jobs import Jobs
from verifier.workers.relay import Relay

DUE = day(2031) - timedelta(days=90)
LATER = datetime(2030, 11, 1, tzinfo=AT.tzinfo)
"""When the first archive time stamp is due."""


@dataclass
class Archive:
    database: Database
    house: House
    blobs: Blobs

    def released(self) -> Issuance:
        """An act whose document was brought to B-LTA."""
        self.house.longterm().completed(self.house.signed(), self.house.out, Level.B_LTA)
        authority = add_authority(self.database)
        officer = add_person(self.database, authority, login=f"officer{authority.code[-4:].lower()}")
        data = self.house.out.read_bytes()
        act = Issuance(
            id=uuid4(),
            authority_id=authority.id,
            officer_id=officer.id,
            kind="certified-ecopy",
            dossier="",
            level="B-LTA",
            wanted={},
            state="released",
            created_at=AT,
            file_name="a.pdf",
            size=1,
            input_sha256="0" * 64,
            input_blob=self.blobs.put(b"input"),
            check_sha256=hashlib.sha256(authority.id.bytes).digest(),
            year=2026,
            number=1,
            number_text="01",
            output_blob=self.blobs.put(data),
            output_sha256=hashlib.sha256(data).hexdigest(),
            released_at=AT,
        )
        with self.database.unit(SYSTEM) as unit:
            unit.issuances.add(act)
        return act

    def renewals(self) -> Renewals:
        return Renewals(self.database, self.blobs, self.house.longterm(), self.house.folder / "spool")

    def at(self, now: datetime) -> Renewals:
        """What is done at an instant at which CAs and another authority answer."""
        self.house.now = now
        self.house.net = Net(answers(SHORT_LIVED, now - timedelta(days=1), now + timedelta(days=7)))
        spec = TSA.but(name="TSA of 2030", key=ec_key("tsa-2030"), crl_urls=(TSA_CRL,), not_after=day(2032, 6))
        self.house.stamps = Authority(now, issue(spec, SHORT_LIVED.tsa_ca), SHORT_LIVED)
        return self.renewals()

    def newest(self, act: Issuance) -> Version:
        with self.database.unit(SYSTEM) as unit:
            found = unit.versions.newest(act.id)
        assert found is not None
        return found

    def act_of(self, sha256: str) -> object:
        with self.database.unit(SYSTEM) as unit:
            return unit.versions.by_sha256(sha256)


@pytest.fixture
def archive(database: Database, tmp_path: Path) -> Archive:
    house = House(tmp_path, SHORT_LIVED, net=Net(answers(SHORT_LIVED)), stamps=Authority(used=SHORT_LIVED))
    return Archive(database, house, Blobs(tmp_path / "files", RING, tmp_path / "spool"))


def test_when_it_is_due_is_noted_and_nothing_else_is_done(archive: Archive) -> None:
    act = archive.released()
    assert archive.renewals().run(AT) == 0
    version = archive.newest(act)
    assert (version.number, version.sha256, version.renew_before) == (1, act.output_sha256, DUE)
    assert archive.at(DUE - timedelta(seconds=1)).run(DUE - timedelta(seconds=1)) == 0


def test_what_is_due_is_renewed_and_older_hashes_are_found(archive: Archive) -> None:
    act = archive.released()
    archive.renewals().run(AT)
    assert archive.at(LATER).run(LATER) == 1
    version = archive.newest(act)
    assert (version.number, version.made_at, version.renew_before) == (2, LATER, day(2032, 6) - timedelta(days=90))
    data, first = archive.blobs.read(version.blob or ""), archive.blobs.read(act.output_blob or "")
    assert hashlib.sha256(data).hexdigest() == version.sha256
    assert data.startswith(first)
    assert archive.act_of(act.output_sha256) == archive.act_of(version.sha256) == act.id
    assert archive.act_of("0" * 64) is None
    with archive.database.unit(SYSTEM) as unit:
        assert unit.issuances.get(act.id) == act
        (event,) = unit.audit.search(AuditFilter(subject_kind="issuance", subject_id=str(act.id)), 10)
    assert event.event.action == "archive-renewed"
    assert event.event.details["sha256"] == version.sha256
    assert archive.renewals().run(LATER) == 0


def test_the_second_renewal_takes_the_place_of_the_first(archive: Archive, tmp_path: Path) -> None:
    act = archive.released()
    archive.renewals().run(AT)
    archive.at(LATER).run(LATER)
    second = archive.newest(act)
    later = day(2032, 5)
    house = archive.house
    archive.at(later)
    spec = TSA.but(name="TSA of 2032", key=ec_key("tsa-2032"), not_after=day(2040), crl_urls=(TSA_CRL,))
    house.stamps = Authority(later, issue(spec, SHORT_LIVED.tsa_ca), SHORT_LIVED)
    assert archive.renewals().run(later) == 1
    third = archive.newest(act)
    assert archive.blobs.read(third.blob or "").startswith(archive.blobs.read(second.blob or ""))
    Relay(archive.database, Clock(later), carriers(archive.blobs)).run_once()
    with pytest.raises(FileNotFoundError):
        archive.blobs.read(second.blob or "")
    assert archive.act_of(second.sha256) == act.id
    out = tmp_path / "third.pdf"
    out.write_bytes(archive.blobs.read(third.blob or ""))
    crls = SHORT_LIVED.tsa_crls(later - timedelta(hours=1))
    asked = Question(Evidence(trust_snapshot(SHORT_LIVED), crls=crls), house.policy, later)
    assert {one.indication.value for one in collect(out, asked).standings} == {"TOTAL_PASSED"}


def test_one_that_fails_is_tried_again_and_does_not_stop_the_others(archive: Archive) -> None:
    lost, good = archive.released(), archive.released()
    archive.renewals().run(AT)
    archive.blobs.delete(lost.output_blob or "")
    with pytest.raises(CouldNotIssue) as refused:
        archive.at(LATER).run(LATER)
    assert (refused.value.problem.code, refused.value.problem.params["count"]) == ("renewals-failed", "1")
    assert archive.newest(good).number == 2
    version = archive.newest(lost)
    assert (version.number, version.attempts) == (1, 1)
    assert archive.renewals().run(LATER + timedelta(hours=5)) == 0
    with pytest.raises(CouldNotIssue):
        archive.renewals().run(LATER + timedelta(hours=6))


def test_without_a_time_stamp_it_waits_for_the_next_try(archive: Archive) -> None:
    act = archive.released()
    archive.renewals().run(AT)
    renewals = archive.at(LATER)
    archive.house.stamps.silent = True
    with pytest.raises(CouldNotIssue):
        renewals.run(LATER)
    assert (archive.newest(act).problem or {})["code"] == "no-time-stamp"
    archive.house.stamps.silent = False
    assert archive.renewals().run(LATER + timedelta(hours=6)) == 1


def test_a_file_that_was_exchanged_is_not_renewed(archive: Archive) -> None:
    act = archive.released()
    archive.renewals().run(AT)
    other = replace(act, output_blob=archive.blobs.put(archive.house.signed("LTA").read_bytes()))
    with archive.database.unit(SYSTEM) as unit:
        unit.issuances.change(act, output_blob=other.output_blob)
    with pytest.raises(CouldNotIssue):
        archive.at(LATER).run(LATER)
    assert archive.newest(act).number == 1


def test_a_stamp_that_does_not_hold_renews_nothing(archive: Archive) -> None:
    act = archive.released()
    archive.renewals().run(AT)
    archive.at(LATER)
    over = TSA.but(name="TSA over", key=ec_key("tsa-over"), crl_urls=(TSA_CRL,), not_after=day(2029))
    archive.house.stamps = Authority(LATER, issue(over, SHORT_LIVED.tsa_ca), SHORT_LIVED)
    with pytest.raises(CouldNotIssue):
        archive.renewals().run(LATER)
    version = archive.newest(act)
    assert (version.number, (version.problem or {})["code"]) == (1, "status-not-yet")


def test_it_is_a_job_like_others(archive: Archive) -> None:
    act = archive.released()
    clock = Clock(AT)
    jobs = Jobs(archive.database, clock, (archive.renewals().job,))
    assert jobs.run_due() == 1
    clock.instant = LATER
    jobs = Jobs(archive.database, clock, (archive.at(LATER).job,))
    assert jobs.run_due() == 1
    with archive.database.unit(SYSTEM) as unit:
        run = unit.jobs.last("renew-archives")
    assert run is not None
    assert run.outcome == DONE
    assert archive.newest(act).number == 2


def test_files_of_acts_and_their_versions_are_no_orphans(archive: Archive, tmp_path: Path) -> None:
    act = archive.released()
    archive.renewals().run(AT)
    archive.at(LATER).run(LATER)
    orphan = archive.blobs.put(b"orphan")
    far = datetime(2100, 1, 1, tzinfo=AT.tzinfo)
    assert Expiry(archive.database, archive.blobs, tmp_path / "spool").sweep(far) >= 1
    for name in (act.input_blob, act.output_blob or "", archive.newest(act).blob or ""):
        assert archive.blobs.read(name)
    with pytest.raises(FileNotFoundError):
        archive.blobs.read(orphan)
