"""Draw the golden pages of forms: `python -m tools.golden_forms [ID …]`; look at them before they are committed."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL import Image

from tests.law.forms.samples import editions, sample
from verifier.law.forms import Audience, Form, Forms
from verifier.law.source import Source

GOLDEN = Path(__file__).parents[1] / "tests" / "law" / "forms" / "golden"
DPI = {"A4": 72, "A5": 88}
GREYS = 8


def pages(forms: Forms, form: Form) -> Iterator[tuple[str, Image.Image]]:
    """A blank form as an administrator reviews it, and a filled one as it is used."""
    since = form.entry.since or "first"
    audience: Audience = "applicant" if form.audience == "applicant" else "office"
    yield f"{form.id}.{since}.blank", picture(forms.drawn(form, {}, audience="administrator"), DPI[form.paper])
    yield f"{form.id}.{since}.filled", picture(forms.drawn(form, sample(form), audience=audience), DPI[form.paper])


def picture(pdf: bytes, dpi: int) -> Image.Image:
    """The first page in few greys."""
    with pypdfium2.PdfDocument(pdf) as document:
        image: Image.Image = document[0].render(scale=dpi / 72).to_pil().convert("L")
    return image.point(lambda grey: round(grey / 255 * (GREYS - 1)) * 255 // (GREYS - 1))


def encoded(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.quantize(GREYS).save(made, "PNG", optimize=True)
    return made.getvalue()


def main(wanted: list[str]) -> int:
    forms = Forms.read(Source())
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for form in editions(forms):
        if not wanted or form.id in wanted:
            for name, image in pages(forms, form):
                path = GOLDEN / f"{name}.png"
                path.write_bytes(encoded(image))
                print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
