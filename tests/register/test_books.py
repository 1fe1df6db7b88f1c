"""Books: entries of papers with their columns, corrections that are cited, closing for good, volumes, New Year."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.accounts.support import add_authority
from tests.cases.world import CONSULAR, SIGNATURE, code_of
from tests.register.shelf import BOOK, DECEMBER, JANUARY, Shelf
from verifier.accounts.roles import Role
from verifier.errors import VerifierError
from verifier.register.books import Wanted, slug, symbol_of
from verifier.register.numbers import held_book, issue_on_paper
from verifier.storage.schema import Schema
from verifier.storage.scope import of

COLUMNS = {
    "requester": "Đỗ Thị Bưởi",
    "document": "Bằng tốt nghiệp đại học",
    "count": 3,
    "fee": 12_000,
    "note": "",
}


# --- entries ---------------------------------------------------------------------------------------------------------


def test_an_entry_keeps_the_columns_as_they_stood(shelf: Shelf) -> None:
    case, paper = shelf.filed()
    number, _ = shelf.done(paper)
    entry = shelf.entry(number.number)
    officer = shelf.person(Role.LEADER)
    assert (entry.state, entry.paper_id, entry.case_id, entry.issuance_id) == ("issued", paper.id, case.id, None)
    assert entry.columns == {**COLUMNS, "officer": ", ".join(filter(None, (officer.name, officer.title_vi)))}
    shelf.change_paper(paper, name="", holder="", copies=1)
    shelf.change(case, applicant=case.applicant.__class__(""))
    assert shelf.entry(1).columns["requester"] == "Đỗ Thị Bưởi"


def test_several_copies_at_one_time_are_one_number(shelf: Shelf) -> None:
    case, paper = shelf.filed()
    other = shelf.paper(case, copies=5, pages=1)
    assert [shelf.done(one)[0].text for one in (paper, other)] == ["01", "02"]
    assert [shelf.entry(one).columns["count"] for one in (1, 2)] == [3, 5]


def test_a_consular_entry_names_who_signed_and_where_it_is_used(shelf: Shelf) -> None:
    case, paper = shelf.filed(CONSULAR, fee_vnd=90_000)
    shelf.done(paper, "CNLS")
    columns = shelf.entry(1, symbol="CNLS").columns
    assert columns["signed"] == "Ngô Văn Ký, Hiệu trưởng, Trường Đại học Thử"
    assert (columns["country"], columns["document"]) == ("Lào", "Bằng tốt nghiệp đại học, số B 12345")
    assert (columns["dossier"], columns["applicant"]) == (case.code, "Đỗ Thị Bưởi")
    assert "fee" not in columns


def test_the_book_of_signatures_names_the_identity_paper(shelf: Shelf) -> None:
    _, paper = shelf.filed(SIGNATURE)
    shelf.done(paper, "SCT/CK,ĐC")
    assert shelf.entry(1, symbol="SCT/CK,ĐC").columns["requester"] == "Đỗ Thị Bưởi, 001090000001"


def test_a_fee_of_nothing_and_the_fee_of_the_only_paper_are_the_dossiers(shelf: Shelf) -> None:
    for fee in (0, 7_000):
        shelf.done(shelf.filed(fee_vnd=fee)[1])
    assert [shelf.entry(one).columns["fee"] for one in (1, 2)] == [0, 7_000]


def test_what_a_mission_took_for_a_dossier_that_it_handed_on_is_no_fee_in_dong(shelf: Shelf) -> None:
    mission = add_authority(shelf.database, code="G10.SQ", kind="mission")
    shelf.done(shelf.filed(intake_id=mission.id)[1])
    assert shelf.entry(1).columns["fee"] is None


def test_a_spoiled_sheet_keeps_its_number_and_the_paper_takes_another(shelf: Shelf) -> None:
    _, paper = shelf.spoiled()
    assert shelf.done(paper)[0].number == 2
    assert (shelf.entry(1).state, shelf.entry(1).reason) == ("cancelled", "in hỏng")
    with pytest.raises(Exception, match="register_entry_of_paper"):
        shelf.taken(paper)
    assert shelf.findings() == set()


def test_a_number_that_was_not_taken_is_not_issued(shelf: Shelf) -> None:
    _, paper = shelf.filed()
    with pytest.raises(LookupError), shelf.database.unit(of(shelf.authority.id)) as unit:
        issue_on_paper(unit, shelf.authority, paper, shelf.clock.now())


def test_an_entry_is_found_by_number_and_day(shelf: Shelf) -> None:
    shelf.done()
    shelf.clock.pass_(days=1)
    shelf.done()
    caller, day = shelf.caller(Role.RECEPTION), date(2026, 3, 2)
    assert [one.number for one in shelf.books.find(caller, 1, day)] == [1]
    assert shelf.books.find(caller, 2, day) == ()


# --- corrections -----------------------------------------------------------------------------------------------------


def test_a_correction_stands_beside_the_line_and_never_in_it(shelf: Shelf) -> None:
    shelf.done()
    before = shelf.entry(1)
    first = shelf.correct()
    second = shelf.correct(after="Đỗ Thị Bòng")
    assert (first.before, first.after, second.before) == ("Đỗ Thị Bưởi", "Đỗ Thị Bưởi Tím", "Đỗ Thị Bưởi Tím")
    assert (first.ordinal, second.ordinal, second.book_year) == (1, 2, 2026)
    assert shelf.entry(1) == before
    assert shelf.actions() == ["register-corrected"] * 2


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"reason": " "}, "reason-missing"),
        ({"basis": ""}, "citation-missing"),
        ({"column": "number"}, "column-unknown"),
        ({"column": "management"}, "column-unknown"),
        ({"column": "count", "after": "-3"}, "column-wrong"),
        ({"column": "fee", "after": "2.000"}, "column-wrong"),
        ({"after": "字"}, "column-wrong"),
        ({"after": "x" * 301}, "column-wrong"),
        ({"after": "Đỗ Thị Bưởi"}, "correction-same"),
        ({"number": 2}, "entry-waits"),
        ({"number": 3}, "not-found"),
        ({"year": 2025}, "not-found"),
    ],
    ids=lambda one: one if isinstance(one, str) else "-".join(map(str, one))[:20],
)
def test_what_is_no_correction_is_refused(shelf: Shelf, told: dict[str, object], code: str) -> None:
    shelf.done()
    shelf.taken()
    assert code_of(lambda: shelf.correct(**told)) == code  # type: ignore[arg-type]


def test_only_keepers_correct_and_only_leaders_close(shelf: Shelf) -> None:
    shelf.done()
    wanted = Wanted(1, "note", "x", "y", "z")
    for role in (Role.RECEPTION, Role.SPECIALIST):
        caller = shelf.caller(role)
        assert code_of(lambda caller=caller: shelf.books.correct(caller, BOOK, 2026, wanted)) == "not-allowed"  # type: ignore[misc]
        assert code_of(lambda caller=caller: shelf.books.open(caller, BOOK, 2026)) == "not-allowed"  # type: ignore[misc]
    for role in (Role.RECEPTION, Role.CLERK):
        caller = shelf.caller(role)
        assert code_of(lambda caller=caller: shelf.books.close(caller, BOOK, 2026)) == "not-allowed"  # type: ignore[misc]


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_book_is_counted_and_takes_nothing_any_more(shelf: Shelf) -> None:
    shelf.done()
    _, fallen = shelf.done()
    shelf.spoiled()
    shelf.annulled(fallen)
    shelf.correct(column="count", after="7")
    shelf.clock.instant = JANUARY
    book = shelf.closed()
    told = book.totals
    assert (told["entries"], told["issued"], told["cancelled"], told["annulled"]) == (3, 1, 1, 1)
    assert (told["acts"], told["copies"], told["fees"], told["corrections"]) == (2, 10, 24_000, 1)
    assert told["months"] == [{"month": 3, "first": 1, "last": 3, "acts": 2, "copies": 10, "fees": 24_000}]
    assert book.closed_by == shelf.person(Role.LEADER).id
    assert code_of(shelf.closed) == "book-closed"
    assert shelf.findings() == set()
    assert shelf.actions()[-1] == "register-closed"


def test_the_year_must_be_over_where_the_authority_sits_or_a_decision_named(shelf: Shelf) -> None:
    shelf.done()
    for instant, code in (
        (DECEMBER, "book-year-not-over"),
        (datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC), "book-year-not-over"),
    ):
        shelf.clock.instant = instant
        assert code_of(shelf.closed) == code
    book = shelf.closed(decision="Quyết định 9/QĐ-LS")
    assert book.close_decision == "Quyết định 9/QĐ-LS"
    assert code_of(shelf.taken) == "book-closed"
    shelf.clock.instant = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert (shelf.taken()[0].year, shelf.taken()[0].number) == (2027, 2)


def test_closing_takes_a_fresh_proof_and_no_act_that_goes_on(shelf: Shelf) -> None:
    number, paper = shelf.taken()
    shelf.clock.instant = JANUARY
    unproved = shelf.caller(Role.LEADER, proved=False)
    assert code_of(lambda: shelf.books.close(unproved, BOOK, 2026)) == "step-up-needed"
    assert code_of(shelf.closed) == "book-waits"
    with shelf.database.unit(of(shelf.authority.id)) as unit:
        issue_on_paper(unit, shelf.authority, paper, shelf.clock.now())
        unit.cases.change_paper(paper.id, symbol=BOOK, year=number.year, entry=number.number)
    assert shelf.closed().totals["issued"] == 1


def test_a_correction_after_closing_stands_in_the_next_book(shelf: Shelf) -> None:
    shelf.done()
    shelf.clock.instant = JANUARY
    closed = shelf.closed()
    made = shelf.correct()
    assert (made.year, made.book_year, made.ordinal) == (2026, 2027, 1)
    assert shelf.books.get(shelf.caller(Role.CLERK), BOOK, 2026) == closed
    assert shelf.findings() == set()
    shelf.closed(2027, "Quyết định 1/QĐ")
    assert code_of(lambda: shelf.correct(after="Khác")) == "book-closed"


def test_a_book_that_is_closed_early_is_corrected_in_its_next_volume(shelf: Shelf) -> None:
    shelf.done()
    shelf.closed(decision="Quyết định 9/QĐ")
    assert code_of(shelf.correct) == "book-closed"
    shelf.books.open(shelf.caller(Role.CLERK), BOOK, 2026)
    assert shelf.correct().book_year == 2026
    shelf.closed(decision="Quyết định 10/QĐ")
    shelf.clock.instant = JANUARY
    assert shelf.correct(after="Khác").book_year == 2027
    assert shelf.findings() == set()


def test_what_falls_after_closing_leaves_the_closed_book_as_it_was(shelf: Shelf) -> None:
    _, paper = shelf.done()
    shelf.clock.instant = JANUARY
    shelf.closed()
    shelf.clock.pass_(days=1)
    shelf.annulled(paper)
    assert shelf.entry(1).state == "annulled"
    assert shelf.findings() == set()


def test_closing_while_others_take_numbers_leaves_nothing_open(shelf: Shelf) -> None:
    papers = [shelf.filed()[1] for _ in range(20)]
    shelf.person(Role.LEADER)

    def one(place: int) -> str:
        try:
            if place == 10:
                return str(shelf.closed(decision="Quyết định 9/QĐ").chain)
            return shelf.done(papers[place])[0].text
        except VerifierError as refusal:
            return refusal.problem.code

    with ThreadPoolExecutor(10) as officers:
        told = list(officers.map(one, range(20)))
    while len(told[10]) < 64:
        told[10] = one(10)
    book = shelf.books.get(shelf.caller(Role.CLERK), BOOK, 2026)
    numbers = sorted(one for place, one in enumerate(told) if place != 10 and one.isdigit())
    assert len(numbers) == book.last_number == book.totals["entries"] == book.totals["issued"]
    assert set(told) - {*numbers, told[10]} <= {"book-closed"}
    assert shelf.findings() == set()


def test_across_new_year_there_is_no_gap_and_no_double(shelf: Shelf) -> None:
    papers = [shelf.filed()[1] for _ in range(40)]
    shelf.person(Role.LEADER)
    midnight = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    shelf.clock.instant = midnight - timedelta(seconds=1)

    def one(place: int) -> tuple[int, int]:
        if place == 20:
            shelf.clock.instant = midnight
        number = shelf.taken(papers[place])[0]
        return number.year, number.number

    with ThreadPoolExecutor(10) as officers:
        taken = sorted(officers.map(one, range(40)))
    years = [year for year, _ in taken]
    assert taken == [
        *((2026, number) for number in range(1, years.count(2026) + 1)),
        *((2027, number) for number in range(1, years.count(2027) + 1)),
    ]
    assert min(years.count(2026), years.count(2027)) > 0


# --- volumes ---------------------------------------------------------------------------------------------------------


def test_a_new_volume_counts_on_and_a_new_year_begins_at_one(shelf: Shelf) -> None:
    clerk = shelf.caller(Role.CLERK)
    assert shelf.done()[0].book == "01/2026-SCT/BS"
    assert shelf.books.open(clerk, BOOK, 2026).volume == 2
    second = shelf.done()[0]
    assert (second.text, second.book, second.volume) == ("02", "02/2026-SCT/BS", 2)
    book = shelf.books.get(clerk, BOOK, 2026)
    assert [book.volume_of(one) for one in (1, 2)] == [1, 2]
    shelf.clock.instant = JANUARY
    assert shelf.books.open(clerk, BOOK, 2027).volume == 1
    assert shelf.done()[0].book == "01/2027-SCT/BS"
    assert shelf.actions() == ["register-opened"]


def test_volumes_that_cannot_be_are_refused(shelf: Shelf) -> None:
    clerk = shelf.caller(Role.CLERK)
    assert code_of(lambda: shelf.books.open(clerk, "SCT/XX", 2026)) == "book-unknown"
    for year in (2025, 2027, 2028):
        assert code_of(lambda year=year: shelf.books.open(clerk, BOOK, year)) == "year-wrong"  # type: ignore[misc]
    shelf.books.open(clerk, BOOK, 2026)
    assert code_of(lambda: shelf.books.open(clerk, BOOK, 2026)) == "volume-empty"
    shelf.done()
    shelf.books.open(clerk, BOOK, 2026)
    assert code_of(lambda: shelf.books.open(clerk, BOOK, 2026)) == "volume-empty"


def test_no_book_is_opened_or_closed_before_its_year_begins(shelf: Shelf) -> None:
    clerk = shelf.caller(Role.CLERK)
    midnight = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    with shelf.database.unit(of(shelf.authority.id)) as unit:  # one that was opened too soon
        held_book(unit, shelf.authority, BOOK, 2027, shelf.clock.now())
    for instant in (shelf.clock.now(), midnight - timedelta(seconds=1)):
        shelf.clock.instant = instant
        assert code_of(lambda: shelf.books.open(clerk, BOOK, 2027)) == "year-wrong"
        assert code_of(lambda: shelf.closed(2027, "Quyết định 1/QĐ")) == "year-wrong"
    shelf.clock.instant = midnight
    assert shelf.done()[0].text == "01"
    assert code_of(lambda: shelf.books.open(clerk, BOOK, 2026)) == "year-wrong"
    assert shelf.closed(2027, "Quyết định 1/QĐ").close_decision == "Quyết định 1/QĐ"


def test_after_an_early_closing_numbers_go_on_in_the_next_volume(shelf: Shelf) -> None:
    clerk = shelf.caller(Role.CLERK)
    _, first = shelf.done()
    shelf.done()
    shelf.correct(column="count", after="7")
    early = shelf.closed(decision="Quyết định 9/QĐ")
    assert code_of(shelf.taken) == "book-closed"
    opened = shelf.books.open(clerk, BOOK, 2026)
    assert (opened.volume, opened.closed_at, opened.close_decision, opened.chain) == (2, None, "", "")
    assert opened.closings == (early,)
    assert shelf.done()[0].book == "02/2026-SCT/BS"
    shelf.annulled(first)
    shelf.correct(column="note", after="x", number=2)
    assert shelf.findings() == set()
    again = shelf.closed(decision="Quyết định 10/QĐ")
    assert (again.totals["entries"], again.totals["annulled"], again.totals["corrections"]) == (3, 1, 2)
    assert shelf.books.open(clerk, BOOK, 2026).closings == (early, again)
    assert shelf.done()[0].text == "04"
    shelf.clock.instant = JANUARY
    assert [shelf.done()[0].text, shelf.closed().totals["entries"]] == ["01", 4]
    assert shelf.findings() == set()


def test_a_volume_may_follow_one_that_was_closed_empty(shelf: Shelf) -> None:
    clerk = shelf.caller(Role.CLERK)
    shelf.books.open(clerk, BOOK, 2026)
    shelf.closed(decision="Quyết định 9/QĐ")
    assert shelf.books.open(clerk, BOOK, 2026).volume == 2
    assert shelf.done()[0].book == "02/2026-SCT/BS"


def test_addresses_name_every_book(shelf: Shelf) -> None:
    law = shelf.house.book
    symbols = {one.symbol for one in law.codes.all_books}
    assert {symbol_of(law, slug(one)) for one in symbols} == symbols
    assert slug("SCT/CK,ĐC") == "sct-ck-dc"
    assert code_of(lambda: symbol_of(law, "sct")) == "not-found"


# --- the check -------------------------------------------------------------------------------------------------------

SPOILED = {
    "gap": "delete from register_entry where number = 2 and year = 2026",
    "paper-differs": "update case_paper set entry = 9 where entry = 1",
    "entry-missing": "update case_paper set year = 2020 where entry = 1",
    "columns-missing": "update register_entry set columns = '{}' where number = 1",
    "reason-missing": "update register_entry set reason = '' where number = 2",
    "correction-gap": "update register_correction set ordinal = 5",
    "chain-differs": "update register_entry set document = 'x' where number = 1",
    "totals-differ": """update register_book set totals = totals || '{"acts": 99}'""",
    "count-differs": "update register_book set last_number = 7",
}


@pytest.mark.parametrize("code", SPOILED)
def test_what_is_spoiled_in_a_closed_book_is_found(shelf: Shelf, database_url: str, code: str) -> None:
    shelf.done()
    shelf.spoiled()
    shelf.done()
    shelf.correct()
    shelf.clock.instant = JANUARY
    shelf.closed()
    assert shelf.findings() == set()
    with Schema(database_url).connection() as owner:
        owner.exec_driver_sql(SPOILED[code])
    assert code in shelf.findings()


@pytest.mark.parametrize("code", ["chain-differs", "totals-differ"])
def test_what_is_spoiled_in_a_volume_that_was_closed_early_is_found(shelf: Shelf, database_url: str, code: str) -> None:
    shelf.done()
    shelf.spoiled()
    shelf.closed(decision="Quyết định 9/QĐ")
    shelf.books.open(shelf.caller(Role.CLERK), BOOK, 2026)
    shelf.done()
    assert shelf.findings() == set()
    totals = """update register_book set volumes = jsonb_set(volumes, '{2,closed,totals,acts}', '99')"""
    with Schema(database_url).connection() as owner:
        owner.exec_driver_sql(totals if code == "totals-differ" else SPOILED[code])
    assert code in shelf.findings()
