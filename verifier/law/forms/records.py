"""What the data say of a form (biểu mẫu) or wording (lời chứng): records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from verifier.law.records import Absence, Cited, Entry, Words

Audience = Literal["administrator", "applicant", "office"]
AUDIENCES: tuple[Audience, ...] = ("administrator", "applicant", "office")
"""administrator: who reviews the law, sees every doubt; applicant, office: who use the sheet in a real dossier."""
KINDS = ("text", "code", "count", "date", "date-time", "amount", "choice", "list", "table")
"""text: words, line breaks kept; code: at most 64 letters of ASCII; count: whole number; date; date-time: aware;
amount: whole đồng; choice: one of `choices`; list: texts; table: rows by name of part."""
CELLS = ("text", "code", "count", "date", "date-time", "amount", "choice")
"""Kinds that a cell of a table may have."""
STYLES = (
    "parent", "issuer", "state", "motto", "reference", "dated", "corner", "subtitle", "line", "row", "half",
    "paragraph", "strong", "center", "list", "table", "choice", "sign", "note", "rule",
)  # fmt: skip
"""How a line is set; README.md says how each looks."""
PAPERS = ("A4", "A5")
ORIENTATIONS = ("portrait", "landscape")
LANGUAGES = ("vi", "bilingual")


@dataclass(frozen=True)
class Choice:
    """One of the values that a field may have."""

    value: str
    words: Words


@dataclass(frozen=True)
class Column:
    """A column of a table as it is printed."""

    words: Words
    cell: str
    """Text with `{names}` of parts of the row."""
    width: float
    """Share of the width of the table."""
    group: Words
    """Heading above this column and its neighbours of the same group; empty where there is none."""
    align: str


@dataclass(frozen=True)
class Total:
    """The last row of a table."""

    words: Words
    value: str
    """Text with `{names}` of fields."""


@dataclass(frozen=True)
class Field:
    """Something that is written into a form."""

    id: str
    kind: str
    words: Words
    required: bool = False
    """Whether the sheet is complete without it; `drawn` prints a dotted blank all the same."""
    choices: tuple[Choice, ...] = ()
    parts: tuple[Field, ...] = ()
    """Of each row of a table."""
    columns: tuple[Column, ...] = ()
    numbered: bool = False
    """Whether a row of column numbers stands below the headings."""
    total: Total | None = None
    rows: int = 1
    """Dotted lines, or empty rows, where it is not said."""
    dots: int = 0
    """Width of its dotted blank in millimetres; 0: up to the end of the line, or 25 within it."""


@dataclass(frozen=True)
class Line:
    """One line of a form, in reading order."""

    style: str
    words: Words
    """Text with `{names}` of fields."""
    value: str
    """The field that a `list`, `table` or `choice` shows; empty elsewhere."""
    hint: Words
    """In italics below a `sign`."""
    when: Mapping[str, tuple[str, ...]]
    """Left out where one of these choices is said otherwise."""
    optional: bool
    """Left out of a sheet that is filled, where none of its own values is said."""
    basis: Cited


@dataclass(frozen=True)
class Copy:
    """One of the copies (liên) in which a sheet is made."""

    words: Words
    audience: str
    """Who keeps it: `office` or `applicant`."""


@dataclass(frozen=True)
class Form:
    """A form in one period."""

    id: str
    """As `receipt`."""
    entry: Entry
    series: str
    """The set of forms in which `number` counts, as `one-stop`; empty where it has no number."""
    number: str
    """As printed: `01`; empty where the form has none."""
    prescribed: Words
    """What is printed below the number: the circular, with its day."""
    title: Words
    title_basis: Cited
    paper: str
    orientation: str
    languages: str
    audience: str
    """Whom the sheet is for: `applicant` or `office`."""
    template: str
    qr: str
    """The field of kind `code` that a QR code shows; empty: none."""
    copies: tuple[Copy, ...]
    fields: tuple[Field, ...]
    lines: tuple[Line, ...]

    def field(self, id_: str) -> Field | None:
        """Return a field by id."""
        return next((one for one in self.fields if one.id == id_), None)


@dataclass(frozen=True)
class Chapter:
    """All that one data file says of a form."""

    id: str
    forms: tuple[Form, ...]
    absences: tuple[Absence, ...]

    def at(self, day: date) -> Form | Absence | None:
        """Return what holds on a day; None where the file says nothing of it."""
        entries: tuple[Form | Absence, ...] = (*self.forms, *self.absences)
        return next((one for one in entries if one.entry.holds(day)), None)


@dataclass(frozen=True)
class Said:
    """Words that the service prints on every sheet, by name."""

    words: Words
    basis: Cited


@dataclass(frozen=True)
class Head:
    """Fields and lines that several forms begin with."""

    fields: tuple[Field, ...]
    lines: tuple[Line, ...]
