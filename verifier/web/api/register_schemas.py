"""The wire types of register books; a test holds them against what the views write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from verifier.signing.records import State
from verifier.web.api.schemas import TIME, Wire

EntryState = Literal["reserved", "issued", "cancelled", "annulled", "replaced"]
InTime = Literal["", "before", "on-time", "late"]


@dataclass(frozen=True, kw_only=True)
class CorrectionBody:
    """What is corrected, as it is sent."""

    number: int
    column: str
    after: str
    reason: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class ClosingBody:
    """By which decision a book is closed before the end of its year, as it is sent."""

    decision: str = ""


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """A body that says nothing: none at all, or an object without fields."""


class RegisterBookNote(Wire):
    """One register book."""

    symbol: str = Field(examples=["SCT/BS"])
    year: int
    book: str = Field(description="As printed, with its latest volume.", examples=["01/2026-SCT/BS"])
    volume: int
    last_number: int = Field(description="0 before the first.")
    opened_at: str = Field(examples=[TIME])
    closed_at: str | None = Field(examples=[TIME])
    decision: str = Field(description="By which it was closed before the end of its year.")
    chain: str | None = Field(description="SHA-256 over all that stands in it, once it is closed.")
    closing_issuance: str | None = Field(description="Id of the act by which its closing page is signed.")
    href: str
    entries: str
    print: str = Field(description="Where it is printed; `?month=` prints a month.")
    volumes: str = Field(description="Where its volumes and closings are.")


class RegisterMonth(Wire):
    """What stands in a book of one month."""

    month: int
    first: int
    last: int
    acts: int
    copies: int
    fees: int = Field(description="Whole đồng.")


class RegisterTotals(Wire):
    """What stands in a book."""

    entries: int
    issued: int
    cancelled: int
    annulled: int
    replaced: int
    reserved: int
    acts: int = Field(description="Done: entered and not cancelled.")
    copies: int
    fees: int = Field(description="Whole đồng, of acts whose fee is known.")
    corrections: int
    months: list[RegisterMonth]


class RegisterBookWhole(RegisterBookNote):
    """One register book with its totals: as they are now, or as they were when it was closed."""

    totals: RegisterTotals


class RegisterBooks(Wire):
    """The books of an authority, the newest year first."""

    books: list[RegisterBookNote]


class RegisterOfficer(Wire):
    """Who opened or closed a book."""

    id: str
    name: str


class RegisterVolumeNote(Wire):
    """One volume of a book (quyển số)."""

    number: int
    book: str = Field(description="As printed.", examples=["02/2026-SCT/BS"])
    first: int = Field(description="The first number in it.")
    last: int | None = Field(description="The last number in it by now; null where nothing stands in it.")
    opened_at: str = Field(examples=[TIME])
    opened_by: RegisterOfficer | None = Field(description="Null where it was opened with its first number.")
    closed_at: str | None = Field(examples=[TIME])


class ClosingPageSignature(Wire):
    """The act by which the page of a closing is signed."""

    issuance: str
    state: State
    href: str
    released_at: str | None = Field(examples=[TIME])
    sha256: str | None = Field(description="Of the signed page, once it is released.")


class RegisterClosingNote(Wire):
    """One closing of a book: it counts and binds all that stood in it then, from its first number on."""

    volume: int = Field(description="The last volume that it closed.")
    book: str = Field(description="That volume as printed.")
    last_number: int
    closed_at: str = Field(examples=[TIME])
    closed_by: RegisterOfficer | None
    decision: str = Field(description="By which it came before the end of the year; empty for one after it.")
    totals: RegisterTotals = Field(description="As they were counted then.")
    chain: str = Field(description="SHA-256 over all that stood in the book then.")
    signature: ClosingPageSignature | None = Field(description="Null where its page was not ordered to be signed.")
    stands: bool = Field(description="False where a further volume was opened afterwards.")


class RegisterVolumes(Wire):
    """All volumes and closings of a book, the oldest first."""

    volumes: list[RegisterVolumeNote]
    closings: list[RegisterClosingNote]


class RegisterCorrectionNote(Wire):
    """A correction of a column; the entry itself stays as it is."""

    number: int
    year: int
    column: str
    before: str
    after: str
    reason: str
    basis: str
    book_year: int = Field(description="In the book of which year it stands.")
    ordinal: int = Field(description="Within that book.")
    officer: str
    made_at: str = Field(examples=[TIME])


class RegisterEntryNote(Wire):
    """One number of a book and what became of it."""

    symbol: str
    year: int
    number: int
    number_text: str = Field(description="As printed.")
    state: EntryState
    reserved_at: str = Field(examples=[TIME])
    changed_at: str = Field(examples=[TIME])
    reason: str = Field(description="Why it was cancelled, annulled or replaced.")
    document: str
    sha256: str | None
    issuance: str | None
    case: str | None = Field(description="Of what was done on paper.")
    columns: dict[str, str | int | None] = Field(description="As they stood when it was entered, by id of the column.")
    corrections: list[RegisterCorrectionNote]


class RegisterEntries(Wire):
    """Entries of a book, by number."""

    entries: list[RegisterEntryNote]
    next: str | None = Field(description="Where later ones are; null where there are none.")


class ClosingSignature(Wire):
    """The act by which a closing page is signed; a leader confirms it."""

    issuance: str
    href: str


class TrackedDossier(Wire):
    """One row of the tracking book."""

    number: int
    case: str
    code: str
    procedure: str
    name: str = Field(description="Of the procedure, in Vietnamese.")
    sets: int
    applicant: str
    contact: str
    agency: str
    received: str = Field(examples=[TIME])
    due: str | None
    forwarded: str | None = Field(description="Passed on to who decides.")
    back: str | None = Field(description="The result came from there.")
    given: str | None
    way: str = Field(description="How the result was given, in Vietnamese; before, how it is wanted.")
    receiver: str = Field(description="Who signed for what was handed over, or the number of the postal item.")
    status: str
    outcome: InTime


class TrackingRows(Wire):
    """The tracking book of a period."""

    dossiers: list[TrackedDossier]


class HandoverNote(Wire):
    """One handing over of a dossier."""

    giver_side: str
    taker_side: str
    giver_authority: str | None
    taker_authority: str | None
    handed: str = Field(examples=[TIME])
    giver: str
    taken: str | None
    taker: str
    outcome: InTime = Field(description="Of who hands over, by the targets of the law book; the last by the due day.")
    note: str


class Handovers(Wire):
    """The control sheet of a dossier."""

    handovers: list[HandoverNote]


MODELS: tuple[type[BaseModel], ...] = (
    RegisterBooks, RegisterBookWhole, RegisterBookNote, RegisterVolumes, RegisterEntries, RegisterCorrectionNote,
    ClosingSignature, TrackingRows, Handovers,
)  # fmt: skip
