"""Verifies a package by nothing but the file: hashes, time stamp, chain of the log. No database, no network.

For a ZIP:
  1. it can be read, its names are plain, none stands twice;
  2. the manifest has one line a file, and every file is in it, with its hash;
  3. the time stamp is over this manifest, its signature is right, by a certificate for time stamps that was valid then.
     Whose root it leads to is for people to look (README.txt, step 2): here nobody is trusted beforehand;
  4. every event's hash fits its body and the hash before it, from the first on, all of one dossier;
  5. the data name the same dossier, the same end of the log, and the files by their hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from verifier.archive.contents import DATA, FORMAT, LOG, MANIFEST, README, SUMMARY, TOKEN
from verifier.audit import START, Place, linked, read
from verifier.blocks.identification import signing_certificate
from verifier.blocks.notes import Notes
from verifier.cases.settling import SUBJECT
from verifier.pades.cms import signature_value_verifies
from verifier.pades.tokens import digest_of_bytes, read_token
from verifier.trust.usage import timestamp_usage_ok
from verifier.verdict import TimestampKind

CHUNK = 1024 * 1024
MOST_TEXT = 256 * 1024 * 1024
"""Largest text that is read whole, in bytes."""
_LINE = re.compile(r"([0-9a-f]{64})  ((?:files/)?[A-Za-z0-9-][A-Za-z0-9.-]{0,199})")
"""Names are plain, and lead nowhere else where the package is unpacked."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be."""

    code: str
    """`not-a-package`, `manifest-broken`, `file-missing`, `file-changed`, `file-unknown`, `not-sealed`, `token-broken`,
    `token-other`, `log-broken`, `data-broken`."""
    where: str = ""
    """Name of the file in the package, or line of the log."""


@dataclass(frozen=True)
class Verified:
    """What was found."""

    findings: tuple[Finding, ...]
    files: int = 0
    events: int = 0
    dossier: str = ""
    """Its code."""
    sealed_at: datetime | None = None
    signer: str = ""
    """Who gave the time stamp, by its certificate; whether to trust it is for people to look."""

    @property
    def sound(self) -> bool:
        """Whether everything is as it was when the time stamp was given."""
        return not self.findings


@dataclass
class _Reading:
    """A package while it is read."""

    archive: zipfile.ZipFile
    names: frozenset[str]
    findings: list[Finding] = field(default_factory=list)

    def note(self, code: str, where: str = "") -> None:
        self.findings.append(Finding(code, where))

    def text(self, name: str) -> bytes | None:
        """Return a file whole; None where it is missing, unreadable or too long."""
        if name not in self.names or self.archive.getinfo(name).file_size > MOST_TEXT:
            return None
        try:
            return self.archive.read(name)
        except _BROKEN:
            return None

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file; empty where it cannot be read."""
        digest = hashlib.sha256()
        try:
            with self.archive.open(name) as file:
                while piece := file.read(CHUNK):
                    digest.update(piece)
        except _BROKEN:
            return ""
        return digest.hexdigest()


def verify(path: Path) -> Verified:
    """Verify the package at `path`."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed = [one.filename for one in archive.infolist()]
            if len(listed) != len(set(listed)) or not {MANIFEST, DATA, LOG} <= set(listed):
                return Verified((Finding("not-a-package"),))
            return _verified(_Reading(archive, frozenset(listed)))
    except _BROKEN:
        return Verified((Finding("not-a-package"),))


def _verified(reading: _Reading) -> Verified:
    manifest = reading.text(MANIFEST) or b""
    sums = _manifest(reading, manifest)
    for name in sorted(sums.keys() - reading.names):
        reading.note("file-missing", name)
    for name in sorted(reading.names - sums.keys() - {MANIFEST, TOKEN}):
        reading.note("file-unknown", name)
    for name in sorted(sums.keys() & reading.names):
        if reading.digest(name) != sums[name]:
            reading.note("file-changed", name)
    sealed_at, signer = _seal(reading, manifest)
    data = _data(reading)
    events, last = _log(reading, str(data.get("dossier", {}).get("id", "")))
    if data:
        _agree(reading, data, sums, (events, last))
    code = str(data.get("dossier", {}).get("code", ""))
    return Verified(tuple(reading.findings), len(sums), events, code, sealed_at, signer)


def _manifest(reading: _Reading, manifest: bytes) -> Mapping[str, str]:
    try:
        lines = manifest.decode("ascii").split("\n")
    except UnicodeDecodeError:
        lines = []
    found = [_LINE.fullmatch(line) for line in lines[:-1]]
    sums = {one[2]: one[1] for one in found if one}
    if not sums or len(sums) != len(found) or lines[-1:] != [""] or not {README, SUMMARY, DATA, LOG} <= sums.keys():
        reading.note("manifest-broken", MANIFEST)
    return sums


def _seal(reading: _Reading, manifest: bytes) -> tuple[datetime | None, str]:
    """Check the time stamp; return its time and who gave it, where all of it is right."""
    if TOKEN not in reading.names:
        reading.note("not-sealed")
        return None, ""
    facts = read_token(reading.text(TOKEN) or b"", TimestampKind.SIGNATURE, digest_of_bytes(manifest))
    cms, at = facts.cms, facts.gen_time
    if cms is None or facts.problem or at is None:
        reading.note("token-broken", TOKEN)
        return None, ""
    if not facts.imprint_matches:
        reading.note("token-other", TOKEN)
        return None, ""
    signer = signing_certificate(cms, (), Notes())
    right = signer is not None and cms.digest_matches and signature_value_verifies(cms, signer)
    if signer is None or not right or not timestamp_usage_ok(signer) or not signer.valid_at(at):
        reading.note("token-broken", TOKEN)
        return None, ""
    return at, signer.subject


def _data(reading: _Reading) -> Mapping[str, Any]:
    try:
        told = json.loads(reading.text(DATA) or b"")
        whole = told["format"] == FORMAT and isinstance(told["dossier"]["id"], str)
        whole = whole and all(isinstance(one, dict) for one in told["records"])
    except (KeyError, TypeError, ValueError, RecursionError):
        whole = False
    if not whole:
        reading.note("data-broken", DATA)
        return {}
    return dict(told)


def _log(reading: _Reading, dossier: str) -> tuple[int, str]:
    """Follow the chain; return how many events it has and the hash of the last."""
    count, last = 0, START
    try:
        for count, line in enumerate(_lines(reading), 1):
            last = _follow(line, count, last, dossier)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        reading.note("log-broken", f"{LOG}:{count}" if count else LOG)
    return count, last.hex()


def _follow(line: str, count: int, last: bytes, dossier: str) -> bytes:
    """Return the hash of an event that stands at its place behind another; ValueError and others where it does not."""
    told = json.loads(line)
    previous, before = bytes.fromhex(told["previous"]), bytes.fromhex(told["subject_previous"])
    place = Place(told["number"], previous, told["subject_number"], before)
    event, fresh = read(told["body"]), linked(told["body"], place)
    same = (event.subject_kind, event.subject_id) == (SUBJECT, dossier)
    if not same or place.subject_number != count or before != last or fresh.hex() != told["hash"]:
        raise ValueError("this event does not stand here")
    return fresh


def _lines(reading: _Reading) -> Iterator[str]:
    text = (reading.text(LOG) or b"").decode()
    lines = text.split("\n")
    if lines.pop() or not lines:
        raise ValueError("the log ends within a line")
    yield from lines


def _agree(reading: _Reading, data: Mapping[str, Any], sums: Mapping[str, str], log: tuple[int, str]) -> None:
    """Hold the data against the log and the files."""
    told = data.get("log")
    if not isinstance(told, dict) or (told.get("events"), told.get("last")) != log:
        reading.note("data-broken", DATA)
    named = {one["file"]: one.get("sha256") for one in data["records"] if one.get("file")}
    for name, digest in named.items():
        if sums.get(name) != digest:
            reading.note("file-changed", str(name))
    texts = {README, SUMMARY, DATA, LOG}
    for name in sorted(sums.keys() - named.keys() - texts):
        reading.note("file-unknown", name)
