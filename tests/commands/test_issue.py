from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyotp
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer

from tests.support import postgres
from verifier import cli
from verifier.commands.shared import Surroundings
from verifier.commands.workshop import secret_of
from verifier.demo.alone import Alone, codes_anew
from verifier.demo.samples import Workshop
from verifier.errors import BadRequest
from verifier.outside.clock import SystemClock
from verifier.storage.database import Database
from verifier.storage.keys import read_ring
from verifier.storage.scope import SYSTEM

Command = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
COPIES, OFFICE = "phuong.chutich", "lanhdao"
TITLE = "GIẤY XÁC NHẬN"
COPY, CERTIFICATION = ("--kind", "certified-ecopy"), ("--kind", "consular-certification")


@pytest.fixture(scope="module")
def letters(alone: Alone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents as they come in."""
    folder = tmp_path_factory.mktemp("letters")
    workshop = Workshop(alone.pki, folder)
    letter = workshop.letter(TITLE, "Nội dung.|Nội dung thứ hai.")
    signed = workshop.sign(letter, "so-ngoai-vu", level="T")
    broken = bytearray(signed)
    at = signed.index(b"/MediaBox")
    broken[at + 12 : at + 13] = b"1" if broken[at + 12 : at + 13] != b"1" else b"2"
    (folder / "letter.pdf").write_bytes(letter)
    (folder / "signed.pdf").write_bytes(signed)
    (folder / "broken.pdf").write_bytes(broken)
    (folder / "locked.pdf").write_bytes(locked(letter))
    (folder / "small.pdf").write_bytes(small(letter))
    (folder / "note.txt").write_text("Bản ghi không phải PDF.", encoding="utf-8")
    (folder / "empty.pdf").write_bytes(b"")
    return folder


def locked(letter: bytes) -> bytes:
    writer: PdfFileWriter = copy_into_new_writer(PdfFileReader(io.BytesIO(letter)))
    writer.encrypt("chủ", "người đọc")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def small(letter: bytes) -> bytes:
    """Make its page 3 cm by 3 cm."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(letter)))
    page = writer.root["/Pages"]["/Kids"][0]
    for number, side in enumerate((0, 0, 85, 85)):
        page["/MediaBox"][number] = type(page["/MediaBox"][number])(side)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def issue(alone: Alone, letters: Path) -> Command:
    """Run the command as the officer of the kind, with configuration."""

    def run(name: str, *arguments: str, login: str = "", env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        kind = arguments[arguments.index("--kind") + 1] if "--kind" in arguments else ""
        login = login or (COPIES if kind == "certified-ecopy" else OFFICE)
        account = next((one for one in alone.accounts if one.login == login), None)
        renewed(alone)
        secrets = {"OFFICER_PASSWORD": "guessed", "OFFICER_CODE": "000000"}
        if account:
            code = pyotp.TOTP(account.secret).at(SystemClock().now())
            secrets = {"OFFICER_PASSWORD": account.password, "OFFICER_CODE": code}
        found = {**alone.environment, **secrets, "VERIFIER_SECURITY_LOG": "", **(env or {})}
        out, err = io.StringIO(), io.StringIO()
        command = ["issue", str(letters / name), "--officer", login, *arguments]
        return cli.run(command, Surroundings(found, out, err, SystemClock())), out.getvalue(), err.getvalue()

    return run


def renewed(alone: Alone) -> None:
    folder = alone.trust_store.parent
    ring = read_ring(folder / "data" / "keys.toml")
    with contextlib.closing(Database(alone.environment["DATABASE_URL"], ring)) as database:
        codes_anew(database, ring, folder, SystemClock().now())


def judged(alone: Alone, path: Path) -> dict[str, Any]:
    out = io.StringIO()
    around = Surroundings(alone.environment, out, io.StringIO(), SystemClock())
    assert cli.run(["validate", "--format", "json", str(path)], around) == 0
    return dict(json.loads(out.getvalue()))


def test_a_signed_document_gets_its_mark_two_signatures_and_lasting_validity(
    issue: Command, alone: Alone, letters: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.pdf"
    said = ("--say", "country=Pháp / France", "--say", "capacity=Giám đốc")
    code, told, err = issue("signed.pdf", "--kind", "consular-certification", *said, "--output", str(out))

    assert code == 0, err
    result = json.loads(told)
    assert (result["level"], result["placement"], result["conclusion"]) == ("B-LTA", "page", "TOTAL_PASSED")
    assert result["book"].endswith("CNLS")
    assert [one["kind"] for one in result["time_stamps"]] == ["signature", "signature", "document"]
    assert result["check"].startswith(alone.environment["VERIFIER_PUBLIC_URL"] + "/check/")
    assert out.read_bytes().startswith((letters / "signed.pdf").read_bytes())
    assert result["added"] == out.stat().st_size - (letters / "signed.pdf").stat().st_size
    report = judged(alone, out)
    assert report["sha256"] == result["sha256"]
    names = [one["signer"]["common_name"] for one in report["signatures"] if one["kind"] == "signature"]
    assert names == ["Sở Ngoại vụ tỉnh Trình Diễn", "Trần Quốc Bảo", "Cục Lãnh sự (mẫu)"]
    assert "signed_by = Sở Ngoại vụ tỉnh Trình Diễn" in err  # as the signature tells, and so it is told
    assert "released" in err


def test_an_apostille_is_issued_with_its_management_number(issue: Command, alone: Alone, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    said = ("--say", "capacity=Giám đốc")
    code, told, err = issue("signed.pdf", "--kind", "apostille", *said, "--output", str(out))

    assert code == 0, err
    result = json.loads(told)
    assert (result["level"], result["conclusion"]) == ("B-LTA", "TOTAL_PASSED")
    assert result["book"].endswith("APOSTILLE")


def test_the_session_ends_with_the_command(issue: Command, alone: Alone, tmp_path: Path) -> None:
    code, _, err = issue("letter.pdf", *COPY, "--level", "B-LT", "--output", str(tmp_path / "out.pdf"))

    assert code == 0, err
    ring = read_ring(alone.trust_store.parent / "data" / "keys.toml")
    with (
        contextlib.closing(Database(alone.environment["DATABASE_URL"], ring)) as database,
        database.unit(SYSTEM) as unit,
    ):
        person = unit.people.by_login(COPIES)
        assert person is not None
        assert unit.sessions.of_person(person.id) == ()  # of those that are open


def test_secrets_are_read_line_by_line_where_nothing_is_set() -> None:
    around = Surroundings({"SET": "of the environment"}, io.StringIO(), io.StringIO(), SystemClock())
    typed = io.StringIO("mật khẩu\n123456\r\n")

    assert secret_of(around, "SET", "", typed) == "of the environment"
    assert [secret_of(around, "UNSET", "", typed) for _ in range(2)] == ["mật khẩu", "123456"]
    with pytest.raises(BadRequest):
        secret_of(around, "UNSET", "", typed)


def test_numbers_go_up_without_a_gap(issue: Command, tmp_path: Path) -> None:
    numbers = []
    for number in range(2):
        path = tmp_path / f"{number}.pdf"
        code, told, err = issue("letter.pdf", "--kind", "certified-ecopy", "--level", "B-LT", "--output", str(path))
        assert code == 0, err
        numbers.append(int(json.loads(told)["number"]))
        assert json.loads(told)["level"] == "B-LT"
    assert numbers[1] == numbers[0] + 1


@pytest.mark.parametrize("name", ["small.pdf", "note.txt"])
def test_what_cannot_bear_the_mark_goes_on_a_cover_byte_for_byte(
    issue: Command, letters: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out.pdf"
    code, told, err = issue(name, "--kind", "certified-ecopy", "--output", str(out))

    assert code == 0, err
    assert json.loads(told)["placement"] == "allonge"
    files = PdfFileReader(io.BytesIO(out.read_bytes())).root["/Names"]["/EmbeddedFiles"]["/Names"]
    assert files[1]["/EF"]["/F"].data == (letters / name).read_bytes()


REFUSED = {
    "a broken signature": ("broken.pdf", COPY, 3, "broken-signature"),
    "a password": ("locked.pdf", COPY, 3, ""),
    "nothing in it": ("empty.pdf", COPY, 3, "empty-file"),
    "no signature to certify": ("letter.pdf", CERTIFICATION, 3, ""),
    "a particular that is missing": ("signed.pdf", (*CERTIFICATION, "--say", "certified=all"), 3, "mark-field-missing"),
    "a particular that nobody knows": ("letter.pdf", (*COPY, "--say", "colour=red"), 2, "mark-field-unknown"),
    "a particular without a value": ("letter.pdf", (*COPY, "--say", "country"), 2, "bad-option"),
    "a particular twice": ("letter.pdf", (*COPY, "--say", "a=b", "--say", "a=c"), 2, "bad-option"),
    "no such file": ("nowhere.pdf", COPY, 2, "bad-option"),
    "no kind": ("letter.pdf", (), 2, "--kind"),
    "an unknown kind": ("letter.pdf", ("--kind", "visa"), 2, "--kind"),
    "an id that is none": ("letter.pdf", (*COPY, "--replaces", "17"), 2, "bad-option"),
    "nothing to replace": ("letter.pdf", (*COPY, "--replaces", "00000000-0000-4000-8000-000000000000"), 2, "not-found"),
    "an officer of another authority": ("letter.pdf", (*COPY, "--officer", OFFICE), 3, "not-competent"),
    "an officer whom nobody knows": ("letter.pdf", (*COPY, "--officer", "nobody"), 2, "sign-in-failed"),
    "no leader": ("letter.pdf", (*COPY, "--officer", "vanthu"), 2, "not-allowed"),
}


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_says_why_in_one_line_and_leaves_nothing(
    issue: Command, tmp_path: Path, row: tuple[str, tuple[str, ...], int, str]
) -> None:
    name, arguments, wanted, code_told = row
    login = arguments[-1] if "--officer" in arguments else ""
    code, out, err = issue(name, *arguments, "--output", str(tmp_path / "out.pdf"), login=login)

    assert (code, out) == (wanted, "")
    assert code_told in err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


WRONG = {
    "password": ({"OFFICER_PASSWORD": "wrong"}, 2, "sign-in-failed"),
    "code": ({"OFFICER_CODE": "000000"}, 2, "sign-in-failed"),
    "no signer": ({"VERIFIER_SIGNER_SOCKET": "/nowhere/socket"}, 3, "signer-absent"),
    "no database": ({"DATABASE_URL": ""}, 2, "DATABASE_URL"),
    "no address": ({"VERIFIER_PUBLIC_URL": ""}, 2, "VERIFIER_PUBLIC_URL"),
    "no time": ({"VERIFIER_TSA": ""}, 2, "VERIFIER_TSA"),
    "a database that is away": ({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, 3, "database-unusable"),
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG.keys())
def test_wrong_secrets_and_settings_are_told(
    issue: Command, alone: Alone, tmp_path: Path, row: tuple[dict[str, str], int, str]
) -> None:
    env, wanted, told = row
    code, out, err = issue("letter.pdf", *COPY, "--output", str(tmp_path / "out.pdf"), env=env)

    assert (code, out) == (wanted, "")
    assert told in err.splitlines()[-1]
    assert not any(one.password in err for one in alone.accounts)
    assert list(tmp_path.iterdir()) == []


def test_the_document_itself_is_never_written_over(issue: Command, letters: Path) -> None:
    before = (letters / "letter.pdf").read_bytes()
    code, _, err = issue("letter.pdf", *COPY, "--output", str(letters / "letter.pdf"))

    assert (code, "the document itself" in err) == (2, True)
    assert (letters / "letter.pdf").read_bytes() == before


def test_what_stood_at_the_output_is_replaced_whole(issue: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    out.write_text("before")
    code, _, err = issue("letter.pdf", *COPY, "--output", str(out))

    assert code == 0, err
    assert out.read_bytes().startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == [out]


def test_an_issued_document_is_replaced_once(issue: Command, tmp_path: Path) -> None:
    _, told, _ = issue("letter.pdf", *COPY, "--output", str(tmp_path / "1.pdf"))
    first = json.loads(told)["id"]

    again = [issue("letter.pdf", *COPY, "--replaces", first, "--output", str(tmp_path / name)) for name in "23"]

    assert [code for code, _, _ in again] == [0, 2]
    assert "not-in-force" in again[1][2].splitlines()[-1]


@pytest.fixture
def folder() -> Iterator[Path]:
    with postgres.open_folder() as made:
        yield made


def test_without_configuration_it_starts_what_it_needs_and_leaves_nothing_running(folder: Path, letters: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("VERIFIER_", "DATABASE_"))}
    environment = {**plain, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    python = [sys.executable, "-m", "verifier.cli"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*python, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    done = run("issue", str(letters / "letter.pdf"), "--kind", "certified-ecopy", "--output", "out.pdf")

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["number"], result["conclusion"]) == ("01", "TOTAL_PASSED")
    assert "no legal effect" in done.stderr
    assert "không có giá trị pháp lý" in done.stderr
    assert left(folder) == []
    trust = done.stderr.split("--trust-store ")[1].split()[0]
    checked = run("validate", "--format", "json", "--trust-store", trust, "out.pdf")
    assert json.loads(checked.stdout)["conclusion"] == "TOTAL_PASSED"  # by what stands in it: nobody answers any more


def left(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in command:
                found.append(command)
    return found
