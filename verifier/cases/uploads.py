"""Files that are brought before a command names them (tệp tin tải lên): looked at by their outside, stored, owned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from verifier.cases.kernel import Asker, CaseHouse
from verifier.cases.records import Upload
from verifier.errors import BadRequest, CouldNotJudge
from verifier.intake import HEAD, NotTaken, take_in
from verifier.storage.database import UnitOfWork

Pages = Callable[[Path], int | None]
"""Counts the pages of a PDF, in a worker; CouldNotJudge where it cannot be opened."""
MOST_UNUSED = 50
"""Files that one dossier's applicant may bring without naming them in a command."""
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "asic": "application/vnd.etsi.asic-e+zip",
    "zip": "application/zip",
    "xml": "application/xml",
    "rtf": "application/rtf",
    "text": "text/plain",
}
"""By kind of file; pictures by how they begin, others as bytes. Nothing of it is ever shown by a browser in place."""
PICTURES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
BYTES = "application/octet-stream"


@dataclass(frozen=True)
class Kept:
    """A file that was taken in, and what was seen of it."""

    upload: Upload
    kind: str
    """As `intake.Intake.kind`."""
    problems: tuple[str, ...] = ()
    """Codes of what will be in the way: `not-a-pdf`, `pdf-truncated`, `pdf-encrypted`, `pdf-unreadable`, …"""


class Uploads:
    """Takes files in. One object a process."""

    def __init__(self, house: CaseHouse, pages: Pages) -> None:
        self._house, self._pages = house, pages

    def keep(self, asker: Asker, path: Path, name: str, max_bytes: int) -> Kept:
        """Store the file at `path` for who asks, at the authority of the scope; what is odd about it is told.

        BadRequest `not-allowed` for whoever acts for no authority, `uploads-unused`; CouldNotJudge `empty-file`,
        `too-large`.
        """
        if asker.scope.authority is None:
            raise BadRequest("not-allowed")
        with self._house.database.unit(asker.scope) as unit:
            refuse_heap(unit, asker)
        problems: list[str] = []
        try:
            seen = take_in(path, max_bytes)
        except NotTaken as odd:
            if odd.problem.code != "not-a-pdf":
                raise
            seen = odd.intake
            problems = [] if seen.kind == "scan" else ["not-a-pdf"]
        pages = self._counted(path, problems) if seen.kind == "pdf" else None
        one = Upload(
            uuid4(),
            asker.scope.authority,
            asker.id,
            name,
            media_type(seen.kind, path),
            seen.size,
            seen.sha256,
            self._house.blobs.put_file(path),
            self._house.clock(),
            pages,
        )
        self._add(asker, one)
        return Kept(one, seen.kind, tuple(problems))

    def _add(self, asker: Asker, one: Upload) -> None:
        """Keep the row; of files that come at once none is counted that is not there yet. BadRequest as `keep`."""
        try:
            with self._house.database.unit(asker.scope) as unit:
                refuse_heap(unit, asker, hold=True)
                unit.cases.add_upload(one)
        except BadRequest:
            self._house.blobs.delete(one.blob)
            raise

    def _counted(self, path: Path, problems: list[str]) -> int | None:
        try:
            return self._pages(path)
        except CouldNotJudge as refusal:
            if refusal.problem.code == "busy":
                raise
            problems.append(refusal.problem.code)
            return None


def refuse_heap(unit: UnitOfWork, asker: Asker, *, hold: bool = False) -> None:
    """Refuse an applicant who brings ever more files and names none; BadRequest `uploads-unused`.

    With `hold` the dossier is held, so that of two files at once one waits and counts the other.
    """
    kind, _, case = asker.id.partition(":")
    if kind != "case":  # officers and clients are known by name, and counted by rate
        return
    if hold:
        unit.cases.get(UUID(case), hold=True)
    if unit.cases.unused_uploads(asker.id) >= MOST_UNUSED:
        raise BadRequest("uploads-unused", f"{MOST_UNUSED} files wait already", most=str(MOST_UNUSED))


def media_type(kind: str, path: Path) -> str:
    """Return the media type (RFC 6838) of a file by what it is, never by its name."""
    if kind != "scan":
        return MEDIA_TYPES.get(kind, BYTES)
    with path.open("rb") as file:
        head = file.read(HEAD)
    return next((told for begins, told in PICTURES.items() if head.startswith(begins)), BYTES)
