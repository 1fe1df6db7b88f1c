"""Activating pending roots: a certificate file becomes an anchor when its fingerprint is the one that was noted."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import tomli_w

from verifier.errors import BadRequest
from verifier.snapshot import AnchorUse, TrustSnapshot
from verifier.trust.certfiles import common_name, read_certificates
from verifier.trust.durable import FOR_ALL, replace_file
from verifier.trust.store import ANCHORS, BRANCHES, INDEX, PENDING, indexed_anchors
from verifier.trust.strict import Key, check_table, instant, parse_toml, read_toml, texts, unreadable
from verifier.x509 import Certificate

_FILE_KEYS = {"root": Key(list)}
_ROOT_KEYS = {
    "name": Key(str),
    "branch": Key(str),
    "subject": Key(str),
    "not_before": Key(datetime),
    "not_after": Key(datetime),
    "sha256": Key(str),
    "uses": Key(list),
    "source": Key(str),
    "compare_with": Key(str),
    "note": Key(str, required=False),
}
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PendingRoot:
    """A root that is known by its fingerprint and not yet trusted."""

    name: str
    branch: str
    subject: str
    """Most specific part first."""
    not_before: datetime
    not_after: datetime
    sha256: str
    """Of the certificate in DER, hexadecimal."""
    uses: frozenset[AnchorUse]
    source: str
    """Where subject, dates and fingerprint were read."""
    compare_with: str
    """Where the operator of the root publishes it; the person who imports compares there first."""
    note: str = ""


@dataclass(frozen=True)
class ImportedRoot:
    """What an import did."""

    root: PendingRoot
    file: str
    """Path below `anchors/`; empty where it was there before."""
    already_active: bool
    """The root was an anchor before; nothing was written."""


def pending_roots(store: Path) -> tuple[PendingRoot, ...]:
    """Return the pending entries of a store, empty for a plain folder; CouldNotJudge where a file is unreadable."""
    folder = store / PENDING
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    return tuple(root for file in files for root in _roots(file))


def waiting_roots(store: Path, snapshot: TrustSnapshot) -> tuple[PendingRoot, ...]:
    """Return the pending entries of a store that are no anchors yet; CouldNotJudge as `pending_roots`."""
    active = {hashlib.sha256(anchor.certificate).hexdigest() for anchor in snapshot.anchors}
    return tuple(root for root in pending_roots(store) if root.sha256 not in active)


def import_root(store: Path, file: bytes) -> ImportedRoot:
    """Make the root certificate in `file` (PEM, DER or PKCS #7) an anchor if a pending entry has its fingerprint.

    BadRequest: `trust-certificate-broken` (not one certificate), `root-not-pending` (no entry for this root) or
    `fingerprint-mismatch` (an entry has this name and another fingerprint). CouldNotJudge where a file of the
    store cannot be read or written.
    """
    der = _single_certificate(file)
    fingerprint = hashlib.sha256(der).hexdigest()
    roots = pending_roots(store)
    root = next((one for one in roots if one.sha256 == fingerprint), None)
    if root is None:
        raise _refusal(der, fingerprint, roots)
    with _locked(store / ANCHORS) as folder:
        if any(anchor.certificate == der for anchor in indexed_anchors(folder)):
            return ImportedRoot(root, "", already_active=True)
        name = f"{root.branch}/{_slug(root.name)}-{fingerprint[:12]}.pem"
        try:
            _activate(folder, root, name, der)
        except OSError as error:
            raise unreadable(ANCHORS, error.strerror or "it cannot be written") from None
    return ImportedRoot(root, name, already_active=False)


def _roots(file: Path) -> Iterator[PendingRoot]:
    for entry in check_table(read_toml(file), _FILE_KEYS, file.name)["root"]:
        table = check_table(entry, _ROOT_KEYS, file.name)
        uses = texts(table["uses"], file.name)
        if not uses or not set(uses) <= set(AnchorUse):
            raise unreadable(file.name, f"uses are {', '.join(AnchorUse)}")
        if table["branch"] not in BRANCHES:
            raise unreadable(file.name, f"branch is one of {', '.join(sorted(BRANCHES))}")
        if not _FINGERPRINT.fullmatch(table["sha256"]):
            raise unreadable(file.name, "sha256 is 64 hexadecimal digits in lower case")
        dates = {key: instant(table[key], file.name) for key in ("not_before", "not_after")}
        yield PendingRoot(**{**table, **dates, "uses": frozenset(map(AnchorUse, uses))})


def _single_certificate(file: bytes) -> bytes:
    try:
        certificates = read_certificates(file)
    except ValueError as error:
        raise BadRequest("trust-certificate-broken", str(error), file="") from None
    if len(certificates) != 1:
        raise BadRequest("trust-certificate-broken", "the file holds more than one certificate", file="")
    return certificates[0]


def _refusal(der: bytes, fingerprint: str, roots: tuple[PendingRoot, ...]) -> BadRequest:
    name = common_name(der)
    namesake = next((root for root in roots if root.subject == _subject(der)), None)
    if namesake is None:
        return BadRequest("root-not-pending", f"no pending entry for {name}", name=name, fingerprint=fingerprint)
    return BadRequest(
        "fingerprint-mismatch",
        f"the pending entry {namesake.name} has another fingerprint",
        name=namesake.name,
        fingerprint=fingerprint,
        expected=namesake.sha256,
    )


def _subject(der: bytes) -> str:
    try:
        return Certificate.parse(der).subject
    except ValueError:
        return ""


def _activate(folder: Path, root: PendingRoot, name: str, der: bytes) -> None:
    """Write the certificate, then the index that names it, each at once.

    A crash between the two leaves a file without an entry, which `load_trust_store` refuses by name.
    """
    index = folder / INDEX
    before = index.read_bytes() if index.exists() else b""
    entry = {
        "file": name,
        "name": root.name,
        "uses": sorted(root.uses),
        "source": f"{root.source}; imported by fingerprint",
        "sha256": root.sha256,
    }
    after = before.rstrip() + b"\n\n[[anchor]]\n" + tomli_w.dumps(entry).encode()
    parse_toml(after, INDEX)
    (folder / root.branch).mkdir(exist_ok=True)
    replace_file(folder / name, [_pem(der)], FOR_ALL)
    replace_file(index, [after.lstrip()], FOR_ALL)


def _pem(der: bytes) -> bytes:
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Hold the folder alone, so that two imports do not lose each other's entry; a full layout is needed."""
    if not folder.is_dir():
        raise unreadable(folder.name, "a plain folder of certificates has no pending roots")
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(handle)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
