"""The data of deadlines and terms: cited, dated, in both languages; and refused where one thing in them is spoiled."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from verifier.law.deadlines import Deadlines
from verifier.law.records import BadLaw
from verifier.law.source import FOLDER, Source

DEADLINES, TERMS, WAITS = "deadlines/deadlines.toml", "deadlines/terms.toml", "deadlines/waits.toml"
SPOILED = [
    (DEADLINES, 'cut_off = "15:00"', "", "cut_off is missing"),
    (DEADLINES, 'cut_off = "15:00"', 'cut_off = "25:00"', "must be an hour"),
    (DEADLINES, 'cut_off = "15:00"', "cut_off = 15:00:00", "wrong type"),
    (DEADLINES, "until = 2025-11-01", "until = 2025-11-02", "two entries hold on 2025-11-01"),
    (DEADLINES, "until = 2025-11-01\n", "", "two entries hold"),
    (DEADLINES, 'status = "verified"', 'status = "sure"', "status must be one of"),
    (DEADLINES, 'citation = "Nghị định 23/2015/NĐ-CP Điều 7, Điều 21"', "", "citation is missing"),
    (DEADLINES, 'rule = "same-day-with-cut-off"', 'rule = "some-day"', "rule must be one of"),
    (DEADLINES, 'clock = "filing"', 'clock = "receipt-sent"', "clock must be one of filing"),
    (DEADLINES, 'clock = "receipt-sent"', 'clock = "sun"', "clock must be one of"),
    (DEADLINES, 'term = "slip"', 'term = "slap"', "there is no term 'slap'"),
    (DEADLINES, "slip = true", "slips = true", "unknown key 'slips'"),
    (DEADLINES, 'channels = ["portal"]', 'channels = ["fax"]', "'fax'"),
    (DEADLINES, 'days = 2\nvi = "nhiều', 'days = 0\nvi = "nhiều', "at least 1"),
    (DEADLINES, "documents = 1\n", "documents = 2\n", "must begin at 1"),
    (DEADLINES, "documents = 5\n", "documents = 10\n", "the rows must rise"),
    (DEADLINES, "days = 4\n", "days = 2\n", "the rows must rise"),
    (DEADLINES, "days = 0\n", "days = 1\n", "the rows must rise"),
    (DEADLINES, 'channels = ["portal"]\ncut_off = "15:00"\n', 'channels = ["portal"]\n', "cut_off belongs"),
    (DEADLINES, 'id = "paper"\n', 'id = "paper"\ncut_off = "15:00"\n', "cut_off belongs"),
    (DEADLINES, 'id = "paper"\n', 'id = "paper"\nchannels = ["counter"]\n', "must be for all channels"),
    (DEADLINES, 'switch = "e-apostille"', 'switch = "f-apostille"', "there is no switch 'f-apostille'"),
    (DEADLINES, "{received}, sau", "{recieved}, sau", "nobody says 'recieved'"),
    (DEADLINES, "[reason.waiting]", "[reason.waited]", "waiting"),
    (DEADLINES, 'en = "{hour}:{minute}"\n', "", "en is missing"),
    (DEADLINES, 'vi = "{hour} giờ"', 'vi = "{hour} giờ {minute}"', "nobody says 'minute'"),
    (DEADLINES, 'en = "1 to 4 papers: 1 working day"\n', "", "en is missing"),
    (DEADLINES, "[said.hour]", "[[said]]", "a table was expected"),
    (TERMS, 'unit = "working-hours"', 'unit = "moons"', "unit must be one of"),
    (TERMS, 'unit = "none"', 'unit = "none"\nlength = 3', "unknown key 'length'"),
    (TERMS, "length = 8\n", "", "length is missing"),
    (TERMS, "length = 8\n", "length = 0\n", "at least 1"),
    (TERMS, "length = 8\n", "length = 7.5\n", "wrong type"),
    (TERMS, 'unit = "monthly"\nlength = 5', 'unit = "monthly"\nlength = 29', "may end before"),
    (TERMS, 'start = "due"', 'start = "end"', "start must be one of"),
    (TERMS, "too_late =", "late =", "too_late"),
    (TERMS, "start_words =", "began =", "start_words"),
    (TERMS, "until = 2025-07-01\n", "", "two entries hold"),
    (TERMS, "from = 2026-01-01\n", "", "from is missing"),
    (TERMS, "from = 2026-01-01\n", "from = 2026-01-01\nuntil = 2026-01-01\n", "until does not follow"),
    (TERMS, '[[term]]\nid = "fee-notice"', '[[term]]\nid = "fee-note"', "there is no term 'fee-notice'"),
    (TERMS, "[[term]]", "[term]", "not TOML"),
    (TERMS, "[[term]]", "[[terms]]", "unknown key 'terms'"),
    (WAITS, 'for = "supplement"', 'for = "rain"', "for must be one of"),
    (WAITS, 'clock = "anew"', 'clock = "slow"', "clock must be one of"),
    (WAITS, 'deadlines = ["certified-copy"', 'deadlines = ["certified-cat"', "'certified-cat'"),
    (WAITS, 'deadlines = ["apostille"]', "deadlines = []", "deadlines is empty"),
    (WAITS, "again = true\n", "", "again is missing"),
    (WAITS, 'clock = "runs"\n', 'clock = "runs"\nagain = true\n', "unknown key 'again'"),
    (WAITS, 'target = "supplement-target"\n', "", "either by or target"),
    (WAITS, 'by = "apostille-supplement"', 'by = "apostille-supplement"\ntarget = "supplement-target"', "either by or"),
    (WAITS, 'remind = "apostille-reminder"', 'remind = "alarm"', "there is no term 'alarm'"),
    (WAITS, "until = 2018-06-21\n", "", "two entries hold"),
    (WAITS, 'status = "partial"', "", "status is missing"),
    (WAITS, 'by = "apostille-supplement"\n', 'target = "supplement-target"\n', "refuse is counted from the end of by"),
    (WAITS, 'citation = "Nghị định 293/2026/NĐ-CP Điều 13 khoản 4, Điều 18 khoản 2"\n', "", "citation is missing"),
]


def copied(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER / "deadlines", tmp_path / "deadlines", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(FOLDER / "switches.toml", tmp_path)
    return tmp_path


def test_the_files_that_are_spoiled_are_valid(tmp_path: Path) -> None:
    assert Deadlines.read(Source(copied(tmp_path))).ids


@pytest.mark.parametrize(("file", "old", "new", "says"), SPOILED, ids=[str(at) for at in range(len(SPOILED))])
def test_one_spoiled_thing_is_refused_in_one_line(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    path = copied(tmp_path) / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadLaw) as refused:
        Deadlines.read(Source(tmp_path))
    assert says in str(refused.value)
    assert str(refused.value).startswith("deadlines/")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("file", [DEADLINES, TERMS])
def test_an_empty_file_is_refused(tmp_path: Path, file: str) -> None:
    (copied(tmp_path) / file).write_text("", "utf-8")
    with pytest.raises(BadLaw, match=re.escape(file)):
        Deadlines.read(Source(tmp_path))


def test_a_table_that_is_switched_off_is_read_all_the_same(tmp_path: Path) -> None:
    path = copied(tmp_path) / DEADLINES
    path.write_text(path.read_text("utf-8").replace("days = 3\n", "days = 0\n", 1), "utf-8")
    with pytest.raises(BadLaw, match="the rows must rise"):
        Deadlines.read(Source(tmp_path))


def test_a_lawyer_finds_every_deadline_and_its_status_in_the_readme() -> None:
    rows = (FOLDER / "deadlines" / "README.md").read_text("utf-8").splitlines()
    found = Deadlines.read(Source())
    for id_ in found.ids:
        (row,) = [one for one in rows if one.startswith(f"| `{id_}` |")]
        assert found.get(id_, date(2026, 11, 23)).entry.status in row.split("|")[3]
