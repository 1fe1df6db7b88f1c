"""A signed document with all that attackers like to change, and the judge to show the result to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.pki import AT, Cms, World, fresh_evidence, make_cms, world
from tests.pki.pdf import CATALOG, FONT, HEADER, PAGES, PdfBuilder, stream
from tests.pki.world import SIGNED
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.verdict import Changes, Conclusion, DocumentVerdict, SubIndication

POLICY = make_policy(name="attacks")
RESOURCES, DRAWING, IMAGE, SPARE_PAGE, SPARE_CONTENT, LAYER, AMOUNT, AMOUNT_SHOWN, LINK, ACTION = range(10, 20)
NAMES, FILE_SPEC, FILE, XFA, METADATA, INFO, STRUCTURE, ELEMENT, DESCRIPTOR, FONT_FILE = range(20, 30)
OTHER_FONT, SPARE_TREE, EMPTY_FIELD = range(30, 33)
PAGE, CONTENT = 60, 61
TEXT = b"BT /F1 24 Tf 72 720 Td (Hello) Tj ET /Fm1 Do /Im1 Do"


@dataclass
class Rich(PdfBuilder):
    """A builder whose catalog, page, form and trailer say more."""

    in_catalog: str = ""
    in_page: str = f"/MediaBox [0 0 595 842] /Contents {CONTENT} 0 R /Resources {RESOURCES} 0 R"
    in_form: str = ""
    in_trailer: str = ""

    def catalog(self, extra: str = "") -> bytes:
        return f"<< /Type /Catalog /Pages {PAGES} 0 R{self._late()} {self.in_catalog} {extra} >>".encode()

    def page(self, extra: str = "", *, body: str | None = None) -> bytes:
        shown = " ".join(f"{number} 0 R" for number in self.annotations)
        inner = self.in_page if body is None else body
        return f"<< /Type /Page /Parent {PAGES} 0 R {inner} /Annots [{shown}] {extra} >>".encode()

    def form_dictionary(self, extra: str = "") -> bytes:
        return self._form().replace(b">>", extra.encode() + b" >>")

    def _late(self) -> str:
        return f" /AcroForm {self.form} 0 R" * bool(self.form) + f" /DSS {self.dss} 0 R" * bool(self.dss)

    def _catalog(self) -> bytes:
        return self.catalog()

    def _page(self, number: int) -> bytes:
        return self.page()

    def _form(self) -> bytes:
        listed = " ".join(f"{number} 0 R" for number in self.fields)
        return f"<< /Fields [{listed}] /SigFlags 3 {self.in_form} >>".encode()

    def _table(self, offsets: dict[int, int], position: int) -> bytes:
        return (
            super()._table(offsets, position).replace(b" >>\nstartxref", f" {self.in_trailer} >>\nstartxref".encode())
        )


def amount(value: str = "1000", extra: str = "", flags: int = 4) -> bytes:
    return (
        f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (amount) /V ({value}) /F {flags} /Rect [50 50 200 70] "
        f"/DA (/Helv 12 Tf 0 g) /AP << /N {AMOUNT_SHOWN} 0 R >> {extra} >>"
    ).encode()


def drawn(operators: str, extra: str = "/BBox [0 0 150 20]") -> bytes:
    start = f"<< /Type /XObject /Subtype /Form {extra} /Resources << /Font << /Helv {FONT} 0 R >> >>"
    return f"{start} /Length {len(operators)} >>\nstream\n{operators}\nendstream".encode()


def shown(value: str, before: str = "", after: str = "") -> bytes:
    return drawn(f"/Tx BMC q BT {before} /Helv 12 Tf 2 5 Td ({value}) Tj ET {after} Q EMC")


def layers(off: str = "") -> str:
    return f"/OCProperties << /OCGs [{LAYER} 0 R] /D << /Order [{LAYER} 0 R] /OFF [{off}] >> >>"


RESOURCE_ENTRIES = f"/Font << /F1 {FONT} 0 R >> /XObject << /Fm1 {DRAWING} 0 R /Im1 {IMAGE} 0 R >>"
PICTURE = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
)
LINK_ANNOTATION = f"<< /Type /Annot /Subtype /Link /Rect [10 10 90 30] /A {ACTION} 0 R >>".encode()


def picture(grey: bytes) -> bytes:
    return PICTURE + b"\nstream\n" + grey + b"\nendstream"


def rich_objects() -> dict[int, bytes]:
    """Objects of the document besides catalog, page and form."""
    return {
        PAGES: f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 >>".encode(),
        FONT: f"<< /Type /Font /Subtype /TrueType /BaseFont /Helvetica /FontDescriptor {DESCRIPTOR} 0 R >>".encode(),
        OTHER_FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>",
        DESCRIPTOR: f"<< /Type /FontDescriptor /FontName /Helvetica /FontFile2 {FONT_FILE} 0 R >>".encode(),
        FONT_FILE: stream(b"glyphs"),
        RESOURCES: f"<< {RESOURCE_ENTRIES} >>".encode(),
        DRAWING: drawn("0 0 10 10 re f"),
        IMAGE: picture(b"0"),
        SPARE_PAGE: (
            f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 595 842] /Resources {RESOURCES} 0 R "
            f"/Contents {SPARE_CONTENT} 0 R >>"
        ).encode(),
        SPARE_CONTENT: stream(b"BT /F1 24 Tf 72 720 Td (Other) Tj ET"),
        SPARE_TREE: f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 /Rotate 180 >>".encode(),
        LAYER: b"<< /Type /OCG /Name (layer) >>",
        AMOUNT: amount(),
        AMOUNT_SHOWN: shown("1000"),
        LINK: LINK_ANNOTATION,
        ACTION: b"<< /S /URI /URI (https://good.example/) >>",
        NAMES: f"<< /EmbeddedFiles << /Names [(a.txt) {FILE_SPEC} 0 R] >> >>".encode(),
        FILE_SPEC: f"<< /Type /Filespec /F (a.txt) /EF << /F {FILE} 0 R >> >>".encode(),
        FILE: stream(b"attached"),
        XFA: stream(b"<xdp/>"),
        METADATA: stream(b"<x:xmpmeta><dc:title>Deed</dc:title></x:xmpmeta>"),
        INFO: b"<< /Title (Deed) /ModDate (D:20260101000000Z) >>",
        STRUCTURE: f"<< /Type /StructTreeRoot /K {ELEMENT} 0 R >>".encode(),
        ELEMENT: f"<< /Type /StructElem /S /P /P {STRUCTURE} 0 R /Pg {PAGE} 0 R /K 0 /ActualText (Hello) >>".encode(),
        EMPTY_FIELD: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (later) /F 132 /Rect [0 0 0 0] >>",
    }


def rich(objects: dict[int, bytes] | None = None, **entries: str) -> Rich:
    """Unsigned document; `objects` take the place of its own, `entries` are those of `Rich`."""
    made = Rich(data=HEADER, next_number=70, page_numbers=[PAGE], content_numbers=[CONTENT])
    made.annotations += [AMOUNT, LINK]
    made.fields += [AMOUNT, EMPTY_FIELD]
    made.form = 62
    made.in_catalog = (
        f"{layers()} /Names {NAMES} 0 R /Metadata {METADATA} 0 R /StructTreeRoot {STRUCTURE} 0 R /Lang (vi)"
    )
    made.in_form = f"/DA (/Helv 0 Tf 0 g) /DR << /Font << /Helv {FONT} 0 R >> >> /XFA {XFA} 0 R"
    made.in_trailer = f"/Info {INFO} 0 R"
    for name, value in entries.items():
        setattr(made, name, value)
    body = {CATALOG: made.catalog(), PAGE: made.page(), CONTENT: stream(TEXT), 62: made._form()}
    made.revise({**rich_objects(), **body, **(objects or {})})
    return made


def certified(permission: int) -> str:
    """Entries of a signature dictionary that make it a certification."""
    parameters = f"<< /Type /TransformParams /V /1.2 /P {permission} >>"
    return f" /Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams {parameters} >>]"


def sign(made: PdfBuilder, wanted: Cms | None = None, used: World | None = None, **options: object) -> None:
    """Sign `made` in the trusted world."""
    cms = wanted or (used or world()).cms()
    options = {"claimed": SIGNED, "name": f"Signature{len(made.fields) + 1}", **options}
    made.sign(lambda content: make_cms(content, cms), **options)  # type: ignore[arg-type]


def signed_rich(objects: dict[int, bytes] | None = None, permission: int = 0, extra: str = "", **entries: str) -> Rich:
    """The document, signed; certified where `permission` is given."""
    made = rich(objects, **entries)
    sign(made, extra=extra + (certified(permission) if permission else ""))
    return made


def verdict(data: bytes, evidence: Evidence | None = None, at: datetime = AT) -> DocumentVerdict:
    return judge(read_document(data), evidence or fresh_evidence(), POLICY, at).verdict


@dataclass(frozen=True)
class Told:
    """What is said of one document, in brief."""

    conclusion: Conclusion
    sub: SubIndication | None
    changes: Changes
    classes: tuple[str, ...]
    remnants: int


def told(data: bytes, evidence: Evidence | None = None, at: datetime = AT) -> Told:
    """Judge `data`; sub-indication and changes of its first signature."""
    found = verdict(data, evidence, at)
    first = found.signatures[0] if found.signatures else None
    return Told(
        found.conclusion,
        first.sub_indication if first else None,
        Changes.worst([one.integrity.changes for one in found.signatures]),
        tuple(dict.fromkeys(change.change_class for one in found.signatures for change in one.changes)),
        found.signature_remnants,
    )
