"""Pages on authorities, and on changes that take two people."""

from __future__ import annotations

from verifier.web.authorities.proposals import blueprint as proposals
from verifier.web.authorities.views import blueprint as authorities

__all__ = ["authorities", "proposals"]
