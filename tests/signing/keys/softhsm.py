"""A token of SoftHSM 2 in a folder of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.pki.certificates import Identity
from tests.pki.keys import Key
from tests.signing.keys.files import AUTHORITY, KeyFolder, authority, identity, key_for, pem_of, private
from verifier.signing.records import Algorithm, Role

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "246813"
LABEL = "con dấu"

needs_softhsm = pytest.mark.skipif(not MODULE.exists(), reason="SoftHSM 2 is not installed")


@dataclass
class SoftHsm:
    """Tokens in a folder; keys are put on by the maker's own tool."""

    folder: Path

    def __post_init__(self) -> None:
        self.tokens = self.folder / "tokens"
        self.tokens.mkdir(parents=True)
        self.configuration = self.folder / "softhsm2.conf"
        self.configuration.write_text(f"directories.tokendir = {self.tokens}\nlog.level = ERROR\n")
        self.run("--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "87654321")

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "SOFTHSM2_CONF": str(self.configuration)}

    def run(self, *arguments: str) -> None:
        subprocess.run(["softhsm2-util", *arguments], env=self.env, check=True, capture_output=True, timeout=30)

    def hold(self, key: Key, label: str, id_: str) -> None:
        """Put a key on the token."""
        content = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = private(self.folder / f"{label}.key", content)
        self.run("--import", str(file), "--token", LABEL, "--pin", PIN, "--label", label, "--id", id_)
        file.unlink()

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Take the token away for a while."""
        away = self.folder / "away"
        self.tokens.rename(away)
        self.tokens.mkdir()
        try:
            yield
        finally:
            self.tokens.rmdir()
            away.rename(self.tokens)


def add_token_key(
    keys: KeyFolder,
    hsm: SoftHsm,
    name: str = "agency",
    role: Role = Role.AGENCY,
    algorithm: Algorithm = Algorithm.RSA_PKCS1_SHA256,
    *,
    key: Key | None = None,
    own: Identity | None = None,
    **changes: Any,
) -> Identity:
    """Put a key on the token and into the key file; `own` is another certificate than the key's."""
    key = key or key_for(algorithm)
    made = own or identity(key)
    hsm.hold(key, name, f"{len(keys.entries) + 1:02x}")
    private(keys.path / f"{name}.pem", pem_of(made, authority()))
    if not (pin := keys.path / "pin").exists():
        private(pin, PIN.encode() + b"\n")
    keys.add(
        {
            "name": name,
            "authority": AUTHORITY,
            "role": role.value,
            "backend": "pkcs11",
            "certificate": f"{name}.pem",
            "algorithm": algorithm.value,
            "module": str(MODULE),
            "token": LABEL,
            "key_label": name,
            "pin_file": "pin",
        },
        **changes,
    )
    return made
