"""The wire types of issuing; a test holds them against what the views write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from verifier.signing.acts.records import Standing
from verifier.signing.records import Kind, Level, Placement, State
from verifier.verdict import Conclusion
from verifier.web.api.schemas import TIME, Params, Report, Wire


class IssuedNote(Wire):
    """How a document stands that this service released; as it is at the moment of asking."""

    standing: Standing = Field(description="Only `in-force` may be relied on, whatever the signatures say.")
    kind: Kind
    number: str = Field(description="As printed on the mark.")
    book: str = Field(description="Register book as printed; empty where the kind shows none.")
    authority_vi: str
    authority_en: str
    released_at: str = Field(examples=[TIME])
    sha256: str = Field(description="Of the whole file as it was released.")
    since: str | None = Field(description="When it was annulled or replaced.")
    ground: str = Field(description="Why it was annulled or replaced.")
    decision: str = Field(description="Number of the decision by which it was annulled.")
    replacement: str = Field(description="Number of the document that took its place.")


class EnteredNote(Wire):
    """What a register says of a document, by its number and day."""

    standing: Literal["in-force", "annulled", "replaced"] = Field(description="Only `in-force` may be relied on.")
    authority_vi: str
    authority_en: str
    number: str = Field(description="As printed.")
    day: date = Field(description="Of issue.")
    since: date | None = Field(description="Day on which it was annulled, or withdrawn and issued anew.")
    signed: str = Field(description="Name and capacity of who signed the public document, or whose seal it bears.")
    form: Literal["paper", "electronic"]
    sha256: str = Field(description="Of the electronic one; empty on paper.")
    management: str = Field(description="Management number.")


class Lookups(Wire):
    """What a register says under a number and a day."""

    entries: list[EnteredNote] = Field(description="By authority; one as a rule.")


class JudgedFile(Report):
    """A report, and for a file that this service released itself how it stands now."""

    issued: IssuedNote | None = Field(
        default=None, description="Only where this very file was released here; looked up when it is read."
    )


class ActProblem(Wire):
    """Why an act waits or was cancelled."""

    code: str = Field(examples=["no-time-stamp"])
    detail: str
    params: Params


class IssuanceNote(Wire):
    """One act of issuing as it stands."""

    id: str
    kind: Kind
    dossier: str
    level: Level
    state: State = Field(description="From `confirmed` to `judged` the service goes on by itself.")
    standing: Standing | None = Field(description="Of what was released; null before.")
    file: str
    size: int = Field(description="Bytes of the document as it came in.")
    sha256: str = Field(description="Of the document as it came in.")
    placement: Placement | None
    number: str | None = Field(description="As printed; null before it is taken.")
    book: str | None
    law_sha256: str | None = Field(description="Of the law book by which it was confirmed; null before that.")
    year: int | None
    created_at: str = Field(examples=[TIME])
    issued_at: str | None = Field(description="The time on the mark.", examples=[TIME])
    released_at: str | None = Field(examples=[TIME])
    released_sha256: str | None = Field(description="Of the whole file as it was released.")
    conclusion: Conclusion | None = Field(description="Of our own judge on what came out.")
    problem: ActProblem | None
    annulled_at: str | None = Field(examples=[TIME])
    ground: str
    decision: str
    replaces: str | None = Field(description="Id of the act that this one took the place of.")
    replaced_by: str | None
    batch: str | None
    href: str
    document: str | None = Field(description="Where the released document is.")
    sheet: str | None = Field(description="Where the paper carrier is.")


class Issuances(Wire):
    """Acts of the officer's authority, the newest first."""

    issuances: list[IssuanceNote]
    next: str | None = Field(description="Where older ones are; null where there are none.")


@dataclass(frozen=True, kw_only=True)
class AnnulmentSaid:
    """Why a released document is annulled, as it is sent."""

    ground: str
    decision: str


@dataclass(frozen=True, kw_only=True)
class CancellationSaid:
    """Why an act is cancelled before it is released, as it is sent."""

    reason: str


MODELS: tuple[type[BaseModel], ...] = (
    IssuedNote,
    EnteredNote,
    Lookups,
    JudgedFile,
    IssuanceNote,
    Issuances,
)
