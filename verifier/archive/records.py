"""The words of the archive: a dossier's package; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Package:
    """A dossier as one ZIP that can be verified without this system (gói hồ sơ lưu trữ)."""

    id: UUID
    case_id: UUID
    authority_id: UUID
    made_at: datetime
    made_by: UUID
    case_version: int
    """Of the dossier that it holds."""
    events: int
    """Of the dossier's chain that it holds."""
    files: int
    """Stored records that it holds."""
    size: int
    sha256: str
    """Of the ZIP."""
    manifest_sha256: str
    """Of the manifest, over which the time stamp is."""
    blob: str
    """Name in the store; empty once it was removed with the dossier."""
    sealed_at: datetime | None = None
    """Time of the time stamp; None: there is none, and the package is not sealed."""
    tsa: str = ""
    """Address of who gave it."""
    unsealed: str = ""
    """Code of why there is none: `no-stampers`, `no-time-stamp`, `clock-off`."""
    handed_at: datetime | None = None
    handed_by: UUID | None = None
    receiver: str = ""
    """Who took it over."""
    proposed_at: datetime | None = None
    """When somebody proposed to remove the dossier, of which this package was handed over."""
    proposed_by: UUID | None = None
    removed_at: datetime | None = None
