from __future__ import annotations

import pytest

from tests.trust.builders import root
from verifier.trust import der
from verifier.trust.crypto import object_verifies, signature_verifies, signed_with

ROOT = root()


def test_an_element_is_cut_out() -> None:
    found = der.element(b"\x30\x05\x02\x01\x07\x05\x00rest")
    assert (found.tag, found.whole, found.content) == (
        der.SEQUENCE,
        b"\x30\x05\x02\x01\x07\x05\x00",
        b"\x02\x01\x07\x05\x00",
    )
    assert [child.content for child in found.children()] == [b"\x07", b""]


def test_long_lengths_are_read() -> None:
    data = b"\x04\x82\x01\x00" + bytes(256)
    assert der.only(data).content == bytes(256)


@pytest.mark.parametrize("data", ["", "30", "300500", "30800000", "1f810000", "30850000000000", "050000"])
def test_what_is_not_one_element_is_refused(data: str) -> None:
    with pytest.raises(ValueError):
        der.only(bytes.fromhex(data))


def test_a_child_may_not_overrun_its_parent() -> None:
    with pytest.raises(ValueError, match="overruns"):
        list(der.element(b"\x30\x02\x04\x01x").children())


def test_a_signed_object_verifies_with_its_key_alone() -> None:
    public = ROOT.certificate.public_key
    other = root("Other").certificate.public_key
    assert object_verifies(ROOT.der, public)
    assert not object_verifies(ROOT.der, other)
    assert not object_verifies(ROOT.der.replace(b"Root", b"Boot"), public)
    assert not object_verifies(b"\x30\x00", public)
    assert signed_with(ROOT.certificate, public)
    assert not signed_with(ROOT.certificate, other)


def test_an_algorithm_that_is_not_supported_does_not_verify() -> None:
    unknown = bytes.fromhex("300506032a0304")
    assert not signature_verifies(b"data", b"value", unknown, ROOT.certificate.public_key)
    assert not signature_verifies(b"data", b"value", b"", ROOT.certificate.public_key)
    assert not signature_verifies(b"data", b"value", unknown, b"")
