from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from asn1crypto import algos, core

from tests.trust import register_data as data
from tests.trust.builders import START
from tests.trust.register_data import EMBASSY, MINISTRY, SIGNED_AT, Names, authority, certificate
from verifier.snapshot import Anchor, Filing, NotifiedAuthority, Specimen, SubjectRule
from verifier.trust.authority import authority_of
from verifier.trust.building import Chain
from verifier.trust.crypto import signed_with
from verifier.trust.matching import Signatory, best_fits, nearest
from verifier.trust.spelling import spellings
from verifier.x509 import Certificate

HOME = Filing("", "home")
P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GENUINE = certificate(MINISTRY, data.GOVERNMENT_ROOT)
ISSUER = certificate(data.GOVERNMENT_ROOT, data.GOVERNMENT_ROOT)


def other_value(one: Certificate) -> bytes:
    made = one.asn1.copy()
    pair = algos.DSASignature.load(made["signature_value"].native)
    turned = algos.DSASignature({"r": pair["r"].native, "s": P256 - pair["s"].native})
    made["signature_value"] = core.OctetBitString(turned.dump())
    return bytes(made.dump(force=True))


def longer_length(one: Certificate) -> bytes:
    assert one.der[1] == 0x82
    return one.der[:1] + b"\x83\x00" + one.der[2:]


@pytest.mark.parametrize("spoil", [other_value, longer_length])
def test_a_withdrawn_certificate_is_known_however_it_is_spelled(spoil: Callable[[Certificate], bytes]) -> None:
    """Its holder has the key, and can write the certificate in other bytes that verify."""
    spelled = Certificate.parse(spoil(GENUINE))
    assert spelled.sha256 != GENUINE.sha256
    assert signed_with(spelled, ISSUER.public_key)
    rule = SubjectRule(certificate_sha256=(GENUINE.sha256,))
    ended = Specimen("person", "signature", rule, valid_until=START)
    ministry = authority(data.ministry_table())
    register = (replace(ministry, specimens=(*ministry.specimens, ended)),)

    said = authority_of((spelled,), data.GOVERNMENT, SIGNED_AT, HOME, register)

    assert (said.status, said.reason, said.specimen) == ("withdrawn", "specimen-ended", "person")


def test_another_certificate_has_other_spellings() -> None:
    other = certificate(MINISTRY, data.GOVERNMENT_ROOT, serial=8)
    assert not spellings(GENUINE) & spellings(other)
    assert GENUINE.sha256 in spellings(Certificate.parse(other_value(GENUINE)))


# --- anchors of lists --------------------------------------------------------------------------------------------


def of_list(territory: str, root: Names = data.FOREIGN_ROOT) -> tuple[str, str]:
    embassy = authority(data.embassy_table())
    path = (certificate(EMBASSY, root),)
    said = authority_of(path, data.anchor(root), SIGNED_AT, HOME, (embassy,), territory)
    return said.status, said.reason


@pytest.mark.parametrize("territory", ["", "SG", "sg", "SG-01", "VN"])
def test_a_list_of_its_own_state_or_ours_vouches(territory: str) -> None:
    assert of_list(territory) == ("recognised", "competent")


@pytest.mark.parametrize("territory", ["BN", "EU", "ZZ"])
def test_a_list_of_another_state_makes_no_anchor_of_this_one(territory: str) -> None:
    assert of_list(territory) == ("not_notified", "wrong-country")


def test_states_that_lists_spell_in_their_own_way() -> None:
    for told, code in (("EL", "GR"), ("UK", "GB"), ("uk", "GB"), ("DE", "DE")):
        root = (("C", code), ("CN", "Root"))
        assert Signatory((certificate(EMBASSY, root),), data.anchor(root), told).anchor_country == code


def test_a_foreign_list_does_not_take_our_root_over() -> None:
    listed = replace(data.GOVERNMENT, branch="foreign", service="0123", name="A")
    for anchors in ((listed, data.GOVERNMENT), (data.GOVERNMENT, listed)):
        chain = Chain((GENUINE, ISSUER), anchors[0], anchors[1:])
        assert chain.anchor_at(SIGNED_AT) == data.GOVERNMENT
    neac = replace(listed, branch="vn-public", service="4567", name="B")
    assert Chain((GENUINE, ISSUER), listed, (neac,)).anchor_at(SIGNED_AT) == neac
    ended = replace(data.GOVERNMENT, trusted_until=START)
    assert Chain((GENUINE, ISSUER), ended, (listed,)).anchor_at(SIGNED_AT) == listed


# --- the index finds what a look at all would ----------------------------------------------------------------------

VALUES = {
    "organization": ("Bộ Ngoại giao", "Bo Ngoai giao", "CÔNG TY X"),
    "unit": ("Cục Lãnh sự", "Văn phòng"),
    "common_name": ("CỤC LÃNH SỰ", "Nguyễn A"),
    "locality": ("Hà Nội", "Huế"),
    "uid": ("MST:0100112437", "MST:1"),
    "certificate_sha256": (GENUINE.sha256, "0" * 64),
    "issuer_sha256": (ISSUER.sha256, "1" * 64),
    "country": ("VN", "SG"),
    "branch": ("vn-government", "vn-public"),
}


def any_authority(number: int, choice: random.Random) -> NotifiedAuthority:
    specimens = []
    for place in range(choice.randint(1, 4)):
        parts = choice.sample(sorted(VALUES), choice.randint(1, 4))
        rule = SubjectRule(
            **{part: tuple(choice.sample(VALUES[part], choice.randint(1, len(VALUES[part])))) for part in parts}
        )
        specimens.append(Specimen(str(place), "seal", rule))
    return replace(authority(data.ministry_table()), id=f"a-{number}", specimens=tuple(specimens))


@pytest.mark.parametrize("seed", range(20))
def test_the_index_leaves_nothing_out(seed: int) -> None:
    choice = random.Random(seed)
    register = tuple(any_authority(number, choice) for number in range(30))
    anchor: Anchor = choice.choice((data.GOVERNMENT, data.PUBLIC, data.FOREIGN))
    signatory = Signatory((GENUINE, ISSUER), anchor)
    singly = [fit for one in register for fit in best_fits(signatory, (one,))]

    kept = [one for one in singly if not any(other.beats(one) for other in singly)]

    assert list(best_fits(signatory, register)) == kept
    strangers = tuple(one for one in register if not best_fits(signatory, (one,)))
    near = [found for one in strangers if (found := nearest(signatory, (one,)))]
    assert (nearest(signatory, strangers) is None) == (not near)
