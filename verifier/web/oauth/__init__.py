"""OAuth 2.0 for machine clients: the token endpoint, what it says of itself, and bearer tokens on the API."""

from __future__ import annotations

from verifier.web.oauth.views import blueprint

__all__ = ["blueprint"]
