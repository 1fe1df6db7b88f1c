"""The check of the books: whole ones have no finding; each thing that is spoiled has its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.signing.acts.world import ActWorld, act_world
from verifier.register.checking import BookCheck, Checked
from verifier.storage.database import Database
from verifier.storage.schema import Schema

SPOILED = {
    "gap": "delete from register_entry where number = 1",
    "count-differs": "update register_book set last_number = 7",
    "act-missing": "update register_entry set issuance_id = gen_random_uuid() where number = 1",
    "act-differs": "update issuance set number = 9 where number = 1",
    "state-differs": "update register_entry set state = 'reserved' where number = 1",
    "reason-missing": "update register_entry set reason = '' where state = 'cancelled'",
    "unjudged": "update issuance set output_report = '' where number = 1",
    "file-differs": "update register_entry set document_sha256 = 'x' where number = 1",
}


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[ActWorld]:
    """Number 1 is released, 2 was given up, 3 waits."""
    with act_world(database, tmp_path) as world:
        world.released()
        world.completes.trouble = "certificate-unfit"
        world.issuing.run(world.confirmed().id)
        world.completes.trouble = "status-unknown"
        world.issuing.run(world.confirmed().id)
        yield world


def checked(world: ActWorld) -> Checked:
    return BookCheck(world.database, world.blobs).run()


def test_whole_books_have_no_finding(world: ActWorld) -> None:
    assert checked(world) == Checked(1, 3, 1, ())


@pytest.mark.parametrize("code", SPOILED)
def test_what_is_spoiled_is_found(world: ActWorld, database_url: str, code: str) -> None:
    with Schema(database_url).connection() as owner:
        owner.exec_driver_sql(SPOILED[code])
    found = {one.code for one in checked(world).findings}
    also = {"entry-missing"} if code in ("gap", "act-missing", "act-differs") else set()  # the act says otherwise
    assert found == {code} | also


def test_a_file_that_is_gone_is_found(world: ActWorld) -> None:
    (act,) = (one for one in world.issuing.recent(world.caller()) if one.state == "released")
    world.blobs.delete(act.output_blob or "")
    assert [one.code for one in checked(world).findings] == ["file-missing"]


def test_another_file_is_found(world: ActWorld, database_url: str) -> None:
    other = world.blobs.put(b"%PDF-1.7 another")
    with Schema(database_url).connection() as owner:
        owner.exec_driver_sql(f"update issuance set output_blob = '{other}' where number = 1")
    assert [one.code for one in checked(world).findings] == ["file-differs"]


class Overtaken(BookCheck):
    """Reads entries as they stood before their acts went on, once."""

    late = False

    def _page(self, book: Any, after: int, *most: int) -> Any:
        page = super()._page(book, after, *most)
        stale = [(entry if self.late else replace(entry, state="reserved"), made) for entry, made in page]
        self.late = True
        return stale


def test_an_act_that_goes_on_while_its_entry_is_read_is_no_finding(world: ActWorld) -> None:
    assert Overtaken(world.database, world.blobs).run() == Checked(1, 3, 1, ())
