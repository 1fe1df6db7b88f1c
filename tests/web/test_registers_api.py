from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.register.shelf import BOOK, JANUARY, Shelf, pages
from tests.web.case_api_site import CaseApiSite, code, told
from verifier.accounts.roles import Role
from verifier.register.control_sheet import ControlSheets
from verifier.register.tracking import TrackingBook
from verifier.storage.database import Database
from verifier.web.api import register_schemas as schemas

API = "/api/v1/registers"
ONE = f"{API}/sct-bs/2026"
CORRECTION = {"number": 1, "column": "requester", "after": "Đỗ Thị Bòng", "reason": "ghi nhầm", "basis": "BB 03"}


class ShelfSite(CaseApiSite):
    """The site with register books."""

    shelf: Shelf


@pytest.fixture
def site(database: Database, tmp_path: Path) -> ShelfSite:
    shelf = Shelf(database, tmp_path)
    made, book, clock = ShelfSite(shelf), shelf.house.book, shelf.clock.now
    made.shelf = shelf
    parts = cast("SimpleNamespace", made.work)
    parts.books, parts.issues = shelf.books, None
    parts.tracking = TrackingBook(database, book, clock)
    parts.control_sheets = ControlSheets(shelf.cases, database, book, clock)
    return made


def test_books_and_their_entries_are_read(site: ShelfSite) -> None:
    for _ in range(3):
        site.shelf.done()
    officer = site.officer(Role.RECEPTION)
    (book,) = told(officer("GET", API))["books"]
    schemas.RegisterBookNote.model_validate(book)
    assert (book["book"], book["last_number"], book["href"]) == ("01/2026-SCT/BS", 3, ONE)
    whole = told(officer("GET", ONE))
    schemas.RegisterBookWhole.model_validate(whole)
    assert (whole["totals"]["acts"], whole["totals"]["copies"]) == (3, 9)
    page = told(officer("GET", f"{ONE}/entries?limit=2"))
    schemas.RegisterEntries.model_validate(page)
    assert [one["number_text"] for one in page["entries"]] == ["01", "02"]
    rest = told(officer("GET", page["next"]))
    assert ([one["number"] for one in rest["entries"]], rest["next"]) == ([3], None)
    found = told(officer("GET", "/api/v1/register-entries?number=2&day=2026-03-02"))
    assert [one["columns"]["requester"] for one in found["entries"]] == ["Đỗ Thị Bưởi"]


def test_an_entry_is_corrected_and_the_book_printed(site: ShelfSite) -> None:
    site.shelf.done()
    clerk = site.officer(Role.CLERK)
    made = clerk("POST", f"{ONE}/corrections", json=CORRECTION)
    assert made.status_code == 201
    schemas.RegisterCorrectionNote.model_validate(told(made))
    (entry,) = told(clerk("GET", f"{ONE}/entries"))["entries"]
    assert entry["corrections"] == [told(made)]
    month = clerk("GET", f"{ONE}/print?month=3")
    assert month.content_type == "application/pdf"
    assert "sửa thành “Đỗ Thị Bòng”" in " ".join(pages(month.data))
    assert code(clerk("POST", f"{ONE}/corrections", json={**CORRECTION, "basis": ""})) == (422, "citation-missing")
    assert code(clerk("POST", f"{ONE}/corrections", json={**CORRECTION, "number": "1"})) == (422, "field-wrong")
    assert code(clerk("GET", f"{ONE}/print?month=x")) == (400, "bad-option")
    assert code(clerk("POST", f"{ONE}/volumes", json={"volume": 7})) == (422, "field-unknown")
    volume = clerk("POST", f"{ONE}/volumes")
    assert (volume.status_code, told(volume)["book"]) == (201, "02/2026-SCT/BS")


def test_a_leader_closes_a_book_with_a_fresh_proof(site: ShelfSite) -> None:
    site.shelf.done()
    leader = site.officer(Role.LEADER)
    assert code(leader("POST", f"{ONE}/closing", json={})) == (409, "book-year-not-over")
    assert code(leader("GET", f"{ONE}/closing-page")) == (409, "book-open")
    site.shelf.clock.instant = JANUARY
    late = site.officer(Role.LEADER, proved=False)
    assert code(late("POST", f"{ONE}/closing", json={})) == (403, "step-up-needed")
    leader = site.officer(Role.LEADER)
    closed = leader("POST", f"{ONE}/closing", json={})
    assert closed.status_code == 200, closed.text
    schemas.RegisterBookWhole.model_validate(told(closed))
    assert code(leader("POST", f"{ONE}/closing", json={})) == (409, "book-closed")
    page = leader("GET", f"{ONE}/closing-page")
    assert told(closed)["chain"] in "".join(pages(page.data)).replace(" ", "")
    assert code(leader("POST", f"{ONE}/closing/signature")) == (501, "issuing-off")


def test_volumes_and_closings_are_listed_those_before_the_end_of_the_year_too(site: ShelfSite) -> None:
    site.shelf.done()
    leader, place = site.officer(Role.LEADER), told(site.officer(Role.CLERK)("GET", ONE))["volumes"]
    early = told(leader("POST", f"{ONE}/closing", json={"decision": "9/QĐ"}))
    assert leader("POST", f"{ONE}/volumes").status_code == 201
    site.shelf.done()
    by = {"id": str(site.world.person(Role.LEADER).id), "name": site.world.person(Role.LEADER).name}
    found = told(site.officer(Role.RECEPTION)("GET", place))
    schemas.RegisterVolumes.model_validate(found)
    names = ("book", "first", "last", "opened_by", "closed_at")
    assert [tuple(one[name] for name in names) for one in found["volumes"]] == [
        ("01/2026-SCT/BS", 1, 1, None, early["closed_at"]), ("02/2026-SCT/BS", 2, 2, by, None),
    ]  # fmt: skip
    (closing,) = found["closings"]
    assert {name: closing[name] for name in ("chain", "totals", "decision", "closed_at", "last_number")} == {
        **{name: early[name] for name in ("chain", "totals", "decision", "closed_at")}, "last_number": 1,
    }  # fmt: skip
    assert (closing["volume"], closing["closed_by"], closing["signature"], closing["stands"]) == (1, by, None, False)
    site.shelf.clock.instant = JANUARY
    site.officer(Role.LEADER)("POST", f"{ONE}/closing", json={})
    found = told(site.officer(Role.RECEPTION)("GET", place))
    assert [(one["volume"], one["stands"], one["totals"]["entries"]) for one in found["closings"]] == [
        (1, False, 1), (2, True, 2),
    ]  # fmt: skip
    assert found["volumes"][1]["closed_at"] == found["closings"][1]["closed_at"]
    assert code(site.officer(Role.CLERK)("GET", f"{API}/sct-bs/2019/volumes")) == (404, "not-found")


def test_who_may_and_what_is_not_there(site: ShelfSite) -> None:
    site.shelf.done()
    reception, clerk = site.officer(Role.RECEPTION), site.officer(Role.CLERK)
    assert code(reception("POST", f"{ONE}/corrections", json=CORRECTION))[0] == 403
    assert code(clerk("POST", f"{ONE}/closing", json={}))[0] == 403
    for address in (f"{API}/sct-xx/2026", f"{API}/sct-bs/2019", f"{API}/sct-bs/{2**31}/entries"):
        assert code(reception("GET", address)) == (404, "not-found")
    visitor = site.app.test_client().get(ONE)
    assert visitor.status_code == 401
    assert BOOK == "SCT/BS"


def test_the_tracking_book_and_the_control_sheet_are_json_or_pdf(site: ShelfSite) -> None:
    case = site.shelf.filed()[0]
    officer = site.officer(Role.SPECIALIST)
    tracking = "/api/v1/tracking-book?from=2026-03-01&to=2026-03-31"
    rows = told(officer("GET", tracking))
    schemas.TrackingRows.model_validate(rows)
    assert [one["code"] for one in rows["dossiers"]] == [case.code]
    pdf = officer("GET", tracking, headers={"Accept": "application/pdf"})
    assert "SỔ THEO DÕI HỒ SƠ" in " ".join(pages(pdf.data))
    sheet = f"/api/v1/cases/{case.id}/control-sheet"
    schemas.Handovers.model_validate(told(officer("GET", sheet)))
    assert "PHIẾU KIỂM SOÁT" in " ".join(pages(officer("GET", sheet, headers={"Accept": "application/pdf"}).data))
    assert code(officer("GET", "/api/v1/tracking-book?from=2026-03-01")) == (400, "bad-option")
    assert code(officer("GET", f"{tracking}&form=pdf")) == (400, "parameter-unknown")
    assert code(officer("GET", "/api/v1/tracking-book?from=2026-03-02&to=2026-03-01")) == (422, "period-wrong")
