"""What a machine client may be allowed to do (OAuth 2.0 scopes)."""

from __future__ import annotations

from collections.abc import Mapping

CREATE = "validations:create"
READ = "validations:read"
SCOPES: Mapping[str, str] = {
    CREATE: "Hand files in for the client's authority, and delete what this client handed in.",
    READ: "List and read the validations of the client's authority.",
}
"""Every scope with what it means."""
