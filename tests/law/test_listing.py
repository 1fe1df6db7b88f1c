from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from verifier.law.listing import Listed, listed
from verifier.law.records import STATUSES, Words
from verifier.law.source import FOLDER, Source

ENTRIES = listed(Source())


def made(folder: Path, text: str) -> tuple[Listed, ...]:
    shutil.copy(FOLDER / "switches.toml", folder)
    (folder / "fees").mkdir()
    (folder / "fees" / "fees.toml").write_text(text, "utf-8")
    return tuple(one for one in listed(Source(folder)) if one.part == "fees")


def test_every_part_has_entries_and_each_says_how_sure_it_is() -> None:
    folders = {one.parent.name for one in FOLDER.glob("*/*.toml")} - {"examples"}

    assert {one.part for one in ENTRIES} == folders | {"switches"}
    assert {one.status for one in ENTRIES} == set(STATUSES)
    assert all(one.citation for one in ENTRIES)


def test_a_line_takes_over_what_it_does_not_say_itself(tmp_path: Path) -> None:
    (entry, line) = made(
        tmp_path,
        """
        [[tariff]]
        id = "copy"
        vi = "Bản sao"
        en = "Copy"
        from = 2017-01-01
        until = 2030-01-01
        status = "verified"
        citation = "Điều 4"
        note = "Read."
        [[tariff.line]]
        vi = "trang"
        status = "partial"
        [[tariff.line]]
        vi = "bản"
        """,
    )

    assert entry == Listed(
        "fees", "fees/fees.toml", "tariff copy", Words("Bản sao", "Copy"), date(2017, 1, 1), date(2030, 1, 1),
        "verified", "Điều 4", "Read.",
    )  # fmt: skip
    assert (line.path, line.words.vi, line.status, line.citation) == (
        "tariff copy › line 1",
        "trang",
        "partial",
        "Điều 4",
    )
    assert (line.since, line.until, line.note) == (entry.since, entry.until, "")


@pytest.mark.parametrize("key", ["name", "reason", "about"])
def test_a_wording_may_stand_in_a_table_of_its_own(tmp_path: Path, key: str) -> None:
    text = f'[one]\nfrom = 2017-01-01\nstatus = "verified"\ncitation = "Điều 4"\n{key} = {{ vi = "Tên" }}\n'

    assert [one.words.vi for one in made(tmp_path, text)] == ["Tên"]
