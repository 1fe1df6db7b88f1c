"""The structure tree (ISO 32000-2 14.7): a new field is tagged where the document is."""

from __future__ import annotations

from pyhanko.pdf_utils.generic import IndirectObject

from verifier.signing.pdf.pages import Page
from verifier.signing.pdf.update import Update
from verifier.signing.records import Drawing


def tag_field(update: Update, page: Page, field: IndirectObject, drawing: Drawing) -> None:
    """Enter a field into the structure tree."""
