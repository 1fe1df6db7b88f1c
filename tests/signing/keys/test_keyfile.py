"""The key file is read strictly: start valid, spoil one thing, see it refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.signing.keys.files import KeyFolder, private
from verifier.errors import BadRequest
from verifier.signing.keys.keyfile import InFile, OnToken, TokenPlace, read_key_file
from verifier.signing.records import Algorithm, Role

TOKEN: dict[str, Any] = {
    "name": "seal-2026",
    "authority": "G10.TEST",
    "role": "agency",
    "backend": "pkcs11",
    "certificate": "seal.pem",
    "algorithm": "rsa-pss-sha256",
    "module": "/usr/lib/module.so",
    "token": "con dấu",
    "key_label": "seal",
    "key_id": "0aff",
    "pin_file": "pin",
    "sessions": 2,
}
FILE: dict[str, Any] = {
    "name": "person",
    "authority": "G10.TEST",
    "role": "person",
    "backend": "pkcs12",
    "certificate": "person.pem",
    "algorithm": "ecdsa-sha256",
    "file": "person.p12",
    "password_file": "/etc/password",
}


def test_both_backends(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.add(TOKEN)
    keys.add(FILE)
    token, file = read_key_file(keys.file)
    place = TokenPlace(Path("/usr/lib/module.so"), "con dấu", tmp_path / "pin", 2)
    assert token.where == OnToken(place, "seal", b"\x0a\xff")
    assert (token.name, token.authority, token.role) == ("seal-2026", "G10.TEST", Role.AGENCY)
    assert (token.algorithm, token.certificate) == (Algorithm.RSA_PSS_SHA256, tmp_path / "seal.pem")
    assert file.where == InFile(tmp_path / "person.p12", Path("/etc/password"))
    assert (token.backend, file.backend) == ("pkcs11", "pkcs12")


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ({"backend": "pkcs13"}, "backend must be"),
        ({"backend": None}, "backend must be"),
        ({"pin": "1234"}, "pin is not known"),
        ({"password_file": "x"}, "password_file is not known"),
        ({"token": None}, "token must be given"),
        ({"certificate": None}, "certificate must be given"),
        ({"token": 7}, "text that is not empty"),
        ({"module": " "}, "text that is not empty"),
        ({"name": "Dấu"}, "a name is of"),
        ({"name": "../x"}, "a name is of"),
        ({"role": "clerk"}, "clerk"),
        ({"algorithm": "rsa-pkcs1-sha1"}, "rsa-pkcs1-sha1"),
        ({"key_label": None, "key_id": None}, "key_label or key_id"),
        ({"key_id": "abc"}, "hexadecimal"),
        ({"sessions": 0}, "sessions"),
        ({"sessions": 99}, "sessions"),
        ({"sessions": True}, "sessions"),
        ({"sessions": "2"}, "sessions"),
    ],
)
def test_entry_that_is_wrong(spoilt: dict[str, Any], why: str, tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.add(TOKEN, **spoilt)
    assert why in refused(keys.file)


def refused(path: Path) -> str:
    with pytest.raises(BadRequest) as refusal:
        read_key_file(path)
    assert refusal.value.problem.code == "bad-option"
    return refusal.value.problem.detail


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "[[key]]"),
        (b"key = []", "[[key]]"),
        (b"key = [3]", "is no table"),
        (b"other = 1\n[[key]]\nname = 'x'", "nothing else"),
        (b"[[key]", "TOMLDecodeError"),
        (b"\xff", "UnicodeDecodeError"),
    ],
)
def test_file_that_is_none(content: bytes, why: str, tmp_path: Path) -> None:
    assert why in refused(private(tmp_path / "keys.toml", content))


def test_file_that_is_missing(tmp_path: Path) -> None:
    assert "FileNotFoundError" in refused(tmp_path / "keys.toml")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_file_open_to_others(mode: int, tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.add(FILE)
    keys.file.chmod(mode)
    assert "chmod 600" in refused(keys.file)


def test_names_that_are_there_twice(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.add(TOKEN)
    keys.add(FILE, name=TOKEN["name"])
    assert "names must differ" in refused(keys.file)


@pytest.mark.parametrize("other", [{"pin_file": "pin2"}, {"sessions": 3}])
def test_one_token_with_two_logins(other: dict[str, Any], tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.add(TOKEN)
    keys.add(TOKEN, name="other", **other)
    assert "same pin_file" in refused(keys.file)
