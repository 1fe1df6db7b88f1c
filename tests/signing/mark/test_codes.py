"""QR codes: what is drawn is the code of the address, large enough to be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
import segno

from tests.signing.mark.facts import DRAWER, main_of, picture_of, squeezed, valid
from verifier.errors import CouldNotIssue
from verifier.signing.mark.codes import LEAST_MM, MODULE_MM, QUIET, matrix
from verifier.signing.records import Drawing, Kind, MarkFacts

DOTS_A_MM = 12.0
WITH_CODE = (Kind.CONSULAR_CERTIFICATION, Kind.CONSULAR_LEGALIZATION, Kind.CERTIFIED_ECOPY, Kind.APOSTILLE)
ADDRESS = "https://mark.example.vn/check/"


def modules(drawing: Drawing, edge_mm: float, count: int) -> list[list[int]] | None:
    """Look for the code in a rendering: place its grid at each dark corner that begins a finder pattern."""
    image = picture_of(drawing, DOTS_A_MM).convert("L").point(lambda level: level < 128 and 1)
    module = edge_mm * DOTS_A_MM / (count + 2 * QUIET)
    span = int(count * module)
    dark = image.load()
    assert dark is not None
    for top in range(image.height - span):
        for left in range(image.width - span):
            if not dark[left, top] or dark[left - 1, top] or dark[left, top - 1]:
                continue
            middle = [int((at + 0.5) * module) for at in range(count)]
            if (
                not all(dark[left + at, top + middle[0]] for at in middle[:7])
                or dark[left + middle[7], top + middle[0]]
            ):
                continue
            if not all(dark[left + middle[0], top + at] for at in middle[:7]):
                continue
            return [[int(bool(dark[left + x, top + y])) for x in middle] for y in middle]
    return None


@pytest.mark.parametrize("kind", WITH_CODE, ids=[kind.value for kind in WITH_CODE])
def test_the_code_that_is_drawn_holds_the_check_address(kind: Kind) -> None:
    facts = valid(kind)
    wanted = [list(row) for row in segno.make_qr(facts.check_url, error="m").matrix]
    assert modules(main_of(facts).drawing, 20.0, len(wanted)) == wanted


def test_another_address_is_another_code() -> None:
    facts = valid(Kind.CERTIFIED_ECOPY)
    other = facts.check_url[:-1] + "Z"
    wanted = [list(row) for row in segno.make_qr(other, error="m").matrix]
    assert modules(main_of(facts).drawing, 20.0, len(wanted)) != wanted


@pytest.mark.parametrize("kind", WITH_CODE, ids=[kind.value for kind in WITH_CODE])
def test_the_address_stands_there_as_text_too(kind: Kind) -> None:
    facts = valid(kind)
    assert facts.check_url in main_of(facts).drawing.text


def test_modules_are_never_too_small_to_read() -> None:
    taken = [
        address for length in range(len(ADDRESS), 400, 7) if (address := ADDRESS.ljust(length, "A")) and fits(address)
    ]
    assert 130 < len(taken[-1]) < 390
    for address in taken:
        assert 20.0 / (len(matrix(address, 20.0)) + 2 * QUIET) >= MODULE_MM
        assert matrix(address, 20.0) == tuple(bytes(row) for row in segno.make_qr(address, error="m").matrix)


def fits(address: str) -> bool:
    try:
        return bool(matrix(address, 20.0))
    except CouldNotIssue:
        return False


def test_a_code_is_at_least_as_large_as_can_be_read() -> None:
    assert LEAST_MM == 16.0
    assert all(piece.drawing.width_mm > LEAST_MM for piece in DRAWER.pieces(valid(Kind.CERTIFIED_ECOPY)))


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (ADDRESS + "A" * 300, "qr-too-long"),
        (ADDRESS + "A" * 3000, "mark-too-long"),
        ("https://dấu.example.vn/check/A", "mark-unprintable"),
        ("javascript:alert(1)", "mark-unprintable"),
        ("", "mark-unprintable"),
        (ADDRESS + "A B", "mark-unprintable"),
    ],
    ids=["long", "too-long", "beyond-ascii", "scheme", "empty", "space"],
)
def test_an_address_that_makes_no_code_is_refused(address: str, code: str) -> None:
    with pytest.raises(CouldNotIssue) as caught:
        DRAWER.pieces(replace(valid(Kind.CONSULAR_CERTIFICATION), check_url=address))
    assert caught.value.problem.code in {code, "mark-field-missing"}


def test_a_longest_address_that_is_taken_stands_within_the_frame() -> None:
    facts: MarkFacts = replace(valid(Kind.CONSULAR_CERTIFICATION), check_url=ADDRESS.ljust(130, "W"))
    drawing = main_of(facts).drawing
    assert squeezed(facts.check_url) in squeezed(drawing.text)
