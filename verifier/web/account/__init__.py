"""The pages of signing in and of one's own account."""

from __future__ import annotations

from verifier.web.account import identities, own, sign_in
from verifier.web.account.routes import blueprint

__all__ = ["blueprint", "identities", "own", "sign_in"]
