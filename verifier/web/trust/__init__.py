"""Pages on trust: the store, its journal, proposals to change it, the register of authorities."""

from __future__ import annotations

from verifier.web.trust import propose, register, views
from verifier.web.trust.base import blueprint

__all__ = ["blueprint", "propose", "register", "views"]
