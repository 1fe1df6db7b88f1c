"""Books as they are printed: by month and by year, cancelled lines struck through, corrections in Ghi chú."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.cases.world import CONSULAR, code_of
from tests.register.shelf import BOOK, DECEMBER, JANUARY, Shelf, pages
from tests.signing.acts.ports import page
from verifier.accounts.roles import Role
from verifier.register.drawing import ROOM, ROW, chunks, joined, page_count
from verifier.register.numbers import Intent, take
from verifier.storage.scope import of


def test_a_month_prints_its_entries_with_what_became_of_them(shelf: Shelf) -> None:
    shelf.done()
    shelf.spoiled()
    _, fallen = shelf.done()
    shelf.annulled(fallen)
    shelf.correct()
    text = " ".join(pages(shelf.books.printed(shelf.caller(Role.CLERK), BOOK, 2026, 3)))
    assert "SỔ CHỨNG THỰC BẢN SAO TỪ BẢN CHÍNH" in text
    assert "Quyển số: 01/2026-SCT/BS Năm: 2026" in text
    assert "Các việc chứng thực trong tháng 3 năm 2026" in text
    assert "01 02/03/2026 Đỗ Thị Bưởi Bằng tốt nghiệp đại học" in text
    assert "Đã hủy: in hỏng" in text
    assert "Bị hủy bỏ ngày 02/03/2026: 12/QĐ: cấp sai" in text
    assert "“Đỗ Thị Bưởi” sửa thành “Đỗ Thị Bưởi Tím” (căn cứ Biên bản 03/BB; lý do: ghi nhầm; Vũ Văn Sổ" in text
    assert "Cộng tháng 3: 02 việc chứng thực (bằng chữ: hai); số bản sao đã được chứng thực: 06" in text


def test_what_is_struck_through_is_drawn_otherwise(shelf: Shelf) -> None:
    shelf.spoiled()
    clerk = shelf.caller(Role.CLERK)
    spoiled = shelf.books.printed(clerk, BOOK, 2026, 3)
    assert "Đã hủy: in hỏng" in pages(spoiled)[0]
    from verifier.register.lines import Writer
    from verifier.register.printing import Sheets

    with shelf.database.unit(of(shelf.authority.id)) as unit:
        book = unit.registers.book(BOOK, 2026)
        assert book is not None
        sheets = Sheets(shelf.house.book, shelf.authority, shelf.clock.now(), unit, book, {"months": []}, "", "")
        row = Writer(sheets).entry(shelf.entry(1))
    assert set(row["struck"]) == {"date", "document"}


def test_the_year_is_joined_with_cover_and_closing_page(shelf: Shelf) -> None:
    shelf.done()
    shelf.clock.instant = DECEMBER
    shelf.done()
    shelf.clock.instant = JANUARY
    shelf.closed()
    leader = shelf.caller(Role.LEADER)
    found = pages(shelf.books.printed(leader, BOOK, 2026))
    assert len(found) == 5
    cover, march, december, closing, bound = found
    assert "SỔ ĐĂNG KÝ" in cover
    assert "Quyển số: 01/2026-SCT/BS" in cover
    assert "Ngày mở sổ: ngày 02 tháng 3 năm 2026" in cover
    assert "Ngày khóa sổ: ngày 04 tháng 01 năm 2027" in cover
    assert "tháng 3 năm 2026" in march
    assert "tháng 12 năm 2026" in december
    assert "Sổ gồm 4 trang" in closing.replace("04", "4")
    assert "Tổng số việc chứng thực đã thực hiện trong năm 2026: 02 (bằng chữ: hai)" in closing
    chain = shelf.books.get(leader, BOOK, 2026).chain
    assert chain in bound.replace(" ", "")
    assert "Tổng số việc đã thực hiện trong năm 2026: 02" in bound
    assert pages(shelf.books.closing_page(leader, BOOK, 2026)) == [bound]


def test_a_closed_book_prints_as_it_was_and_the_next_one_tells_what_came_after(shelf: Shelf) -> None:
    _, paper = shelf.done()
    shelf.clock.instant = JANUARY
    shelf.closed()
    clerk = shelf.caller(Role.CLERK)
    before = pages(shelf.books.printed(clerk, BOOK, 2026))
    shelf.clock.pass_(minutes=5)
    shelf.done()
    shelf.correct()
    shelf.annulled(paper)
    assert pages(shelf.books.printed(shelf.caller(Role.CLERK), BOOK, 2026)) == before
    text = " ".join(pages(shelf.books.printed(clerk, BOOK, 2027, 1)))
    assert "ĐC 01 04/01/2027 Đính chính số 01, quyển số 01/2026-SCT/BS" in text
    assert "HB 04/01/2027 Số 01, quyển số 01/2026-SCT/BS Bị hủy bỏ ngày 04/01/2027: 12/QĐ: cấp sai" in text


def test_consular_books_and_the_register_of_apostilles_are_printed(shelf: Shelf) -> None:
    shelf.clock.instant = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    case, paper = shelf.filed(CONSULAR)
    shelf.done(paper, "CNLS")
    clerk = shelf.caller(Role.CLERK)
    (page,) = pages(shelf.books.printed(clerk, "CNLS", 2026, 11))
    assert "CNLS - chứng nhận lãnh sự" in page
    assert "Ngô Văn Ký, Hiệu trưởng" in page
    assert case.code[:4] in page
    _, paper = shelf.filed(CONSULAR)
    shelf.done(paper, "APOSTILLE")
    (page,) = pages(shelf.books.printed(clerk, "APOSTILLE", 2026, 11))
    assert "01, ngày 23/11/2026" in page
    assert "Còn hiệu lực" in page
    assert "Bằng giấy" in page
    shelf.spoiled(None)
    with shelf.database.unit(of(shelf.authority.id)) as unit:
        intent = Intent.on_paper(shelf.filed()[1], shelf.person(Role.LEADER).id)
        take(unit, shelf.authority, "VBĐ", intent, shelf.clock.now())
    assert code_of(lambda: shelf.books.printed(clerk, "VBĐ", 2026)) == "book-not-printable"
    assert code_of(lambda: shelf.books.printed(clerk, "CNLS", 2026, 13)) == "month-wrong"
    assert code_of(lambda: shelf.books.printed(clerk, "CNLS", 2026, 2)) == "month-empty"
    assert code_of(lambda: shelf.books.closing_page(clerk, "CNLS", 2026)) == "book-open"


def test_each_volume_is_a_part_of_its_own(shelf: Shelf) -> None:
    shelf.done()
    clerk = shelf.caller(Role.CLERK)
    shelf.books.open(clerk, BOOK, 2026)
    shelf.done()
    first, second = pages(shelf.books.printed(clerk, BOOK, 2026, 3))
    assert "01/2026-SCT/BS" in first
    assert "02/2026-SCT/BS" in second


def test_a_long_month_takes_several_sheets() -> None:
    lines = [(1, {"number": f"{place:02d}", "document": "x" * 200}) for place in range(2_000)]
    parts = list(chunks(lines))
    assert len(parts) > 1
    assert sum(len(rows) for _, rows in parts) == len(lines)
    assert all(sum(ROW + 200 for _ in rows) <= ROOM for _, rows in parts)


def test_books_are_joined_side_by_side() -> None:
    book = joined([page()] * 200)

    def printed(_round: int) -> int:
        return page_count(joined([book, book]))

    with ThreadPoolExecutor(6) as clerks:
        assert set(clerks.map(printed, range(60))) == {400}
