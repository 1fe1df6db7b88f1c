"""Forms of the register drawn as PDF: values that the form of the day does not know are left out; sheets are joined."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2

from verifier.errors import BadRequest
from verifier.law.book import LawBook
from verifier.law.records import NoAnswer
from verifier.storage.authorities import Authority

ROOM = 350_000
"""Letters of one sheet: a month with more takes several (`law.forms.values.TOTAL` is the limit)."""
ROW = 300
"""What a row counts for beside its texts."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Paper:
    """What every sheet of an authority says."""

    law: LawBook
    authority: Authority
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """Where the authority sits."""
        return ZoneInfo(self.authority.time_zone)

    def local(self, at: datetime) -> datetime:
        """Return an instant as it is read there."""
        return at.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The day there."""
        return self.local(self.now).date()

    def drawn(self, id_: str, day: date, values: Row) -> bytes:
        """Draw a form as it was on a day, with heading and date; BadRequest with the code of what the form refuses."""
        told = {"authority": self.authority.name_vi.upper(), "issued": self.today, **values}
        try:
            form = self.law.forms.get(id_, day)
            known = {name: value for name, value in told.items() if form.field(name) is not None and value is not None}
            return self.law.forms.drawn(form, known, audience="office")
        except NoAnswer as refusal:
            raise BadRequest(refusal.code, refusal.detail, **refusal.params) from None


def chunks(rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, list[Row]]]:
    """Cut rows into sheets: a new one where the number beside them changes, or where one sheet cannot hold more."""
    group, held, room = 0, list[Row](), 0
    for beside, row in rows:
        cost = ROW + sum(len(str(value)) for value in row.values())
        if held and (beside != group or room + cost > ROOM):
            yield group, held
            held, room = [], 0
        group, room = beside, room + cost
        held.append(row)
    if held:
        yield group, held


_PDFIUM = threading.Lock()
"""PDFium knows no threads; requests of one process, which print side by side, come into it one after the other."""


def joined(parts: Sequence[bytes]) -> bytes:
    """Join PDFs into one."""
    if len(parts) == 1:
        return parts[0]
    with _PDFIUM, pypdfium2.PdfDocument.new() as whole:
        for part in parts:
            with pypdfium2.PdfDocument(part) as document:
                whole.import_pages(document)
        made = io.BytesIO()
        whole.save(made)
        return made.getvalue()


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF of ours has."""
    with _PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        return len(document)
