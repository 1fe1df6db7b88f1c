"""CMS: what is read from it, what is tolerated, and what is a defect."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asn1crypto import algos, cms, core
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pades.build import codes, problem_of, the_signature, verifies
from tests.pki import Cms, Ess, PolicyId, make_cms, make_crl, make_ocsp, signed_pdf, world
from tests.pki.keys import ec_key, rsa_key, sign
from tests.pki.pdf import RESERVED
from tests.pki.spoil import contents, flip_signed_byte, replace_contents
from tests.pki.world import LEAF, SIGNED, Draft
from verifier.pades import ber
from verifier.pades.cms import CmsReading, read_cms, signature_value_verifies
from verifier.pades.facts import CmsFacts, FormatProblem
from verifier.pades.tokens import digest_of_bytes
from verifier.x509 import AlgorithmUse, Certificate

CONTENT = b"the signed bytes"
DETACHED = digest_of_bytes(CONTENT)


def wanted(**options: object) -> Cms:
    return world().cms(**options)


def reading(blob: bytes) -> CmsReading:
    found = read_cms(blob, DETACHED)
    assert isinstance(found, CmsReading)
    return found


def facts(**options: object) -> CmsFacts:
    return reading(make_cms(CONTENT, wanted(**options))).facts


def defect(blob: bytes) -> str:
    found = read_cms(blob, DETACHED)
    problem = found if isinstance(found, FormatProblem) else found.problem
    return problem.code if problem else ""


def leaf() -> Certificate:
    return Certificate.parse(world().leaf.der)


def parsed(**options: object) -> cms.ContentInfo:
    return cms.ContentInfo.load(make_cms(CONTENT, wanted(**options)))


def test_padding_is_no_part_of_it() -> None:
    blob = make_cms(CONTENT, wanted())
    assert reading(blob + bytes(100)).facts == reading(blob).facts


@pytest.mark.parametrize(
    ("blob", "code"),
    [
        (b"", "CMS_UNREADABLE"),
        (bytes(100), "CMS_UNREADABLE"),
        (b"\x30\x80", "CMS_UNREADABLE"),
        (b"\x30\x84\xff\xff\xff\xff\x00", "CMS_UNREADABLE"),
        (b"\x30\x80" * 500, "CMS_UNREADABLE"),
        (cms.ContentInfo({"content_type": "data", "content": b"x"}).dump(), "CMS_NOT_SIGNED_DATA"),
    ],
)
def test_no_cms(blob: bytes, code: str) -> None:
    assert defect(blob) == code


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes(blob: bytes) -> None:
    assert isinstance(read_cms(blob, DETACHED), FormatProblem)


@settings(deadline=None)
@given(st.data())
def test_damaged_cms_is_data_not_an_error(data: st.DataObject) -> None:
    blob = bytearray(make_cms(CONTENT, wanted(stamps=(world().stamp(SIGNED),))))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = read_cms(bytes(blob), DETACHED)
    if isinstance(found, CmsReading):
        signature_value_verifies(found.facts, leaf())


def test_random_bytes_in_the_file() -> None:
    assert problem_of(replace_contents(signed_pdf(), b"\x9a" * 500)) == "CMS_UNREADABLE"


def test_no_contents() -> None:
    data = signed_pdf()
    assert problem_of(data.replace(b"/Contents <", b"/Content8 <")) == "CONTENTS_MISSING"


def test_contents_are_a_name() -> None:
    data = signed_pdf()
    room = contents(data)
    text = data.replace(b"<" + room.hex().encode() + b">", b"/Name".ljust(2 * RESERVED + 2))
    assert problem_of(text) == "CONTENTS_MALFORMED"


def test_two_signer_infos() -> None:
    one = the_signature(signed_pdf(cms=wanted(signer_infos=2)))
    assert one.problem == FormatProblem("SIGNER_COUNT", "2")
    assert one.cms is not None
    assert one.cms.digest_matches


def test_no_signer_info() -> None:
    assert defect(make_cms(CONTENT, wanted(signer_infos=0))) == "SIGNER_COUNT"


def test_changed_content() -> None:
    one = the_signature(flip_signed_byte(signed_pdf()))
    assert one.problem is None
    assert one.cms is not None
    assert not one.cms.digest_matches
    assert verifies(one.cms)


def test_changed_value() -> None:
    one = facts()
    assert signature_value_verifies(one, leaf())
    assert not signature_value_verifies(replace(one, signature_value=one.signature_value[:-1] + b"\x00"), leaf())


def test_other_key() -> None:
    assert not signature_value_verifies(facts(signing_key=ec_key("other")), leaf())


def test_key_of_another_kind() -> None:
    used = world(leaf=LEAF.but(key=rsa_key()))
    made = reading(make_cms(CONTENT, used.cms(pss=True))).facts
    assert signature_value_verifies(made, Certificate.parse(used.leaf.der))
    assert not signature_value_verifies(made, leaf())


def test_value_under_another_digest() -> None:
    one = facts()
    assert not signature_value_verifies(replace(one, signature_use=AlgorithmUse("ecdsa", "sha512")), leaf())
    assert not signature_value_verifies(replace(one, digest_algorithm="sha512"), leaf())


def test_bare_algorithm_takes_the_digest_of_the_signer() -> None:
    used = world(leaf=LEAF.but(key=rsa_key()))
    info = cms.ContentInfo.load(make_cms(CONTENT, used.cms()))
    signer = info["content"]["signer_infos"][0]
    signer["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})
    made = reading(info.dump(force=True)).facts
    assert made.signature_use == AlgorithmUse("rsassa_pkcs1v15", "sha256")
    assert signature_value_verifies(made, Certificate.parse(used.leaf.der))


def test_unknown_digest() -> None:
    blob = make_cms(CONTENT, wanted())
    sha256 = core.ObjectIdentifier("2.16.840.1.101.3.4.2.1").dump()
    made = reading(blob.replace(sha256, sha256[:-1] + b"\x63")).facts
    assert made.digest_algorithm.startswith("2.16.840")
    assert not made.digest_matches
    assert not signature_value_verifies(made, leaf())


def attributes_of(blob: bytes) -> tuple[ber.Element, bytes]:
    signer = ber.read(blob).children()[1].children()[0].children()[-1].children()[0]
    return signer.children()[3], signer.children()[3].content


def test_attributes_out_of_order_are_hashed_in_order() -> None:
    blob = make_cms(CONTENT, wanted())
    attributes, inside = attributes_of(blob)
    turned = b"".join(child.raw for child in reversed(attributes.children()))
    found = reading(blob.replace(inside, turned))
    assert [warning.code for warning in found.warnings] == ["ATTRIBUTES_NOT_DER"]
    assert signature_value_verifies(found.facts, leaf())


def test_attributes_signed_out_of_order_do_not_verify() -> None:
    blob = make_cms(CONTENT, wanted())
    attributes, inside = attributes_of(blob)
    turned = b"".join(child.raw for child in reversed(attributes.children()))
    value = reading(blob).facts.signature_value
    again = sign(world().leaf.key, ber.encode(b"\x31", turned))
    found = reading(_resized(blob.replace(inside, turned), value, again))
    assert not signature_value_verifies(found.facts, leaf())


def _resized(blob: bytes, old: bytes, new: bytes) -> bytes:
    info = cms.ContentInfo.load(blob)
    info["content"]["signer_infos"][0]["signature"] = new
    assert old != new
    return bytes(info.dump())


def indefinite(der: bytes) -> bytes:
    """The same in BER with indefinite lengths, one level deep."""
    return der[:1] + b"\x80" + ber.read(der).content + b"\x00\x00"


def test_indefinite_lengths() -> None:
    blob = make_cms(CONTENT, wanted())
    found = reading(indefinite(blob) + bytes(20))
    assert found.facts.tolerated == ("ber-encoding",)
    assert signature_value_verifies(found.facts, leaf())


def test_encapsulated_content_under_a_detached_format() -> None:
    info = parsed()
    info["content"]["encap_content_info"]["content"] = CONTENT
    found = reading(info.dump())
    assert [warning.code for warning in found.warnings] == ["CMS_NOT_DETACHED"]
    assert found.facts.digest_matches
    info["content"]["encap_content_info"]["content"] = b"something else"
    assert reading(info.dump()).facts.digest_matches


def test_content_type_that_contradicts_itself() -> None:
    blob = make_cms(CONTENT, wanted())
    data = core.ObjectIdentifier("1.2.840.113549.1.7.1").dump()
    other = data[:-1] + b"\x05"
    assert defect(blob.replace(data, other, 1)) == "CONTENT_TYPE"


def test_certificates_that_cannot_be_read() -> None:
    info = parsed(certificates=(world().leaf,))
    spoiled = info.dump().replace(world().leaf.der[4:40], bytes(36))
    found = reading(spoiled)
    assert found.facts.certificates == ()
    assert found.facts.tolerated == ("certificate-unreadable",)


def test_attribute_certificates_are_left_out() -> None:
    blob = make_cms(CONTENT, wanted(certificates=(world().leaf,)))
    der = world().leaf.der
    foreign = b"\xa2" + der[1:]
    found = reading(blob.replace(der, foreign)).facts
    assert (found.certificates, found.tolerated) == ((), ())


def test_unreadable_unsigned_attribute() -> None:
    info = parsed(stamps=(world().stamp(SIGNED),))
    blob = info.dump()
    name = core.ObjectIdentifier("1.2.840.113549.1.9.16.2.14").dump()
    found = reading(blob.replace(name, b"\x04" + name[1:]))
    assert found.facts.tolerated == ("unsigned-attributes-unreadable",)
    assert signature_value_verifies(found.facts, leaf())


def test_references_to_the_certificate() -> None:
    made = facts(ess=(Ess(world().leaf.certificate, version=1), Ess(world().ca.certificate, digest="sha512")))
    assert [(one.version, one.digest_algorithm, len(one.digest)) for one in made.ess_references] == [
        (2, "sha512", 64),
        (1, "sha1", 20),
    ]
    assert made.ess_attributes == 2
    assert facts(ess=()).ess_attributes == 0


def test_signature_policy() -> None:
    made = facts(policy=PolicyId("1.2.3.4.5", b"\x07" * 32)).signature_policy
    assert made is not None
    assert (made.oid, made.digest_algorithm, made.digest) == ("1.2.3.4.5", "sha256", b"\x07" * 32)
    assert facts().signature_policy is None


def test_signing_time() -> None:
    assert facts(signing_time=SIGNED).signing_time == SIGNED
    assert facts().signing_time is None


def test_crls_inside() -> None:
    crl = make_crl(world().ca, SIGNED, None)
    assert facts(crls=(crl,)).crls == (crl,)


def test_ocsp_response_inside() -> None:
    response = make_ocsp(world().leaf, world().ca, SIGNED)
    info = parsed()
    other = cms.OtherRevocationInfoFormat({"other_rev_info_format": "1.3.6.1.5.5.7.16.2"})
    made = ber.read(other["other_rev_info_format"].dump())
    choice = ber.encode(b"\xa1", made.raw + response)
    body = ber.read(info.dump()).children()[1].children()[0].children()
    signed_data = ber.encode(
        b"\x30", b"".join([*(e.raw for e in body[:-1]), ber.encode(b"\xa1", choice), body[-1].raw])
    )
    blob = ber.encode(b"\x30", ber.read(info.dump()).children()[0].raw + ber.encode(b"\xa0", signed_data))
    assert reading(blob).facts.ocsps == (response,)


def sha1_signature(data: bytes, **spoil: object) -> bytes:
    """CMS for adbe.pkcs7.sha1: the content is the SHA-1 of the range."""
    import hashlib

    inner = hashlib.sha1(data).digest() if not spoil else b"\x00" * 20
    info = cms.ContentInfo.load(make_cms(inner, wanted()))
    info["content"]["encap_content_info"]["content"] = inner
    return bytes(info.dump())


def test_weak_sub_filter_is_named_and_verified() -> None:
    pdf = Draft(world())
    pdf.pdf.sign(sha1_signature, sub_filter="adbe.pkcs7.sha1")
    one = the_signature(pdf.data)
    assert one.problem is None
    assert codes(one) == ["WEAK_SUBFILTER"]
    assert one.cms is not None
    assert one.cms.digest_matches
    assert verifies(one.cms)


def test_weak_sub_filter_over_other_bytes() -> None:
    pdf = Draft(world())
    pdf.pdf.sign(lambda data: sha1_signature(data, wrong=True), sub_filter="adbe.pkcs7.sha1")
    one = the_signature(pdf.data)
    assert one.cms is not None
    assert not one.cms.digest_matches


@pytest.mark.parametrize(
    ("sub_filter", "code"),
    [
        ("adbe.x509.rsa_sha1", "SUBFILTER_UNSUPPORTED"),
        ("PBAD.PAdES", "SUBFILTER_UNKNOWN"),
    ],
)
def test_other_sub_filters_are_listed(sub_filter: str, code: str) -> None:
    one = the_signature(signed_pdf(sub_filter=sub_filter))
    assert one.sub_filter == sub_filter
    assert one.problem is not None
    assert one.problem.code == code


def test_no_sub_filter() -> None:
    assert problem_of(signed_pdf().replace(b"/SubFilter", b"/SubFilteX")) == "SUBFILTER_MISSING"
