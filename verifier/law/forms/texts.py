"""Texts with names in braces, filled: pieces of text, values, and dotted blanks where nothing is said.

A piece is one of `{"t": text}`, `{"v": value}`, `{"s": value struck through}`, `{"e": English beside it}`,
`{"b": millimetres, "rows": lines}` (a dotted blank; 0 millimetres: up to the end of the line). They are data for the
template, never markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from verifier.law.forms.reading import NAMED
from verifier.law.forms.records import Field, Said
from verifier.law.forms.values import STRUCK, Values
from verifier.law.numerals import day_in_words, dong_in_words, figures, in_words

Piece = Mapping[str, Any]
SHORT_MM = 6
"""Blank of an hour, a day or a month."""
MIDDLE_MM = 25
"""Blank within a line."""
_PUNCTUATION = re.compile(r"[\s.,;:/()\u2013\-]*")


@dataclass(frozen=True)
class Texts:
    """Fills texts of one sheet."""

    fields: Mapping[str, Field]
    values: Values
    said: Mapping[str, Said]
    """Patterns of days and hours are among them."""
    cells: bool = False
    """Whether the texts stand in a table: sums without their unit, and no blanks where a cell says one thing only."""

    def pieces(self, text: str, lang: str = "vi") -> list[Piece]:
        """Return a text, filled."""
        if self.cells and self._idle(text):
            return []
        found: list[Piece] = []
        end = 0
        for name in NAMED.finditer(text):
            found += [{"t": text[end : name.start()]}] if name.start() > end else []
            found += self._named(self.fields[name[1]], name[2] or "", lang)
            end = name.end()
        found += [{"t": text[end:]}] if end < len(text) else []
        return _stretched(found)

    def _idle(self, text: str) -> bool:
        """Tell whether a text is one name of which nothing is said."""
        alone = NAMED.fullmatch(text)
        return alone is not None and alone[1] not in self.values and self.fields[alone[1]].kind != "choice"

    def _named(self, field: Field, part: str, lang: str) -> list[Piece]:
        value = self.values.get(field.id)
        if value is not None and field.id in self.values.get(STRUCK, ()):
            return [{"s": self._spoken(field, part, value, lang)}]
        if field.kind in ("date", "date-time") and part in ("", "date"):
            pattern = self.said["date" if part == "date" else field.kind].words.said(lang)
            return _moment(pattern, value)
        if value is not None:
            return [{"v": self._spoken(field, part, value, lang)}]
        if field.kind == "choice":
            return [{"t": " / ".join(one.words.said(lang) for one in field.choices)}]
        if part in ("day", "month", "hour", "minute"):
            return [{"b": SHORT_MM, "rows": 1, "fixed": True}]
        fixed = bool(field.dots) or part == "year"
        width = field.dots or (2 * SHORT_MM if part == "year" else MIDDLE_MM)
        return [{"b": width, "rows": field.rows, "fixed": fixed}]

    def _spoken(self, field: Field, part: str, value: Any, lang: str) -> str:
        if field.kind == "text":
            return "\n".join(value)
        if field.kind == "choice":
            return next(one.words.said(lang) for one in field.choices if one.value == value)
        if field.kind == "amount":
            if part == "words":
                return dong_in_words(value)
            unit = "" if self.cells or part == "figures" else (" VND" if lang == "en" else " đồng")
            return figures(value) + unit
        if field.kind == "count":
            return in_words(value) if part == "words" else figures(value) if self.cells else f"{figures(value):0>2}"
        return _moment_part(part, value) if part else str(value)


def _moment(pattern: str, value: date | None) -> list[Piece]:
    if value is not None:
        return [{"v": NAMED.sub(lambda name: _moment_part(name[1], value), pattern)}]
    found: list[Piece] = []
    end = 0
    for name in NAMED.finditer(pattern):
        found += [{"t": pattern[end : name.start()]}, {"b": SHORT_MM, "rows": 1, "fixed": True}]
        end = name.end()
    return [*found, {"t": pattern[end:]}]


def _moment_part(part: str, value: date) -> str:
    """Return a part of a day or an instant; days and the months 1 and 2 with a nought (Decree 30/2020, Annex I)."""
    if part == "words":
        return day_in_words(value)
    if part == "short":
        day = value.strftime("%d/%m/%Y")
        return f"{value:%H:%M} {day}" if isinstance(value, datetime) else day
    if part in ("hour", "minute") and isinstance(value, datetime):
        return f"{value.hour if part == 'hour' else value.minute:02}"
    if part == "month":
        return f"{value.month:02}" if value.month < 3 else str(value.month)
    return f"{value.day:02}" if part == "day" else str(value.year)


def _stretched(pieces: list[Piece]) -> list[Piece]:
    """Let a blank reach to the end of its line, where nothing but a sign follows it there."""
    return [
        {**piece, "b": 0} if "b" in piece and not piece.get("fixed") and _is_last(pieces[place + 1 :]) else piece
        for place, piece in enumerate(pieces)
    ]


def _is_last(after: list[Piece]) -> bool:
    """Tell whether only signs follow up to the end of the line."""
    rest = "".join(piece.get("t", "x") for piece in after)
    return _PUNCTUATION.fullmatch(rest.split("\n")[0]) is not None


def beside(pieces: list[Piece], english: str) -> list[Piece] | None:
    """Put the English of a label behind its Vietnamese, before the colon; None where this is no label and its value."""
    label = re.fullmatch(r"(.*\S)(\s*:\s*)", pieces[0].get("t", ""), re.DOTALL) if pieces else None
    other = re.fullmatch(r"([^{}]*?)\s*:\s*(\{[^{}]*\}.{0,12})?", english)
    if label is None or other is None:
        return None
    return [{"t": label[1]}, {"e": f" / {other[1]}"}, {"t": label[2]}, *pieces[1:]]
