"""`verifier trust publish`: writes whom the trust store trusts as a signed trusted list (ETSI TS 119 612)."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from verifier.commands.shared import Surroundings, content, settings_of
from verifier.errors import BadRequest, CouldNotJudge
from verifier.plain import visible
from verifier.trust.certfiles import read_certificates
from verifier.trust.lists.inspection import inspect
from verifier.trust.lists.sealing import SigningKey, seal
from verifier.trust.lists.writing import About, list_of
from verifier.trust.store import load_trust_store
from verifier.trust.strict import Key, check_table, parse_toml

LONGEST = 183
"""Days until the next list at most: six months (TS 119 612 5.3.15)."""
_NAMES = {"vi": Key(str, required=False), "en": Key(str)}
_KEYS = {
    "operator": Key(dict),
    "scheme": Key(dict),
    "territory": Key(str),
    "street": Key(str),
    "locality": Key(str),
    "postal_code": Key(str, required=False),
    "email": Key(str),
    "website": Key(str),
    "location": Key(str),
}


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Write the list to `--output`; its sequence number is one above that of the list which stands there."""
    if not 1 <= args.days <= LONGEST:
        raise BadRequest("bad-option", f"--days is a number from 1 to {LONGEST}", option="--days")
    now = around.clock.now().replace(microsecond=0)
    snapshot = load_trust_store(settings_of(around, args.trust_store).trust_store)
    certificate = _certificate(args.certificate)
    sequence = _sequence(args.output, now, certificate)
    about = _about(args.about, sequence, now, now + timedelta(days=args.days))
    sealed = seal(list_of(snapshot, about), _key(args), certificate, now)
    _write(args.output, sealed)
    found = inspect(sealed, now, (certificate,))
    told = f"list {about.territory} no. {sequence}, {found.services} services, signature {found.signature.state}"
    print(visible(f"{args.output}: {told}; snapshot {snapshot.id}"), file=around.out)
    return 0


def _about(file: Path, sequence: int, issued: datetime, next_update: datetime) -> About:
    try:
        table = check_table(parse_toml(content(file), file.name), _KEYS, file.name)
        operator, scheme = (_names(table[name], f"{file.name}, {name}") for name in ("operator", "scheme"))
    except CouldNotJudge as error:  # strict reading speaks of the trust store, and this file is none of it
        raise BadRequest("bad-option", error.problem.detail, option="--about") from None
    plain: dict[str, str] = {name: table.get(name, "") for name in _KEYS if name not in ("operator", "scheme")}
    return About(operator, scheme, **plain, sequence=sequence, issued=issued, next_update=next_update)


def _names(table: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    return tuple(check_table(table, _NAMES, where).items())


def _sequence(output: Path, now: datetime, certificate: bytes) -> int:
    """One more than the list that is replaced; 1 where there is none. A file that is no list is never overwritten."""
    if not output.exists():
        return 1
    found = inspect(output.read_bytes(), now, (certificate,))
    if found.content is None or not found.content.sequence.isdigit():
        raise BadRequest("bad-option", f"{output} is no trusted list and would be overwritten", option="--output")
    return int(found.content.sequence) + 1


def _certificate(file: Path) -> bytes:
    try:
        (der,) = read_certificates(content(file))
    except ValueError:
        raise BadRequest("trust-certificate-broken", f"{file}: one certificate is needed", file=str(file)) from None
    return der


def _key(args: argparse.Namespace) -> SigningKey:
    password = content(args.password_file).rstrip(b"\r\n") if args.password_file else None
    try:
        key = load_pem_private_key(content(args.key), password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadRequest("list-key-unfit", "the key cannot be read; it is PEM, and --password-file opens it") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BadRequest("list-key-unfit", "the key is neither RSA nor of an elliptic curve")
    return key


def _write(path: Path, data: bytes) -> None:
    """Put the whole list there at once, so that nobody ever fetches half of it."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadRequest("bad-option", f"{path}: {error.strerror}", option="--output") from None
