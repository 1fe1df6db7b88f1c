"""The evidence bundle: all that a verdict rests on but the document, in one ZIP, so that it can be judged again.

`manifest.json` says what is what; `objects/<sha256>` are the certificates, CRLs and OCSP responses as received;
`report.json` is the outcome as it was given out. The same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from verifier.check import Checked
from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence
from verifier.policy import Policy, make_policy
from verifier.reports.json_report import dumps, from_json, to_json
from verifier.snapshot import AlgorithmRule, AlgorithmSuite, Anchor, AnchorUse, Filing, TrustSnapshot
from verifier.verdict import GapNote

FORMAT = "verifier-evidence-1"
MANIFEST = "manifest.json"
REPORT = "report.json"
OBJECTS = "objects/"
KINDS = tuple(one.name for one in fields(Evidence) if one.name not in ("trust", "received_at", "filing"))
"""The kinds of objects that evidence holds: certificates, CRLs, OCSP responses, …"""
MAX_BYTES = 512 * 1024 * 1024
"""Largest bundle unpacked, in bytes."""
_DATED = (1980, 1, 1, 0, 0, 0)
"""Date of every entry: the earliest that ZIP knows."""

Json = dict[str, Any]


def write_bundle(checked: Checked) -> bytes:
    """Return the bundle of an outcome as a ZIP."""
    objects: dict[str, bytes] = {}

    def keep(der: bytes) -> str:
        name = hashlib.sha256(der).hexdigest()
        objects[name] = der
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
        MANIFEST: json.dumps(manifest, indent=1, ensure_ascii=True).encode(),
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
            evidence=_read_evidence(manifest["evidence"], _Objects(entries)),
            policy=_read_policy(manifest["policy"]),
            at=datetime.fromisoformat(manifest["at"]),
            notes=tuple(GapNote(**note) for note in manifest["notes"]),
        )
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _unreadable(f"not a ZIP that can be read: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from None
    if recorded.outcome.sha256 != manifest["document"]:
        raise _unreadable("manifest and report name different documents")
    return recorded


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
        "trust": _trust(evidence.trust, keep),
    }


def _trust(trust: TrustSnapshot, keep: Any) -> Json:
    return {
        "id": trust.id,
        "anchors": [
            {
                "certificate": keep(anchor.certificate),
                "name": anchor.name,
                "uses": sorted(anchor.uses),
                "trusted_until": _instant(anchor.trusted_until),
                "branch": anchor.branch,
                "source": anchor.source,
            }
            for anchor in trust.anchors
        ],
        "intermediates": [keep(der) for der in trust.intermediates],
        "suites": [
            {"key": key, "name": suite.name, "rules": [_rule(rule) for rule in suite.rules]}
            for key, suite in trust.suites.items()
        ],
    }


def _rule(rule: AlgorithmRule) -> Json:
    return {**asdict(rule), "until": _instant(rule.until)}


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


# --- reading -------------------------------------------------------------------------------------------------------


def _unzip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
            raise ValueError("it unpacks to too much")
        return {info.filename: archive.read(info) for info in archive.infolist()}


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


def _read_evidence(data: Json, objects: _Objects) -> Evidence:
    given: dict[str, Any] = {kind: objects.all(data[kind]) for kind in KINDS}
    filing = data["filing"]
    return Evidence(
        trust=_read_trust(data["trust"], objects),
        received_at=_read_instant(data["received_at"]),
        filing=None if filing is None else Filing(**{**filing, "states": tuple(filing["states"])}),
        **given,
    )


def _read_trust(data: Json, objects: _Objects) -> TrustSnapshot:
    return TrustSnapshot(
        id=data["id"],
        anchors=tuple(_read_anchor(anchor, objects) for anchor in data["anchors"]),
        intermediates=objects.all(data["intermediates"]),
        suites={suite["key"]: AlgorithmSuite(suite["name"], _read_rules(suite["rules"])) for suite in data["suites"]},
    )


def _read_anchor(data: Json, objects: _Objects) -> Anchor:
    return Anchor(
        certificate=objects.one(data["certificate"]),
        name=data["name"],
        uses=frozenset(map(AnchorUse, data["uses"])),
        trusted_until=_read_instant(data["trusted_until"]),
        branch=data["branch"],
        source=data["source"],
    )


def _read_rules(rules: list[Json]) -> tuple[AlgorithmRule, ...]:
    return tuple(AlgorithmRule(**{**rule, "until": _read_instant(rule["until"])}) for rule in rules)


def _read_instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
