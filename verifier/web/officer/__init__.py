"""The pages of officers: what was handed in for their authority."""

from __future__ import annotations

from verifier.web.officer.views import blueprint

__all__ = ["blueprint"]
