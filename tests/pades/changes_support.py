"""A signed PDF written object by object, for tests that change one thing after the signature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

from tests.pki.pdf import PdfBuilder, stream
from verifier.pades.changes import ChangeContext, LaterSignature, analyse_changes
from verifier.verdict import Change, Changes

TREE, FONT, CONTENT, PAGE = 2, 3, 5, 4
FORM, NAME_FIELD, APPEARANCE, SPARE = 20, 21, 22, 23
SECOND_PAGE, SECOND_CONTENT = 30, 31


def page(*, contents: str = "5 0 R", annots: str = "[21 0 R]", extra: str = "", fonts: str = "/F1 3 0 R") -> bytes:
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {contents} "
        f"/Resources << /Font << {fonts} >> /XObject << /Fm1 24 0 R /Fm2 25 0 R >> >> /Annots {annots} {extra} >>"
    ).encode()


def catalog(extra: str = "", form: str = "20 0 R") -> bytes:
    return f"<< /Type /Catalog /Pages 2 0 R /AcroForm {form} {extra} >>".encode()


def form(fields: str = "21 0 R", extra: str = "") -> bytes:
    return f"<< /Fields [{fields}] /DA (/Helv 0 Tf) /DR << /Font << /Helv 3 0 R >> >> {extra} >>".encode()


def text_field(
    value: str = "", extra: str = "/AP << /N 22 0 R >>", flags: int = 4, rect: str = "50 50 200 70"
) -> bytes:
    return (
        f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V ({value}) /F {flags} /Rect [{rect}] "
        f"/DA (/Helv 12 Tf) {extra} >>"
    ).encode()


def drawn(operators: str) -> bytes:
    dictionary = "/Type /XObject /Subtype /Form /BBox [0 0 150 20] /Resources << /Font << /Helv 3 0 R >> >>"
    return f"<< {dictionary} /Length {len(operators)} >>\nstream\n{operators}\nendstream".encode()


def shown(value: str) -> bytes:
    return drawn(f"/Tx BMC q BT /Helv 12 Tf 2 5 Td ({value}) Tj ET Q EMC")


def signature_field(name: str, value: str = "", rect: str = "0 0 0 0", extra: str = "") -> bytes:
    return f"<< /Type /Annot /Subtype /Widget /FT /Sig /T ({name}) {value} /F 132 /Rect [{rect}] {extra} >>".encode()


def signature(kind: str = "Sig", sub_filter: str = "ETSI.CAdES.detached") -> bytes:
    return f"<< /Type /{kind} /SubFilter /{sub_filter} /ByteRange [0 1 2 3] /Contents <00> >>".encode()


@dataclass
class SignedFile:
    """A file whose first revision is the signed one; revisions are then put on top."""

    pdf: PdfBuilder = field(default_factory=PdfBuilder)
    end: int = 0
    """Offset after the signed revision."""

    @classmethod
    def new(cls, objects: dict[int, bytes] | None = None) -> SignedFile:
        made = cls(PdfBuilder(data=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", next_number=60))
        made.pdf.revise(
            {
                1: catalog(),
                TREE: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
                FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
                PAGE: page(),
                CONTENT: stream(b"BT /F1 24 Tf 72 720 Td (Pay 100) Tj ET /Fm1 Do /Fm2 Do"),
                FORM: form(),
                NAME_FIELD: text_field("Ann"),
                APPEARANCE: shown("Ann"),
                24: drawn("0 0 10 10 re f"),
                SECOND_PAGE: page(contents="31 0 R", annots="[]"),
                SECOND_CONTENT: stream(b"BT /F1 24 Tf 72 720 Td (Pay 999) Tj ET"),
                **(objects or {}),
            }
        )
        made.end = len(made.pdf.data)
        return made

    def then(self, objects: dict[int, bytes], freed: Iterable[int] = ()) -> SignedFile:
        """Append a revision."""
        self.pdf.revise(objects)
        entries = b"".join(b"%d 1\n0000000000 00001 f \n" % number for number in freed)
        if entries:
            body, table, trailer = self.pdf.data.rpartition(b"\nxref\n")
            self.pdf.data = body + table + entries + trailer
        return self

    def changes(self, context: ChangeContext | None = None) -> tuple[Change, ...]:
        given = context or ChangeContext()
        reader = PdfFileReader(BytesIO(self.pdf.data), strict=False)
        known = ChangeContext(
            signatures=given.signatures,
            doc_mdp=given.doc_mdp,
            field_locks=given.field_locks,
            covered_end=given.covered_end or self.end,
            max_work=given.max_work,
            max_revisions=given.max_revisions,
        )
        return analyse_changes(reader, 0, None, known)

    def classes(self, context: ChangeContext | None = None) -> list[str]:
        return [change.change_class for change in self.changes(context)]

    def level(self, context: ChangeContext | None = None) -> Changes:
        return Changes.worst([change.level for change in self.changes(context)])


def later(revision: int, *, timestamp: bool = False) -> LaterSignature:
    return LaterSignature("Agency", revision, timestamp)
