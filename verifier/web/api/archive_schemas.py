"""The wire types of the archive; a test holds them against what the views write."""

from __future__ import annotations

from pydantic import BaseModel, Field

from verifier.web.api.schemas import TIME, Wire


class DueDossier(Wire):
    """A dossier on a list."""

    id: str
    code: str
    procedure: str
    status: str
    ended_at: str | None = Field(examples=[TIME])
    since: str | None = Field(description="Since which day; null where nobody has decided.", examples=["2028-03-03"])
    href: str


class ArchiveDue(Wire):
    """What is due at the authority today."""

    to_store: list[DueDossier] = Field(description="Ended, and their time with the officer is over.")
    removable: list[DueDossier] = Field(description="In the store, and their time is over.")
    undecided: list[DueDossier] = Field(description="In the store; the law gives no period and nobody has decided.")


class PackageNote(Wire):
    """A package: the dossier as one ZIP that can be verified without this system."""

    id: str
    dossier: str
    made_at: str = Field(examples=[TIME])
    version: int = Field(description="Of the dossier that it holds.")
    events: int = Field(description="Of the dossier's log that it holds.")
    files: int
    size: int = Field(description="Bytes of the ZIP.")
    sha256: str
    manifest_sha256: str = Field(description="What the time stamp is over.")
    sealed_at: str | None = Field(description="Time of the time stamp; null: not sealed.")
    tsa: str
    unsealed: str = Field(description="Why it is not sealed: `no-stampers`, `no-time-stamp`, `clock-off`; else empty.")
    handed_at: str | None
    receiver: str
    proposed_at: str | None = Field(description="When it was proposed to remove the dossier.")
    removed_at: str | None
    file: str | None = Field(description="Where the ZIP is; null once it was removed.")


class PackageNotes(Wire):
    """The packages of a dossier, the newest first."""

    packages: list[PackageNote]


MODELS: tuple[type[BaseModel], ...] = (ArchiveDue, PackageNote, PackageNotes)
