"""Tables of forms: headings in one or two rows, rows of cells, a total; as their template is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from verifier.law.forms.records import Column, Field
from verifier.law.forms.texts import Piece, Texts
from verifier.law.forms.values import Values
from verifier.law.records import Words

_NOTHING: Values = {}


def table_told(field: Field, texts: Texts) -> dict[str, Any]:
    """Return a table: what is said, or `rows` empty rows."""
    said: Sequence[Values] = texts.values.get(field.id, ())
    parts = {one.id: one for one in field.parts}
    rows = [_row(field.columns, Texts(parts, row, texts.said, cells=True)) for row in said or [_NOTHING] * field.rows]
    total = field.total and {
        "words": vars(field.total.words),
        "value": texts.pieces(field.total.value),
        "span": len(field.columns) - 1,
    }
    return {
        "widths": [column.width for column in field.columns],
        "aligns": [column.align for column in field.columns],
        "head": _head(field.columns),
        "numbers": list(range(1, len(field.columns) + 1)) if field.numbered else [],
        "rows": rows,
        "empty": not said,
        "total": total,
    }


def _row(columns: Sequence[Column], texts: Texts) -> list[list[Piece]]:
    return [texts.pieces(column.cell) for column in columns]


def _head(columns: Sequence[Column]) -> list[list[Mapping[str, Any]]]:
    """Return the rows of headings, each cell with how many columns and rows it takes."""
    two = any(column.group.vi for column in columns)
    upper: list[Mapping[str, Any]] = []
    lower: list[Mapping[str, Any]] = []
    for group, members in groupby(columns, key=lambda column: column.group):
        found = list(members)
        if group.vi:
            upper.append(_cell(group, colspan=len(found)))
            lower += [_cell(column.words) for column in found]
        else:
            upper += [_cell(column.words, rowspan=2 if two else 1) for column in found]
    return [upper, lower] if two else [upper]


def _cell(words: Words, *, colspan: int = 1, rowspan: int = 1) -> Mapping[str, Any]:
    return {"vi": words.vi, "en": words.en, "colspan": colspan, "rowspan": rowspan}
