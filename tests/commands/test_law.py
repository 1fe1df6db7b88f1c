from __future__ import annotations

import io
import json
import shutil
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from verifier.cli import run
from verifier.commands import law
from verifier.commands.shared import Surroundings
from verifier.law.book import LawBook, read_book
from verifier.law.source import FOLDER, Source
from verifier.outside.clock import FixedClock

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask() -> Command:
    def call(*args: str | Path, at: datetime = NOW, **env: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run(["law", *map(str, args)], Surroundings(env, out, err, FixedClock(at)))
        return code, out.getvalue(), err.getvalue()

    return call


def told(answer: tuple[int, str, str]) -> dict[str, Any]:
    code, out, err = answer
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_fee_line_by_line(ask: Command) -> None:
    fee = told(ask("fee", "--procedure", "certified-copy", "--pages", "4,2", "--copies", "3"))

    assert list(fee)[:3] == ["amount_vnd", "lines", "when_paid"]
    assert (fee["amount_vnd"], fee["when_paid"], fee["at"]) == (30_000, "at-return", "2026-11-23")
    first = fee["lines"][0]
    assert {"what", "count", "unit_vnd", "amount_vnd", "citation"} <= first.keys()
    assert (first["count"], first["unit_vnd"], first["amount_vnd"]) == (6, 2000, 12_000)
    assert sum(one["amount_vnd"] for one in fee["lines"]) == fee["amount_vnd"]
    assert "226/2016" in first["citation"]


@pytest.mark.parametrize(
    ("options", "amount", "paid"),
    [
        (("certified-copy", "--pages", "1"), 2_000, "at-return"),
        (("certified-copy", "--pages", "198"), 200_000, "at-return"),
        (("certified-copy", "--pages", "199", "--copies", "2"), 400_000, "at-return"),
        (("certified-ecopy", "--pages", "3"), 5_000, "at-return"),
        (("signature-certification", "--cases", "2"), 20_000, "at-return"),
        (("consular-legalization", "--documents", "2"), 60_000, "before-acceptance"),
        (("consular-certification", "--documents", "1", "--copies", "3"), 45_000, "before-acceptance"),
    ],
)
def test_fees_of_all_kinds(ask: Command, options: tuple[str, ...], amount: int, paid: str) -> None:
    fee = told(ask("fee", "--procedure", *options))

    assert (fee["amount_vnd"], fee["when_paid"]) == (amount, paid)


def test_a_deadline_by_the_authoritys_clock(ask: Command) -> None:
    deadline = told(ask("deadline", "--procedure", "certified-copy", "--received", "2026-11-20T15:30"))

    assert {"due", "clock_starts", "reason", "steps", "citation"} <= deadline.keys()
    assert deadline["due"] == "2026-11-23T17:00:00+07:00"
    assert deadline["clock_starts"] == "2026-11-20T15:30:00+07:00"
    assert all({"name", "role", "target"} <= one.keys() for one in deadline["steps"])
    assert "sau 15 giờ" in deadline["reason"]
    assert "after 15:00" in deadline["reason_en"]
    assert deadline["slip"] is True


def test_an_offset_is_read_and_the_answer_is_in_the_authoritys_zone(ask: Command) -> None:
    deadline = told(ask("deadline", "--procedure", "certified-copy", "--received", "2026-11-20T08:30:00Z"))

    assert deadline["received"] == "2026-11-20T15:30:00+07:00"


def test_a_mission_keeps_its_own_clock(ask: Command) -> None:
    options = ("--received", "2026-11-23T10:00", "--authority", "washington")
    deadline = told(ask("deadline", "--procedure", "certified-copy", *options))

    assert (deadline["calendar"], deadline["received"]) == ("washington", "2026-11-23T10:00:00-05:00")
    assert deadline["due"].endswith("-05:00")


def test_a_consular_deadline_waits_for_the_receipt(ask: Command) -> None:
    options = ("--procedure", "consular-certification", "--received", "2026-11-19T10:00")
    waiting = told(ask("deadline", *options))
    running = told(ask("deadline", *options, "--accepted", "2026-11-19T11:00", "--documents", "5"))

    assert (waiting["due"], waiting["clock_starts"]) == (None, None)
    assert all(one["target"] is None for one in waiting["steps"])
    assert running["due"] == "2026-11-23T17:00:00+07:00"


def test_the_extension_is_two_working_days(ask: Command) -> None:
    options = ("--procedure", "certified-copy", "--received", "2026-11-16T09:00")

    assert told(ask("deadline", *options))["due"].startswith("2026-11-16")
    assert told(ask("deadline", *options, "--extended"))["due"].startswith("2026-11-18")


def test_the_law_of_a_deadline_is_that_of_the_day_of_filing_there(ask: Command) -> None:
    late = ask("deadline", "--procedure", "apostille", "--received", "2026-09-10T23:59")
    first = ask("deadline", "--procedure", "apostille", "--received", "2026-09-10T17:00Z")

    assert (late[0], first[0]) == (2, 0)
    assert told(first)["at"] == "2026-09-11"


def test_procedures_of_a_day_and_why_others_are_not(ask: Command) -> None:
    now, then = told(ask("procedures")), told(ask("procedures", "--at", "2025-10-15"))

    assert (now["at"], len(now["procedures"]), now["not_in_force"]) == ("2026-11-23", 6, [])
    absent = {one["id"]: one for one in then["not_in_force"]}
    assert "apostille" in absent
    assert absent["apostille"]["reason"] != absent["apostille"]["reason_en"] != ""


def test_today_is_that_of_viet_nam(ask: Command) -> None:
    assert told(ask("procedures", at=NOW.replace(hour=16, minute=59)))["at"] == "2026-11-23"
    assert told(ask("procedures", at=NOW.replace(hour=17)))["at"] == "2026-11-24"


def test_grounds_and_components(ask: Command) -> None:
    grounds = told(ask("grounds", "--procedure", "certified-copy"))
    components = told(ask("components", "--procedure", "consular-legalization"))

    assert len(grounds["grounds"]) == 6
    assert all(one["citation"].startswith("Nghị định 23/2015/NĐ-CP") for one in grounds["grounds"])
    assert {one["need"] for one in components["components"]} >= {"always", "condition"}


def test_a_calendar_with_its_doubts(ask: Command) -> None:
    calendar = told(ask("calendar", "--year", "2026"))

    assert (calendar["calendar"], calendar["zone"]) == ("viet-nam", "Asia/Ho_Chi_Minh")
    assert "2026-11-24" in {one["day"] for one in calendar["days_off"]}
    assert "2026-11-23" in {one["day"] for one in calendar["doubts"]}


def test_a_switch_of_the_settings_is_on(ask: Command) -> None:
    calendar = told(ask("calendar", "--year", "2026", VERIFIER_LAW_SWITCHES="swap-2026-11-23"))

    assert "2026-11-23" in {one["day"] for one in calendar["days_off"]}
    assert calendar["law_sha256"] != told(ask("calendar"))["law_sha256"]


def test_a_form_is_written_blank_or_filled(ask: Command, tmp_path: Path) -> None:
    blank, filled, values = tmp_path / "blank.pdf", tmp_path / "filled.pdf", tmp_path / "values.json"
    values.write_text('{"applicant": "Nguyễn Thị Bích Ngọc"}', "utf-8")

    assert ask("form", "--id", "01", "--output", blank) == (0, "", "")
    assert ask("form", "--id", "receipt", "--for", "applicant", "--values", values, "--output", filled) == (0, "", "")
    assert blank.read_bytes().startswith(b"%PDF-")
    assert filled.read_bytes() != blank.read_bytes()


def test_worked_examples_are_reckoned(ask: Command) -> None:
    code, out, err = ask("examples")

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[-1] == f"{len(lines) - 1} examples, 0 failed"
    assert len(lines) > 300


def test_an_example_that_fails_is_1_and_says_what_is_otherwise(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    for file in (folder / "examples").glob("*.toml"):
        file.unlink()
    (folder / "examples" / "one.toml").write_text(
        '[[example]]\nkind = "fee"\nsubject = "certified-copy"\nvi = "Một trang"\nen = "One"\ncitation = "Điều 4"\n'
        'ask = { procedure = "certified-copy", at = 2026-11-23, pages = [1] }\nexpect = { amount_vnd = 1 }\n',
        "utf-8",
    )
    code, out, _ = asked("examples", folder)

    assert code == 1
    assert "FAILED" in out
    assert "'amount_vnd': 2000" in out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("procedures", "--at", "2026-02-30"), "date-unclear"),
        (("procedures", "--at", "2014-12-31"), "date-unclear"),
        (("fee", "--procedure", "nothing"), "procedure-unknown"),
        (("fee", "--procedure", "apostille", "--at", "2026-09-10"), "procedure-not-in-force"),
        (("fee", "--procedure", "certified-copy"), "count-missing"),
        (("fee", "--procedure", "certified-copy", "--pages", "0"), "count-wrong"),
        (("fee", "--procedure", "certified-copy", "--pages", "4,x"), "count-wrong"),
        (("fee", "--procedure", "certified-copy", "--pages=-4"), "count-wrong"),
        (("fee", "--procedure", "certified-copy", "--pages", "4", "--cases", "1"), "count-unused"),
        (("deadline", "--procedure", "certified-copy", "--received", "today"), "instant-unclear"),
        (
            ("deadline", "--procedure", "certified-copy", "--received", "2026-11-23T10:00", "--channel", "x"),
            "filing-channel-unknown",
        ),
        (
            ("deadline", "--procedure", "apostille", "--received", "2026-11-23T10:00", "--extended"),
            "extension-not-allowed",
        ),
        (
            (
                "deadline",
                "--procedure",
                "signature-certification",
                "--received",
                "2026-11-23T10:00",
                "--channel",
                "post",
            ),
            "filing-channel-unknown",
        ),
        (
            ("deadline", "--procedure", "certified-copy", "--received", "2026-11-23T10:00", "--authority", "x"),
            "calendar-unknown",
        ),
        (("grounds", "--procedure", "x\x1b[31m"), "procedure-unknown"),
        (("form", "--id", "99", "--output", "x.pdf"), "form-unknown"),
        (("form", "--id", "01", "--for", "nobody", "--output", "x.pdf"), "form-audience-unknown"),
        (("form", "--id", "01", "--output", "/no/such/folder/x.pdf"), "bad-option"),
        (("calendar", "--year", "1999"), "date-unclear"),
        (("calendar", "--authority", "moon"), "calendar-unknown"),
    ],
)
def test_what_cannot_be_answered_is_one_line(ask: Command, options: tuple[str, ...], code: str) -> None:
    status, out, err = ask(*options)

    assert (status, out) == (2, "")
    assert err.startswith(f"verifier: {code}: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_the_last_evening_that_can_be_asked_is_answered(ask: Command) -> None:
    deadline = told(ask("deadline", "--procedure", "certified-copy", "--received", "2099-12-31T20:00"))

    assert deadline["due"].startswith("2100-01-")


@pytest.mark.parametrize("text", ["[1]", "{", "\udcff", "[" * 100_000], ids=["list", "cut", "no-utf-8", "deep"])
def test_values_that_are_no_object_are_refused(ask: Command, tmp_path: Path, text: str) -> None:
    values = tmp_path / "values.json"
    values.write_text(text, "utf-8", errors="surrogateescape")
    status, _, err = ask("form", "--id", "01", "--values", values, "--output", tmp_path / "x.pdf")

    assert (status, err) == (2, "verifier: bad-option: --values is no JSON object\n")


def test_broken_data_are_one_line_and_3(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    fees = folder / "fees" / "fees.toml"
    fees.write_text(fees.read_text("utf-8").replace("amount_vnd = 2000", "amount_vnd = -2", 1), "utf-8")
    code, out, err = asked("procedures", folder)

    assert (code, out, err.count("\n")) == (3, "", 1)
    assert err.startswith("verifier: bad-law: fees/fees.toml")


def copy(place: Path) -> Path:
    return Path(shutil.copytree(FOLDER, place / "law", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def asked(act: str, folder: Path) -> tuple[int, str, str]:
    def read(switches: frozenset[str]) -> LawBook:
        return read_book(Source(folder, switches))

    out, err = io.StringIO(), io.StringIO()
    code = law.run(Namespace(act=act, at=""), Surroundings({}, out, err, FixedClock(NOW)), read)
    return code, out.getvalue(), err.getvalue()
