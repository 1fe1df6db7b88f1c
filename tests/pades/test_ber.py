"""BER: read tolerantly, written as DER."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki import make_cms, world
from verifier.pades import ber


def test_der_stays_as_it_is() -> None:
    der = make_cms(b"x", world().cms())
    assert ber.read(der).to_der() == der


@pytest.mark.parametrize(
    ("loose", "der"),
    [
        ("308004010100 00", "3003040101"),
        ("3081030401 01", "3003040101"),
        ("24800401aa0402bbcc0000", "0403aabbcc"),
        ("3080308004000000 0000", "300430020400"[:8] + "0400"),
        ("3080a0800500 0000 0000", "3004a0020500"),
    ],
)
def test_loose_encodings(loose: str, der: str) -> None:
    assert ber.read(bytes.fromhex(loose)).to_der().hex() == der


@pytest.mark.parametrize(
    "broken", ["", "30", "3003", "30030401", "3080", "308004", "04800000", "30ff", "1f", "1f8181", "3089" + "01" * 9]
)
def test_broken(broken: str) -> None:
    with pytest.raises(ValueError, match="BER"):
        ber.read(bytes.fromhex(broken)).to_der()


def test_nested_too_deep() -> None:
    with pytest.raises(ValueError, match="too deep"):
        ber.read(b"\x30\x80" * 200 + b"\x00\x00" * 200)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try:
        found = ber.read(data)
        again = found.to_der()
    except ValueError:
        return
    assert data.startswith(found.raw)
    assert ber.read(again).to_der() == again
