"""Pages on issuing: acts from the order to the release, their confirmation by an officer, batches, and what follows."""

from __future__ import annotations

from verifier.web.issuing import after, batches, confirm, order, views
from verifier.web.issuing.base import blueprint

__all__ = ["after", "batches", "blueprint", "confirm", "order", "views"]
