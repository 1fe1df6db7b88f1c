"""What a machine client may be allowed to do (OAuth 2.0 scopes)."""

from __future__ import annotations

from collections.abc import Mapping

CREATE = "validations:create"
READ = "validations:read"
FILE_CASES = "cases:file"
READ_CASES = "cases:read"
SCOPES: Mapping[str, str] = {
    CREATE: "Hand files in for the client's authority, and delete what this client handed in.",
    READ: "List and read the validations of the client's authority.",
    FILE_CASES: "File dossiers for applicants, and act for them on the dossiers that this client filed.",
    READ_CASES: "Read how the dossiers stand that this client filed.",
}
"""Every scope with what it means."""
