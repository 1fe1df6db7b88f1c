"""Mandates: which acts an officer confirmed, sealed by a secret that only the signer process has."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from verifier.errors import BadRequest
from verifier.signing.keys.keyfile import read_private
from verifier.storage.issuances import Issuance
from verifier.storage.signing import SigningMandate

LASTS = timedelta(hours=24)
"""How long confirmed acts may take, waiting for time stamps and tokens included."""
SECRET_BYTES = 32


class Seal:
    """Seals mandates with HMAC-SHA256."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"a seal's secret has {SECRET_BYTES} octets")
        self._secret = secret

    def sealed(self, mandate: SigningMandate) -> SigningMandate:
        """Return the mandate with its seal."""
        return replace(mandate, mac=self._mac(mandate))

    def fits(self, mandate: SigningMandate) -> bool:
        """Tell whether a mandate is as it was sealed here."""
        return hmac.compare_digest(self._mac(mandate), mandate.mac)

    def _mac(self, mandate: SigningMandate) -> bytes:
        return hmac.digest(self._secret, canonical(mandate), "sha256")


def canonical(mandate: SigningMandate) -> bytes:
    """Return all that a mandate says as canonical JSON: sorted keys, no blanks, ASCII, times in UTC."""
    told = {
        "id": str(mandate.id),
        "authority": str(mandate.authority_id),
        "person": str(mandate.person_id),
        "session": str(mandate.session_id),
        "confirmed_at": _time(mandate.confirmed_at),
        "expires_at": _time(mandate.expires_at),
        "acts": mandate.acts,
    }
    return _json(told)


def names(mandate: SigningMandate, act: Issuance) -> bool:
    """Tell whether a mandate is of this act as it was confirmed: same kind, same document, same order and layout."""
    return mandate.acts.get(str(act.id)) == entry(act)


def entry(act: Issuance) -> list[str]:
    """Return what a mandate says of an act: kind, document, and a hash of what is ordered, and how it is laid out."""
    told = {
        "dossier": act.dossier,
        "level": act.level,
        "wanted": act.wanted,
        "placement": act.placement,
        "layout": act.layout,
        "check": act.check_sha256.hex(),
        "replaces": str(act.replaces_id or ""),
    }
    return [act.kind, act.input_sha256, hashlib.sha256(_json(told)).hexdigest()]


def secret_at(path: Path) -> bytes:
    """Return the secret in a file, made when first asked for; BadRequest `bad-option`."""
    try:
        if not path.exists():
            _made(path)
        secret = read_private(path)
    except PermissionError:
        raise _wrong(path, "is open to others, or cannot be written") from None
    except OSError as error:
        raise _wrong(path, f"cannot be read ({type(error).__name__})") from None
    if len(secret) != SECRET_BYTES:
        raise _wrong(path, f"must have {SECRET_BYTES} octets")
    return secret


def _made(path: Path) -> None:
    """Write a new secret: it is there whole or not at all, and of two that begin at once one is kept."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def _wrong(path: Path, why: str) -> BadRequest:
    return BadRequest("bad-option", f"--seal: the secret {path} {why}", option="--seal")


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
