"""The words that all parts of the law share: wordings, dated and cited entries, and the two refusals; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

STATUSES = ("verified", "partial", "unverified")
"""verified: read in an official text; partial: confirmed in part, or read in a transcription; unverified: practice,
inference or our own choice, never presented as law."""


class BadLaw(ValueError):
    """Data of the law that must not be used; one clear line that begins with the file."""


class NoAnswer(Exception):
    """The law was asked what it does not answer: an unknown procedure, one not yet in force, a missing number."""

    def __init__(self, code: str, detail: str = "", **params: str) -> None:
        """`code` in kebab-case, `detail` one English sentence, `params` for the texts found by `code`."""
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.params = params


@dataclass(frozen=True)
class Words:
    """One wording in both languages; `en` is empty where law prescribes Vietnamese alone."""

    vi: str
    en: str = ""

    def said(self, lang: str) -> str:
        """Return the wording in `vi` or `en`; Vietnamese where there is no English."""
        return self.en if lang == "en" and self.en else self.vi


@dataclass(frozen=True)
class Cited:
    """On what law one line of an entry rests, where it says so itself; else that of its entry."""

    status: str
    citation: str


@dataclass(frozen=True)
class Entry:
    """What every entry says of itself (hiệu lực, căn cứ): when it holds, on what law, and how sure we are."""

    since: date | None
    """First day on which it holds; None: always did."""
    until: date | None
    """First day on which it holds no more; None: no end is known."""
    status: str
    """One of `STATUSES`."""
    citation: str
    """Decree or circular, article, clause, point; in Vietnamese."""
    note: str
    """What is doubtful, for the lawyer and the administrator; English."""

    def holds(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    @property
    def basis(self) -> Cited:
        """On what law it rests."""
        return Cited(self.status, self.citation)


@dataclass(frozen=True)
class Absence:
    """A period in which there is none of something (a procedure, a form, a price), and why."""

    id: str
    """Of what is absent."""
    entry: Entry
    reason: Words

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.entry.holds(day)
