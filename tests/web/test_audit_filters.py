from __future__ import annotations

import pytest

from verifier.audit import GREATEST
from verifier.web.audit.filters import number


@pytest.mark.parametrize(
    ("told", "read"), [("7", 7), ("9" * 15, 10**15 - 1), ("9" * 16, 0), ("9" * 18, 0), ("-1", 0), ("٣", 0), ("", 0)]
)
def test_a_number_out_of_an_address_can_stand_in_the_log(told: str, read: int) -> None:
    assert number(told) == read <= GREATEST
