from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.trust.lists.builder import a_list, service_ca
from tests.trust.lists.test_sealing import NOW, signer
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.outside.clock import FixedClock
from verifier.trust.lists.inspection import inspect

ABOUT = """
operator = { vi = "Bộ Ngoại giao", en = "Ministry of Foreign Affairs" }
scheme = { en = "Recognised authorities" }
territory = "VN"
street = "1 Ton That Dam"
locality = "Ha Noi"
email = "trust@example.vn"
website = "https://trust.example.vn/"
location = "https://trust.example.vn/list.xml"
"""
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("publish")
    (made / "roots").mkdir()
    (made / "roots" / "ca.pem").write_bytes(pem.armor("CERTIFICATE", service_ca().der))
    (made / "about.toml").write_text(ABOUT, encoding="utf-8")
    for kind in ("p256", "2048"):
        key, certificate = signer(kind)
        (made / f"{kind}.pem").write_bytes(pem.armor("CERTIFICATE", certificate))
        clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (made / f"{kind}.key").write_bytes(clear)
        locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
        (made / f"{kind}.locked").write_bytes(locked)
    (made / "password").write_text("open sesame\n")
    return made


@pytest.fixture
def publish(folder: Path, tmp_path: Path) -> Command:
    def call(**changes: object) -> tuple[int, str, str]:
        given = {
            "trust-store": folder / "roots",
            "about": folder / "about.toml",
            "key": folder / "p256.key",
            "certificate": folder / "p256.pem",
            "output": tmp_path / "list.xml",
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        out, err = io.StringIO(), io.StringIO()
        options = [f"--{name}={value}" for name, value in given.items() if value is not None]
        code = run(["trust", "publish", *options], Surroundings({}, out, err, FixedClock(NOW)))
        return code, out.getvalue(), err.getvalue()

    return call


def test_what_the_store_trusts_is_published(publish: Command, folder: Path, tmp_path: Path) -> None:
    code, out, err = publish()

    found = inspect((tmp_path / "list.xml").read_bytes(), NOW, (signer_of(folder),))
    assert (code, err) == (0, "")
    assert "list VN no. 1, 2 services, signature intact" in out
    assert (found.signature.pinned, found.problems) == (True, ())
    assert found.content is not None
    assert found.content.next_update == NOW + timedelta(days=90)


def test_the_next_list_has_the_next_number(publish: Command) -> None:
    publish()
    publish()

    assert "no. 3," in publish()[1]


def test_a_key_behind_a_password_is_opened(publish: Command, folder: Path) -> None:
    assert publish(key=folder / "p256.locked", password_file=folder / "password")[0] == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "p256.locked"}, "list-key-unfit"),
        ({"key": "2048.key", "certificate": "2048.pem"}, "list-key-unfit"),
        ({"certificate": "2048.pem"}, "list-key-unfit"),
        ({"key": "about.toml"}, "list-key-unfit"),
        ({"certificate": "about.toml"}, "trust-certificate-broken"),
        ({"key": "nowhere.key"}, "bad-option"),
        ({"days": 184}, "bad-option"),
        ({"days": 0}, "bad-option"),
        ({"about": "p256.pem"}, "bad-option"),
    ],
)
def test_what_is_wrong_is_one_line_and_writes_nothing(
    publish: Command, folder: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    named = {name: folder / value if isinstance(value, str) else value for name, value in changes.items()}

    code, out, err = publish(**named)

    assert code in (2, 3)
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_list_is_not_overwritten(publish: Command, tmp_path: Path) -> None:
    (tmp_path / "list.xml").write_text("my letters")

    code, _, err = publish()

    assert (code, (tmp_path / "list.xml").read_text()) == (2, "my letters")
    assert "bad-option" in err


def test_an_unknown_key_of_the_description_is_refused(publish: Command, tmp_path: Path) -> None:
    (tmp_path / "about.toml").write_text(ABOUT + 'colour = "blue"\n', encoding="utf-8")

    code, _, err = publish(about=tmp_path / "about.toml")

    assert code == 2
    assert "colour" in err


def test_the_number_goes_on_from_a_list_of_another_hand(publish: Command, tmp_path: Path) -> None:
    (tmp_path / "list.xml").write_text(a_list(), encoding="utf-8")

    assert "no. 8," in publish()[1]


def signer_of(folder: Path) -> bytes:
    return bytes(pem.unarmor((folder / "p256.pem").read_bytes())[2])
