from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.outside.net import CRL, OCSP, ROOT_CRL
from tests.outside.servers import body, serving
from tests.pki import AT, plain_pdf, signed_pdf, trust_folder, world
from tests.pki.world import CA, LEAF
from verifier.cli import FORMATS, run
from verifier.commands.forms import FORMS
from verifier.commands.shared import Surroundings, passwords_in
from verifier.outside.clock import FixedClock

KEYS = [
    "file",
    "sha256",
    "kind",
    "outcome",
    "problem",
    "conclusion",
    "changes_after_last_signature",
    "signature_remnants",
    "revisions",
    "signatures",
    "gaps",
    "evidence",
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line on standard error."""
        (line,) = self.err.splitlines()
        return line


Command = Callable[..., Result]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents, and a plain trust store."""
    made = tmp_path_factory.mktemp("cli")
    (made / "trust").mkdir()
    trust_folder(world(), made / "trust")
    (made / "sound.pdf").write_bytes(signed_pdf(level="LT"))
    (made / "archived.pdf").write_bytes(signed_pdf(level="LTA"))
    (made / "open.pdf").write_bytes(signed_pdf(level="B"))
    (made / "plain.pdf").write_bytes(plain_pdf())
    (made / "scan.jpg").write_bytes(b"\xff\xd8\xff\xe0scan")
    (made / "empty.pdf").write_bytes(b"")
    return made


@pytest.fixture
def verifier(folder: Path) -> Command:
    def call(*args: str | Path, err: io.StringIO | None = None, **env: str) -> Result:
        out, errors = io.StringIO(), err or io.StringIO()
        given = {"VERIFIER_TRUST_STORE": str(folder / "trust"), **env}
        code = run([str(arg) for arg in args], Surroundings(given, out, errors, FixedClock(AT)))
        return Result(code, out.getvalue(), errors.getvalue())

    return call


def in_json(verifier: Command, *args: str | Path, **options: Any) -> Result:
    return verifier("validate", "--offline", "--format", "json", *args, **options)


# --- what is said, and the exit code -------------------------------------------------------------------------------


def test_all_passed_is_0(verifier: Command, folder: Path) -> None:
    done = in_json(verifier, folder / "sound.pdf", folder / "archived.pdf")
    assert (done.code, done.err) == (0, "")
    assert [line["conclusion"] for line in done.lines] == ["TOTAL_PASSED"] * 2


def test_some_not_passed_is_1(verifier: Command, folder: Path) -> None:
    done = in_json(verifier, folder / "sound.pdf", folder / "open.pdf", folder / "plain.pdf")
    assert done.code == 1
    assert [line["conclusion"] for line in done.lines] == ["TOTAL_PASSED", "INDETERMINATE", "NO_SIGNATURE"]


def test_some_not_judged_is_3_and_the_others_are_judged(verifier: Command, folder: Path) -> None:
    files = [folder / name for name in ("scan.jpg", "sound.pdf", "none.pdf", "plain.pdf", "empty.pdf")]
    done = in_json(verifier, *files)
    assert done.code == 3
    assert [line["file"] for line in done.lines] == [str(file) for file in files]
    problems = [line["problem"] and line["problem"]["code"] for line in done.lines]
    assert problems == ["not-a-pdf", None, "file-missing", None, "empty-file"]
    assert [line["outcome"] for line in done.lines] == [
        "not_judged",
        "judged",
        "not_judged",
        "judged",
        "not_judged",
    ]


def test_every_field_stands_on_every_line(verifier: Command, folder: Path) -> None:
    for line in in_json(verifier, folder / "sound.pdf", folder / "scan.jpg").lines:
        assert list(line)[: len(KEYS)] == KEYS
        assert isinstance(line["signatures"], list)
        assert isinstance(line["gaps"], list)


def test_the_text_report_names_the_file_and_the_verdict(verifier: Command, folder: Path) -> None:
    done = verifier("validate", "--offline", folder / "sound.pdf")
    assert done.code == 0
    assert "sound.pdf" in done.out
    assert "[+]" in done.out
    english = verifier("validate", "--offline", "--lang", "en", folder / "scan.jpg")
    assert english.code == 3
    assert "not-a-pdf" in english.out


def test_the_forms_offered_are_the_forms_there_are() -> None:
    assert set(FORMATS) == set(FORMS)


def test_the_report_goes_where_it_is_wanted(verifier: Command, folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "báo cáo.json"
    done = in_json(verifier, "--output", place, folder / "sound.pdf")
    assert (done.code, done.out) == (0, "")
    assert json.loads(place.read_text(encoding="utf-8"))["conclusion"] == "TOTAL_PASSED"


# --- options -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"),
        ("2026-11-22T19:00:00+07:00", "2026-11-22T12:00:00Z"),
        ("2026-11-22T12:00:00", "2026-11-22T12:00:00Z"),
        ("2026-11-22", "2026-11-22T00:00:00Z"),
    ],
)
def test_at_is_the_instant_of_judging(verifier: Command, folder: Path, given: str, wanted: str) -> None:
    (line,) = in_json(verifier, "--at", given, folder / "sound.pdf").lines
    assert line["evidence"]["at"] == wanted


def test_without_at_it_is_now(verifier: Command, folder: Path) -> None:
    (line,) = in_json(verifier, folder / "sound.pdf").lines
    assert line["evidence"]["at"] == "2026-11-22T12:00:00Z"


@pytest.mark.parametrize("given", ["yesterday", "", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59-23:59"])
def test_an_unknown_instant_is_a_mistake_of_usage(verifier: Command, folder: Path, given: str) -> None:
    done = in_json(verifier, f"--at={given}", folder / "sound.pdf")
    assert (done.code, done.out) == (2, "")
    assert done.complaint.startswith("verifier: bad-instant: ")


@pytest.mark.parametrize(
    "args",
    [
        ["validate"],
        ["validate", "--format", "xml", "a.pdf"],
        ["validate", "--unknown", "a.pdf"],
        ["judge", "a.pdf"],
        [],
        ["validate", "--password-file", "/none", "a.pdf"],
        ["validate", "--output", "/none/report", "a.pdf"],
        ["validate", "--evidence", "/dev/null/x", "a.pdf"],
        ["validate", "--evidence-record", "/none", "a.pdf"],
        ["validate", "--evidence-record", "/dev/null", "a.pdf", "b.pdf"],
        ["replay", "/none", "a.pdf"],
        ["trust", "import-root", "/none"],
    ],
)
def test_mistakes_of_usage_are_2(verifier: Command, args: list[str]) -> None:
    done = verifier(*args)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert done.err


def test_a_wrong_setting_is_named(verifier: Command, folder: Path) -> None:
    done = in_json(verifier, folder / "sound.pdf", VERIFIER_WORKERS="many")
    assert done.code == 2
    assert done.complaint.startswith("verifier: bad-option: VERIFIER_WORKERS")


def test_settings_of_the_service_do_not_matter_here(verifier: Command, folder: Path) -> None:
    assert in_json(verifier, folder / "sound.pdf", VERIFIER_ENV="production", DATABASE_URL="mysql:").code == 0


def test_help_and_version_are_no_mistakes(verifier: Command) -> None:
    assert verifier("--help").code == 0
    assert verifier("--version").out.startswith("verifier ")


def test_a_policy_is_used(verifier: Command, folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "strict.toml"
    policy.write_text('name = "strict"\nrequire_timestamp = true\nminimum_ec_bits = 384\n')
    done = in_json(verifier, "--policy", policy, folder / "sound.pdf")
    assert done.code == 1
    (usual,) = in_json(verifier, folder / "sound.pdf").lines
    assert done.lines[0]["evidence"]["policy"] != usual["evidence"]["policy"]


@pytest.mark.parametrize("content", ["name = ", 'name = "x"\nunknown = 1', None])
def test_a_policy_that_cannot_be_used_judges_nothing(
    verifier: Command, folder: Path, tmp_path: Path, content: str | None
) -> None:
    policy = tmp_path / "policy.toml"
    if content is not None:
        policy.write_text(content)
    done = in_json(verifier, "--policy", policy, folder / "sound.pdf")
    assert done.code == 3
    assert done.complaint.startswith("verifier: policy-unreadable: policy.toml: ")
    assert [line["problem"]["code"] for line in done.lines] == ["policy-unreadable"]


def test_an_evidence_record_is_looked_at(verifier: Command, folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.er"
    record.write_bytes(b"no record")
    (line,) = in_json(verifier, "--evidence-record", record, folder / "sound.pdf").lines
    assert "evidence record" in [gap["subject"] for gap in line["gaps"]]


# --- trust store ---------------------------------------------------------------------------------------------------


def test_without_trust_store_nothing_is_judged(verifier: Command, folder: Path, tmp_path: Path) -> None:
    done = in_json(verifier, "--trust-store", tmp_path / "none", folder / "sound.pdf", folder / "scan.jpg")
    assert done.code == 3
    assert done.complaint.startswith("verifier: trust-store-missing: ")
    assert [line["problem"]["code"] for line in done.lines] == ["trust-store-missing"] * 2
    assert [line["kind"] for line in done.lines] == ["pdf", "scan"]
    assert len(done.lines[0]["sha256"]) == 64


def test_an_empty_trust_store_is_never_a_verdict(verifier: Command, folder: Path, tmp_path: Path) -> None:
    done = in_json(verifier, "--trust-store", tmp_path, folder / "sound.pdf")
    assert (done.code, done.lines[0]["problem"]["code"]) == (3, "trust-store-empty")


def test_a_broken_certificate_is_refused_by_name(verifier: Command, folder: Path, tmp_path: Path) -> None:
    (trust_folder(world(), tmp_path) / "broken.crt").write_bytes(b"\x30\x03no")
    done = in_json(verifier, "--trust-store", tmp_path, folder / "sound.pdf")
    assert (done.code, done.lines[0]["problem"]["code"]) == (3, "trust-certificate-broken")
    assert "broken.crt" in done.complaint


def test_trust_list_lists_the_anchors(verifier: Command, tmp_path: Path) -> None:
    done = verifier("trust", "list", "--trust-store", trust_folder(world(), tmp_path))
    assert done.code == 0
    assert done.out.count("active ") == 2
    assert "Root (signature, timestamp)" in done.out
    assert verifier("trust", "list", "--trust-store", tmp_path / "none").code == 3


def test_trust_list_of_the_shipped_store_lists_what_waits(verifier: Command) -> None:
    done = verifier("trust", "list", "--trust-store", Path(__file__).parents[1] / "trust_store")
    assert done.code == 3
    assert done.out.count("pending ") == 4
    assert "Vietnam National Root CA (vn-public)" in done.out
    assert done.complaint.startswith("verifier: trust-store-empty: ")


def test_import_root_refuses_what_nobody_announced(verifier: Command, tmp_path: Path) -> None:
    file = trust_folder(world(), tmp_path) / "root.pem"
    done = verifier("trust", "import-root", file, "--trust-store", tmp_path)
    assert done.code == 2
    assert done.complaint.startswith("verifier: root-not-pending: ")


# --- gathering -----------------------------------------------------------------------------------------------------


def test_what_is_missing_is_fetched_unless_offline(verifier: Command, tmp_path: Path) -> None:
    with serving({"/ocsp": body(OCSP), "/ca.crl": body(CRL), "/root.crl": body(ROOT_CRL)}) as server:
        here = world(
            leaf=LEAF.but(ocsp_urls=(server.url("/ocsp"),), crl_urls=(server.url("/ca.crl"),)),
            ca=CA.but(crl_urls=(server.url("/root.crl"),)),
        )
        server.answers["/ocsp"] = body(b"")  # the responder is broken
        server.answers["/ca.crl"] = body(here.signer_crls(AT)[0])
        server.answers["/root.crl"] = body(here.signer_crls(AT)[1])
        file = tmp_path / "letter.pdf"
        file.write_bytes(signed_pdf(here))
        trust = tmp_path / "trust"
        trust.mkdir()
        trust_folder(here, trust)
        common = ["--format", "json", "--trust-store", str(trust), str(file)]
        allowed = {"VERIFIER_FETCH_ALLOW_HOSTS": server.host}
        bundle = ["--evidence", str(tmp_path / "evidence")]
        online = verifier("validate", *bundle, *common, **allowed)
        asked = len(server.asked)
        offline = verifier("validate", "--offline", *common, **allowed)
        switched_off = verifier("validate", *common, VERIFIER_FETCH="off")
        assert len(server.asked) == asked == 3
        refused = verifier("validate", *common)
    assert online.code == 0
    assert [offline.code, switched_off.code, refused.code] == [1, 1, 1]
    assert offline.out == switched_off.out
    assert {gap["kind"] for gap in offline.lines[0]["gaps"]} == {"revocation"}
    assert "port" in next(gap["reason"] for gap in refused.lines[0]["gaps"] if gap["kind"] == "fetch_failed")

    replayed = verifier("replay", "--format", "json", *(tmp_path / "evidence").iterdir(), file)
    assert replayed.code == 0
    assert replayed.out == online.out
    assert replayed.complaint == "verifier: the same as the recorded outcome"


def test_replay_tells_another_document_from_the_recorded_one(verifier: Command, folder: Path, tmp_path: Path) -> None:
    in_json(verifier, "--evidence", tmp_path, folder / "sound.pdf")
    (bundle,) = tmp_path.iterdir()
    done = verifier("replay", bundle, folder / "open.pdf")
    assert done.code == 3
    assert done.complaint.startswith("verifier: document-mismatch: ")
    done = verifier("replay", folder / "open.pdf", folder / "open.pdf")
    assert done.code == 3
    assert done.complaint.startswith("verifier: bundle-unreadable: ")


# --- passwords, names, many files ----------------------------------------------------------------------------------


def encrypted(password: str) -> bytes:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(plain_pdf())))
    writer.encrypt(owner_pass="owner", user_pass=password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_passwords_stand_one_a_line_with_their_blanks(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_bytes("\ufeffmột\n \n\n hai \r\nmột\nba".encode())
    assert passwords_in(file) == ("một", " ", " hai ", "ba")
    assert passwords_in(None) == ()


def test_each_password_is_tried_on_each_file(verifier: Command, tmp_path: Path) -> None:
    for name, password in (("a.pdf", " "), ("b.pdf", "mật khẩu"), ("c.pdf", "other")):
        (tmp_path / name).write_bytes(encrypted(password))
    passwords = tmp_path / "passwords"
    passwords.write_text("wrong\n \nmật khẩu\n", encoding="utf-8")
    files = [tmp_path / name for name in ("a.pdf", "b.pdf", "c.pdf")]
    done = in_json(verifier, "--password-file", passwords, *files)
    assert [line["conclusion"] for line in done.lines] == ["NO_SIGNATURE", "NO_SIGNATURE", None]
    assert done.lines[2]["problem"]["code"] == "pdf-encrypted"
    assert done.code == 3


def test_a_hostile_file_name_steers_nothing(verifier: Command, folder: Path, tmp_path: Path) -> None:
    name = "a\x1b[2J\n\u202etxt\udcff.pdf"
    file = tmp_path / name
    file.write_bytes((folder / "plain.pdf").read_bytes())
    (line,) = in_json(verifier, file).lines
    assert line["file"] == str(file)
    for shown in (in_json(verifier, file).out[:-1], verifier("validate", "--offline", file).out):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\udcff" not in shown
    assert "\n" not in in_json(verifier, file).out[:-1]


def test_progress_is_for_terminals_and_many_files(verifier: Command, folder: Path) -> None:
    plain = [folder / "plain.pdf"]
    assert in_json(verifier, *plain * 3).err == ""
    assert in_json(verifier, *plain, err=Terminal()).err == ""
    assert "[2/3] plain.pdf" in in_json(verifier, *plain * 3, err=Terminal()).err
    many = in_json(verifier, *plain * 20)
    assert many.err.splitlines()[-1] == "[20/20]"
    assert len(many.err.splitlines()) == 10
    assert len(many.lines) == 20


# --- the process ---------------------------------------------------------------------------------------------------


def process(*args: str | Path, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "verifier.cli", *map(str, args)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": os.environ["PATH"]},
        preexec_fn=_interruptible,  # noqa: PLW1509 - no other thread runs here
    )


def _interruptible() -> None:
    """Whoever runs the tests in the background may have interrupts ignored, which a child would take over."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_reader_that_goes_away_is_no_crash(folder: Path) -> None:
    files = [folder / "plain.pdf"] * 30
    with process("validate", "--offline", "--trust-store", folder / "trust", *files) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert "Traceback" not in running.stderr.read()
    assert running.returncode == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_quietly(folder: Path, number: signal.Signals) -> None:
    files = [folder / "archived.pdf"] * 500
    with process("validate", "--offline", "--trust-store", folder / "trust", *files) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.send_signal(number)
        running.stdout.read()
        said = running.stderr.read().splitlines()
    assert said[-1] == "verifier: interrupted"
    assert not [line for line in said if not line.startswith(("[", "verifier: "))]
    assert running.returncode == 130
