"""A site that issues, with the page on which a mark is placed; its documents are pages of text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from tests.signing.acts.ports import Here
from tests.signing.space.documents import letter
from tests.web.issuing_site import LIST, IssuingSite, id_in, order
from verifier.storage.database import Database
from verifier.web.placing import PlacingDesk


class PlacingSite(IssuingSite):
    """The site; `act` is an order for a page of text, whose mark stands at the lower right."""

    def __init__(self, database: Database, folder: Path, **parts: Any) -> None:
        super().__init__(database, folder, **parts)
        self.act_id = self.ordered(letter(folder / "letter.pdf").read_bytes())

    def site(self, **changes: Any) -> Flask:
        return super().site(placing=PlacingDesk(Here()), **changes)

    def ordered(self, data: bytes, **form: str) -> UUID:
        return id_in(order(self.client(), form, data=data))

    @property
    def address(self) -> str:
        """Of the page."""
        return f"{LIST}/{self.act_id}/place"

    def laid(self) -> dict[str, Any]:
        """Where the mark stands, as it is stored."""
        told: dict[str, Any] = self.act(self.act_id).layout["places"]["mark"]
        return told


@contextmanager
def placing_site(database: Database, folder: Path, **parts: Any) -> Iterator[PlacingSite]:
    site = PlacingSite(database, folder, **parts)
    try:
        yield site
    finally:
        site.close()
