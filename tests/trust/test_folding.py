from __future__ import annotations

import pytest
from asn1crypto import x509 as asn1

from verifier.trust.folding import LONGEST, accented, folded, same
from verifier.x509 import MAX_NAME_BYTES, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("กิน", "กัน", id="thai"),
        pytest.param("ກິນ", "ກັນ", id="lao"),
        pytest.param("កិ", "កី", id="khmer"),
        pytest.param("की", "का", id="hindi"),
        pytest.param("Tân Hòa", "Tân Hóa", id="vietnamese"),
        pytest.param("Bộ Ngoại giаo", "Bộ Ngoại giao", id="a-letter-of-another-script"),
    ],
)
def test_names_that_differ_by_a_mark_or_a_letter_are_two(one: str, other: str) -> None:
    assert same(one, one)
    assert same(other, other)
    assert not same(one, other)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("กระทรวงการต่างประเทศ", id="without-spaces"),
        pytest.param("กระทรวง\u200b\u2067การต่างประเทศ\u2069", id="with-signs-nobody-sees"),
    ],
)
def test_spaces_and_signs_between_words_do_not_count(other: str) -> None:
    assert same("กระทรวง การต่างประเทศ", other)


def test_what_is_longer_than_any_name_is_nobody() -> None:
    endless = "Bo" + "\u0301\u0323" * LONGEST
    assert (folded(endless), accented(endless), same(endless, endless)) == ("", "", False)
    assert folded("a" * LONGEST)


def test_a_distinguished_name_without_end_is_compared_by_its_bytes() -> None:
    for marks, by_bytes in ((10, False), (MAX_NAME_BYTES, True)):
        name = asn1.Name.build({"organization_name": "Bo" + "\u0301\u0323" * marks})
        assert (name_key(name) == name.chosen.contents.hex()) is by_bytes
