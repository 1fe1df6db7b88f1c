"""Sample documents: sound ones, and one spoiled thing in each of the others."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typst
from asn1crypto import x509
from pyhanko.pdf_utils.content import ImportedPdfPage
from pyhanko.pdf_utils.generic import ArrayObject, NameObject, StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from verifier.demo.pki import DemoPki

HERE = Path(__file__).parent
BOX = (310, 215, 510, 285)
SECOND_BOX = (85, 215, 285, 285)
OFFICE = {
    "state": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "motto": "Độc lập – Tự do – Hạnh phúc",
    "office": "Sở Ngoại vụ tỉnh Trình Diễn",
    "number": "17/SNgV-LS",
    "role": "GIÁM ĐỐC",
    "signer": "Nguyễn Thị Bích Ngọc",
}
ABROAD = {
    "state": "SAMPLE FOREIGN STATE",
    "motto": "Sample only",
    "office": "Sample foreign authority",
    "number": "42/2026",
    "role": "CONSUL",
    "signer": "A. Sample",
}


@dataclass(frozen=True)
class Sample:
    """One sample file and what to expect of it."""

    name: str
    vi: str
    en: str
    make: Callable[[Workshop], bytes]


class Workshop:
    """Writes letters and signs them with the demonstration PKI, whose services must be answering."""

    def __init__(self, pki: DemoPki, scratch: Path) -> None:
        """`scratch` is a folder for what is needed while we work."""
        self.pki, self._scratch = pki, scratch
        self._stamper = HTTPTimeStamper(f"{pki.url}/demo/tsa/tsa")
        self._crls = [_fetch(f"{pki.url}/demo/crls/{name}/latest.crl") for name in ("root", "ca")]

    def letter(self, title: str, body: str, **changes: str) -> bytes:
        """Write a letter of one page; `changes` of `OFFICE` for another sender."""
        inputs = {**OFFICE, "title": title, "body": body, **changes}
        return bytes(typst.compile(HERE / "letter.typ", sys_inputs=inputs))

    def sign(
        self,
        document: bytes,
        label: str,
        *,
        field: str = "ChuKy1",
        level: str = "T",
        arch: str = "demo",
        box: tuple[int, int, int, int] = BOX,
    ) -> bytes:
        """Sign as `label`, at PAdES level B, T, LT or LTA."""
        certificate = self.pki.certificate(label, arch)
        meta = PdfSignatureMetadata(
            field_name=field,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=level in ("LT", "LTA"),
            use_pades_lta=level == "LTA",
            validation_context=self._context() if level in ("LT", "LTA") else None,
        )
        signer = PdfSigner(
            meta,
            SimpleSigner(certificate, self.pki.key(label, arch), self._issuers(arch)),
            timestamper=None if level == "B" else self._stamper,
            stamp_style=self._stamp_style(certificate),
            new_field_spec=SigFieldSpec(field, on_page=0, box=box),
        )
        return bytes(signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(document))).getvalue())

    def _issuers(self, arch: str) -> SimpleCertificateStore:
        labels = ("ca", "root") if arch == "demo" else ("root",)
        return SimpleCertificateStore.from_certs([self.pki.certificate(one, arch) for one in labels])

    def _context(self) -> ValidationContext:
        others = [self.pki.certificate(label) for label in ("ca", "tsa")]
        return ValidationContext(
            trust_roots=[self.pki.certificate("root")], other_certs=others, crls=self._crls, allow_fetching=False
        )

    def _stamp_style(self, certificate: x509.Certificate) -> StaticStampStyle:
        names = certificate.subject.native
        inputs = {"signer": names["common_name"], "office": names.get("organization_name", "")}
        picture = self._scratch / f"{certificate.sha256.hex()}.pdf"
        picture.write_bytes(typst.compile(HERE / "stamp.typ", sys_inputs=inputs))
        return StaticStampStyle(border_width=0, background=ImportedPdfPage(str(picture)), background_opacity=1)


def make_samples(pki: DemoPki, folder: Path, tell: Callable[[str, str], None]) -> Iterator[tuple[Sample, Path]]:
    """Write the samples that are not there yet, and tell number and name of each; yields every one as it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    workshop: Workshop | None = None
    with _quiet(), tempfile.TemporaryDirectory() as scratch:
        for number, sample in enumerate(SAMPLES, start=1):
            path = folder / sample.name
            if not path.exists():
                tell(f"{number}/{len(SAMPLES)}", sample.name)
                workshop = workshop or Workshop(pki, Path(scratch))
                partial = path.with_suffix(".part")
                partial.write_bytes(sample.make(workshop))
                partial.rename(path)
            yield sample, path


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep to ourselves what pyHanko warns of while it signs: an expired certificate is meant to be one."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)


_BODY = (
    "Kính gửi: Cục Lãnh sự, Bộ Ngoại giao."
    "|Sở Ngoại vụ tỉnh Trình Diễn xác nhận bằng tốt nghiệp số hiệu 001234 do Trường Đại học Trình Diễn cấp ngày"
    " 15 tháng 6 năm 2024 cho ông Trần Văn An, sinh ngày 02 tháng 9 năm 2001, là đúng với hồ sơ lưu."
    "|Văn bản này được lập để làm thủ tục chứng nhận lãnh sự."
)


_BODY_ABROAD = (
    "To: Consular Department, Ministry of Foreign Affairs of Viet Nam."
    "|We certify that the attached birth certificate no. 0042 was issued by the civil registry of the sample state."
    "|This letter is a sample and certifies nothing."
)


def _sound(level: str) -> Callable[[Workshop], bytes]:
    return lambda w: w.sign(w.letter("VĂN BẢN XÁC NHẬN", _BODY), "so-ngoai-vu", level=level)


def _two_signatures(workshop: Workshop) -> bytes:
    first = workshop.sign(workshop.letter("CÔNG VĂN", _BODY), "lanh-dao", level="T")
    return workshop.sign(first, "so-ngoai-vu", field="ChuKy2", level="LT", box=SECOND_BOX)


def _one_byte_changed(workshop: Workshop) -> bytes:
    signed = bytearray(_sound("T")(workshop))
    at = signed.index(b"/MediaBox")
    signed[at + 12 : at + 13] = b"1" if signed[at + 12 : at + 13] != b"1" else b"2"
    return bytes(signed)


def _changed_afterwards(workshop: Workshop) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(_sound("T")(workshop)))
    overlay = StreamObject(stream_data=b"q 1 1 1 rg 70 575 460 45 re f Q")
    reference = writer.add_object(overlay)
    page = writer.root["/Pages"]["/Kids"][0]
    contents = page.raw_get("/Contents")
    page[NameObject("/Contents")] = ArrayObject([contents, reference])
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _unsigned(workshop: Workshop) -> bytes:
    return workshop.letter("BẢN CHƯA KÝ", _BODY)


def _signed_by(label: str, arch: str = "demo", level: str = "T") -> Callable[[Workshop], bytes]:
    return lambda w: w.sign(w.letter("VĂN BẢN", _BODY), label, arch=arch, level=level)


def _from_abroad(label: str) -> Callable[[Workshop], bytes]:
    return lambda w: w.sign(w.letter("CERTIFICATE", _BODY_ABROAD, **ABROAD), label, arch="abroad", level="T")


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 — our own service on loopback
        return bytes(answer.read())


SAMPLES = (
    Sample("1-luu-tru-dai-han.pdf", "hợp lệ, lưu trữ dài hạn (LTA)", "valid, long-term archive level", _sound("LTA")),
    Sample("2-co-dau-thoi-gian.pdf", "hợp lệ, kiểm tra trực tuyến (T)", "valid, status asked online", _sound("T")),
    Sample("3-hai-chu-ky.pdf", "hai chữ ký, người rồi cơ quan", "two signatures, person then agency", _two_signatures),
    Sample("4-sua-noi-dung-da-ky.pdf", "nội dung đã ký bị sửa", "signed content altered", _one_byte_changed),
    Sample("5-sua-sau-khi-ky.pdf", "che nội dung sau khi ký", "content covered after signing", _changed_afterwards),
    Sample("6-da-thu-hoi.pdf", "chứng thư số đã bị thu hồi", "certificate revoked", _signed_by("da-thu-hoi")),
    Sample("7-to-chuc-la.pdf", "tổ chức cấp chưa được tin cậy", "issuer not trusted", _signed_by("signer", "stranger")),
    Sample(
        "8-het-han.pdf",
        "chứng thư số hết hạn, không dấu thời gian",
        "expired, no stamp",
        _signed_by("het-han", level="B"),
    ),
    Sample("9-chua-ky.pdf", "không có chữ ký số", "no signature", _unsigned),
    Sample(
        "10-dai-su-quan.pdf",
        "đại sứ quán nước ngoài tại Việt Nam, đã được thông báo",
        "foreign embassy in Viet Nam, notified",
        _from_abroad("embassy"),
    ),
    Sample(
        "11-bo-ngoai-giao-nuoc-ngoai.pdf",
        "bộ ngoại giao nước ngoài: chỉ có thẩm quyền với hồ sơ nộp tại cơ quan đại diện",
        "foreign ministry: competent only for dossiers filed at a mission there",
        _from_abroad("ministry"),
    ),
)
"""What `make run` offers to try."""
