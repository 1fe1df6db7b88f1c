"""The pages of signing in and of one's own account."""

from __future__ import annotations

from verifier.web.account.views import blueprint

__all__ = ["blueprint"]
