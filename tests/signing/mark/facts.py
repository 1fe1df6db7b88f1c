"""Facts to draw: valid ones for each kind, and what is read back from a drawing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pypdfium2
from PIL import Image

from verifier.signing.mark import MarkDrawer
from verifier.signing.records import CoverFacts, Drawing, Kind, MarkFacts, Piece, Role

AT = datetime(2026, 11, 23, 14, 3, 22, tzinfo=timezone(timedelta(hours=7)))
DRAWER = MarkDrawer(frozenset({"e-apostille"}))
_SIGNED = {
    "signed_by": "Nguyễn Thị Bích Ngọc",
    "capacity": "Giám đốc",
    "seal_of": "Trường Đại học Ngoại ngữ",
}
SAID: Mapping[Kind, Mapping[str, str]] = {
    Kind.CONSULAR_CERTIFICATION: {"country": "Việt Nam", **_SIGNED},
    Kind.CONSULAR_LEGALIZATION: {"country": "Cộng hòa Xin-ga-po", **_SIGNED},
    Kind.CERTIFIED_ECOPY: {},
    Kind.AGENCY_DOCUMENT: {},
    Kind.APOSTILLE: {"management_number": "VN-0000-0042", **_SIGNED},
}
ABOUT = CoverFacts(
    file_name="Bằng tốt nghiệp <script>#set.pdf",
    size=1_234_567,
    sha256="0123456789abcdef" * 4,
    media_type="application/pdf",
    reasons=("docmdp-1", "no-room"),
    findings=(("Hợp lệ.", "Valid."), ("Chữ ký 1: nguyên vẹn.", "Signature 1: intact.")),
)


def valid(kind: Kind, **said: str) -> MarkFacts:
    return MarkFacts(
        kind=kind,
        number="07",
        book="01/2026-SCT/BS",
        at=AT,
        authority_vi="Sở Ngoại vụ thành phố Hải Phòng",
        authority_en="Department of Foreign Affairs of Hai Phong City",
        place_vi="Hải Phòng",
        place_en="Hai Phong",
        officer="Trần Quốc Việt",
        title_vi="Giám đốc",
        title_en="Director",
        signature_name="",
        seal_name="SỞ NGOẠI VỤ",
        check_url="https://mark.example.vn/check/7F3K9Q2MXR5TW8PD4HJNABCDEF",
        document_sha256="ab" * 32,
        dossier="G08.09-261123-0001",
        said={**SAID[kind], **said},
    )


def png(colour: tuple[int, int, int, int], size: tuple[int, int], dpi: int = 0) -> bytes:
    made = io.BytesIO()
    Image.new("RGBA", size, colour).save(made, "PNG", **({"dpi": (dpi, dpi)} if dpi else {}))
    return made.getvalue()


def pictured(facts: MarkFacts) -> MarkFacts:
    pictures = {Role.PERSON: png((0, 0, 200, 255), (450, 150)), Role.AGENCY: png((200, 0, 0, 255), (360, 360))}
    return replace(facts, pictures=pictures, pictures_mm={Role.PERSON: 45.0, Role.AGENCY: 36.0})


def main_of(facts: MarkFacts) -> Piece:
    return DRAWER.pieces(facts)[0]


def read(pdf: bytes, page: int = 0) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        text: str = document[page].get_textpage().get_text_range()
    return text


def squeezed(text: str) -> str:
    return "".join(text.split())


def picture_of(
    drawing: Drawing, dots_a_mm: float = 8.0, paper: tuple[int, int, int, int] = (255, 255, 255, 255)
) -> Image.Image:
    with pypdfium2.PdfDocument(drawing.pdf) as document:
        bitmap = document[0].render(scale=dots_a_mm * 25.4 / 72, fill_color=paper)
        image: Image.Image = bitmap.to_pil().convert("RGB")
    return image
