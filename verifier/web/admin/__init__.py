"""Pages of administrators: people and their roles, machine clients, messages that were not delivered."""

from __future__ import annotations

from verifier.web.admin.clients import blueprint as clients
from verifier.web.admin.letters import blueprint as letters
from verifier.web.admin.people import blueprint as people

__all__ = ["clients", "letters", "people"]
