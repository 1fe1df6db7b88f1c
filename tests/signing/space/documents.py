"""Documents for the tests of placing: plain PDFs of given pages, pages of text by typst, scans by PIL."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pypdfium2
import typst
from numpy.typing import NDArray
from PIL import Image

A4 = "/MediaBox [0 0 595.276 841.89]"
LINES = "Giấy tờ này được lập tại Hà Nội theo quy định của pháp luật. " * 8


def plain(
    path: Path, pages: Sequence[tuple[str, str]], objects: Sequence[str] = (), *, root: str = "", tree: str = ""
) -> Path:
    """Write a PDF of pages, each by its entries and its content (none where it is empty); `objects` are 10, 11, …

    `root` and `tree` are entries of the catalog and of the page tree.
    """
    first = 10 + len(objects)
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(pages)))
    bodies = {
        1: f"<< /Type /Catalog /Pages 2 0 R {root} >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} {tree} >>",
    }
    bodies |= {10 + index: body for index, body in enumerate(objects)}
    for index, (entries, content) in enumerate(pages):
        number = first + 2 * index
        held = f"/Contents {number + 1} 0 R" if content else ""
        bodies[number] = f"<< /Type /Page /Parent 2 0 R {entries} {held} >>"
        bodies[number + 1] = f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"
    path.write_bytes(file_of(bodies))
    return path


def file_of(bodies: dict[int, str]) -> bytes:
    """Return a PDF of these objects; the first is its catalog."""
    out, offsets = b"%PDF-1.7\n", {}
    for number, body in sorted(bodies.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body.encode("latin-1"))
    start, size = len(out), max(bodies) + 1
    rows = (b"%010d 00000 n \n" % offsets[n] if n in offsets else b"0000000000 65535 f \n" for n in range(size))
    out += b"xref\n0 %d\n" % size + b"".join(rows)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


@cache
def _text(source: str) -> bytes:
    head = '#set page(paper: "a4", margin: (x: 25mm, y: 20mm))\n#set text(font: "Liberation Serif", size: 12pt)\n'
    made = typst.compile((head + source).encode())
    assert isinstance(made, bytes)
    return made


def text(path: Path, source: str) -> Path:
    """Write a PDF of A4 pages with text, by typst source."""
    path.write_bytes(_text(source))
    return path


def letter(path: Path, paragraphs: int = 2, gap_mm: float = 28) -> Path:
    """Write a page of text with a signature block at the right: title, a gap, name."""
    block = f"*TL. BỘ TRƯỞNG \\ CỤC TRƯỞNG* #v({gap_mm}mm) *Nguyễn Thị Ánh Tuyết*"
    return text(
        path,
        (LINES + "\n\n") * paragraphs + f"#v(5mm)#align(right)[#box(width: 70mm)[#align(center)[{block}]]]",
    )


def scanned(path: Path, source: Path, noise: float = 5, *, shadow: bool = True, dpi: int = 150) -> Path:
    """Write what a scanner makes of the first page of `source`: grey, uneven, noisy, dusty, with a dark left edge."""
    with pypdfium2.PdfDocument(source) as document:
        drawn = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
    chance = np.random.default_rng(1)
    page: NDArray[np.floating] = np.asarray(drawn).astype(np.float32)
    height, width, _ = page.shape
    page = page * np.linspace(0.97, 0.88, width, dtype=np.float32)[None, :, None] - 6
    page += chance.normal(0, noise, (height, width, 1)) + chance.normal(0, noise / 2, (height, width, 3))
    if shadow:
        page *= np.clip(np.arange(width) / (dpi / 25.4 * 8), 0.25, 1)[None, :, None]
    for _ in range(200):
        y, x = chance.integers(0, height - 1), chance.integers(0, width - 1)
        page[y, x] = 90
    picture = Image.fromarray(np.clip(page, 0, 255).astype(np.uint8))
    picture.save(path, "PDF", resolution=dpi, quality=75)
    return path


def picture(path: Path, width: int, height: int, entries: str, content: str) -> Path:
    """Write a page with an image `/Im` of white with a dark bar at its left."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[:, : max(1, width // 10)] = 0
    data = io.BytesIO(pixels.tobytes()).getvalue().hex()
    image = (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
        f" /BitsPerComponent 8 /Filter /ASCIIHexDecode /Length {len(data) + 1} >>\nstream\n{data}>\nendstream"
    )
    return plain(path, [(f"{entries} /Resources << /XObject << /Im 10 0 R >> >>", content)], [image])
