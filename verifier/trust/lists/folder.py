"""The folder `lists/` of a trust store: schemes, the accepted list files, and the index that says how each came.

    lists/schemes.toml       [[scheme]] whom we follow, [[list]] what was accepted; one file, so that it changes at once
    lists/pins/*.pem         certificates that may sign lists
    lists/<scheme>/*.xml     every list that was accepted, as it came
    lists/pivots/*.xml       lists of lists that announced other certificates, kept as proof

What was accepted stays accepted: nothing here reads a clock or verifies a signature again. Each list in use is held
against the SHA-256 in the index, which was written when its signature had been verified.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import tomli_w
from asn1crypto import pem

from verifier.errors import BadRequest, CouldNotJudge
from verifier.snapshot import Anchor, Branch, NotifiedAuthority, Origin, Scheme, TrustService, TrustSnapshot
from verifier.trust.certfiles import read_certificates
from verifier.trust.durable import FOR_ALL, replace_file
from verifier.trust.lists.checking import fingerprint
from verifier.trust.lists.following import ID
from verifier.trust.lists.model import ListKind, TrustedList
from verifier.trust.lists.reader import read_list
from verifier.trust.lists.taking import Taken, taken
from verifier.trust.lists.xml import NotReadable, parse
from verifier.trust.strict import Key, check_table, instant, read_toml, unreadable

LISTS = "lists"
"""Name of the folder in a trust store."""
INDEX = "schemes.toml"
REFRESH = ("automatic", "by-hand")
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_FILE = {"scheme": Key(list, required=False), "list": Key(list, required=False)}
_SCHEME = {
    "id": Key(str),
    "name": Key(str),
    "location": Key(str, required=False),
    "territory": Key(str),
    "branch": Key(str),
    "kind": Key(str, required=False),
    "parent": Key(str, required=False),
    "refresh": Key(str, required=False),
    "brings_authorities": Key(bool, required=False),
    "ended": Key(date, required=False),
    "pins": Key(list),
}
_PIN = {"file": Key(str), "sha256": Key(str)}
_LIST = {
    "scheme": Key(str),
    "file": Key(str),
    "sha256": Key(str),
    "sequence": Key(int),
    "issued": Key(datetime),
    "next_update": Key(datetime, required=False),
    "came_at": Key(datetime),
    "name": Key(str),
    "by": Key(str, required=False),
    "approved_by": Key(str, required=False),
}


@dataclass(frozen=True)
class Listed:
    """What the lists of a trust store stand for."""

    schemes: tuple[Scheme, ...] = ()
    services: tuple[TrustService, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    authorities: tuple[NotifiedAuthority, ...] = ()


@dataclass(frozen=True)
class Entry:
    """An accepted list file."""

    file: str
    """Below the folder."""
    origin: Origin


@dataclass(frozen=True)
class Shelf:
    """The index of the folder."""

    schemes: tuple[Scheme, ...] = ()
    """Without the particulars of the lists in use."""
    ended: Mapping[str, datetime] | None = None
    """When trust in the services of a scheme ended, by its id: its list of lists pointed to it no longer."""
    lists: tuple[Entry, ...] = ()
    """In the order in which they came; the last one of a scheme is in use."""


def listed(folder: Path) -> Listed:
    """Return what the folder `lists/` of a trust store stands for; nothing where there is none.

    CouldNotJudge `trust-store-unreadable` or `trust-certificate-broken`, which name the file.
    """
    try:
        shelf = read_shelf(folder)
        used = {entry.origin.scheme: entry for entry in shelf.lists}
        ended = shelf.ended or {}
        found = [_in_use(folder, one, used[one.id], ended.get(one.id)) for one in shelf.schemes if one.id in used]
    except OSError as error:
        raise unreadable(folder.name, error.strerror or "cannot be read") from None
    origins = {one.scheme.id: one.scheme.origin for one in found}
    waiting = [replace(one, origin=origins.get(one.parent, one.origin)) for one in shelf.schemes if one.id not in used]
    return Listed(
        schemes=(*(one.scheme for one in found), *waiting),
        services=tuple(service for one in found for service in one.services),
        anchors=tuple(anchor for one in found for anchor in one.anchors),
        authorities=tuple(authority for one in found for authority in one.authorities),
    )


def read_shelf(folder: Path) -> Shelf:
    """Read the index; empty where there is none. CouldNotJudge as `listed`."""
    path = folder / INDEX
    if not path.exists():
        return Shelf()
    table = check_table(read_toml(path), _FILE, INDEX)
    told = [check_table(one, _SCHEME, INDEX) for one in table.get("scheme", [])]
    schemes = tuple(_scheme(folder, one) for one in told)
    ids = [one.id for one in schemes]
    if len(set(ids)) < len(ids):
        raise unreadable(INDEX, "a scheme stands twice")
    lists = tuple(_entry(one) for one in table.get("list", []))
    if odd := next((one for one in lists if one.origin.scheme not in ids), None):
        raise unreadable(INDEX, f"{odd.file}: no scheme has the id {odd.origin.scheme!r}")
    if orphan := next((one for one in schemes if one.parent and one.parent not in ids), None):
        raise unreadable(INDEX, f"{orphan.id}: no scheme has the id {orphan.parent!r}")
    ended = {one["id"]: end for one in told if (end := instant(one.get("ended"), INDEX))}
    return Shelf(schemes, ended, lists)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made where there is none, so that two imports do not lose each other's lists."""
    folder.mkdir(exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def save(
    folder: Path, snapshot: TrustSnapshot, accepted: Iterable[tuple[Origin, bytes]], pivots: Iterable[bytes] = ()
) -> None:
    """Write what was taken over: `accepted` holds each list with its origin, in the order in which they were taken.

    Files first, the index last and at once: whenever the power is lost, the old state or the new one is there. To be
    called by whoever holds the folder (`alone`). OSError where something cannot be written.
    """
    before = read_shelf(folder)
    entries = list(before.lists)
    for origin, data in accepted:
        file = f"{origin.scheme}/{origin.sequence}-{origin.sha256[:12]}.xml"
        _write(folder / file, data)
        entries.append(Entry(file, origin))
    for data in pivots:
        _write(folder / "pivots" / f"{fingerprint(data)}.xml", data)
    for der in sorted({der for one in snapshot.schemes for der in one.pins}):
        if not (folder / _pin_file(der)).exists():
            _write(folder / _pin_file(der), pem.armor("CERTIFICATE", der))
    ended = _ended(snapshot, before)
    table = {
        "scheme": [_scheme_table(one, ended.get(one.id)) for one in sorted(snapshot.schemes, key=lambda one: one.id)],
        "list": [_list_table(one) for one in entries],
    }
    _write(folder / INDEX, tomli_w.dumps(table).encode())


# --- reading ---------------------------------------------------------------------------------------------------------


def _scheme(folder: Path, table: Mapping[str, Any]) -> Scheme:
    kind, refresh = table.get("kind", "list"), table.get("refresh", "by-hand")
    if not ID.fullmatch(table["id"]):
        raise unreadable(INDEX, f"{table['id']!r} is no id: small letters, digits and hyphens")
    if kind not in list(ListKind) or refresh not in REFRESH or table["branch"] not in list(Branch):
        raise unreadable(INDEX, f"{table['id']}: kind, refresh or branch is not known")
    return Scheme(
        id=table["id"],
        name=table["name"],
        location=table.get("location", ""),
        territory=table["territory"],
        branch=table["branch"],
        pins=tuple(_pin(folder, check_table(one, _PIN, INDEX)) for one in table["pins"]),
        kind=kind,
        parent=table.get("parent", ""),
        refresh=refresh,
        brings_authorities=table.get("brings_authorities", False),
    )


def _pin(folder: Path, table: Mapping[str, Any]) -> bytes:
    try:
        found = read_certificates(_inside(folder, table["file"]).read_bytes())
    except ValueError as error:
        raise CouldNotJudge("trust-certificate-broken", f"{table['file']}: {error}", file=table["file"]) from None
    if [hashlib.sha256(der).hexdigest() for der in found] != [table["sha256"].lower()]:
        raise unreadable(INDEX, f"{table['file']}: the certificate is not the one of the entry (sha256)")
    return found[0]


def _inside(folder: Path, name: str) -> Path:
    parts = Path(name).parts
    if len(parts) != 2 or {*parts} & {"..", ".", "/"}:
        raise unreadable(INDEX, f"{name}: a file stands in a folder below {folder.name}")
    file = folder / name
    if not file.is_file():
        raise unreadable(INDEX, f"{name}: no such file")
    return file


def _entry(one: object) -> Entry:
    table = check_table(one, _LIST, INDEX)
    origin = Origin(
        kind="list",
        name=table["name"],
        scheme=table["scheme"],
        sequence=table["sequence"],
        sha256=table["sha256"].lower(),
        issued=instant(table["issued"], INDEX),
        next_update=instant(table.get("next_update"), INDEX),
        came_at=instant(table["came_at"], INDEX),
        by=table.get("by", ""),
        approved_by=table.get("approved_by", ""),
    )
    return Entry(table["file"], origin)


def _in_use(folder: Path, scheme: Scheme, entry: Entry, ended: datetime | None) -> Taken:
    data = _inside(folder, entry.file).read_bytes()
    origin = entry.origin
    if fingerprint(data) != origin.sha256:
        raise unreadable(entry.file, "the list is not the one that was accepted (sha256)")
    content = _content(data, entry)
    if (content.number, content.issued) != (origin.sequence, origin.issued):
        raise unreadable(INDEX, f"{entry.file}: number or time of issue is not that of the list")
    try:
        found = taken(scheme, content, origin, ended)
    except BadRequest as error:  # a register entry that an earlier release could read
        raise unreadable(entry.file, error.problem.detail) from None
    return found if ended is None else replace(found, scheme=replace(found.scheme, sha256=""))


def _content(data: bytes, entry: Entry) -> TrustedList:
    """Read a list whose signature was verified when it came: all of it is signed but the signature itself."""
    try:
        root = parse(data)
        for signature in list(root.iterchildren(_SIGNATURE)):
            root.remove(signature)
        if entry.origin.came_at is None:
            raise unreadable(INDEX, f"{entry.file}: when it came is missing")
        return read_list(root, entry.origin.came_at)
    except NotReadable as error:
        raise unreadable(entry.file, str(error)) from None


# --- writing ---------------------------------------------------------------------------------------------------------


def _ended(snapshot: TrustSnapshot, before: Shelf) -> Mapping[str, datetime]:
    """Return when trust ended in schemes of which a list was in use that no longer is."""
    by_id = {one.id: one for one in snapshot.schemes}
    found: dict[str, datetime] = {}
    for scheme in snapshot.schemes:
        if scheme.sequence is not None and not scheme.sha256:
            end = (before.ended or {}).get(scheme.id) or _issue_above(scheme, by_id)
            if end is not None:
                found[scheme.id] = end
    return found


def _issue_above(scheme: Scheme, by_id: Mapping[str, Scheme]) -> datetime | None:
    """Return when the list of lists was issued that ended trust in a scheme: the next one above that is in use."""
    parent = by_id.get(scheme.parent)
    while parent is not None and not parent.sha256:
        parent = by_id.get(parent.parent)
    return parent.issued if parent is not None else None


def _scheme_table(scheme: Scheme, ended: datetime | None) -> dict[str, Any]:
    table: dict[str, Any] = {
        "id": scheme.id,
        "name": scheme.name,
        "location": scheme.location,
        "territory": scheme.territory,
        "branch": scheme.branch,
        "kind": scheme.kind,
        "refresh": scheme.refresh,
        "pins": [{"file": _pin_file(der), "sha256": hashlib.sha256(der).hexdigest()} for der in scheme.pins],
    }
    optional = {"parent": scheme.parent, "brings_authorities": scheme.brings_authorities, "ended": ended}
    return table | {key: value for key, value in optional.items() if value}


def _list_table(entry: Entry) -> dict[str, Any]:
    origin = entry.origin
    table: dict[str, Any] = {
        "scheme": origin.scheme,
        "file": entry.file,
        "sha256": origin.sha256,
        "sequence": origin.sequence,
        "issued": origin.issued,
        "next_update": origin.next_update,
        "came_at": origin.came_at,
        "name": origin.name,
        "by": origin.by,
        "approved_by": origin.approved_by,
    }
    return {key: value for key, value in table.items() if value is not None}


def _pin_file(der: bytes) -> str:
    return f"pins/{hashlib.sha256(der).hexdigest()[:16]}.pem"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    replace_file(path, [content], FOR_ALL)
