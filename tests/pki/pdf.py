"""PDF files with signatures, written object by object: no clock, no chance, the same bytes on every run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG, PAGES, FONT = 1, 2, 3
FIRST_FREE = 4
RESERVED = 6_000
"""Bytes kept for a CMS."""
RANGE_WIDTH = 50


@dataclass
class PdfBuilder:
    """A PDF that grows revision by revision; take `data` at any time."""

    data: bytes = b""
    next_number: int = FIRST_FREE
    page_numbers: list[int] = field(default_factory=list)
    content_numbers: list[int] = field(default_factory=list)
    annotations: list[int] = field(default_factory=list)
    """Widgets on the first page."""
    fields: list[int] = field(default_factory=list)
    stored: dict[str, list[int]] = field(default_factory=lambda: {"Certs": [], "CRLs": [], "OCSPs": []})
    vri: list[bytes] = field(default_factory=list)
    form: int = 0
    """Number of the AcroForm, taken with the first field."""
    dss: int = 0
    """Number of the DSS, taken with its first revision."""
    xref: int = 0
    contents: list[bytes] = field(default_factory=list)
    """`/Contents` of every signature so far, as stored, padding included."""

    @classmethod
    def new(cls, pages: int = 1, text: str = "Hello") -> PdfBuilder:
        """Return a document of `pages` pages that each show `text`."""
        made = cls(data=HEADER)
        for _ in range(pages):
            made.page_numbers.append(made._take())
            made.content_numbers.append(made._take())
        kids = " ".join(f"{number} 0 R" for number in made.page_numbers)
        objects = {
            CATALOG: made._catalog(),
            PAGES: f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
            FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        }
        for page, content in zip(made.page_numbers, made.content_numbers, strict=True):
            objects[page] = made._page(page)
            objects[content] = stream(f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode())
        made.revise(objects)
        return made

    def revise(self, objects: dict[int, bytes]) -> None:
        """Append one revision that holds `objects` (number → body)."""
        offsets, parts = {}, [self.data]
        position = len(self.data)
        for number in sorted(objects):
            offsets[number] = position
            parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, objects[number]))
            position += len(parts[-1])
        parts.append(self._table(offsets, position))
        self.data = b"".join(parts)
        self.xref = position

    def sign(
        self,
        make: Callable[[bytes], bytes],
        *,
        name: str = "Signature1",
        kind: str = "Sig",
        sub_filter: str = "ETSI.CAdES.detached",
        claimed: datetime | None = None,
        extra: str = "",
        rect: str = "0 0 0 0",
        reserved: int = RESERVED,
        skip: int = 0,
        cut: int = 0,
    ) -> None:
        """Add a signature field whose CMS `make` returns for the covered bytes; `extra` joins the dictionary.

        The `/ByteRange` leaves out `skip` bytes after `/Contents` and `cut` bytes at the end of the revision.
        """
        self.form = self.form or self._take()
        value, widget = self._take(), self._take()
        moment = f" /M ({pdf_date(claimed)})" if claimed else ""
        dictionary = (
            f"<< /Type /{kind} /Filter /Adobe.PPKLite /SubFilter /{sub_filter}{moment}{extra} "
            f"/ByteRange {'[0]':<{RANGE_WIDTH}} /Contents <{'0' * reserved * 2}> >>"
        )
        shown = (
            f"<< /Type /Annot /Subtype /Widget /FT /Sig /T ({name}) /V {value} 0 R /F 132 "
            f"/P {self.page_numbers[0]} 0 R /Rect [{rect}] >>"
        )
        self.annotations.append(widget)
        self.fields.append(widget)
        start = len(self.data)
        first = self.page_numbers[0]
        self.revise(
            {
                CATALOG: self._catalog(),
                self.form: self._form(),
                first: self._page(first),
                value: dictionary.encode(),
                widget: shown.encode(),
            }
        )
        opening = self.data.index(b"/Contents <", start) + len(b"/Contents ")
        resume = opening + 2 * reserved + 2 + skip
        self._fill(make, (opening, resume, len(self.data) - cut - resume), reserved)

    def add_dss(
        self,
        certificates: tuple[bytes, ...] = (),
        crls: tuple[bytes, ...] = (),
        ocsps: tuple[bytes, ...] = (),
        *,
        vri_for: bytes | None = None,
    ) -> None:
        """Add a revision with validation data, on top of what is there; `vri_for` is a `/Contents` as stored."""
        objects: dict[int, bytes] = {}
        new: dict[str, list[int]] = {}
        for key, items in (("Certs", certificates), ("CRLs", crls), ("OCSPs", ocsps)):
            numbers = [self._take() for _ in items]
            objects.update({number: stream(item) for number, item in zip(numbers, items, strict=True)})
            self.stored[key] += numbers
            new[key] = numbers
        if vri_for is not None:
            named = {"Cert": new["Certs"], "CRL": new["CRLs"], "OCSP": new["OCSPs"]}
            body = " ".join(f"/{key} {_references(numbers)}" for key, numbers in named.items() if numbers)
            digest = hashlib.sha1(vri_for).hexdigest().upper()
            self.vri.append(f"/{digest} << {body} >>".encode())
        self.dss = self.dss or self._take()
        objects[self.dss] = self._dss()
        objects[CATALOG] = self._catalog()
        self.revise(objects)

    def _fill(self, make: Callable[[bytes], bytes], covered: tuple[int, int, int], reserved: int) -> None:
        opening, resume, length = covered
        byte_range = b"[0 %d %d %d]" % covered
        at = self.data.rindex(b"/ByteRange ", 0, opening) + len(b"/ByteRange ")
        file = self.data[:at] + byte_range.ljust(RANGE_WIDTH) + self.data[at + RANGE_WIDTH :]
        made = make(file[:opening] + file[resume : resume + length])
        if len(made) > reserved:
            raise ValueError(f"a CMS of {len(made)} bytes does not fit into {reserved}")
        stored = made.ljust(reserved, b"\0")
        self.contents.append(stored)
        self.data = file[: opening + 1] + stored.hex().encode() + file[opening + 2 * reserved + 1 :]

    def _take(self) -> int:
        self.next_number += 1
        return self.next_number - 1

    def _catalog(self) -> bytes:
        form = f" /AcroForm {self.form} 0 R" if self.form else ""
        dss = f" /DSS {self.dss} 0 R" if self.dss else ""
        return f"<< /Type /Catalog /Pages {PAGES} 0 R{form}{dss} >>".encode()

    def _form(self) -> bytes:
        return f"<< /Fields {_references(self.fields)} /SigFlags 3 >>".encode()

    def _page(self, number: int) -> bytes:
        content = self.content_numbers[self.page_numbers.index(number)]
        first = number == self.page_numbers[0]
        annotations = f" /Annots {_references(self.annotations)}" if first and self.annotations else ""
        return (
            f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R "
            f"/Resources << /Font << /F1 {FONT} 0 R >> >>{annotations} >>"
        ).encode()

    def _dss(self) -> bytes:
        lists = " ".join(f"/{key} {_references(numbers)}" for key, numbers in self.stored.items() if numbers)
        vri = b" /VRI << %b >>" % b" ".join(self.vri) if self.vri else b""
        return b"<< /Type /DSS %b%b >>" % (lists.encode(), vri)

    def _table(self, offsets: dict[int, int], position: int) -> bytes:
        lines = ["xref"]
        if not self.xref:
            lines += ["0 1", "0000000000 65535 f "]
        for number, offset in offsets.items():
            lines += [f"{number} 1", f"{offset:010} 00000 n "]
        previous = f" /Prev {self.xref}" if self.xref else ""
        identity = hashlib.md5(HEADER).hexdigest()
        lines += [
            f"trailer << /Size {self.next_number} /Root {CATALOG} 0 R /ID [<{identity}> <{identity}>]{previous} >>",
            f"startxref\n{position}\n%%EOF\n",
        ]
        return "\n".join(lines).encode()


def plain_pdf(pages: int = 1, text: str = "Hello") -> bytes:
    """PDF without any signature."""
    return PdfBuilder.new(pages, text).data


def stream(content: bytes) -> bytes:
    """Body of a stream object."""
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def pdf_date(instant: datetime) -> str:
    """Date string of ISO 32000-2 7.9.4, in UTC."""
    return instant.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")


def _references(numbers: list[int]) -> str:
    return "[" + " ".join(f"{number} 0 R" for number in numbers) + "]"
