from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pki.world import AT
from tests.trust.lists.builder import (
    C14NS,
    DS,
    END,
    ENVELOPED,
    GRANTED,
    WITHDRAWN,
    Signing,
    a_list,
    in_full,
    operator,
    provider,
    reference,
    signature,
    signed,
    signed_properties,
)
from verifier.trust.lists.inspection import Inspection, inspect

FILTER = (
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2">'
    '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="{how}">{path}</f:XPath></ds:Transform>'
)
EXCLUSIVE = f'<ds:Transform Algorithm="{C14NS["exclusive"]}"></ds:Transform>'


def seen(data: bytes, *pins: bytes) -> Inspection:
    return inspect(data, AT, pins)


def codes(found: Inspection) -> list[str]:
    return [problem.code for problem in found.problems]


def broken(data: bytes) -> list[str]:
    found = seen(data, operator().der)
    assert (found.signature.state, found.signature.pinned, found.signature.signed) == ("broken", False, b"")
    return codes(found)


# --- sound signatures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["exclusive", "inclusive"])
@pytest.mark.parametrize("uri", ["", "#list"])
def test_a_sound_signature_is_intact(form: str, uri: str) -> None:
    found = seen(signed(a_list(), Signing(form=form, uri=uri)))
    assert (found.signature.state, found.problems) == ("intact", ())
    assert found.signature.certificate == operator().der
    assert "List operator" in found.signature.signer


@pytest.mark.parametrize(
    ("scheme", "digest"),
    [
        (scheme, digest)
        for scheme, digests in {
            "ecdsa": ("sha256", "sha384", "sha512"),
            "rsa": ("sha256", "sha384", "sha512"),
            "rsa-pss": ("sha256", "sha384", "sha512"),
        }.items()
        for digest in digests
    ],
)
def test_algorithms(scheme: str, digest: str) -> None:
    by = operator("ec" if scheme == "ecdsa" else "rsa")
    found = seen(signed(a_list(), Signing(by=by, scheme=scheme, digest=digest, value_digest=digest)))
    assert (found.signature.state, found.signature.algorithm, found.problems) == ("intact", f"{scheme}-{digest}", ())


@pytest.mark.parametrize(
    "how",
    [
        Signing(digest="sha1"),
        Signing(value_digest="sha1"),
        Signing(by=operator("rsa"), scheme="rsa", value_digest="sha1"),
        Signing(by=operator("rsa", bits=1024), scheme="rsa"),
    ],
)
def test_a_weak_algorithm_is_told(how: Signing) -> None:
    found = seen(signed(a_list(), how))
    assert (found.signature.state, codes(found)) == ("intact", ["signature-weak"])


def test_white_space_and_comments_around_the_signature_change_nothing() -> None:
    xml = a_list(head='<?xml version="1.0" encoding="UTF-8"?>\n<!-- head -->\n').replace(END, "\n  \n" + END)
    data = xml.replace(f"\n  \n{END}", f"\n  {signature(xml, Signing())}\n<!-- tail -->{END}").encode()
    assert (seen(data).signature.state, seen(b"\xef\xbb\xbf" + data).signature.state) == ("intact", "intact")


def test_the_filter_that_says_what_the_enveloped_transform_says() -> None:
    good = FILTER.format(how="subtract", path="/descendant::ds:Signature") + EXCLUSIVE
    assert seen(signed(a_list(), Signing(transforms=good))).signature.state == "intact"
    for how, path in (("intersect", "/descendant::ds:Signature"), ("subtract", "/descendant::ds:Object"), ("", "/")):
        spoilt = FILTER.format(how=how, path=path) + EXCLUSIVE
        assert broken(signed(a_list(), Signing(transforms=spoilt)))[0] == "signature-transform-unexpected"


def test_the_newer_form_of_the_signing_certificate() -> None:
    assert seen(signed(a_list(), Signing(version="V2"))).problems == ()


def test_of_several_certificates_the_one_that_is_named_counts() -> None:
    other = operator(name="Other").der
    found = seen(signed(a_list(), Signing(certificates=(other, operator().der))), operator().der)
    assert (found.signature.state, found.signature.pinned) == ("intact", True)


# --- pins ------------------------------------------------------------------------------------------------------------


def test_pinned_is_said_of_the_very_certificate_only() -> None:
    data = signed(a_list())
    other = operator(name="Other").der
    assert seen(data, other, operator().der).signature.pinned
    assert codes(seen(data, other)) == ["signer-not-pinned"]
    assert not seen(data, other).signature.pinned
    assert (seen(data).signature.pinned, seen(data).problems) == (False, ())


def test_another_key_under_the_pinned_certificate_is_broken() -> None:
    forged = Signing(by=operator(name="Forger"), certificates=(operator().der,), named=operator().der)
    assert broken(signed(a_list(), forged)) == ["signature-value-mismatch"]


def test_a_signer_that_was_not_valid_when_the_list_was_issued_is_told() -> None:
    late = operator(name="Late", start=2027)
    assert codes(seen(signed(a_list(), Signing(by=late)))) == ["signer-not-valid-then"]


# --- one thing spoilt ------------------------------------------------------------------------------------------------


def test_a_list_without_signature() -> None:
    found = seen(a_list().encode())
    assert (found.signature.state, codes(found)) == ("missing", ["signature-missing"])
    assert found.content is not None


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (Signing(named=operator(name="Other").der), "signing-certificate-mismatch"),
        (Signing(certificates=()), "signer-certificate-missing"),
        (Signing(transforms=EXCLUSIVE), "signature-transform-unexpected"),
        (Signing(transforms=ENVELOPED + EXCLUSIVE + EXCLUSIVE), "signature-transform-unexpected"),
        (
            Signing(transforms=f'{ENVELOPED}<ds:Transform Algorithm="{DS}base64"></ds:Transform>'),
            "signature-transform-unexpected",
        ),
        (
            Signing(
                transforms=f'{ENVELOPED}<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">'
                "</ds:Transform>"
            ),
            "signature-transform-unexpected",
        ),
        (Signing(uri="#properties"), "signature-reference-unexpected"),
        (Signing(uri="https://example.org/"), "signature-reference-unexpected"),
        (Signing(uri="#none"), "signature-reference-unexpected"),
        (Signing(uri="#sig"), "signature-reference-unexpected"),
        (
            Signing(more_references=reference("", ENVELOPED + EXCLUSIVE, b"")),
            "signature-digest-mismatch",
        ),
    ],
)
def test_what_a_signature_on_a_list_must_not_do(how: Signing, code: str) -> None:
    if how.uri == "#properties":
        how = replace(how, named=b"")
        xml = a_list().replace("<SchemeInformation>", '<SchemeInformation Id="properties">')
        assert code in broken(signed(xml, how))
    else:
        assert code in broken(signed(a_list(), how))


def test_plain_xml_signature_without_signed_properties_is_told() -> None:
    found = seen(signed(a_list(), Signing(named=b"")))
    assert (found.signature.state, codes(found)) == ("intact", ["signing-certificate-missing"])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<TSLSequenceNumber>7<", "<TSLSequenceNumber>8<", "signature-digest-mismatch"),
        (GRANTED, WITHDRAWN, "signature-digest-mismatch"),
        ("<SchemeTerritory>VN", "<SchemeTerritory> VN", "signature-digest-mismatch"),
        ("#sha256", "#md5", "signature-algorithm-unknown"),
        ("ecdsa-sha256", "hmac-sha256", "signature-algorithm-unknown"),
        ("ecdsa-sha256", "ecdsa-sha384", "signature-value-mismatch"),
        ("ecdsa-sha256", "rsa-sha256", "signature-value-mismatch"),
        ("#SignedProperties", "#SignedProperty", "signature-value-mismatch"),
        ("<xades:Cert>", "<xades:Cert> ", "signature-digest-mismatch"),
    ],
)
def test_a_change_after_signing_breaks_it(old: str, new: str, code: str) -> None:
    text = signed(a_list()).decode()
    assert old in text
    assert code in broken(text.replace(old, new).encode())


def test_all_that_does_not_hold_is_told() -> None:
    text = signed(a_list()).decode()
    spoilt = text.replace("<TSLSequenceNumber>7<", "<TSLSequenceNumber>8<").replace("ecdsa-sha256", "ecdsa-sha384")
    assert broken(spoilt.encode()) == ["signature-digest-mismatch", "signature-value-mismatch"]


@pytest.mark.parametrize("name", ["SignatureValue", "DigestValue", "X509Certificate"])
def test_what_is_no_base64_is_unreadable(name: str) -> None:
    found = seen(signed(a_list()).replace(f"<ds:{name}>".encode(), f"<ds:{name}>?".encode()))
    assert (found.signature.state, codes(found)) == ("unreadable", ["signature-incomplete"])


@pytest.mark.parametrize("name", ["SignedInfo", "SignatureValue", "SignatureMethod", "DigestMethod"])
def test_a_signature_with_a_part_missing_is_unreadable(name: str) -> None:
    spoilt = signed(a_list()).replace(f"ds:{name}".encode(), b"ds:Gone")
    assert (seen(spoilt).signature.state, codes(seen(spoilt))) == ("unreadable", ["signature-incomplete"])


def test_a_certificate_that_is_none() -> None:
    found = seen(signed(a_list(), Signing(certificates=(b"no certificate",), named=b"")))
    assert (found.signature.state, codes(found)) == ("unreadable", ["certificate-broken"])


# --- wrapping --------------------------------------------------------------------------------------------------------


def test_two_signatures_are_one_too_many() -> None:
    once = signature(a_list(), Signing())
    assert broken(a_list().replace(END, once + once.replace('"sig"', '"2"') + END).encode()) == ["several-signatures"]


def test_a_signed_list_within_another_list() -> None:
    """The whole sound list is carried along, and the outer list says something else."""
    sound = signed(a_list(), Signing(uri="#list")).decode()
    evil = a_list().replace('Id="list"', 'Id="evil"').replace(END, sound + END)
    assert broken(evil.encode())[0] == "signature-misplaced"


def test_the_signature_is_moved_out_and_its_list_hidden_within() -> None:
    hidden = f"<ds:Object>{a_list()}</ds:Object></ds:Signature>"
    evil = a_list().replace('Id="list"', 'Id="evil"')
    for transforms, code in (
        ("", "signature-transform-unexpected"),
        (EXCLUSIVE, "signature-reference-unexpected"),
    ):
        moved = signature(a_list(), Signing(uri="#list", transforms=transforms)).replace("</ds:Signature>", hidden)
        assert broken(evil.replace(END, moved + END).encode())[0] == code


def test_two_elements_with_the_signed_id() -> None:
    xml = a_list().replace("<SchemeInformation>", '<SchemeInformation Id="list">')
    assert broken(signed(xml, Signing(uri="#list")))[0] == "signature-reference-unexpected"


def test_signed_properties_outside_the_signature_are_not_taken() -> None:
    properties = signed_properties(operator().der, "")
    xml = a_list().replace(END, f"<ds:Object>{properties}</ds:Object>{END}")
    outside = reference("#properties", EXCLUSIVE, in_full(properties, "exclusive"))
    assert broken(signed(xml, Signing(named=b"", more_references=outside)))[0] == "signature-reference-unexpected"


def test_what_hangs_in_the_signature_is_not_read() -> None:
    """An unsigned list of providers within the signature is neither signed nor read."""
    hidden = f"<ds:Object>{provider()}</ds:Object></ds:Signature>"
    data = signed(a_list()).replace(b"</ds:Signature>", hidden.encode())
    found = seen(data)
    assert (found.signature.state, found.services) == ("intact", 1)
    assert found.content is not None
    assert len(found.content.providers) == 1


def test_properties_that_no_reference_covers_name_nobody() -> None:
    loose = f"<ds:Object>{signed_properties(operator().der, '')}</ds:Object></ds:Signature>"
    found = seen(signed(a_list(), Signing(named=b"")).replace(b"</ds:Signature>", loose.encode()))
    assert (found.signature.state, codes(found)) == ("intact", ["signing-certificate-missing"])


def test_a_comment_cannot_cut_a_value() -> None:
    cut = signed(a_list()).replace(GRANTED.encode(), GRANTED[:-3].encode() + b"<!-- -->" + GRANTED[-3:].encode())
    found = seen(cut)
    assert found.signature.state == "intact"
    assert found.content is not None
    assert found.content.services[0].states[0].status == GRANTED
