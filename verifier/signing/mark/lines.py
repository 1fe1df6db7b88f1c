"""Lines of a mark: the words of the data with the values of an act, for the template and for the alternative text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from verifier.law.marks import Marking
from verifier.law.marks.records import Line
from verifier.law.records import Words
from verifier.signing.mark.values import Values, is_so, missing

STACKED = ("issuer", "title")
"""Styles whose languages stand one above the other."""
_NAMED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Filled:
    """A line as it is printed."""

    style: str
    number: str
    vi: str
    en: str
    value: tuple[str, ...]
    after: str

    @property
    def told(self) -> dict[str, Any]:
        """For the template."""
        return {**vars(self), "value": list(self.value)}

    @property
    def text(self) -> str:
        """In reading order, with the signs that the templates put between."""
        between = "\n" if self.style in STACKED else " / "
        words = between.join(word for word in (self.vi, self.en) if word)
        value = " / ".join(self.value)
        if self.after:
            value = f"{value} {self.after}"
        colon = ": " if words and value and not words.endswith(":") else " "
        told = colon.join(part for part in (words, value) if part)
        return f"{self.number}. {told}" if self.number else told


def filled(lines: tuple[Line, ...], found: Values, marking: Marking) -> tuple[Filled, ...]:
    """Return the lines that are printed; CouldNotIssue `mark-field-missing` where one lacks what it must say."""
    made = (_filled(line, found, marking) for line in lines if is_so(line.when, found))
    return tuple(line for line in made if line is not None)


def named(lines: tuple[Line, ...]) -> frozenset[str]:
    """Return the names of all that the lines say."""
    texts = (text for line in lines for text in (line.words.vi, line.words.en))
    return frozenset(
        (*(line.value for line in lines if line.value), *(one for text in texts for one in _NAMED.findall(text)))
    )


def _filled(line: Line, found: Values, marking: Marking) -> Filled | None:
    words = Words(_put(line.words.vi, found, marking, 0), _put(line.words.en, found, marking, 1))
    if not line.value:
        fixed = tuple(text for text in (line.fixed.vi, line.fixed.en) if text)
        return Filled(line.style, line.number, words.vi, words.en, fixed, "")
    value = found[line.value]
    both = tuple(text for text in (value.vi, value.en) if text)
    after = line.after.vi if both else ""
    if not both and line.value in OPTIONAL:
        return None
    if not both and not line.blank:
        if any(one.name == line.value and not one.required for one in marking.fields):
            return None
        raise missing(line.value, marking)
    return Filled(line.style, line.number, words.vi, words.en, both or (line.blank,), after)


OPTIONAL = ("signature_name", "seal_name", "dossier", "document", "book")
"""Facts that not every authority or act has."""


def _put(text: str, found: Values, marking: Marking, lang: int) -> str:
    def value(name: re.Match[str]) -> str:
        words = found[name[1]]
        told = (words.en or words.vi) if lang else words.vi
        if not told:
            raise missing(name[1], marking)
        return told

    return _NAMED.sub(value, text)
