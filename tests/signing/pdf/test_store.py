"""Validation data and document time stamps are added, once each, and disturb nothing."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import DocumentSecurityStore, validate_pdf_signature, validate_pdf_timestamp

from tests.pki.world import FRESH, signed_pdf, world
from tests.signing.pdf import files
from tests.signing.pdf.support import issued, told, verdict
from tests.signing.pdf.test_prepared import levels
from verifier.signing.pdf.writing import embedded, stamp_prepared, with_material
from verifier.signing.records import Material

STAMPED = FRESH + timedelta(hours=1)


def material() -> Material:
    here = world()
    chain = (here.leaf.der, here.ca.der, here.root.der, here.tsa.der, here.tsa_ca.der, here.tsa_root.der)
    return Material(chain, (*here.signer_crls(FRESH), *here.tsa_crls(FRESH)))


def completed(data: bytes, folder: Path, added: Material) -> bytes:
    source, out = folder / "before.pdf", folder / "after.pdf"
    source.write_bytes(data)
    with_material(source, out, added)
    return out.read_bytes()


def stamped(data: bytes, folder: Path, name: str = "Time") -> bytes:
    source, out = folder / "unstamped.pdf", folder / "stamped.pdf"
    source.write_bytes(data)
    room = stamp_prepared(source, out, name)
    embedded(out, room, world().stamp(STAMPED, imprint=room.digest)(b""))
    return out.read_bytes()


def store(data: bytes) -> dict[str, list[bytes]]:
    found = PdfFileReader(BytesIO(data)).root["/DSS"]
    return {
        key: [stream.data for stream in (each.get_object() for each in found[key])]
        for key in found
        if key in ("/Certs", "/CRLs", "/OCSPs")
    }


def test_a_document_grows_to_b_lta_and_everyone_accepts_it(tmp_path: Path) -> None:
    signed = issued(files.with_table(files.objects()), tmp_path, stamped=True)
    whole = stamped(completed(signed, tmp_path, material()), tmp_path)
    assert whole.startswith(signed)
    assert told(whole) == [("Mark", "TOTAL_PASSED", "lta_updates"), ("Time", "TOTAL_PASSED", "none")]
    assert verdict(whole).signatures[0].level == "PAdES-BASELINE-LTA"
    reader = PdfFileReader(BytesIO(whole), strict=True)
    (ours,) = reader.embedded_regular_signatures
    (time,) = reader.embedded_timestamp_signatures
    roots = [world().root.certificate, world().tsa_root.certificate]
    kept = DocumentSecurityStore.read_dss(reader)
    options = {"trust_roots": roots, "allow_fetching": False, "revocation_mode": "require", "moment": FRESH}
    status = validate_pdf_signature(ours, kept.as_validation_context(options))
    assert status.bottom_line
    assert status.modification_level is ModificationLevel.LTA_UPDATES
    assert status.timestamp_validity.valid
    stamp = validate_pdf_timestamp(time, kept.as_validation_context(options))
    assert (stamp.intact, stamp.valid, stamp.trusted) == (True, True, True)
    assert "/AP" not in time.sig_field


def test_validation_data_is_stored_once(tmp_path: Path) -> None:
    first = completed(issued(files.with_table(files.objects()), tmp_path), tmp_path, material())
    assert store(first) == {"/Certs": list(material().certificates), "/CRLs": list(material().crls)}
    again = completed(first, tmp_path, material())
    assert again == first
    more = completed(first, tmp_path, Material((*material().certificates, world().tsa2.der)))
    assert store(more)["/Certs"] == [*material().certificates, world().tsa2.der]
    assert store(more)["/CRLs"] == list(material().crls)
    assert levels(more) == [ModificationLevel.LTA_UPDATES]


def test_what_another_tool_stored_stays(tmp_path: Path) -> None:
    data = signed_pdf(level="LTA")
    made = completed(data, tmp_path, Material((world().tsa2.der,)))
    before = PdfFileReader(BytesIO(data)).root["/DSS"]
    after = PdfFileReader(BytesIO(made)).root["/DSS"]
    assert after["/VRI"] == before["/VRI"]
    assert store(made)["/Certs"] == [*store(data)["/Certs"], world().tsa2.der]
    assert [each[:2] for each in told(made)] == [each[:2] for each in told(data)]
    assert "suspicious" not in {each[2] for each in told(made)}


def test_nothing_to_store_writes_the_document_as_it_is(tmp_path: Path) -> None:
    data = files.with_table(files.objects())
    assert completed(data, tmp_path, Material()) == data
