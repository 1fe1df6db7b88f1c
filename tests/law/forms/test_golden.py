"""Forms look as they did when a person last looked; `python -m tools.golden_forms` draws the pictures anew."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from tests.law.forms.samples import SAMPLES, editions
from tools.golden_forms import GOLDEN, pages
from verifier.law.forms import Form, Forms
from verifier.law.source import Source

FORMS = Forms.read(Source())
EDITIONS = list(editions(FORMS))
APART = 40
"""Greys by which a point may differ, as edges of letters do between renderers."""
SHARE = 0.0002
"""Share of the points that may differ more."""


@pytest.mark.parametrize("form", EDITIONS, ids=lambda form: f"{form.id}-{form.entry.since}")
def test_a_form_looks_as_it_did(form: Form) -> None:
    for name, now in pages(FORMS, form):
        path = GOLDEN / f"{name}.png"
        assert path.stat().st_size <= 40_000
        then = Image.open(path).convert("L")
        assert then.size == now.size
        apart = ImageChops.difference(then, now).histogram()
        assert sum(apart[APART:]) <= SHARE * now.width * now.height, name


def test_every_form_has_its_pictures_and_every_picture_a_form() -> None:
    names = {f"{form.id}.{form.entry.since or 'first'}.{state}" for form in EDITIONS for state in ("blank", "filled")}
    assert {path.stem for path in GOLDEN.glob("*.png")} == names
    assert set(SAMPLES) == FORMS.ids == {form.id for form in EDITIONS}
