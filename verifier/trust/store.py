"""Reading a trust store: the full layout of `trust_store/`, or a plain folder of certificates, into one snapshot."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from verifier.errors import CouldNotJudge
from verifier.snapshot import AlgorithmSuite, Anchor, AnchorUse, NotifiedAuthority, Scheme, TrustService, TrustSnapshot
from verifier.trust.algorithms import load_suites, packaged_suites
from verifier.trust.canon import arranged
from verifier.trust.certfiles import SUFFIXES, common_name, read_certificates
from verifier.trust.strict import Key, check_table, instant, read_toml, texts, unreadable

ANCHORS = "anchors"
"""Folder by which a full layout is told from a plain folder."""
INDEX = "anchors.toml"
INTERMEDIATES = "intermediates"
ALGORITHMS = "algorithms"
PENDING = "pending"
BRANCHES = frozenset({"vn-public", "vn-government", "foreign", "own"})
"""Folders below `anchors/`; the branch decides which rules a signature falls under."""

_INDEX_KEYS = {"anchor": Key(list, required=False)}
_ANCHOR_KEYS = {
    "file": Key(str),
    "name": Key(str),
    "uses": Key(list),
    "source": Key(str),
    "trusted_until": Key(date, required=False),
    "sha256": Key(str, required=False),
}


def load_trust_store(path: Path) -> TrustSnapshot:
    """Read a trust store into an immutable snapshot, named by the SHA-256 of its content.

    Raises CouldNotJudge: `trust-store-missing` (no such folder), `trust-certificate-broken` (a file that says it is a
    certificate and is none), `trust-store-unreadable` (an index that cannot be used), `trust-store-empty`.
    """
    if not path.is_dir():
        raise CouldNotJudge("trust-store-missing", f"no such folder: {path.name}", path=str(path))
    try:
        snapshot = _full(path) if (path / ANCHORS).is_dir() else _plain(path)
    except OSError as error:
        raise unreadable(path.name, error.strerror or "cannot be read") from None
    if not snapshot.anchors:
        raise CouldNotJudge("trust-store-empty", "the trust store holds no trust anchor", path=str(path))
    return snapshot


def snapshot_of(
    anchors: Iterable[Anchor],
    intermediates: Iterable[bytes] = (),
    suites: Mapping[str, AlgorithmSuite] | None = None,
    schemes: Iterable[Scheme] = (),
    services: Iterable[TrustService] = (),
    authorities: Iterable[NotifiedAuthority] = (),
) -> TrustSnapshot:
    """Build a snapshot with its id; the same content gives the same id in whatever order it comes."""
    return arranged(
        TrustSnapshot(
            id="",
            anchors=tuple(anchors),
            intermediates=tuple(intermediates),
            suites=packaged_suites() if suites is None else suites,
            schemes=tuple(schemes),
            services=tuple(services),
            authorities=tuple(authorities),
        )
    )


def read_certificate_file(path: Path) -> tuple[bytes, ...]:
    """Return the certificates of a file in DER; CouldNotJudge `trust-certificate-broken` names the file."""
    try:
        return read_certificates(path.read_bytes())
    except ValueError as error:
        raise CouldNotJudge("trust-certificate-broken", f"{path.name}: {error}", file=path.name) from None


# --- plain folder ------------------------------------------------------------------------------------------------


def _plain(folder: Path) -> TrustSnapshot:
    return snapshot_of(
        Anchor(der, common_name(der), source="folder")
        for file in _certificate_files(folder)
        for der in read_certificate_file(file)
    )


def _certificate_files(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return [folder / name for name in sorted(one.name for one in entries if _is_certificate_entry(one))]


def _is_certificate_entry(entry: os.DirEntry[str]) -> bool:
    """Whether a file says by its name that it holds certificates; notes and hidden files do not."""
    suffix = Path(entry.name).suffix.lower()
    return suffix in SUFFIXES and not entry.name.startswith(".") and entry.is_file()


# --- full layout -------------------------------------------------------------------------------------------------


def _full(store: Path) -> TrustSnapshot:
    intermediates = [
        der
        for file in (_certificate_files(store / INTERMEDIATES) if (store / INTERMEDIATES).is_dir() else ())
        for der in read_certificate_file(file)
    ]
    suites = {**packaged_suites(), **load_suites(store / ALGORITHMS)}
    return snapshot_of(indexed_anchors(store / ANCHORS), intermediates, suites)


def indexed_anchors(folder: Path) -> list[Anchor]:
    """Return the anchors of an index, possibly none.

    CouldNotJudge `trust-store-unreadable` for an entry without its file or a certificate file without an entry.
    """
    return list(_indexed(folder))


def _indexed(folder: Path) -> Iterator[Anchor]:
    index = folder / INDEX
    entries = check_table(read_toml(index), _INDEX_KEYS, INDEX).get("anchor", []) if index.exists() else []
    listed: set[Path] = set()
    for entry in entries:
        table = check_table(entry, _ANCHOR_KEYS, INDEX)
        file = _inside(folder, table["file"])
        listed.add(file)
        yield from _anchors(table, file)
    for place in (folder, *sorted(one for one in folder.iterdir() if one.is_dir())):
        for file in _certificate_files(place):
            if file not in listed:
                raise unreadable(INDEX, f"{file.relative_to(folder)} stands in no entry")


def _inside(folder: Path, name: str) -> Path:
    parts = Path(name).parts
    if len(parts) != 2 or parts[0] not in BRANCHES or parts[1] in ("..", "."):
        raise unreadable(INDEX, f"{name}: a file stands in one of the folders {', '.join(sorted(BRANCHES))}")
    file = folder / name
    if not file.is_file():
        raise unreadable(INDEX, f"{name}: no such file")
    return file


def _anchors(table: Mapping[str, Any], file: Path) -> Iterator[Anchor]:
    certificates = read_certificate_file(file)
    wanted = table.get("sha256")
    if wanted is not None and [_sha256(der) for der in certificates] != [wanted.lower()]:
        raise unreadable(INDEX, f"{table['file']}: the certificate is not the one of the entry (sha256)")
    for der in certificates:
        yield Anchor(
            certificate=der,
            name=table["name"],
            uses=_uses(table),
            trusted_until=instant(table.get("trusted_until"), INDEX),
            branch=file.parent.name,
            source=table["source"],
        )


def _uses(table: Mapping[str, Any]) -> frozenset[AnchorUse]:
    names = texts(table["uses"], INDEX)
    if not names or not set(names) <= set(AnchorUse):
        raise unreadable(INDEX, f"{table['file']}: uses are {', '.join(AnchorUse)}")
    return frozenset(map(AnchorUse, names))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
