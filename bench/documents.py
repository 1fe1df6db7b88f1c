"""The documents to judge, made in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.pki import FRESH, SIGNED, Draft, PdfBuilder, World, signed_pdf, world

MEGABYTES = 10


def documents() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each."""
    here = world()
    for level in ("B", "T", "LT", "LTA"):
        yield f"PAdES {level}", signed_pdf(here, level)
    yield "five signatures", five(here, PdfBuilder.new()).data
    yield f"{MEGABYTES} MB, LT", large(here)


def five(here: World, pdf: PdfBuilder) -> Draft:
    """Five signatures with time stamps, one revision each, then the validation data."""
    draft = Draft(here, pdf)
    for number in range(5):
        claimed = SIGNED + timedelta(minutes=number)
        draft.sign(claimed, here.cms(stamps=(here.stamp(claimed + timedelta(seconds=5)),)))
    return draft.dss((*here.signer_crls(FRESH), *here.tsa_crls(FRESH)))


def large(here: World) -> bytes:
    """One signature with validation data on a large file."""
    draft = Draft(here, PdfBuilder.new(text="x" * (MEGABYTES << 20)))
    draft.sign(SIGNED, here.cms(stamps=(here.stamp(SIGNED + timedelta(seconds=5)),)))
    return draft.dss((*here.signer_crls(FRESH), *here.tsa_crls(FRESH))).data
