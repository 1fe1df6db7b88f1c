"""Draws marks: what the data of `verifier.law.marks` says, filled with the facts of an act, set by typst."""

from verifier.signing.mark.drawer import MarkDrawer

__all__ = ["MarkDrawer"]
