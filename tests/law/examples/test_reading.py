"""Examples are read strictly and compared strictly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from verifier.law.examples import coverage, read_examples, same
from verifier.law.records import BadLaw
from verifier.law.source import Source

GOOD = """
[[example]]
kind = "fee"
subject = "certified-copy"
also = ["copy-most"]
vi = "Một trang"
en = "One page"
citation = "Thông tư 226/2016/TT-BTC"
switches = ["e-apostille"]
ask = { procedure = "certified-copy", at = 2026-11-23, pages = [1] }
expect = { amount_vnd = 2000 }

[[example]]
kind = "deadline"
subject = "certified-copy"
vi = "Trong ngày"
citation = "Nghị định 23/2015/NĐ-CP Điều 7"
ask = { procedure = "certified-copy", received = 2026-11-20T09:00:00+07:00 }
expect = { due = 2026-11-20T17:00:00+07:00 }

[[example]]
kind = "fee"
subject = "certified-copy"
vi = "Không có số trang"
citation = "Thông tư 226/2016/TT-BTC"
ask = { procedure = "certified-copy", at = 2026-11-23 }
expect = { refused = "count-missing", field = "pages" }
"""
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=7)))


def written(folder: Path, text: str, name: str = "fees.toml") -> Source:
    (folder / "examples").mkdir(exist_ok=True)
    (folder / "examples" / name).write_text(text, "utf-8")
    return Source(folder)


def test_examples_are_read_with_stable_ids(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace('"fee"', '"deadline"').split("[[example]]")[2].join(["[[example]]", ""]), "a.toml")
    found = read_examples(written(tmp_path, GOOD))
    assert [one.id for one in found] == [
        "a:certified-copy:1",
        "fees:certified-copy:1",
        "fees:certified-copy:2",
        "fees:certified-copy:3",
    ]
    assert found[1].switches == {"e-apostille"}
    assert found[1].ask == {"procedure": "certified-copy", "at": date(2026, 11, 23), "pages": [1]}


def test_coverage_counts_by_kind_and_what_else_is_illustrated(tmp_path: Path) -> None:
    found = read_examples(written(tmp_path, GOOD))
    assert coverage(found, "fee") == {"certified-copy": 2, "copy-most": 1}
    assert coverage(found, "deadline") == {"certified-copy": 1}
    assert coverage(found, "ground") == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "fee"', 'kind = "price"', "kind must be one of"),
        ('kind = "fee"', 'kind = "fee"\ncolour = 1', "unknown key 'colour'"),
        ('subject = "certified-copy"\n', "", "subject is missing"),
        ('vi = "Một trang"\n', "", "vi is missing"),
        ('citation = "Thông tư 226/2016/TT-BTC"\n', "", "citation is missing"),
        ("pages = [1]", "page = [1]", "unknown key 'page' in ask"),
        ("pages = [1]", "pages = 1", "pages in ask has the wrong type"),
        ("pages = [1]", "copies = true", "copies in ask has the wrong type"),
        ("at = 2026-11-23, ", "", "at is missing in ask"),
        ("pages = [1]", 'tariff = "copy-most"', "ask holds two questions"),
        ("at = 2026-11-23, ", "at = 2026-11-23T00:00:00, ", "at in ask has the wrong type"),
        ("{ amount_vnd = 2000 }", "{ }", "expect is empty"),
        ("{ amount_vnd = 2000 }", "{ amount = 2000 }", "unknown key 'amount' in expect"),
        ("{ amount_vnd = 2000 }", "2000", "expect must be a table"),
        ("T09:00:00+07:00", "T09:00:00", "2026-11-20T09:00:00 has no offset"),
        ("T17:00:00+07:00", "T17:00:00", "2026-11-20T17:00:00 has no offset"),
        ("[[example]]", "version = 1\n[[example]]", "unknown key 'version'"),
    ],
)
def test_one_spoiled_thing_is_one_line_that_names_the_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(BadLaw) as refused:
        read_examples(written(tmp_path, GOOD.replace(old, new, 1)))
    line = str(refused.value)
    assert line.startswith("examples/fees.toml")
    assert said in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("wanted", "got", "alike"),
    [
        (1, 1, True),
        (1, True, False),
        (1, 1.0, False),
        ("1", 1, False),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1}, [1], False),
        ([1], [1], True),
        ([1], (1,), True),
        ([1], [1, 2], False),
        ([{"a": 1}], [{"a": 1, "b": 2}], True),
        ([], [], True),
        ([], [1], False),
        ([1], "1", False),
        (date(2026, 11, 20), date(2026, 11, 20), True),
        (date(2026, 11, 20), NOON, False),
        (NOON, NOON, True),
        (NOON, NOON.astimezone(UTC), False),
        (NOON, NOON + timedelta(seconds=1), False),
        (NOON, "none", False),
        ("none", "none", True),
    ],
    ids=str,
)
def test_comparison_is_strict(wanted: Any, got: Any, *, alike: bool) -> None:
    assert same(wanted, got) is alike
