from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.pki import plain_pdf
from verifier.errors import CouldNotJudge
from verifier.workers.pool import WorkerPool
from verifier.workers.render import MAX_PIXELS, PageBox, page_boxes, render_page

PAGE = b"/MediaBox [0 0 595 842]"


def written(folder: Path, pages: list[bytes]) -> Path:
    """A PDF with pages of these entries, each with a red square in its lower left corner."""
    square = b"1 0 0 rg 0 0 100 100 re f"
    kids = b" ".join(b"%d 0 R" % (4 + number) for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(square), square),
        *(b"<< /Type /Page /Parent 2 0 R /Contents 3 0 R %s >>" % entries for entries in pages),
    ]
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    file = folder / "pages.pdf"
    file.write_bytes(body)
    return file


def picture(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "WEBP"
    return image.convert("RGB")


def is_red(image: Image.Image, x: int, y: int) -> bool:
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel[0] > 200 and pixel[1] < 60


def problem(file: Path, page: int = 1, width: int = 100) -> str:
    with pytest.raises(CouldNotJudge) as caught:
        render_page(file, page, width)
    return caught.value.problem.code


def test_a_page_is_drawn_as_wide_as_asked(tmp_path: Path) -> None:
    image = picture(render_page(written(tmp_path, [PAGE]), 1, 595))
    assert image.size == (595, 842)
    assert is_red(image, 50, 800)
    assert not is_red(image, 50, 50)


def test_a_turned_page_is_drawn_turned(tmp_path: Path) -> None:
    image = picture(render_page(written(tmp_path, [PAGE + b" /Rotate 90"]), 1, 842))
    assert image.size == (842, 595)
    assert is_red(image, 50, 50)


def test_boxes_are_those_of_what_is_visible(tmp_path: Path) -> None:
    pages = [PAGE, PAGE + b" /Rotate 270", PAGE + b" /CropBox [10 20 300 400]"]
    assert page_boxes(written(tmp_path, pages)) == (
        PageBox(0, 0, 595, 842, 0),
        PageBox(0, 0, 595, 842, 270),
        PageBox(10, 20, 300, 400, 0),
    )


@pytest.mark.parametrize("box", [b"[0 0 14400 14400]", b"[0 0 14400 10]", b"[0 0 1 14400]", b"[0 0 1000000 1000000]"])
def test_no_page_makes_a_picture_without_bounds(tmp_path: Path, box: bytes) -> None:
    image = picture(render_page(written(tmp_path, [b"/MediaBox " + box]), 1, 100_000))
    assert image.width * image.height <= MAX_PIXELS * 1.01
    assert max(image.size) <= 16383


def test_what_is_no_page_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, [PAGE])
    assert problem(file, 0) == problem(file, 2) == "not-found"
    assert problem(tmp_path / "none.pdf") == "file-missing"
    file.write_bytes(b"%PDF-1.7 nothing")
    assert problem(file) == "pdf-unreadable"


def test_an_encrypted_file_wants_its_password(tmp_path: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(plain_pdf())))
    writer.encrypt(owner_pass="owner", user_pass="mật khẩu")
    file = tmp_path / "secret.pdf"
    with file.open("wb") as out:
        writer.write(out)
    assert problem(file) == "pdf-encrypted"
    assert render_page(file, 1, 50, ("wrong", "mật khẩu"))
    assert page_boxes(file, ("mật khẩu",))


def test_workers_draw_within_their_memory(pool: WorkerPool, tmp_path: Path) -> None:
    file = written(tmp_path, [PAGE])
    assert pool.run(page_boxes, file) == (PageBox(0, 0, 595, 842, 0),)
    assert re.match(rb"RIFF....WEBP", pool.run(render_page, file, 1, 1200), re.DOTALL)
