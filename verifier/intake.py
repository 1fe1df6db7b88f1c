"""Taking in a file before anything parses it: size, SHA-256 and kind by content, under a size limit."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from verifier.errors import CouldNotJudge

HEAD = 4096
"""Bytes at the start by which the kind is told."""
JUNK = 1024
"""Bytes that may stand before `%PDF-` (ISO 32000-1 annex H.3, implementation note 13)."""
TAIL = 64 * 1024
"""Bytes at the end in which the names of a ZIP's entries are looked for."""
MIB = 1024 * 1024

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "scan"),
    (b"\x89PNG\r\n\x1a\n", "scan"),
    (b"II*\x00", "scan"),
    (b"MM\x00*", "scan"),
    (b"GIF87a", "scan"),
    (b"GIF89a", "scan"),
    (b"BM", "scan"),
    (b"{\\rtf", "rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HTML = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(r"\s*<(\?xml\b|[A-Za-z_][\w.:-]*[\s/>])")
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_END = b"PK\x05\x06"
_IN_ZIP = (
    (b"mimetypeapplication/vnd.oasis.opendocument", "odt"),
    (b"application/vnd.etsi.asic", "asic"),
    (b"META-INF/signatures", "asic"),
    (b"META-INF/ASiCManifest", "asic"),
    (b"word/document", "docx"),
    (b"xl/workbook", "xlsx"),
    (b"ppt/presentation", "pptx"),
)
"""Marks of what a ZIP holds: its declared type, or names of entries."""


@dataclass(frozen=True)
class Intake:
    """A file as it was handed in."""

    size: int
    """Bytes."""
    sha256: str
    kind: str
    """`pdf`, `scan`, `docx`, `xlsx`, `pptx`, `odt`, `asic`, `zip`, `xml`, `html`, `rtf`, `office`, `archive`, `text`,
    `empty` or `unknown`."""


class NotTaken(CouldNotJudge):
    """A file that is not judged, with what is known of it all the same."""

    def __init__(self, code: str, detail: str, *, intake: Intake | None = None, **params: str) -> None:
        """`intake` is None where the file could not be read or is too large."""
        super().__init__(code, detail, **params)
        self.intake = intake or Intake(0, "", "unknown")


def take_in(path: Path, max_bytes: int) -> Intake:
    """Return what a PDF is by its outside. Reads it once, in pieces.

    NotTaken: file-missing, file-unreadable, too-large (told by size, unread), empty-file, not-a-pdf (param `kind`).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not keep us waiting
        with os.fdopen(descriptor, "rb") as file:
            size = _regular_size(os.fstat(file.fileno()), max_bytes)
            kind = sniff(file.read(HEAD), _tail(file, size))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise NotTaken("file-missing", "there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise NotTaken("file-unreadable", getattr(error, "strerror", "") or str(error)) from None
    intake = Intake(size, digest, kind)
    if kind == "empty":
        raise NotTaken("empty-file", "the file holds no byte", intake=intake)
    if kind != "pdf":
        raise NotTaken("not-a-pdf", f"the file is not a PDF but: {kind}", intake=intake, kind=kind)
    return intake


def _regular_size(status: os.stat_result, max_bytes: int) -> int:
    if not stat.S_ISREG(status.st_mode):
        folder = stat.S_ISDIR(status.st_mode)
        raise NotTaken("file-unreadable", "it is a folder" if folder else "it is not a regular file")
    if status.st_size > max_bytes:
        limit = f"{max_bytes / MIB:g}"
        raise NotTaken("too-large", f"the file is larger than {limit} MB", limit=limit)
    return status.st_size


def sniff(head: bytes, tail: bytes = b"") -> str:
    """Tell the kind of a file by its first and last bytes; the words are those of `Intake.kind`."""
    if not head:
        return "empty"
    if head.startswith(_ZIP_STARTS) and (_ZIP_END in tail or _ZIP_END in head):
        return _zip_kind(head + tail)
    if 0 <= head[: JUNK + 5].find(b"%PDF-") <= JUNK:
        return "pdf"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "scan"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "scan"
    return "zip" if head.startswith(_ZIP_STARTS) else _text_kind(head)


def _zip_kind(ends: bytes) -> str:
    """Tell what a ZIP holds; nothing is unpacked, and no entry is believed to be what it says."""
    return next((kind for mark, kind in _IN_ZIP if mark in ends), "zip")


def _tail(file: BinaryIO, size: int) -> bytes:
    file.seek(max(0, size - TAIL))
    return file.read(TAIL)


def _text_kind(head: bytes) -> str:
    text = _decoded(head)
    if text is None:
        return "unknown"
    if _HTML.match(text):
        return "html"
    return "xml" if _XML.match(text) else "text"


def _decoded(head: bytes) -> str | None:
    """Return the beginning of a text file, None where it is none."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, "replace")
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return None
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        # the head may end within a character
        return head[: error.start].decode() if error.start > len(head) - 4 else None
