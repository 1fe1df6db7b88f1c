"""What is issued electronically: its entry is filled out of the dossier at the release; closing pages are signed so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cases.world import COPY, CaseWorld, code_of
from tests.signing.acts.ports import signature
from tests.signing.acts.world import CONSULAR, ECOPY, ActWorld, act_world
from verifier.accounts.roles import Role
from verifier.cases.records import Case, Paper
from verifier.cases.statuses import Status
from verifier.law.book import law_book
from verifier.register.books import Books
from verifier.signing.records import Kind
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.registers import RegisterEntry


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[ActWorld]:
    with act_world(database, tmp_path) as world:
        yield world


@pytest.fixture
def books(world: ActWorld) -> Books:
    return Books(world.database, law_book(), world.clock.now, world.issuing)


def released(world: ActWorld, kind: Kind, procedure: str, **paper: Any) -> tuple[Issuance, Case, Paper]:
    """Issue a paper of a dossier."""
    cases = CaseWorld(world.database, world.folder, authority=world.authority)
    case = cases.case(procedure, Status.SIGNING, papers=0, fee_vnd=6_000)
    made = cases.paper(case, **paper)
    act = world.order(kind, dossier=case.code)
    cases.change_paper(made, issuance_id=act.id)
    world.issuing.confirm(world.caller(), world.token, [act.id])
    return world.issuing.run(act.id), case, made


def entry_of(world: ActWorld, act: Issuance) -> RegisterEntry:
    found = world.entry(act)
    assert found is not None
    return found


def test_the_entry_is_filled_out_of_the_dossier_at_the_release(world: ActWorld) -> None:
    world.draws.book, world.judges.earlier = "CNLS", (signature(),)
    act, case, _ = released(world, CONSULAR, "consular-certification")
    columns = entry_of(world, act).columns
    assert (columns["applicant"], columns["dossier"]) == ("Đỗ Thị Bưởi", case.code)
    books = Books(world.database, law_book(), world.clock.now, world.issuing)
    (listed,) = books.entries(world.caller(), "CNLS", 2026).entries
    (found,) = books.find(world.caller(), listed.number, listed.reserved_at.date())
    assert (listed.case_id, found.case_id) == (case.id, case.id)
    assert columns["document"] == "Bằng tốt nghiệp đại học, số B 12345"
    assert columns["officer"].startswith(world.officer.name)
    assert columns["country"] == "Lào"


def test_an_electronic_copy_counts_one(world: ActWorld) -> None:
    act, _, _ = released(world, ECOPY, COPY, copies=4)
    assert (entry_of(world, act).columns["count"], entry_of(world, act).columns["fee"]) == (1, 6_000)


def test_an_act_without_a_dossier_of_ours_has_what_was_said_of_it(world: ActWorld) -> None:
    act = world.released()
    columns = entry_of(world, act).columns
    assert (columns["requester"], columns["document"], columns["fee"]) == ("", "bản sao.pdf", None)
    assert world.sound()


def test_a_reserved_number_has_no_columns_yet(world: ActWorld) -> None:
    world.completes.trouble = "status-unknown"
    act = world.issuing.run(world.confirmed().id)
    assert (entry_of(world, act).state, entry_of(world, act).columns) == ("reserved", {})


def test_the_volume_stands_on_the_mark_of_acts_numbered_in_it(world: ActWorld, books: Books) -> None:
    first = world.released()
    clerk = world.caller(world.person(Role.CLERK), Role.CLERK)
    books.open(clerk, first.book, first.year or 0)
    second = world.released()
    assert (first.volume, second.volume, second.number) == (1, 2, 2)
    assert world.draws.drawn[-1].book.startswith("02/")


def test_the_closing_page_is_signed_as_a_document_of_the_agency(world: ActWorld, books: Books) -> None:
    act = world.released()
    symbol, year = act.book, act.year or 0
    caller = world.caller()
    assert code_of(lambda: books.sign_closing(caller, symbol, year)) == "book-open"
    books.close(caller, symbol, year, "Quyết định 9/QĐ")
    world.draws.book = "VBĐ"
    ordered = books.sign_closing(caller, symbol, year)
    assert (ordered.kind, ordered.state) == (Kind.AGENCY_DOCUMENT.value, "ordered")
    assert books.get(caller, symbol, year).closing_id == ordered.id
    assert code_of(lambda: books.sign_closing(caller, symbol, year)) == "closing-ordered"
    (closing,) = books.past(caller, symbol, year).closings
    assert (closing.act and closing.act.id, closing.stands) == (ordered.id, True)
    world.issuing.confirm(world.caller(), world.token, [ordered.id])
    assert world.issuing.run(ordered.id).state == "released"
    assert world.sound()


def test_a_closing_page_that_came_to_nothing_is_ordered_again(world: ActWorld, books: Books) -> None:
    act = world.released()
    symbol, year = act.book, act.year or 0
    caller = world.caller()
    books.close(caller, symbol, year, "Quyết định 9/QĐ")
    first = books.sign_closing(caller, symbol, year)
    world.issuing.cancel(caller, first.id, "sai")
    assert books.sign_closing(caller, symbol, year).id != first.id


def test_a_book_that_is_closed_lets_nobody_change_what_it_holds(world: ActWorld, books: Books) -> None:
    act = world.released()
    books.close(world.caller(), act.book, act.year or 0, "Quyết định 9/QĐ")
    world.clock.pass_(minutes=1)
    world.issuing.annul(world.caller(), act.id, "sai", "12/QĐ")
    assert entry_of(world, act).state == "annulled"
    assert world.sound()
