"""`Branches`: which procedure a paper needs, by where it was issued, the country of use and the kind of document.

NoAnswer: `country-unknown` (`country`), `kind-unknown` (`kind`), `paper-unclear` (`what`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from verifier.law.branches.records import Branch, DocumentKind, Paper, State
from verifier.law.source import Source

__all__ = ["Branch", "Branches", "DocumentKind", "Paper", "State"]


@dataclass(frozen=True)
class Branches:
    """Rules, states and kinds of documents, of all days."""

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read the folder `branches`; BadLaw at the first thing that is not as it must be."""
        raise NotImplementedError

    def branch(self, day: date, paper: Paper) -> tuple[Branch, ...]:
        """Return what a paper needs, one answer for each country of use, in their order."""
        raise NotImplementedError

    def states(self, day: date) -> tuple[State, ...]:
        """Return the contracting parties of the Apostille Convention on a day, by code."""
        raise NotImplementedError

    def document_kinds(self, day: date) -> tuple[DocumentKind, ...]:
        """Return the kinds of documents that hold on a day."""
        raise NotImplementedError
