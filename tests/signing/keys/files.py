"""Key files, certificates and keys on disk, for tests of the signer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import tomli_w
from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from tests.pki.certificates import CA_USAGE, Identity, Spec, issue
from tests.pki.keys import Key, ec_key, rsa_key
from verifier.signing.records import Algorithm, Role

AUTHORITY = "G10.TEST"
PASSWORD = "mở khóa"
FROM, UNTIL = datetime(2019, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)


@cache
def p384_key(name: str) -> Key:
    return Key(name, ec.derive_private_key(int.from_bytes(name.encode(), "big") + 12345, ec.SECP384R1()))


@cache
def authority() -> Identity:
    return issue(Spec("Signing CA", ec_key("signing-ca"), FROM, UNTIL, ca=True, usage=CA_USAGE))


def identity(key: Key, **changes: Any) -> Identity:
    """A certificate for a key."""
    return issue(Spec(f"Signer {key.name}", key, FROM, UNTIL).but(**changes), authority())


def key_for(algorithm: Algorithm, name: str = "") -> Key:
    if algorithm is Algorithm.ECDSA_SHA256:
        return ec_key(name or "signer")
    return p384_key(name or "signer") if algorithm is Algorithm.ECDSA_SHA384 else rsa_key(name or "signer")


def private(path: Path, content: bytes) -> Path:
    """Write a file for its owner's eyes only."""
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def pem_of(*identities: Identity) -> bytes:
    return b"".join(pem.armor("CERTIFICATE", one.der) for one in identities)


@dataclass
class KeyFolder:
    """A folder with a key file, filled key by key."""

    path: Path
    entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.path / "signing.toml"

    def soft(
        self,
        name: str = "person",
        role: Role = Role.PERSON,
        algorithm: Algorithm = Algorithm.ECDSA_SHA256,
        *,
        place: str = AUTHORITY,
        own: Identity | None = None,
        **changes: Any,
    ) -> Identity:
        """Add a key in a PKCS#12 file."""
        made = own or identity(key_for(algorithm))
        private(self.path / f"{name}.pem", pem_of(made, authority()))
        private(self.path / f"{name}.p12", p12(made.key))
        private(self.path / f"{name}.password", PASSWORD.encode())
        self.add(
            {
                "name": name,
                "authority": place,
                "role": role.value,
                "backend": "pkcs12",
                "certificate": f"{name}.pem",
                "algorithm": algorithm.value,
                "file": f"{name}.p12",
                "password_file": f"{name}.password",
            },
            **changes,
        )
        return made

    def add(self, entry: Mapping[str, Any], **changes: Any) -> None:
        """Add an entry; a change to None leaves the field out."""
        told = {**entry, **changes}
        self.entries.append({name: value for name, value in told.items() if value is not None})
        self.write()

    def write(self) -> None:
        private(self.file, tomli_w.dumps({"key": self.entries}).encode())


def p12(key: Key) -> bytes:
    private_key: Any = key.private
    return serialize_key_and_certificates(None, private_key, None, None, BestAvailableEncryption(PASSWORD.encode()))
