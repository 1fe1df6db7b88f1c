from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing.keys.softhsm import LABEL, MODULE, PIN, SoftHsm, needs_softhsm
from verifier import cli
from verifier.commands.shared import Surroundings
from verifier.demo.alone import Alone
from verifier.demo.held import pkcs12_of
from verifier.demo.pki import PUBLIC_SERVICE
from verifier.demo.samples import Workshop
from verifier.outside.clock import SystemClock

Command = Callable[..., tuple[int, str, str]]
PASSWORD = "mở khóa"
KEYS = ("mofa-seal", "mofa-leader", "mofa-expired", "mofa-revoked", "paris-seal")


@pytest.fixture(scope="module")
def desk(alone: Alone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A letter, and keys with their certificates."""
    folder = tmp_path_factory.mktemp("desk")
    workshop = Workshop(alone.pki, folder)
    (folder / "letter.pdf").write_bytes(workshop.letter("CÔNG VĂN", "Nội dung."))
    (folder / "note.txt").write_text("not a PDF")
    for name in KEYS:
        (folder / f"{name}.p12").write_bytes(pkcs12_of(alone.pki, name, PASSWORD))
        (folder / f"{name}.p12").chmod(0o600)
        (folder / f"{name}.pem").write_bytes(alone.pki.pem(name, PUBLIC_SERVICE) + alone.pki.pem("ca", PUBLIC_SERVICE))
    stranger = alone.pki.certificate("so-ngoai-vu").dump()
    (folder / "stranger.pem").write_bytes(pem.armor("CERTIFICATE", stranger))
    for name, mode in (("secret", 0o600), ("open", 0o644)):
        (folder / name).write_text(PASSWORD + "\n")
        (folder / name).chmod(mode)
    return folder


@pytest.fixture
def sign(alone: Alone, desk: Path, tmp_path: Path) -> Command:
    def run(
        *arguments: str, file: str = "letter.pdf", key: str = "mofa-leader", env: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        held = ["--p12", str(desk / f"{key}.p12")] if key else []
        found = {**alone.environment, "VERIFIER_SECURITY_LOG": "", "KEY_SECRET": PASSWORD, **(env or {})}
        out, err = io.StringIO(), io.StringIO()
        named = [one.replace("@", f"{desk}/") for one in arguments]
        output = ["--output", str(tmp_path / "out.pdf")]
        done = cli.run(["sign", str(desk / file), *held, *output, *named], Surroundings(found, out, err, SystemClock()))
        return done, out.getvalue(), err.getvalue()

    return run


def report(alone: Alone, path: Path) -> dict[str, Any]:
    out = io.StringIO()
    around = Surroundings(alone.environment, out, io.StringIO(), SystemClock())
    cli.run(["validate", "--format", "json", str(path)], around)
    return dict(json.loads(out.getvalue()))


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_a_signature_has_the_level_that_was_asked_for(
    sign: Command, alone: Alone, desk: Path, tmp_path: Path, level: str
) -> None:
    code, told, err = sign("--level", level)

    assert code == 0, err
    result = json.loads(told)
    assert result["level"] == f"PAdES-BASELINE-{level[2:]}"
    assert result["conclusion"] == "TOTAL_PASSED"
    assert len(result["time_stamps"]) == {"B-B": 0, "B-LTA": 2}.get(level, 1)
    data = (tmp_path / "out.pdf").read_bytes()
    assert data.startswith((desk / "letter.pdf").read_bytes())
    found = report(alone, tmp_path / "out.pdf")
    assert (found["sha256"], found["conclusion"]) == (result["sha256"], "TOTAL_PASSED")


@pytest.mark.parametrize(
    ("key", "algorithm", "told"),
    [
        ("mofa-seal", "", "rsassa_pss"),
        ("mofa-seal", "rsa-pkcs1-sha512", "rsassa_pkcs1v15"),
        ("mofa-leader", "", "ecdsa"),
    ],
)
def test_the_algorithm_follows_the_key_or_the_option(
    sign: Command, alone: Alone, tmp_path: Path, key: str, algorithm: str, told: str
) -> None:
    code, _, err = sign("--level", "B-B", *(["--algorithm", algorithm] if algorithm else []), key=key)

    assert code == 0, err
    (one,) = report(alone, tmp_path / "out.pdf")["signatures"]
    assert one["algorithms"]["signature"] == told
    assert one["algorithms"]["digest"] == ("sha512" if algorithm else "sha256")


def test_a_box_shows_who_signed_and_a_second_signature_follows(
    sign: Command, alone: Alone, desk: Path, tmp_path: Path
) -> None:
    first = sign("--level", "B-T", "--box", "1,120,200,60,20", "--field", "Con dau", "--reason", "Ban hành")
    assert first[0] == 0, first[2]
    (desk / "first.pdf").write_bytes((tmp_path / "out.pdf").read_bytes())

    second = sign("--level", "B-T", file="first.pdf", key="mofa-seal")

    assert second[0] == 0, second[2]
    found = report(alone, tmp_path / "out.pdf")
    assert [one["field"] for one in found["signatures"]] == ["Con dau", "Signature1"]
    assert {one["indication"] for one in found["signatures"]} == {"TOTAL_PASSED"}
    fields = PdfFileReader(io.BytesIO((desk / "first.pdf").read_bytes())).root["/AcroForm"]["/Fields"]
    left, low, right, high = (float(value) * 25.4 / 72 for value in fields[0]["/Rect"])
    assert (round(left), round(right - left), round(high - low), round(297 - high)) == (120, 60, 20, 200)
    assert "/AP" in fields[0]


REFUSED = {
    "a wrong password": ((), {"env": {"KEY_SECRET": "guessed"}}, 3, "password-wrong"),
    "a secret open to others": (("--secret-file", "@open"), {}, 2, "open to others"),
    "a key file that is none": (("--p12", "@open"), {"key": ""}, 3, "password-wrong"),
    "no PDF": ((), {"file": "note.txt"}, 3, "not-extendable"),
    "no file": ((), {"file": "nowhere.pdf"}, 2, "bad-option"),
    "a certificate that has expired": ((), {"key": "mofa-expired"}, 3, "certificate-expired"),
    "a certificate that is revoked": ((), {"key": "mofa-revoked"}, 3, "certificate-revoked"),
    "another's certificate": (("--certificate", "@paris-seal.pem"), {"key": "mofa-seal"}, 3, "key-mismatch"),
    "a certificate that is none": (("--certificate", "@note.txt"), {}, 2, "--certificate"),
    "an algorithm for other keys": (("--algorithm", "rsa-pss-sha256"), {}, 3, "algorithm-unfit"),
    "no authority of time": ((), {"env": {"VERIFIER_TSA": "", "VERIFIER_SIGNER_SOCKET": ""}}, 2, "--tsa"),
    "an authority of time that is away": (("--tsa", "http://127.0.0.1:1/tsa"), {}, 3, "no-time-stamp"),
    "a box without a page": (("--box", "120,200,60,20"), {}, 2, "--box"),
    "a box too small to read": (("--box", "1,120,200,2,2"), {}, 2, "--box"),
    "a page that is not there": (("--box", "7,120,200,60,20"), {}, 3, "page-missing"),
    "files of keys in production": ((), {"env": {"VERIFIER_ENV": "production"}}, 3, "pkcs12-refused"),
    "a token without its name": (("--pkcs11-module", "@note.txt"), {"key": ""}, 2, "--token"),
}


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_says_why_in_one_line_and_leaves_nothing(
    sign: Command, tmp_path: Path, row: tuple[tuple[str, ...], dict[str, Any], int, str]
) -> None:
    arguments, given, wanted, told = row
    code, out, err = sign(*arguments, **given)

    assert (code, out) == (wanted, ""), err
    assert told in err.splitlines()[-1]
    assert PASSWORD not in err
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_is_not_of_the_public_service_is_refused(sign: Command, alone: Alone, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "root.pem").write_bytes(alone.pki.pem("root", PUBLIC_SERVICE))
    (plain / "tsa.pem").write_bytes(alone.pki.pem("root"))

    code, _, err = sign("--trust-store", str(plain))

    assert (code, "certificate-not-public-service" in err) == (3, True)


@needs_softhsm
def test_a_key_on_a_token_signs(sign: Command, alone: Alone, tmp_path: Path) -> None:
    hsm = SoftHsm(tmp_path / "token")
    key = load_der_private_key(alone.pki.key("mofa-seal", PUBLIC_SERVICE).dump(), None)
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    hsm.run("--import", str(file), "--token", LABEL, "--pin", PIN, "--label", "dấu", "--id", "07")
    held = ("--pkcs11-module", str(MODULE), "--token", LABEL, "--certificate", "@mofa-seal.pem")
    env = {**hsm.env, "KEY_SECRET": PIN}
    env = {name: value for name, value in env.items() if name in {"SOFTHSM2_CONF", "KEY_SECRET"}}

    by_label = sign("--level", "B-T", *held, "--key-label", "dấu", key="", env=env)
    by_id = sign("--level", "B-B", *held, "--key-id", "07", key="", env=env)
    wrong = sign("--level", "B-B", *held, "--key-id", "07", key="", env={**env, "KEY_SECRET": "000000"})

    assert (by_label[0], by_id[0]) == (0, 0), (by_label[2], by_id[2])
    assert json.loads(by_label[1])["conclusion"] == "TOTAL_PASSED"
    assert (wrong[0], "pin-wrong" in wrong[2]) == (3, True)
