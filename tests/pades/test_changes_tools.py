"""Files written and extended by pyHanko: cross-reference and object streams, encryption, certification, stamps."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from asn1crypto import keys
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.pki import SIGNED, Identity, plain_pdf, world
from tests.pki.keys import rsa_key
from tests.pki.world import TSA
from verifier.pades.changes import ChangeContext, analyse_changes
from verifier.verdict import Change, Changes


def private(identity: Identity) -> keys.PrivateKeyInfo:
    der = identity.key.private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return keys.PrivateKeyInfo.load(der)


def store(*identities: Identity) -> SimpleCertificateStore:
    return SimpleCertificateStore.from_certs([each.certificate for each in identities])


def sign(writer: IncrementalPdfFileWriter, name: str = "Sig", **options: Any) -> bytes:
    used = world()
    signer = signers.SimpleSigner(
        signing_cert=used.leaf.certificate, signing_key=private(used.leaf), cert_registry=store(used.ca)
    )
    spec = options.pop("spec", None)
    metadata = signers.PdfSignatureMetadata(field_name=name, md_algorithm="sha256", **options)
    output = signers.PdfSigner(metadata, signer, new_field_spec=spec).sign_pdf(writer, in_place=False)
    return bytes(output.getvalue())


def stamp(data: bytes) -> bytes:
    used = world(tsa=TSA.but(key=rsa_key("tsa-rsa")))
    stamper = DummyTimeStamper(used.tsa.certificate, private(used.tsa), store(used.tsa_ca), fixed_dt=SIGNED)
    writer = opened(data)
    return bytes(signers.PdfTimeStamper(stamper).timestamp_pdf(writer, "sha256").getvalue())


def opened(data: bytes) -> IncrementalPdfFileWriter:
    return IncrementalPdfFileWriter(BytesIO(data), strict=False)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def stream_pdf() -> bytes:
    writer = PdfFileWriter(stream_xrefs=True)
    content = writer.add_object(generic.StreamObject(stream_data=b"BT (Pay 100) Tj ET"))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 595, 842)))
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def add_validation_data(data: bytes) -> bytes:
    used = world()
    output = BytesIO(data)
    DocumentSecurityStore.add_dss(output, sig_contents=None, certs=[used.ca.certificate, used.root.certificate])
    return output.getvalue()


def changes(data: bytes, password: str | None = None) -> list[tuple[Change, ...]]:
    reader = PdfFileReader(BytesIO(data), strict=False)
    if password is not None:
        reader.decrypt(password)
    return [analyse_changes(reader, each.signed_revision, each, ChangeContext()) for each in reader.embedded_signatures]


def levels(data: bytes, password: str | None = None) -> list[Changes]:
    return [Changes.worst([change.level for change in found]) for found in changes(data, password)]


@pytest.fixture(scope="module", params=["tables", "streams"])
def signed(request: pytest.FixtureRequest) -> bytes:
    return sign(opened(plain_pdf() if request.param == "tables" else stream_pdf()))


def test_signed_file_has_no_changes(signed: bytes) -> None:
    assert changes(signed) == [()]


def test_several_prolongations_are_lta_updates(signed: bytes) -> None:
    data = signed
    for _ in range(3):
        data = stamp(add_validation_data(data))
    assert levels(data) == [Changes.LTA_UPDATES] * 3 + [Changes.NONE]


def test_second_signature_is_permitted(signed: bytes) -> None:
    box = fields.SigFieldSpec("Second", box=(300, 50, 400, 90), on_page=0)
    first, second = changes(sign(opened(signed), "Second", spec=box))
    assert "later_signature" in [change.change_class for change in first]
    assert Changes.worst([change.level for change in first]) is Changes.PERMITTED
    assert second == ()


def test_content_in_a_new_object_stream_is_found(signed: bytes) -> None:
    writer = opened(signed)
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (Pay 999) Tj ET"))
    writer.update_container(page)
    (found,) = changes(written(writer))
    assert [change.change_class for change in found if change.level is Changes.SUSPICIOUS] == ["content_changed"]


def test_changes_are_told_with_their_revisions(signed: bytes) -> None:
    writer = opened(add_validation_data(signed))
    writer.root["/PageLayout"] = generic.NameObject("/TwoPageLeft")
    writer.update_root()
    (found,) = changes(written(writer))
    last = max(change.revision for change in found)
    told = {change.params.get("kind", change.change_class): change.revision for change in found}
    assert told["structure_changed"] == last
    assert told["dss_added"] < last  # what pyHanko writes of the time may differ from one update to the next


@pytest.mark.parametrize(
    ("permission", "wanted"),
    [(fields.MDPPerm.NO_CHANGES, "docmdp_violated"), (fields.MDPPerm.FILL_FORMS, "later_signature")],
)
def test_certification_is_read_from_the_signature(permission: fields.MDPPerm, wanted: str) -> None:
    data = sign(opened(plain_pdf()), certify=True, docmdp_permissions=permission)
    writer = opened(data)
    fields.append_signature_field(writer, fields.SigFieldSpec("Second"))
    value = writer.add_object(generic.DictionaryObject({generic.NameObject("/Type"): generic.NameObject("/Sig")}))
    field = writer.root["/AcroForm"]["/Fields"][1]
    field["/V"] = generic.IndirectObject(value.idnum, 0, writer)
    writer.update_container(field)
    reader = PdfFileReader(BytesIO(written(writer)), strict=False)
    field_dict = reader.root["/AcroForm"]["/Fields"][0]
    embedded = reader_signature(reader, field_dict)
    found = analyse_changes(reader, embedded.signed_revision, embedded, ChangeContext())
    assert wanted in [change.change_class for change in found]


def reader_signature(reader: PdfFileReader, field: Any) -> Any:
    from pyhanko.sign.validation import EmbeddedPdfSignature

    return EmbeddedPdfSignature(reader, field, str(field["/T"]))


def test_prolongation_of_a_certified_file_is_allowed() -> None:
    data = sign(opened(plain_pdf()), certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES)
    assert levels(stamp(add_validation_data(data)))[0] is Changes.LTA_UPDATES


def test_lock_is_read_from_the_signature() -> None:
    writer = opened(plain_pdf())
    text = {"/FT": generic.NameObject("/Tx"), "/T": generic.pdf_string("total"), "/V": generic.pdf_string("1")}
    field = writer.add_object(generic.DictionaryObject({generic.NameObject(key): value for key, value in text.items()}))
    form = {generic.NameObject("/Fields"): generic.ArrayObject([field])}
    writer.root["/AcroForm"] = writer.add_object(generic.DictionaryObject(form))
    writer.update_root()
    spec = fields.SigFieldSpec("Sig", field_mdp_spec=fields.FieldMDPSpec(fields.FieldMDPAction.INCLUDE, ["total"]))
    signed_data = sign(writer, spec=spec)
    later = opened(signed_data)
    total = later.root["/AcroForm"]["/Fields"][0]
    total["/V"] = generic.pdf_string("999")
    later.update_container(total)
    (found,) = changes(written(later))
    violated = [change for change in found if change.change_class == "fieldmdp_violated"]
    assert [change.params["new"] for change in violated] == ["999"]


def test_encrypted_file_is_compared_decrypted() -> None:
    writer = PdfFileWriter()
    content = writer.add_object(generic.StreamObject(stream_data=b"BT (Pay 100) Tj ET"))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 595, 842)))
    writer.encrypt("secret", "secret")
    plain = BytesIO()
    writer.write(plain)
    update = opened(plain.getvalue())
    update.encrypt("secret")
    data = sign(update)
    assert levels(data, "secret") == [Changes.NONE]
    later = opened(data)
    later.encrypt("secret")
    page = later.root["/Pages"]["/Kids"][0]
    page["/Contents"] = later.add_object(generic.StreamObject(stream_data=b"BT (Pay 999) Tj ET"))
    later.update_container(page)
    (found,) = changes(written(later), "secret")
    assert [change.change_class for change in found if change.level is Changes.SUSPICIOUS] == ["content_changed"]


def test_another_encryption_dictionary_is_suspicious() -> None:
    writer = PdfFileWriter()
    content = writer.add_object(generic.StreamObject(stream_data=b"BT (Pay 100) Tj ET"))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 595, 842)))
    writer.encrypt("secret", "secret")
    plain = BytesIO()
    writer.write(plain)
    update = opened(plain.getvalue())
    update.encrypt("secret")
    data = sign(update)
    later = opened(data)
    later.encrypt("secret")
    number = later.trailer.raw_get("/Encrypt").idnum
    handler = later.security_handler.as_pdf_object()
    handler["/Other"] = generic.NumberObject(1)
    later.objects[(0, number)] = handler
    (found,) = changes(written(later), "secret")
    assert "structure_changed" in [change.change_class for change in found if change.level is Changes.SUSPICIOUS]


def test_overwritten_object_stream_is_suspicious() -> None:
    writer = PdfFileWriter(stream_xrefs=True)
    container = writer.prepare_object_stream()
    note = generic.DictionaryObject({generic.NameObject("/Kept"): generic.pdf_string("in a stream")})
    kept = writer.add_object(note, obj_stream=container)
    content = writer.add_object(generic.StreamObject(stream_data=b"BT (Pay 100) Tj ET"))
    page = PageObject(contents=content, media_box=(0, 0, 595, 842))
    page["/PieceInfo"] = kept
    writer.insert_page(page)
    output = BytesIO()
    writer.write(output)
    data = sign(opened(output.getvalue()))
    reader = PdfFileReader(BytesIO(data), strict=False)
    (number,) = {ref.idnum for ref in reader.get_historical_resolver(0).object_streams_used()}
    later = opened(data)
    later.objects[(0, number)] = generic.StreamObject(stream_data=b"something else")
    (found,) = changes(written(later))
    assert "content_changed" in [change.change_class for change in found]
