"""Reads the TOML file of held keys, strictly: what is not known is refused, and so is a file that is open to others."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifier.errors import BadRequest
from verifier.signing.records import Algorithm, Role

PKCS11, PKCS12 = "pkcs11", "pkcs12"
COMMON = frozenset({"name", "authority", "role", "backend", "certificate", "algorithm"})
NEEDED = {
    PKCS11: COMMON | {"module", "token", "pin_file"},
    PKCS12: COMMON | {"file", "password_file"},
}
OPTIONAL = {PKCS11: frozenset({"key_label", "key_id", "sessions"}), PKCS12: frozenset[str]()}
MOST_SESSIONS = 16
SESSIONS = 4
"""Signatures that a token makes at a time, where the file says nothing else."""
LARGEST = 1 << 20
"""Bytes of a key file, a secret or a file of certificates."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_ID = re.compile(r"(?:[0-9a-fA-F]{2}){1,128}")


@dataclass(frozen=True)
class TokenPlace:
    """A token behind a PKCS#11 module; keys on one token share its login."""

    module: Path
    """Shared library of the maker."""
    label: str
    pin_file: Path
    sessions: int = SESSIONS
    """Signatures at a time."""


@dataclass(frozen=True)
class OnToken:
    """A key on a token."""

    place: TokenPlace
    key_label: str = ""
    key_id: bytes = b""


@dataclass(frozen=True)
class InFile:
    """A key in a PKCS#12 file; for development only."""

    file: Path
    password_file: Path


@dataclass(frozen=True)
class Entry:
    """One key as the file names it; nothing of it was looked at yet."""

    name: str
    authority: str
    """Code of the authority."""
    role: Role
    algorithm: Algorithm
    certificate: Path
    """PEM: the key's certificate, then its issuers."""
    where: OnToken | InFile

    @property
    def backend(self) -> str:
        """`pkcs11` or `pkcs12`."""
        return PKCS11 if isinstance(self.where, OnToken) else PKCS12


def read_key_file(path: Path) -> tuple[Entry, ...]:
    """Read the file; paths in it are relative to its folder. BadRequest `bad-option` says what is wrong with it."""
    try:
        told = tomllib.loads(read_private(path).decode("utf-8"))
    except PermissionError:
        raise _wrong(path, "is open to others; run: chmod 600") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, f"cannot be read ({type(error).__name__})") from None
    tables = told.get("key")
    if set(told) != {"key"} or not isinstance(tables, list) or not tables:
        raise _wrong(path, "must hold [[key]] tables, at least one, and nothing else")
    entries = tuple(_entry(path, number, one) for number, one in enumerate(tables, 1))
    _refuse_clashes(path, entries)
    return entries


def read_private(path: Path) -> bytes:
    """Return what stands in a file for its owner's eyes only; PermissionError where others may read it, OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermissionError(f"{path.name} is open to others")
        return file.read(LARGEST)


def secret_in(path: Path) -> str:
    """Return the first line of a secret's file. OSError as `read_private`, ValueError where it is not UTF-8."""
    return read_private(path).decode("utf-8").split("\n", 1)[0].removesuffix("\r")


def _entry(path: Path, number: int, told: Any) -> Entry:
    if not isinstance(told, Mapping):
        raise _wrong(path, f"key {number} is no table")
    backend = told.get("backend")
    if backend not in NEEDED:
        raise _wrong(path, f"key {number}: backend must be {PKCS11} or {PKCS12}")
    if missing := NEEDED[backend] - set(told):
        raise _wrong(path, f"key {number}: {', '.join(sorted(missing))} must be given")
    if unknown := set(told) - NEEDED[backend] - OPTIONAL[backend]:
        raise _wrong(path, f"key {number}: {', '.join(sorted(unknown))} is not known")
    texts = {name: value for name, value in told.items() if name != "sessions"}
    if not all(isinstance(value, str) and value.strip() for value in texts.values()):
        raise _wrong(path, f"key {number}: everything is text that is not empty")
    if not _NAME.fullmatch(told["name"]):
        raise _wrong(path, f"key {number}: a name is of a-z, 0-9, . and -, at most 64")
    try:
        role, algorithm = Role(told["role"]), Algorithm(told["algorithm"])
    except ValueError as error:
        raise _wrong(path, f"key {number}: {error}") from None
    where = _on_token(path, number, told) if backend == PKCS11 else _in_file(path, told)
    return Entry(told["name"], told["authority"], role, algorithm, path.parent / told["certificate"], where)


def _on_token(path: Path, number: int, told: Mapping[str, Any]) -> OnToken:
    label, id_, sessions = told.get("key_label", ""), told.get("key_id", ""), told.get("sessions", SESSIONS)
    if not label and not id_:
        raise _wrong(path, f"key {number}: key_label or key_id must be given")
    if id_ and not _ID.fullmatch(id_):
        raise _wrong(path, f"key {number}: key_id is hexadecimal")
    if type(sessions) is not int or not 1 <= sessions <= MOST_SESSIONS:
        raise _wrong(path, f"key {number}: sessions is a number from 1 to {MOST_SESSIONS}")
    place = TokenPlace(path.parent / told["module"], told["token"], path.parent / told["pin_file"], sessions)
    return OnToken(place, label, bytes.fromhex(id_))


def _in_file(path: Path, told: Mapping[str, Any]) -> InFile:
    return InFile(path.parent / told["file"], path.parent / told["password_file"])


def _refuse_clashes(path: Path, entries: tuple[Entry, ...]) -> None:
    """Refuse names that are there twice, and a token to which two entries would log in differently."""
    names = [one.name for one in entries]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise _wrong(path, f"names must differ: {', '.join(doubled)}")
    places = {one.where.place for one in entries if isinstance(one.where, OnToken)}
    tokens = [(one.module, one.label) for one in places]
    if len(set(tokens)) < len(tokens):
        raise _wrong(path, "keys on one token must name the same pin_file and sessions")


def _wrong(path: Path, why: str) -> BadRequest:
    return BadRequest("bad-option", f"--keys: {path} {why}", option="--keys")
