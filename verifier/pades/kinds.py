"""What a file is, by its first bytes: enough to tell people what to do with one that is not a PDF."""

from __future__ import annotations

HEADER_WINDOW = 1024
"""Readers look for `%PDF-` within so many bytes (ISO 32000-1 implementation note 13)."""

_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")
_INSIDE_ZIP = (
    (b"mimetypeapplication/vnd.etsi.asic", "asic"),
    (b"META-INF/signatures", "asic"),
    (b"word/", "docx"),
    (b"xl/", "xlsx"),
    (b"ppt/", "pptx"),
)


def header_offset(data: bytes) -> int:
    """Return where `%PDF-` stands, -1 where it is not among the first bytes."""
    return data[: HEADER_WINDOW + 5].find(b"%PDF-")


def kind_of(data: bytes) -> str:
    """Return `pdf`, `scan`, `docx`, `xlsx`, `pptx`, `asic`, `zip`, `xml`, `html`, `text`, `empty` or `unknown`."""
    if not data:
        return "empty"
    if header_offset(data) >= 0:
        return "pdf"
    if data.startswith(_IMAGES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "scan"
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    return _kind_of_text(data[:4096])


def _kind_of_zip(data: bytes) -> str:
    names = data[:65536] + data[-65536:]
    return next((kind for mark, kind in _INSIDE_ZIP if mark in names), "zip")


def _kind_of_text(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "html"
    if text.startswith(b"<?xml"):
        return "xml"
    return "unknown" if any(byte < 9 for byte in head) else "text"
