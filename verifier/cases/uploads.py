"""Files that are brought before a command names them (tệp tin tải lên): looked at by their outside, stored, owned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from verifier.cases.kernel import Asker, CaseHouse
from verifier.cases.records import Upload
from verifier.errors import BadRequest, CouldNotJudge
from verifier.intake import HEAD, NotTaken, take_in

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
        self._refuse_heap(asker)
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
        with self._house.database.unit(asker.scope) as unit:
            unit.cases.add_upload(one)
        return Kept(one, seen.kind, tuple(problems))

    def _counted(self, path: Path, problems: list[str]) -> int | None:
        try:
            return self._pages(path)
        except CouldNotJudge as refusal:
            if refusal.problem.code == "busy":
                raise
            problems.append(refusal.problem.code)
            return None

    def _refuse_heap(self, asker: Asker) -> None:
        """Refuse an applicant who brings ever more files and names none; BadRequest `uploads-unused`."""
        if not asker.id.startswith("case:"):  # officers and clients are known by name, and counted by rate
            return
        with self._house.database.unit(asker.scope) as unit:
            if unit.cases.unused_uploads(asker.id) >= MOST_UNUSED:
                raise BadRequest("uploads-unused", f"{MOST_UNUSED} files wait already", most=str(MOST_UNUSED))


def media_type(kind: str, path: Path) -> str:
    """Return the media type (RFC 6838) of a file by what it is, never by its name."""
    if kind != "scan":
        return MEDIA_TYPES.get(kind, BYTES)
    with path.open("rb") as file:
        head = file.read(HEAD)
    return next((told for begins, told in PICTURES.items() if head.startswith(begins)), BYTES)
