from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from tests.accounts.support import add_authority
from tests.archive.conftest import Store
from tests.cases.world import CONSULAR, COPY, SIGNATURE, TOKEN, WHO, code_of
from verifier.accounts.roles import Role
from verifier.archive.handlers import Archive, DecideKeeping, HandOver, NotePackage, ProposeRemoval, Remove
from verifier.archive.records import Package
from verifier.archive.verifying import verify
from verifier.cases.kernel import system
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.storage.audit_check import broken_links
from verifier.storage.notices import Delivery, Notice
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM, of
from verifier.workers.carriers import BLOB_DELETE, BlobDelete

REMOVE = "Hết thời hạn lưu, đã giao nộp"


TABLES = (
    "case_file", "case_paper", "case_record", "case_confirmation", "appointment", "case_search", "notice", "delivery",
)  # fmt: skip


@contextmanager
def refused(url: str, right: str) -> Iterator[None]:
    """Take a right of the service away for a while: what is done fails in the middle."""
    with Schema(url).connection() as owner:
        owner.execute(text(f"revoke {right} from verifier_service"))
    try:
        yield
    finally:
        with Schema(url).connection() as owner:
            owner.execute(text(f"grant {right} to verifier_service"))


def removing(package: Package) -> Remove:
    return Remove(package=package.id, reason=REMOVE)


def files_of(store: Store) -> set[str]:
    return {name for names in store.world.blobs.names() for name in names}


def deletions(store: Store) -> list[str]:
    with store.world.database.unit(SYSTEM) as unit:
        return [one.payload["blob"] for one in unit.outbox.listed("waiting") if one.topic == BLOB_DELETE]


# --- to the store ----------------------------------------------------------------------------------------------------


def test_how_long_it_is_kept_is_set_when_it_ends(store: Store) -> None:
    kept, open_, none = store.ended(SIGNATURE), store.ended(CONSULAR), store.ended(COPY)

    assert (kept.keep_until, open_.keep_until, none.keep_until) == (date(2028, 3, 3), None, date(2026, 3, 3))
    assert kept.ended_at == store.world.clock.now()


def test_a_dossier_goes_to_the_store_after_its_year_with_the_officer(store: Store) -> None:
    case = store.ended()
    store.pass_(days=365)
    assert code_of(lambda: store.do(Role.CLERK, case, Archive())) == "archive-too-early"
    assert store.archives.due(store.world.asker(Role.CLERK)).to_store == ()
    store.pass_(days=1)
    [due] = store.archives.due(store.world.asker(Role.CLERK)).to_store
    done = store.do(Role.RECEPTION, case, Archive())

    assert (due.case.id, due.since) == (case.id, date(2027, 3, 3))
    assert (done.archived_at, store.world.actions(case)[-1]) == (store.world.clock.now(), "case-archived")
    assert store.archives.due(store.world.asker(Role.CLERK)).to_store == ()
    assert code_of(lambda: store.do(Role.CLERK, case, Archive())) == "archived-already"


def test_where_the_law_gives_no_period_somebody_decides(store: Store) -> None:
    case = store.do(Role.CLERK, store.ended(CONSULAR), Archive())
    clerk = store.world.asker(Role.CLERK)
    assert [one.case.id for one in store.archives.due(clerk).undecided] == [case.id]
    until = date(2027, 3, 1)
    decided = store.do(Role.LEADER, case, DecideKeeping(until=until, reason="Quyết định 7/QĐ"))

    assert (decided.keep_until, decided.archived_at) == (until, case.archived_at)
    assert store.archives.due(clerk).undecided == ()
    store.pass_(days=400)
    assert [(one.case.id, one.since) for one in store.archives.due(clerk).removable] == [(case.id, until)]


@pytest.mark.parametrize(
    ("procedure", "until", "code"),
    [(SIGNATURE, date(2030, 1, 1), "keeping-by-law"), (CONSULAR, date(2026, 3, 2), "bad-date")],
    ids=["by-law", "past"],
)
def test_nobody_decides_what_the_law_says_or_what_has_passed(
    store: Store, procedure: str, until: date, code: str
) -> None:
    case = store.ended(procedure)

    assert code_of(lambda: store.do(Role.LEADER, case, DecideKeeping(until=until, reason="x"))) == code


def test_lists_are_of_the_own_authority_and_for_officers(store: Store) -> None:
    store.ended(COPY)
    clerk = store.world.asker(Role.CLERK)
    stranger = replace(clerk, scope=of(add_authority(store.world.database).id))

    assert len(store.archives.due(clerk).to_store) == 1
    assert store.archives.due(stranger).to_store == ()
    assert code_of(lambda: store.archives.due(system("x", store.ended()))) == "not-allowed"


# --- handing over ----------------------------------------------------------------------------------------------------


def test_a_sealed_package_is_handed_over_once(store: Store) -> None:
    case = store.stored()
    package = store.pack(case)
    hand = HandOver(package=package.id, receiver="Kho lưu trữ")
    done = store.do(Role.CLERK, case, hand)

    [kept] = store.archives.packages(store.world.asker(Role.CLERK), case.id)
    assert (kept.handed_at, kept.receiver) == (store.world.clock.now(), "Kho lưu trữ")
    assert store.world.events(done)[-1].event.reason == "Kho lưu trữ"
    assert code_of(lambda: store.do(Role.CLERK, case, hand)) == "handed-over-already"


def test_an_unsealed_package_is_not_handed_over(store: Store) -> None:
    case = store.stored()
    store.stamping.silent = True
    package = store.pack(case)

    assert (
        code_of(lambda: store.do(Role.CLERK, case, HandOver(package=package.id, receiver="Kho"))) == "package-unsealed"
    )
    with store.world.database.engine.begin() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        with pytest.raises(IntegrityError):
            connection.execute(text("update archive_package set handed_at = now()"))


def test_nobody_but_the_service_notes_packages(store: Store) -> None:
    case = store.stored()
    package = store.pack(case)
    forged = replace(package, id=case.id, case_version=store.world.now(case).version)

    assert code_of(lambda: store.do(Role.CLERK, case, NotePackage(package=forged))) == "not-allowed"


# --- removal ---------------------------------------------------------------------------------------------------------


def test_a_dossier_is_removed_by_two_people_and_its_log_stays(store: Store) -> None:
    case, package = store.proposed()
    events, kept = len(store.world.events(case)), store.file(package)
    names = {one.blob for one in store.world.view(case).records} | {package.blob}
    done = store.do(Role.LEADER, case, removing(package))
    view = store.world.view(case)

    assert (done.applicant.name, done.applicant.phone, done.identity, done.note) == ("", "", b"", "")
    assert [(one.name, one.holder, one.serial, one.signer) for one in view.papers] == [("", "", "", "")] * 2
    assert [(one.blob, one.name, one.made_by) for one in view.records] == [("", "", "")] * 2
    assert all(one.sha256 for one in view.records)
    assert set(deletions(store)) == names <= files_of(store)
    assert store.world.actions(case)[-1] == "case-removed"
    assert len(store.world.events(case)) == events + 1
    finding = next(iter(broken_links(store.world.database, "case", str(case.id))))
    assert finding.intact
    assert verify(kept).sound
    assert code_of(lambda: store.world.cases.by_token(case.code, TOKEN)) == "not-found"


def test_nothing_of_people_is_left_in_any_table_of_the_dossier(store: Store) -> None:
    case, package = store.proposed()
    now, place = store.world.clock.now(), case.authority_id
    notice = Notice(
        uuid4(),
        place,
        case.id,
        "filed",
        "applicant",
        "vi",
        {"name": WHO.name},
        (),
        (),
        "no-way",
        now,
        address=WHO.email,
    )
    proof = {"received_by": WHO.name, "id_number": WHO.id_number}
    with store.world.database.unit(SYSTEM) as unit:
        unit.notices.add(notice)
        unit.notices.add_delivery(
            Delivery(uuid4(), place, case.id, "paper", "done", now, "x", (), (), done_at=now, proof=proof)
        )
    store.do(Role.LEADER, case, removing(package))
    words = (WHO.name, WHO.phone, WHO.email, WHO.id_number, "Ngô Văn Ký", "B 12345")
    with store.world.database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        for table in TABLES:
            rows = " ".join(connection.execute(text(f"select cast(t as text) from {table} t")).scalars())
            assert not any(word in rows for word in words), table


def test_the_files_go_when_the_relay_brings_it_out_and_not_before(store: Store) -> None:
    case, package = store.proposed()
    before = files_of(store)
    store.do(Role.LEADER, case, removing(package))
    assert files_of(store) == before
    with store.world.database.unit(SYSTEM) as unit:
        messages = [one for one in unit.outbox.listed("waiting") if one.topic == BLOB_DELETE]
    for one in (*messages, *messages):
        BlobDelete(store.world.blobs)(one)

    assert files_of(store) == before - {one.payload["blob"] for one in messages}
    assert len(messages) == 3


def test_a_file_that_another_row_names_stays(store: Store) -> None:
    case, package = store.proposed()
    other = store.world.case(SIGNATURE, Status.EXAMINATION, papers=0)
    shared = store.world.view(case).records[0].blob
    store.world.record(other, blob=shared)
    store.do(Role.LEADER, case, removing(package))

    assert shared not in deletions(store)
    assert len(deletions(store)) == 2


def test_what_fails_in_the_middle_of_a_removal_leaves_the_files(store: Store, database_url: str) -> None:
    case, package = store.proposed()
    before, stands = files_of(store), store.world.now(case)
    with refused(database_url, "insert on outbox"), pytest.raises(ProgrammingError):
        store.do(Role.LEADER, case, removing(package))

    assert (files_of(store), deletions(store), store.world.now(case)) == (before, [], stands)
    assert [one.name for one in store.world.papers(case)] == ["Bằng tốt nghiệp đại học"] * 2
    assert store.do(Role.LEADER, case, removing(package)).removed_at


def test_a_removal_is_not_done_twice(store: Store) -> None:
    case, package = store.proposed()
    store.do(Role.LEADER, case, removing(package))

    assert code_of(lambda: store.do(Role.LEADER, case, removing(package))) == "not-allowed"
    assert len(deletions(store)) == 3
    assert code_of(lambda: store.pack(case)) == "record-removed"
    assert store.archives.due(store.world.asker(Role.CLERK)).removable == ()
    clerk = store.world.asker(Role.CLERK)
    assert code_of(lambda: store.archives.file(clerk, case.id, package.id)) == "record-removed"


Spoils = Callable[[Store, Case, Package], object]


def _another_leader(store: Store, case: Case, package: Package) -> object:
    clerk = store.world.person(Role.CLERK)
    asker = replace(store.world.asker(Role.LEADER), person=clerk.id)
    return store.world.cases.do(asker, case.id, removing(package))


def _unproved(store: Store, case: Case, package: Package) -> object:
    return store.world.cases.do(store.world.asker(Role.LEADER, proved=False), case.id, removing(package))


def _changed_since(store: Store, case: Case, package: Package) -> object:
    with store.world.database.unit(SYSTEM) as unit:
        entry = store.world.events(case)[0].event
        unit.audit.append(replace(entry, action="paper-annulled"))
    return store.do(Role.LEADER, case, removing(package))


def _kept_longer(store: Store, case: Case, package: Package) -> object:
    store.world.change(case, keep_until=store.world.clock.now().date() + timedelta(days=2))
    return store.do(Role.LEADER, case, removing(package))


def _undecided(store: Store, case: Case, package: Package) -> object:
    store.world.change(case, keep_until=None)
    return store.do(Role.LEADER, case, removing(package))


def _not_archived(store: Store, case: Case, package: Package) -> object:
    store.world.change(case, archived_at=None)
    return store.do(Role.LEADER, case, removing(package))


def _newer_package(store: Store, case: Case, _package: Package) -> object:
    return store.do(Role.LEADER, case, removing(store.pack(case)))


def _of_another(store: Store, _case: Case, package: Package) -> object:
    return store.do(Role.LEADER, store.stored(), removing(package))


SPOILED: dict[str, tuple[Spoils, str]] = {
    "who-proposed": (_another_leader, "own-proposal"),
    "no-step-up": (_unproved, "step-up-needed"),
    "by-clerk": (lambda store, case, package: store.do(Role.CLERK, case, removing(package)), "not-allowed"),
    "changed-since": (_changed_since, "package-outdated"),
    "too-early": (_kept_longer, "kept-longer"),
    "undecided": (_undecided, "keeping-undecided"),
    "not-archived": (_not_archived, "not-archived"),
    "not-handed-over": (_newer_package, "not-handed-over"),
    "of-another": (_of_another, "not-found"),
    "no-reason": (
        lambda store, case, package: store.do(Role.LEADER, case, Remove(package=package.id, reason=" ")),
        "reason-missing",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_may_not_be_removed_is_not(store: Store, name: str) -> None:
    case, package = store.proposed()
    spoil, code = SPOILED[name]

    assert code_of(lambda: spoil(store, case, package)) == code
    assert store.world.now(case).applicant == WHO
    assert deletions(store) == []


def test_nobody_removes_what_nobody_proposed(store: Store) -> None:
    case, package = store.handed_over()

    assert code_of(lambda: store.do(Role.LEADER, case, removing(package))) == "removal-not-proposed"


def test_proposals_are_held_to_the_same_rules(store: Store) -> None:
    case = store.stored()
    package = store.pack(case)
    proposal = ProposeRemoval(package=package.id, reason="x")

    assert code_of(lambda: store.do(Role.CLERK, case, proposal)) == "kept-longer"
    store.pass_(days=400)
    assert code_of(lambda: store.do(Role.CLERK, case, proposal)) == "not-handed-over"
    assert code_of(lambda: store.do(Role.LEADER, case, proposal)) == "not-allowed"


def test_dossiers_of_consular_acts_are_removed_as_somebody_decided(store: Store) -> None:
    case, package = store.handed_over(CONSULAR)
    case = store.do(Role.RECEPTION, case, ProposeRemoval(package=package.id, reason="x"))

    assert store.do(Role.LEADER, case, removing(package)).removed_at
