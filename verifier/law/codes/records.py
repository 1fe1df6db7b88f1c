"""Codes, numbers and register books: the records that the data files of this folder are read into; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from verifier.law.records import Cited, Entry, Words

DATE_FORMS = ("YYMMDD", "YYYYMMDD")
"""How the day stands in a dossier code."""
CLOCKS = ("before", "runs", "stopped", "over")
"""Of a portal status: time does not count yet, it counts, it stands still, the dossier is at its end."""


@dataclass(frozen=True)
class DossierCode:
    """A dossier code (mã hồ sơ thủ tục hành chính), taken apart."""

    text: str
    """As it is kept: capital letters, no spaces around it."""
    agency: str
    """Code of the agency (mã định danh cơ quan), as `G08` or `H38.12.34`."""
    day: date
    """On which it was received, in Viet Nam."""
    ordinal: int
    """Of that day, from 1."""


@dataclass(frozen=True)
class Rule:
    """One sentence of the law on codes, numbers or books."""

    id: str
    words: Words
    basis: Cited
    note: str
    """What is doubtful; English."""


@dataclass(frozen=True)
class Pattern:
    """How dossier codes are made, and which are read, in a period."""

    entry: Entry
    made: str
    """Form of the day in ours; one of `DATE_FORMS`."""
    digits: int
    """Least digits of the ordinal in ours; more where the day has more dossiers."""
    read: tuple[str, ...]
    """Forms of the day that are read."""
    least_digits: int
    most_digits: int
    agency_length: int
    """Most characters of an agency code."""
    result_file: str
    """Name of the file of a result, with `{code}` and `{number}`."""
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Sector:
    """A sector of procedures (mã lĩnh vực), as `G15-TP03`, or an agency of the first level, as `G15`."""

    id: str
    words: Words
    entry: Entry


@dataclass(frozen=True)
class Column:
    """One column of a register book, as it is headed."""

    number: int
    id: str
    """What stands in it, as `requester`."""
    words: Words
    width: float
    """Share of the page's width; all columns of a book together make 100."""
    basis: Cited


@dataclass(frozen=True)
class Numbering:
    """How numbers and books are written (số chứng thực, quyển số)."""

    number: str
    """With `{number}`, of at least two digits, as `01`."""
    electronic: str
    """The same in a separate electronic book, as `01/ĐT`."""
    book: str
    """With `{volume}`, `{year}` and `{symbol}`, as `01/2026-SCT/BS`."""
    basis: Cited

    def number_text(self, number: int, *, electronic: bool = False) -> str:
        """Write a number: `01`, `02` … `100`; in an electronic book `01/ĐT`."""
        return (self.electronic if electronic else self.number).format(number=f"{number:02d}")

    def book_text(self, symbol: str, year: int, volume: int) -> str:
        """Write a book as it stands behind `quyển số`."""
        return self.book.format(volume=f"{volume:02d}", year=year, symbol=symbol)


@dataclass(frozen=True)
class Book:
    """One kind of register book (sổ chứng thực) in a period."""

    symbol: str
    """As `SCT/BS`."""
    name: Words
    """Title, as it stands on the cover."""
    electronic: bool
    """Whether it is the separate book of electronic copies."""
    on_paper: tuple[str, ...]
    """Ids of procedures, or kinds of work, whose results on paper are entered in it (`CNXT`)."""
    replacement: str
    """The law by which a result with an error that is not the applicant's is withdrawn and issued anew under another
    number (thu hồi và cấp đổi); empty where no text was found."""
    lookup: str
    """The switch from which on anybody may look an entry up and sees its columns; empty where the public may not."""
    entry: Entry
    columns: tuple[Column, ...]
    """Empty where no text with its columns was found."""
    years: int | None
    """For how long it is kept; None: for ever (vĩnh viễn)."""
    rules: tuple[Rule, ...]
    """How it is numbered, printed, bound, closed and kept."""


@dataclass(frozen=True)
class Status:
    """One status that the National Public Service Portal shows (trạng thái hồ sơ)."""

    code: int
    words: Words
    entry: Entry
    clock: str
    """One of `CLOCKS`."""
    end_order: int
    """Which time counts as the end of processing: that of the lowest number; 0: never the end."""
    end_if_accepted: bool
    """It ends processing only where the dossier had been accepted."""
    used_for: Words
    """When the status is sent."""


@dataclass(frozen=True)
class Coded:
    """One value of a code list."""

    code: str
    words: Words


@dataclass(frozen=True)
class CodeList:
    """A code list of one adapter, as `KenhThucHien`."""

    name: str
    words: Words
    values: tuple[Coded, ...]

    def get(self, code: str) -> Coded | None:
        """Return the value of a code; None where the list has none."""
        return next((one for one in self.values if one.code == code), None)


@dataclass(frozen=True)
class Group:
    """Names of the fields of one record that an interface exchanges."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Adapter:
    """One interface of the State's systems, with its own code lists: lists of two interfaces may differ."""

    id: str
    words: Words
    entry: Entry
    lists: tuple[CodeList, ...]
    groups: tuple[Group, ...]

    def list(self, name: str) -> CodeList | None:
        """Return a code list by name; None where the adapter has none."""
        return next((one for one in self.lists if one.name == name), None)


@dataclass(frozen=True)
class NationalId:
    """A procedure of the national database (mã thủ tục hành chính), or a result (mã kết quả)."""

    id: str
    """As `2.000815` or `KQ.G15.000021`."""
    words: Words
    entry: Entry
    procedures: tuple[str, ...]
    """Ids of the procedures of this system; empty where it is none of ours."""
    where: str
    """`local`, `ministry` or `mission`; empty where it is a result."""


@dataclass(frozen=True)
class Placement:
    """Where a wording (lời chứng) stands on the paper, and what goes with it."""

    id: str
    words: Words
    entry: Entry
    wordings: tuple[str, ...]
    """Ids of the forms that it holds for, as `wording-copy`."""
