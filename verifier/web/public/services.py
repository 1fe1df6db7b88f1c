"""What the pages need from the rest of the house, and where they find it: `current_app.extensions`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from flask import current_app

from verifier.audit import Actor
from verifier.storage.blobs import StoredFile
from verifier.storage.scope import VISITOR, Scope
from verifier.web.jobs import NOBODY, Owner, Validation
from verifier.web.uploads import Readable


class Service(Protocol):
    """What the pages ask of `jobs.Validations`; found as `extensions["validations"]`."""

    def submit(
        self, stream: Readable, file_name: str, lang: str, passwords: tuple[str, ...] = (), owner: Owner = NOBODY
    ) -> str:
        """Take a file in and return its token; CouldNotJudge `busy` or `too-large`."""

    def get(self, token: str, scope: Scope = VISITOR) -> Validation | None:
        """Return what stands under this address within the scope; None where there is nothing."""

    def read(self, token: str, owner: Owner) -> Validation | None:
        """Return the same for one who reads the report, which is noted where it is an authority's."""

    def look(self, token: str, owner: Owner) -> Validation | None:
        """Return the same for one who looks at pages of the file, which is noted likewise, once a reading."""

    def of_authority(
        self, scope: Scope, limit: int = 50, before: datetime | None = None, before_id: UUID | None = None
    ) -> tuple[Validation, ...]:
        """Return what was handed in for an authority, newest first."""

    def delete(self, token: str, scope: Scope = VISITOR, actor: Actor | None = None) -> bool:
        """Delete for good; False where there is nothing."""

    def document(self, token: str, scope: Scope = VISITOR) -> StoredFile | None:
        """Return the file, to be opened for a worker; None where there is nothing."""

    def bundle(self, token: str, scope: Scope = VISITOR) -> Iterator[bytes] | None:
        """Return the evidence (ZIP) piece by piece; None where there is none."""


@dataclass(frozen=True)
class PageSize:
    """The visible part (crop box) of one page, and how it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    """Points, in the coordinates of the unrotated page."""
    rotation: int = 0
    """Degrees clockwise: 0, 90, 180 or 270."""


class Pictures(Protocol):
    """Draws pages in worker processes; found as `extensions["pictures"]`, and may be absent."""

    def pages(self, document: StoredFile) -> tuple[PageSize, ...]:
        """Return the size of every page. CouldNotJudge where the document cannot be read or the budget is spent.

        CannotOpen and FileNotFoundError as `StoredFile.opened`.
        """

    def picture(self, document: StoredFile, page: int, width: int) -> bytes:
        """Return a page, counted from 1, as WebP `width` pixels wide. CouldNotJudge likewise."""


def service() -> Service:
    """Return the service that runs validations."""
    return cast("Service", current_app.extensions["validations"])


def pictures() -> Pictures | None:
    """Return what draws pages, where there is something that does."""
    return cast("Pictures | None", current_app.extensions.get("pictures"))


def trust_trouble() -> str:
    """Return why the trust store cannot be used now, as a problem code; empty where it can."""
    troubles = cast("Mapping[str, Callable[[], str]]", current_app.extensions.get("troubles", {}))
    trouble = troubles.get("trust")
    return trouble() if trouble else ""
