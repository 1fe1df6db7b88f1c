"""The seal of a mandate, and the secret it is made with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.accounts.support import AT
from verifier.errors import BadRequest
from verifier.signing.signer.mandates import Seal, secret_at
from verifier.storage.signing import SigningMandate

MANDATE = SigningMandate(
    UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), AT, AT + timedelta(hours=24),
    {str(UUID(int=5)): ["apostille", "ab"]}, b"",
)  # fmt: skip
SEAL = Seal(bytes(range(32)))

OTHER: dict[str, Any] = {
    "id": UUID(int=9),
    "authority_id": UUID(int=9),
    "person_id": UUID(int=9),
    "session_id": UUID(int=9),
    "confirmed_at": AT + timedelta(microseconds=1),
    "expires_at": AT + timedelta(hours=25),
    "acts": {str(UUID(int=5)): ["apostille", "ac"]},
    "mac": bytes(32),
}


def test_a_seal_fits_what_it_was_made_for() -> None:
    sealed = SEAL.sealed(MANDATE)
    elsewhere = timezone(timedelta(hours=7))
    assert SEAL.fits(sealed)
    assert SEAL.fits(replace(sealed, confirmed_at=AT.astimezone(elsewhere)))
    assert SEAL.fits(replace(sealed, acts={key: tuple(value) for key, value in sealed.acts.items()}))


@pytest.mark.parametrize("name", [one.name for one in fields(SigningMandate)])
def test_a_seal_fits_nothing_else(name: str) -> None:
    assert not SEAL.fits(replace(SEAL.sealed(MANDATE), **{name: OTHER[name]}))


def test_another_secret() -> None:
    assert not Seal(bytes(32)).fits(SEAL.sealed(MANDATE))


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    keys = tmp_path / "signing.seal"
    first = secret_at(keys)
    assert secret_at(keys) == first
    assert len(first) == 32
    (made,) = tmp_path.iterdir()
    assert made.stat().st_mode & 0o777 == 0o600


def test_of_two_that_begin_at_once_one_secret_is_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: secret_at(tmp_path / "signing.seal"), range(8)))
    assert len(made) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(("content", "mode"), [(bytes(31), 0o600), (b"", 0o600), (bytes(32), 0o640)])
def test_a_secret_that_is_none(content: bytes, mode: int, tmp_path: Path) -> None:
    path = tmp_path / "signing.seal"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(BadRequest, match="bad-option"):
        secret_at(tmp_path / "signing.seal")


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="bad-option"):
        secret_at(tmp_path / "nowhere" / "signing.seal")


def test_a_short_secret() -> None:
    with pytest.raises(ValueError, match="32"):
        Seal(b"short")
