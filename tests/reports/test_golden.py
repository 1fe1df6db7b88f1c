from __future__ import annotations

import pytest

from tests.reports.golden_files import FOLDER, GOLDEN


@pytest.mark.parametrize("name", GOLDEN)
def test_each_form_is_as_it_was_agreed(name: str) -> None:
    assert GOLDEN[name]() == (FOLDER / name).read_text("utf-8")
