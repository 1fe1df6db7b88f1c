"""Attacks on the CMS inside a sound file: attributes, algorithms, signature values, and whose certificate is meant."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from asn1crypto import cms, core
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from tests.attacks.support import rich, sign, told, verdict
from tests.pki import Cms, Identity, PdfBuilder, World, fresh_evidence, issue, make_cms, world
from tests.pki import keys as pki_keys
from tests.pki.keys import P256_ORDER, Key, ec_key, ed25519_key, rsa_key
from tests.pki.messages import Ess
from tests.pki.world import CA, LEAF, ROOT, SIGNED
from verifier.verdict import Conclusion, SubIndication

Make = Callable[[bytes], bytes]
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def judged(make: Make, used: World | None = None, sub_filter: str = "ETSI.CAdES.detached") -> Any:
    made = PdfBuilder.new()
    made.sign(make, claimed=SIGNED, sub_filter=sub_filter)
    return verdict(made.data, fresh_evidence(used or world()))


@dataclass(frozen=True)
class Edited:
    """Makes a CMS, lets `attributes` change the signed ones and signs those anew, then lets `whole` change the rest."""

    wanted: Cms
    attributes: Callable[[list[cms.CMSAttribute], bytes], list[cms.CMSAttribute]] = lambda found, _: found
    whole: Callable[[cms.SignedData], None] = lambda _: None
    content: Callable[[bytes], bytes] = lambda content: content

    def __call__(self, content: bytes) -> bytes:
        made = cms.ContentInfo.load(make_cms(self.content(content), self.wanted))
        data = made["content"]
        info = data["signer_infos"][0]
        edited = self.attributes(list(info["signed_attrs"]), content)
        info["signed_attrs"] = cms.CMSAttributes(edited)
        to_sign = b"\x31" + info["signed_attrs"].untag().dump()[1:]
        key = self.wanted.signing_key or self.wanted.signer.key
        info["signature"] = pki_keys.sign(key, to_sign, self.wanted.digest, pss=self.wanted.pss)
        self.whole(data)
        return bytes(made.dump(force=True))


def without(kind: str) -> Callable[[list[cms.CMSAttribute], bytes], list[cms.CMSAttribute]]:
    return lambda found, _: [one for one in found if one["type"].native != kind]


def instead(kind: str, *values: object) -> Callable[[list[cms.CMSAttribute], bytes], list[cms.CMSAttribute]]:
    def edit(found: list[cms.CMSAttribute], content: bytes) -> list[cms.CMSAttribute]:
        right = hashlib.sha256(content).digest()
        given = [right if value == "right" else value for value in values]
        others = [one for one in found if one["type"].native != kind]
        made = cms.CMSAttribute({"type": kind, "values": given})
        return sorted([*others, made], key=lambda one: bytes(one.dump()))

    return edit


def doubled(found: list[cms.CMSAttribute], content: bytes) -> list[cms.CMSAttribute]:
    wrong = cms.CMSAttribute({"type": "message_digest", "values": [bytes(32)]})
    return sorted([*found, wrong], key=lambda one: bytes(one.dump()))


ATTRIBUTES: dict[str, tuple[Any, SubIndication]] = {
    "no message digest": (without("message_digest"), SubIndication.HASH_FAILURE),
    "another message digest": (instead("message_digest", bytes(32)), SubIndication.HASH_FAILURE),
    "empty message digest": (instead("message_digest", b""), SubIndication.HASH_FAILURE),
    "no value": (instead("message_digest"), SubIndication.HASH_FAILURE),
    "two values": (instead("message_digest", "right", bytes(32)), SubIndication.HASH_FAILURE),
    "the same value twice": (instead("message_digest", "right", "right"), SubIndication.HASH_FAILURE),
    "two attributes": (doubled, SubIndication.HASH_FAILURE),
    "another content type": (instead("content_type", "signed_data"), SubIndication.FORMAT_FAILURE),
    "content type of a time stamp": (instead("content_type", "tst_info"), SubIndication.FORMAT_FAILURE),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_signed_attributes_that_contradict_fail(name: str) -> None:
    attributes, wanted = ATTRIBUTES[name]
    found = judged(Edited(world().cms(), attributes))
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.signatures[0].sub_indication is wanted


def test_the_editor_alone_spoils_nothing() -> None:
    assert judged(Edited(world().cms())).conclusion is Conclusion.TOTAL_PASSED


def test_encapsulated_content_is_not_taken_for_the_signed_bytes() -> None:
    """The signature is right for what the CMS carries, and the file says something else."""

    def carry(data: cms.SignedData) -> None:
        data["encap_content_info"]["content"] = core.OctetString(b"signed before")

    made = Edited(world().cms(), whole=carry, content=lambda _: b"signed before")
    for sub_filter in ("adbe.pkcs7.detached", "ETSI.CAdES.detached"):
        found = judged(made, sub_filter=sub_filter)
        assert found.conclusion is Conclusion.TOTAL_FAILED
        assert found.signatures[0].sub_indication is SubIndication.HASH_FAILURE


def test_attributes_cannot_be_taken_away() -> None:
    def strip(data: cms.SignedData) -> None:
        del data["signer_infos"][0]["signed_attrs"]

    found = judged(Edited(world().cms(), whole=strip))
    assert found.conclusion is Conclusion.TOTAL_FAILED


@pytest.mark.parametrize("named", ["sha1_ecdsa", "sha512_ecdsa", "sha256_rsa", "ed25519"])
def test_signature_algorithm_and_digest_may_not_contradict(named: str) -> None:
    def rename(data: cms.SignedData) -> None:
        data["signer_infos"][0]["signature_algorithm"] = {"algorithm": named}

    found = judged(Edited(world().cms(), whole=rename))
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.signatures[0].sub_indication is SubIndication.SIG_CRYPTO_FAILURE


def test_digest_algorithm_may_not_be_renamed() -> None:
    def rename(data: cms.SignedData) -> None:
        data["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha512"}

    assert judged(Edited(world().cms(), whole=rename)).conclusion is Conclusion.TOTAL_FAILED


def with_value(change: Callable[[bytes], bytes]) -> Callable[[cms.SignedData], None]:
    def edit(data: cms.SignedData) -> None:
        info = data["signer_infos"][0]
        info["signature"] = change(info["signature"].native)

    return edit


ECDSA: dict[str, Callable[[bytes], bytes]] = {
    "zero": lambda _: encode_dss_signature(0, 0),
    "one": lambda _: encode_dss_signature(1, 1),
    "r zero": lambda value: encode_dss_signature(0, decode_dss_signature(value)[1]),
    "order": lambda _: encode_dss_signature(P256_ORDER, P256_ORDER),
    "r and order": lambda value: encode_dss_signature(*[each + P256_ORDER for each in decode_dss_signature(value)]),
    "empty": lambda _: b"",
    "trailing": lambda value: value + b"\x00",
}


@pytest.mark.parametrize("name", ECDSA)
def test_forged_ecdsa_values_fail(name: str) -> None:
    found = judged(Edited(world().cms(), whole=with_value(ECDSA[name])))
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.signatures[0].sub_indication is SubIndication.SIG_CRYPTO_FAILURE


def test_an_ed25519_value_has_one_form() -> None:
    used = world(leaf=LEAF.but(key=ed25519_key("malleable")))

    def add_order(value: bytes) -> bytes:
        return value[:32] + (int.from_bytes(value[32:], "little") + ED25519_ORDER).to_bytes(32, "little")

    wanted = used.cms(digest="sha512")
    assert judged(Edited(wanted), used).signatures[0].integrity.cryptographically_valid
    found = judged(Edited(wanted, whole=with_value(add_order)), used)
    assert found.conclusion is Conclusion.TOTAL_FAILED


def cube_root(value: int) -> int:
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < value else (low, middle)
    return low


def test_padding_forged_for_a_small_exponent_fails() -> None:
    """Bleichenbacher 2006: a cube whose first bytes look like PKCS#1 padding, with rubbish after the digest."""
    small = Key("small exponent", rsa.generate_private_key(public_exponent=3, key_size=2048))
    used = world(leaf=LEAF.but(key=small))
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")

    def forge(data: cms.SignedData) -> None:
        info = data["signer_infos"][0]
        digest = hashlib.sha256(b"\x31" + info["signed_attrs"].untag().dump()[1:]).digest()
        start = b"\x00\x01" + b"\xff" * 8 + b"\x00" + prefix + digest
        value = cube_root(int.from_bytes(start.ljust(256, b"\x00"), "big"))
        assert (value**3).to_bytes(256, "big").startswith(start)
        info["signature"] = value.to_bytes(256, "big")

    wanted = used.cms()
    assert judged(Edited(wanted), used).signatures[0].integrity.cryptographically_valid
    found = judged(Edited(wanted, whole=forge), used)
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.signatures[0].sub_indication is SubIndication.SIG_CRYPTO_FAILURE


@pytest.mark.parametrize("salt", [0, 20, 100])
def test_a_pss_salt_is_of_the_length_that_is_said(salt: int) -> None:
    used = world(leaf=LEAF.but(key=rsa_key()))
    key = used.leaf.key.private
    assert isinstance(key, rsa.RSAPrivateKey)
    hashed = pki_keys.HASHES["sha256"]

    def resign(data: cms.SignedData) -> None:
        info = data["signer_infos"][0]
        to_sign = b"\x31" + info["signed_attrs"].untag().dump()[1:]
        info["signature"] = key.sign(to_sign, padding.PSS(padding.MGF1(hashed), salt), hashed)

    wanted = used.cms(pss=True)
    assert judged(Edited(wanted), used).conclusion is Conclusion.TOTAL_PASSED
    assert judged(Edited(wanted, whole=resign), used).conclusion is Conclusion.TOTAL_FAILED


# --- whose certificate ---------------------------------------------------------------------------------------------


def impostor(used: World) -> tuple[Identity, Identity, Identity]:
    """Root, CA and leaf with the names, serial numbers and key identifiers of the right ones, and other keys."""
    root = issue(ROOT.but(key=ec_key("false root")))
    ca = issue(CA.but(key=ec_key("false ca")), root)
    return root, ca, issue(LEAF.but(key=ec_key("false leaf"), serial=used.leaf.serial), ca)


def test_a_namesake_of_the_signer_is_not_trusted() -> None:
    root, ca, leaf = impostor(world())
    for certificates in ((leaf, ca, root), (leaf, *world().signer_chain, world().root), (leaf,)):
        found = judged(partial(make_cms, wanted=Cms(leaf, certificates)))
        assert found.conclusion is Conclusion.INDETERMINATE
        assert found.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_a_namesake_may_not_name_the_right_certificate_as_its_own() -> None:
    used = world()
    _, _, leaf = impostor(used)
    wanted = Cms(leaf, (leaf, *used.signer_chain), ess=(Ess(used.leaf.certificate),))
    found = judged(lambda content: make_cms(content, wanted))
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.signatures[0].sub_indication is SubIndication.SIG_CRYPTO_FAILURE


def test_the_right_certificate_with_another_key_fails() -> None:
    found = judged(lambda content: make_cms(content, world().cms(signing_key=ec_key("thief"))))
    assert found.conclusion is Conclusion.TOTAL_FAILED


def test_a_reference_to_another_certificate_is_refused() -> None:
    other = world().tsa.certificate
    found = judged(lambda content: make_cms(content, world().cms(ess=(Ess(other),))))
    assert found.conclusion is Conclusion.INDETERMINATE
    assert found.signatures[0].sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def test_a_second_signer_beside_the_right_one_is_refused() -> None:
    def add(data: cms.SignedData) -> None:
        _, _, leaf = impostor(world())
        other = cms.ContentInfo.load(make_cms(b"", Cms(leaf, (leaf,))))["content"]["signer_infos"][0]
        data["signer_infos"].append(other)

    found = judged(Edited(world().cms(), whole=add))
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.signatures[0].sub_indication is SubIndication.FORMAT_FAILURE


def test_a_time_stamp_is_no_signature() -> None:
    """A token over the digest of the document is put where a signature should stand."""
    made = rich()
    sign(made)
    stamped = PdfBuilder.new()
    stamped.sign(world().stamp(SIGNED), sub_filter="ETSI.CAdES.detached")
    assert told(stamped.data).conclusion is Conclusion.TOTAL_FAILED


def test_a_signature_by_a_time_stamp_authority_is_not_one_by_a_person() -> None:
    """Both roots are trusted here for both uses; the point is that nothing is passed off as another's."""
    used = world()
    found = judged(lambda content: make_cms(content, Cms(used.tsa, (used.tsa, used.tsa_ca))))
    assert found.signatures[0].signer.common_name == "TSA 1"
