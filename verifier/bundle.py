"""The evidence bundle: all that a verdict rests on but the document, in one ZIP, so that it can be judged again.

`manifest.json` says what is what; `trust.json` is the canonical content of the trust snapshot, whose SHA-256 is its id;
`objects/<sha256>` are certificates, CRLs and OCSP responses as received; `report.json` is the outcome as it was given
out. The same content gives the same bytes. Of a large trust store only the certificates come along that were looked at:
the others stand in `trust.json` by their SHA-256, and the verdict is the same without them.

A service keeps long CRLs once, beside its bundles: these name them in `apart.json`, and `whole_bundle` puts them in.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from verifier.check import Checked
from verifier.errors import CouldNotJudge
from verifier.evidence import AnyCrl, Evidence, StoredCrl, crl_bytes, crl_sha256
from verifier.policy import Policy, make_policy
from verifier.reports.json_report import dumps, from_json, to_json
from verifier.snapshot import Filing, TrustSnapshot
from verifier.trust.canon import content_of, read
from verifier.verdict import GapNote

FORMAT = "verifier-evidence-2"
MANIFEST = "manifest.json"
REPORT = "report.json"
TRUST = "trust.json"
OBJECTS = "objects/"
APART = "apart.json"
"""Names of the objects that stand elsewhere; the first entry, where there are any."""
KINDS = tuple(one.name for one in fields(Evidence) if one.name not in ("trust", "received_at", "filing"))
"""The kinds of objects that evidence holds: certificates, CRLs, OCSP responses, …"""
MAX_BYTES = 512 * 1024 * 1024
"""Largest bundle unpacked, in bytes."""
SPARED = 256 * 1024
"""Bytes of certificates that were not looked at, from which on they are left out."""
_NAME_AT = 30
"""Place of the first entry's name in a ZIP."""
_DATED = (1980, 1, 1, 0, 0, 0)
"""Date of every entry: the earliest that ZIP knows."""

_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_BAD_CONTENT = (ValueError, KeyError, TypeError, AttributeError, RecursionError)

Json = dict[str, Any]


Apart = Callable[[StoredCrl], bool]
"""Keeps a large CRL beside the bundles; False where it could not, and it must stand in the bundle itself."""


def write_bundle(checked: Checked, *, apart: Apart = lambda _: False) -> bytes:
    """Return the bundle of an outcome as a ZIP, without the stored CRLs for which `apart` says that they are kept."""
    objects: dict[str, bytes] = {}
    left: set[str] = set()
    trust, certificates = _content(checked.evidence.trust)
    objects |= _needed(certificates, checked)

    def keep(one: AnyCrl) -> str:
        name = crl_sha256(one)
        if isinstance(one, StoredCrl) and apart(one):
            left.add(name)
        else:
            objects[name] = crl_bytes(one)
        return name

    manifest = {
        "format": FORMAT,
        "file": checked.file_name,
        "document": checked.outcome.sha256,
        "at": checked.at.isoformat(),
        "policy": _policy(checked.policy),
        "evidence": _evidence(checked.evidence, keep),
        "notes": [asdict(note) for note in checked.notes],
    }
    entries = {
        **({APART: json.dumps(sorted(left)).encode()} if left else {}),
        MANIFEST: json.dumps(manifest, indent=1, ensure_ascii=True).encode(),
        TRUST: trust,
        REPORT: dumps(to_json(checked.outcome, checked.file_name)).encode() + b"\n",
        **{OBJECTS + name: objects[name] for name in sorted(objects)},
    }
    return _zip(entries)


def read_bundle(data: bytes) -> Checked:
    """Return what a bundle recorded; CouldNotJudge `bundle-unreadable` where it is damaged or none of ours."""
    try:
        entries = _unzip(data)
        manifest = _manifest(entries)
        recorded = Checked(
            outcome=from_json(json.loads(entries[REPORT])),
            file_name=manifest["file"],
            evidence=_read_evidence(manifest["evidence"], _Objects(entries), entries[TRUST]),
            policy=_read_policy(manifest["policy"]),
            at=datetime.fromisoformat(manifest["at"]),
            notes=tuple(GapNote(**note) for note in manifest["notes"]),
        )
    except _BAD_ZIP as error:
        raise _unreadable(f"not a ZIP that can be read: {error}") from None
    except _BAD_CONTENT as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from None
    if recorded.outcome.sha256 != manifest["document"]:
        raise _unreadable("manifest and report name different documents")
    return recorded


def with_gathered(evidence: Evidence, data: bytes, find: Callable[[str], AnyCrl]) -> Evidence:
    """Return the evidence with all that was gathered for the verdict of a bundle, so that nothing known is forgotten.

    `find` returns a CRL that stands elsewhere by its SHA-256. CouldNotJudge `bundle-unreadable` where it is damaged.
    """
    try:
        entries = _unzip(data, (APART, MANIFEST, OBJECTS))
        objects, listed = _Objects(entries), _manifest(entries)["evidence"]
        apart = set(json.loads(entries.get(APART, b"[]")))
        crls = tuple(find(name) if name in apart else objects.one(name) for name in listed["crls"])
        return evidence.plus(objects.all(listed["certificates"]), crls, objects.all(listed["ocsps"]))
    except (*_BAD_ZIP, *_BAD_CONTENT) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from None


def whole_bundle(pieces: Iterable[bytes], find: Callable[[str], bytes]) -> Iterator[bytes]:
    """Give a bundle with the objects that stand elsewhere put in, byte for byte as if they had been from the start.

    `find` returns an object by its SHA-256. Bundles without such objects are passed on as they come; CouldNotJudge
    `bundle-unreadable` where one is damaged.
    """
    given = iter(pieces)
    first = next(given, b"")
    if first[_NAME_AT : _NAME_AT + len(APART)] != APART.encode():
        return itertools.chain((first,), given)
    try:
        entries = _unzip(b"".join((first, *given)))
        names = json.loads(entries.pop(APART))
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from None
    entries |= {OBJECTS + name: find(name) for name in names}
    objects = sorted(name for name in entries if name.startswith(OBJECTS))
    first_ones = (MANIFEST, TRUST, REPORT, *objects)
    others = sorted(entries.keys() - set(first_ones))  # what was put beside it, such as earlier verdicts
    return iter((_zip({name: entries[name] for name in (*first_ones, *others)}),))


def _unreadable(why: str) -> CouldNotJudge:
    return CouldNotJudge("bundle-unreadable", f"the evidence bundle cannot be used: {why}")


# --- writing -------------------------------------------------------------------------------------------------------


def _zip(entries: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name, _DATED)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def _policy(policy: Policy) -> Json:
    return asdict(policy)


def _evidence(evidence: Evidence, keep: Any) -> Json:
    return {
        **{kind: [keep(der) for der in getattr(evidence, kind)] for kind in KINDS},
        "received_at": _instant(evidence.received_at),
        "filing": None if evidence.filing is None else asdict(evidence.filing),
        "trust": evidence.trust.id,
    }


_LATEST: list[tuple[TrustSnapshot, bytes, Mapping[str, bytes]]] = []
"""The snapshot of the bundle written last, with its content: nearly always that of the next one too."""


def _content(trust: TrustSnapshot) -> tuple[bytes, Mapping[str, bytes]]:
    for known, content, certificates in _LATEST:
        if known is trust:
            return content, certificates
    content, certificates = content_of(trust)
    _LATEST[:] = [(trust, content, certificates)]
    return content, certificates


def _needed(certificates: Mapping[str, bytes], checked: Checked) -> Mapping[str, bytes]:
    """Return what judging again needs of a trust snapshot: all of it, or what was looked at where that is far less."""
    trust = checked.evidence.trust
    if checked.anchors is None or not trust.anchors:
        return certificates
    first = trust.anchors[0].certificate  # a snapshot without any anchor would be no ground to judge
    others = {hashlib.sha256(der).hexdigest() for der in (first, *trust.intermediates)}
    needed = {name: der for name, der in certificates.items() if name in checked.anchors or name in others}
    spared = sum(map(len, certificates.values())) - sum(map(len, needed.values()))
    return needed if spared > SPARED else certificates


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


# --- reading -------------------------------------------------------------------------------------------------------


def _unzip(data: bytes, wanted: tuple[str, ...] = ("",)) -> dict[str, bytes]:
    """Unpack the entries whose names begin so."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = [info for info in archive.infolist() if info.filename.startswith(wanted)]
        if sum(info.file_size for info in found) > MAX_BYTES:
            raise ValueError("it unpacks to too much")
        return {info.filename: archive.read(info) for info in found}


def _manifest(entries: Mapping[str, bytes]) -> Json:
    manifest: Json = json.loads(entries[MANIFEST])
    if manifest["format"] != FORMAT:
        raise ValueError(f"format {str(manifest['format'])[:40]} is not known")
    return manifest


class _Objects:
    """The objects of a bundle, each true to its name."""

    def __init__(self, entries: Mapping[str, bytes]) -> None:
        self._entries = entries

    def one(self, name: str) -> bytes:
        der = self._entries[OBJECTS + name]
        if hashlib.sha256(der).hexdigest() != name:
            raise ValueError(f"object {name} was altered")
        return der

    def one_or_none(self, name: str) -> bytes:
        """Return an object, or nothing where it was left out."""
        return self.one(name) if OBJECTS + name in self._entries else b""

    def all(self, names: Iterable[str]) -> tuple[bytes, ...]:
        return tuple(self.one(name) for name in names)


def _read_policy(data: Json) -> Policy:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    wanted = values.pop("sha256")
    try:
        policy = make_policy(**values)
    except CouldNotJudge as error:
        raise ValueError(str(error)) from None
    if policy.sha256 != wanted:
        raise ValueError("the policy was altered")
    return policy


def _read_evidence(data: Json, objects: _Objects, trust: bytes) -> Evidence:
    given: dict[str, Any] = {kind: objects.all(data[kind]) for kind in KINDS}
    filing = data["filing"]
    return Evidence(
        trust=_read_trust(data["trust"], trust, objects),
        received_at=_read_instant(data["received_at"]),
        filing=None if filing is None else Filing(**{**filing, "states": tuple(filing["states"])}),
        **given,
    )


def _read_trust(name: str, content: bytes, objects: _Objects) -> TrustSnapshot:
    """Read the snapshot; certificates that were left out are missing wherever they stood, anchors with them."""
    snapshot = read(content, objects.one_or_none)
    if snapshot.id != name:
        raise ValueError("the trust snapshot was altered")
    return replace(
        snapshot,
        anchors=tuple(anchor for anchor in snapshot.anchors if anchor.certificate),
        schemes=tuple(replace(one, pins=tuple(filter(None, one.pins))) for one in snapshot.schemes),
        services=tuple(replace(one, certificates=tuple(filter(None, one.certificates))) for one in snapshot.services),
    )


def _read_instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
