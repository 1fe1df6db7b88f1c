"""A dossier is removed while somebody reads it, packs it, moves its appointment or brings a file to another one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.accounts.support import Clock
from tests.archive.conftest import Store
from tests.cases.races import crossed
from tests.cases.world import code_of
from verifier.accounts.roles import Role
from verifier.archive.handlers import Remove
from verifier.archive.records import Package
from verifier.cases.records import Case
from verifier.workers.carriers import carriers
from verifier.workers.relay import Relay

WRITTEN = "UPDATE case_file"


def removal(store: Store, case: Case, package: Package) -> Callable[[], object]:
    """Return that a leader removes a dossier, whose files go at once."""
    leader = store.world.asker(Role.LEADER)

    def remove() -> None:
        store.world.cases.do(leader, case.id, Remove(package=package.id, reason="Hết thời hạn lưu"))
        Relay(store.world.database, Clock(store.world.clock.now()), carriers(store.world.blobs)).run_once()

    return remove


def test_who_reads_a_record_as_it_is_removed_is_told(store: Store) -> None:
    case, package = store.proposed()
    clerk, view = store.world.asker(Role.CLERK), store.world.view(case)
    removal(store, case, package)()

    for one in view.records:
        assert code_of(lambda one=one: store.world.cases.given(clerk, case, one)) == "record-removed"  # type: ignore[misc]


def test_a_record_that_is_lost_is_not_told_to_be_removed(store: Store) -> None:
    case = store.ended()
    one = store.world.view(case).records[0]
    store.world.blobs.delete(one.blob)

    with pytest.raises(FileNotFoundError):
        store.world.cases.given(store.world.asker(Role.CLERK), case, one)


def test_who_takes_a_package_as_it_is_removed_is_told(store: Store) -> None:
    case, package = store.proposed()
    clerk = store.world.asker(Role.CLERK)

    found = crossed(
        store.world.database,
        lambda: store.archives.file(clerk, case.id, package.id),
        "FROM archive_package",
        removal(store, case, package),
    )
    assert found == ("record-removed", "done")


def test_who_packs_a_dossier_as_it_is_removed_is_told(store: Store) -> None:
    case, package = store.proposed()
    clerk = store.world.asker(Role.CLERK)

    found = crossed(
        store.world.database,
        lambda: store.archives.pack(clerk, case.id),
        "FROM appointment",
        removal(store, case, package),
    )
    assert found == ("record-removed", "done")


def test_what_happens_to_a_dossier_as_it_is_to_be_removed_is_packed_first(store: Store) -> None:
    case, package = store.proposed()
    leader = store.world.asker(Role.LEADER)
    removes = removal(store, case, package)
    found = crossed(
        store.world.database,
        lambda: store.world.cases.do(leader, case.id, Remove(package=package.id, reason="Hết thời hạn lưu")),
        WRITTEN,
        removes,
    )

    assert found == ("done", "not-allowed")
    assert store.world.actions(case).count("case-removed") == 1
