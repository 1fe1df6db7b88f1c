"""The whole book: what held on a day, its hash, and that nothing half right is ever read."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from verifier.law.answers import FeeAsk
from verifier.law.book import law_book, read_book
from verifier.law.records import BadLaw, NoAnswer
from verifier.law.source import FOLDER, Source, known_switches

IDS = (
    "consular-certification", "consular-legalization", "certified-copy", "certified-ecopy", "apostille",
    "signature-certification",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the data, to be spoiled."""
    return Path(shutil.copytree(FOLDER, tmp_path / "law", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_six_procedures_are_in_force_today() -> None:
    assert {one.id for one in law_book().at(date(2026, 11, 23)).procedures} == set(IDS)


def test_in_october_2025_there_is_no_electronic_consular_procedure_and_no_apostille() -> None:
    law = law_book().at(date(2025, 10, 15))
    assert {one.id for one in law.procedures} == {"certified-copy", "certified-ecopy", "signature-certification"}
    with pytest.raises(NoAnswer) as refused:
        law.fee("consular-certification", FeeAsk())
    assert refused.value.code == "procedure-not-in-force"
    assert "01/01/2026" in refused.value.params["reason_vi"]


@pytest.mark.parametrize(
    ("day", "stops", "control"), [(date(2025, 10, 31), 0, "05"), (date(2025, 11, 1), 1, "06")], ids=["old", "new"]
)
def test_six_forms_until_october_2025_and_seven_from_then(day: date, stops: int, control: str) -> None:
    law = law_book().at(day)
    assert [one.id for one in law.forms].count("stop-notice") == stops
    assert law.form(control).id == "control-sheet"


def test_an_unknown_procedure() -> None:
    with pytest.raises(NoAnswer, match="procedure-unknown"):
        law_book().at(date(2026, 1, 1)).procedure("notary")


def test_the_same_data_have_the_same_hash(folder: Path) -> None:
    assert read_book(Source(folder)).sha256 == law_book().sha256 == Source().sha256


@pytest.mark.parametrize("name", ["fees/fees.toml", "calendars/viet-nam.toml", "forms/forms.typ", "marks/piece.typ"])
def test_a_change_changes_the_hash(folder: Path, name: str) -> None:
    path = folder / name
    if not path.exists():
        path = min(path.parent.glob("*.typ"))
    path.write_bytes(path.read_bytes() + b"\n")
    assert Source(folder).sha256 != Source().sha256


def test_times_ends_of_lines_and_other_files_do_not_change_the_hash(folder: Path) -> None:
    for path in folder.rglob("*.toml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        os.utime(path, (0, 0))
    (folder / "fees" / "reading.pyc").write_bytes(b"x")
    assert Source(folder).sha256 == read_book(Source(folder)).sha256 == Source().sha256


def test_a_file_more_changes_the_hash(folder: Path) -> None:
    (folder / "marks" / "more.typ").write_text("", "utf-8")
    assert Source(folder).sha256 != Source().sha256


def test_a_switch_changes_the_hash_and_an_example_does_not(folder: Path) -> None:
    assert Source(switches=frozenset({"e-apostille"})).sha256 != Source().sha256
    with (folder / "examples" / "fees.toml").open("a") as file:
        file.write("\n")
    assert Source(folder).sha256 == Source().sha256


SPOILED = {
    "not TOML": ("fees/fees.toml", "[[tariff]]", "[[tariff"),
    "unknown key": ("fees/fees.toml", 'id = "copy-first-pages"', 'id = "copy-first-pages"\ncolour = "red"'),
    "no citation": ("grounds/originals-22.toml", "\ncitation = ", "\n# citation = "),
    "no status": ("switches.toml", "\nstatus = ", "\n# status = "),
    "overlap": ("deadlines/deadlines.toml", "\nuntil = 2025-11-01", "\nuntil = 2025-11-02"),
    "unknown ground": ("procedures/certified-copy.toml", '"originals-22"', '"originals-23"'),
    "unknown form": ("procedures/certified-copy.toml", '"receipt"', '"receipts"'),
    "no words": ("marks/cover.toml", "\nvi = ", "\nvn = "),
}


@pytest.mark.parametrize(("name", "old", "new"), SPOILED.values(), ids=SPOILED)
def test_one_thing_spoiled_and_the_book_is_not_read(folder: Path, name: str, old: str, new: str) -> None:
    spoil(folder / name, old, new)
    with pytest.raises(BadLaw, match=Path(name).name) as refused:
        read_book(Source(folder))
    assert "\n" not in str(refused.value)


def test_a_missing_file(folder: Path) -> None:
    (folder / "calendars" / "authorities.toml").unlink()
    with pytest.raises(BadLaw, match=r"authorities\.toml: cannot be read"):
        read_book(Source(folder))


def test_a_switch_that_does_not_exist() -> None:
    with pytest.raises(BadLaw, match="there is no switch 'tet-2028'"):
        read_book(Source(switches=frozenset({"tet-2028"})))
    assert "e-apostille" in known_switches(Source())
