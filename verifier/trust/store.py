"""Reading a trust store: the full layout of `trust_store/`, or a plain folder of certificates, into one snapshot."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from verifier import __version__
from verifier.errors import BadRequest, CouldNotJudge
from verifier.snapshot import Anchor, AnchorUse, NotifiedAuthority, TrustSnapshot
from verifier.trust.algorithms import load_suites, packaged_suites
from verifier.trust.archive import Archive
from verifier.trust.certfiles import SUFFIXES, common_name, read_certificates
from verifier.trust.durable import FOR_ALL, replace_file
from verifier.trust.lists.folder import LISTS, listed
from verifier.trust.register import FOLDER as AUTHORITIES
from verifier.trust.register import check_register, read_register
from verifier.trust.snapshots import snapshot_of
from verifier.trust.strict import Key, check_table, instant, read_toml, texts, unreadable

__all__ = [
    "ANCHORS",
    "BRANCHES",
    "INDEX",
    "PENDING",
    "archive_of",
    "indexed_anchors",
    "is_full",
    "load_trust_store",
    "read_certificate_file",
    "snapshot_of",
]

ANCHORS = "anchors"
INDEX = "anchors.toml"
INTERMEDIATES = "intermediates"
ALGORITHMS = "algorithms"
SNAPSHOTS = "snapshots"
"""The archive of a full layout; made by the program, may be deleted when no snapshot of before is asked for again."""
NOTE = "compiled.json"
"""Says in the archive which files the newest snapshot was compiled from."""
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

    A full layout is compiled once: the snapshot is kept in its folder `snapshots/`, where that can be written, and read
    from there until a file is changed. Nothing is written into a plain folder.

    Raises CouldNotJudge: `trust-store-missing` (no such folder), `trust-certificate-broken` (a file that says it is a
    certificate and is none), `trust-store-unreadable` (an index that cannot be used), `trust-store-empty`.
    """
    if not path.is_dir():
        raise CouldNotJudge("trust-store-missing", f"no such folder: {path.name}", path=str(path))
    try:
        snapshot = _full(path) if is_full(path) else _plain(path)
    except OSError as error:
        raise unreadable(path.name, error.strerror or "cannot be read") from None
    if not snapshot.anchors:
        raise CouldNotJudge("trust-store-empty", "the trust store holds no trust anchor", path=str(path))
    return snapshot


def is_full(path: Path) -> bool:
    """Whether a folder has the full layout; otherwise it is a plain folder of certificates."""
    return any((path / name).is_dir() for name in (ANCHORS, LISTS, AUTHORITIES))


def archive_of(store: Path) -> Archive:
    """Return the archive of a trust store, where its snapshots are kept."""
    return Archive(store / SNAPSHOTS)


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
    """Return what was compiled of these very files before, or compile them."""
    archive, sources = archive_of(store), _digest(store)
    note = _noted(store)
    if note.get("sources") == sources:
        with contextlib.suppress(CouldNotJudge):  # it can be made anew
            return archive.get(str(note.get("snapshot")))
    snapshot = _compiled(store)
    if not snapshot.anchors or _digest(store) != sources:  # a file was changed meanwhile
        return snapshot
    try:
        snapshot = archive.put(snapshot)
        note = {"sources": sources, "snapshot": snapshot.id}
        replace_file(archive.folder / NOTE, [json.dumps(note, sort_keys=True).encode() + b"\n"], FOR_ALL)
    except (CouldNotJudge, OSError):  # it is read again each time
        return snapshot
    return snapshot


def _compiled(store: Path) -> TrustSnapshot:
    intermediates = [
        der
        for file in (_certificate_files(store / INTERMEDIATES) if (store / INTERMEDIATES).is_dir() else ())
        for der in read_certificate_file(file)
    ]
    lists = listed(store / LISTS)
    return snapshot_of(
        (*(indexed_anchors(store / ANCHORS) if (store / ANCHORS).is_dir() else ()), *lists.anchors),
        intermediates,
        {**packaged_suites(), **load_suites(store / ALGORITHMS)},
        lists.schemes,
        lists.services,
        _register(store / AUTHORITIES, lists.authorities),
    )


def _register(folder: Path, brought: tuple[NotifiedAuthority, ...]) -> tuple[NotifiedAuthority, ...]:
    """Return the register kept by hand and what lists bring along; refused where the two contradict each other."""
    found = (*read_register(folder), *brought)
    try:
        if brought:
            check_register(found)
    except BadRequest as refusal:
        raise unreadable(LISTS, refusal.problem.detail) from None
    return found


def _noted(store: Path) -> Mapping[str, Any]:
    try:
        note = json.loads((store / SNAPSHOTS / NOTE).read_bytes())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _digest(store: Path) -> str:
    """Return the digest of all that decides what is compiled: this program, and the files with their names.

    Lists that were accepted stand in the index by their SHA-256, and are not read: there may be hundreds of megabytes.
    """
    content = [_program()]
    for place in (ANCHORS, INTERMEDIATES, ALGORITHMS, AUTHORITIES, LISTS):
        for file in sorted((store / place).rglob("*")):
            parts = file.relative_to(store).parts
            in_list = place == LISTS and file.suffix not in (".toml", *SUFFIXES)
            if not in_list and not parts[-1].startswith(".") and file.is_file():
                content.append(["/".join(parts), _sha256(file.read_bytes())])
    return _sha256(json.dumps(content).encode())


@cache
def _program() -> list[str]:
    """Name what compiles: the edition of the program, and its files, for those who change it."""
    package = resources.files("verifier")
    files = [package / "snapshot.py", package / "x509.py", *_files_below(package / "trust")]
    return [__version__, *(_sha256(file.read_bytes()) for file in files)]


def _files_below(folder: Traversable) -> Iterator[Traversable]:
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        if item.is_dir():
            yield from _files_below(item)
        elif item.name.endswith((".py", ".toml")):
            yield item


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
