"""Says what every revision after a signature changed, and whether the signatures in force allow it.

Whitelist: what no rule understands is suspicious, and so is what cannot be compared. The revisions of a file are
compared once, each with the one before it; signatures share the result.
"""

from __future__ import annotations

from verifier.pades.changes.judging import ChangeContext, LaterSignature, analyse_changes

__all__ = ["ChangeContext", "LaterSignature", "analyse_changes"]
