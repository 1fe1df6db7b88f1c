"""Writes a package: a ZIP that is the same to the byte for the same content, and its manifest."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from verifier.archive.contents import MANIFEST, TOKEN
from verifier.errors import BadRequest

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every entry; the earliest that a ZIP can say."""
MODE = 0o100644 << 16
UNIX = 3
CHUNK = 1024 * 1024
BIG = 2**31 - 1
"""From which size an entry is written in the 64-bit form."""


@dataclass(frozen=True)
class Stored:
    """A stored file that goes into a package."""

    name: str
    """In the package."""
    size: int
    sha256: str
    """As the dossier knows it; a file that is another by now is in no package."""
    stream: Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Draft:
    """A package without its seal."""

    manifest: bytes

    @property
    def sha256(self) -> str:
        """Of the manifest, hexadecimal."""
        return hashlib.sha256(self.manifest).hexdigest()


def write(path: Path, texts: Mapping[str, bytes], stored: Iterable[Stored]) -> Draft:
    """Write all but the seal; BadRequest `package-file-broken` (`sha256`) where a stored file is not what it was."""
    sums: dict[str, str] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as out:
        for name in sorted(texts):
            sums[name] = _put(out, name, len(texts[name]), iter((texts[name],)))
        for one in stored:
            sums[one.name] = _put(out, one.name, one.size, one.stream())
            if sums[one.name] != one.sha256:
                raise BadRequest("package-file-broken", one.name, sha256=one.sha256)
        manifest = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()
        _put(out, MANIFEST, len(manifest), iter((manifest,)))
    return Draft(manifest)


def seal(path: Path, token: bytes) -> None:
    """Add the time stamp over the manifest."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as out:
        _put(out, TOKEN, len(token), iter((token,)))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(out: zipfile.ZipFile, name: str, size: int, pieces: Iterator[bytes]) -> str:
    info = zipfile.ZipInfo(name, EPOCH)
    info.create_system, info.external_attr = UNIX, MODE
    digest = hashlib.sha256()
    with out.open(info, "w", force_zip64=size > BIG) as entry:
        for piece in pieces:
            digest.update(piece)
            entry.write(piece)
    return digest.hexdigest()
