"""From a form and what is written into it to what its template is told; who it is for decides what is marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from verifier.law import qr
from verifier.law.forms.reading import shown_by
from verifier.law.forms.records import Audience, Form, Line, Said
from verifier.law.forms.tables import table_told
from verifier.law.forms.texts import Piece, Texts, beside
from verifier.law.forms.values import Values
from verifier.law.records import Cited, Words

_LABELLED = ("row", "half", "strong", "subtitle", "reference", "dated", "list", "choice")
"""Styles whose English stands beside the Vietnamese label; elsewhere it stands below."""
_LONG = 6_000
"""From so many letters on no smaller size is looked for: the sheet takes several pages."""
_STAR = " (*)"


def told(form: Form, values: Values, said: Mapping[str, Said], audience: Audience) -> Mapping[str, Any]:
    """Return what the template is told."""
    texts = Texts({one.id: one for one in form.fields}, values, said)
    review = audience == "administrator"
    official = review or form.entry.status != "unverified"
    lines = [line for line in form.lines if _stands(line, values) and (official or line.style != "corner")]
    bilingual = form.languages == "bilingual"
    bases = [form.title_basis, *(line.basis for line in lines)]
    code = values.get(form.qr) if form.qr else None
    return {
        "template": form.template,
        "paper": form.paper.lower(),
        "landscape": form.orientation == "landscape",
        "bilingual": bilingual,
        "long": len(str(values)) > _LONG,
        "title": {**_both(form.title, bilingual=bilingual), **_doubt(form.title_basis, form, audience)},
        "number": _number(form, said) if official else None,
        "copies": [vars(one.words) for one in form.copies if audience != "applicant" or one.audience == audience],
        "lines": [{**_line(line, texts, bilingual=bilingual), **_doubt(line.basis, form, audience)} for line in lines],
        "qr": qr.picture(qr.coded(code)) if code else None,
        "strip": said["review"].words.vi if review and _doubtful(form, bases) else None,
        "foot": list(_review_foot(form, bases, said) if review else _foot(form, bases, said)),
        "page": _both(said["page"].words, bilingual=bilingual),
    }


def _stands(line: Line, values: Values) -> bool:
    """Tell whether a line stands on this sheet."""
    if any(name in values and values[name] not in wanted for name, wanted in line.when.items()):
        return False
    own = set(shown_by(line))
    return not (line.optional and values and own and not own & set(values))


def _doubt(basis: Cited, form: Form, audience: Audience) -> dict[str, Any]:
    """How sure we are: a mark in the margin for administrators, a star where the authority added a line."""
    review = audience == "administrator"
    star = not review and basis.status == "unverified" != form.entry.status
    return {"mark": basis.status if review and basis.status != "verified" else "", "star": _STAR if star else ""}


def _doubtful(form: Form, bases: list[Cited]) -> bool:
    return form.entry.status != "verified" or any(one.status != "verified" for one in bases)


def _number(form: Form, said: Mapping[str, Said]) -> dict[str, Any] | None:
    if not form.number:
        return None
    return {"vi": said["number"].words.vi.format(number=form.number), "prescribed": vars(form.prescribed)}


def _foot(form: Form, bases: list[Cited], said: Mapping[str, Said]) -> Iterator[str]:
    """What the sheet says of itself to those who use it."""
    bilingual = form.languages == "bilingual"
    if form.entry.status == "unverified":
        yield _joined(said["made"].words, bilingual=bilingual)
    elif any(one.status == "unverified" for one in bases):
        yield _joined(said["added"].words, bilingual=bilingual)


def _review_foot(form: Form, bases: list[Cited], said: Mapping[str, Said]) -> Iterator[str]:
    """What the sheet says of itself to an administrator."""
    status = said[f"status.{form.entry.status}"].words.vi
    basis = said["basis"].words.vi.format(citation=form.entry.citation)
    yield f"{status}: {form.id}/{form.entry.status}. {basis}"
    if any(one.status != "verified" for one in bases):
        yield said["margin"].words.vi


def _both(words: Words, *, bilingual: bool) -> dict[str, str]:
    return {"vi": words.vi, "en": words.en if bilingual else ""}


def _joined(words: Words, *, bilingual: bool) -> str:
    return f"{words.vi} / {words.en}" if bilingual and words.en else words.vi


def _line(line: Line, texts: Texts, *, bilingual: bool) -> dict[str, Any]:
    pieces = texts.pieces(line.words.vi)
    below: list[Piece] = []
    if bilingual and line.words.en:
        labelled = beside(pieces, line.words.en) if line.style in _LABELLED else None
        below = texts.pieces(line.words.en, "en") if labelled is None else []
        pieces = labelled or pieces
    found: dict[str, Any] = {
        "style": line.style,
        "vi": pieces,
        "en": below,
        "hint": _both(line.hint, bilingual=bilingual),
    }
    field = texts.fields.get(line.value)
    if field is None:
        return found
    value = texts.values.get(field.id)
    if field.kind == "table":
        return {**found, "table": table_told(field, texts)}
    if field.kind == "list":
        return {**found, "items": ["\n".join(item) for item in value or ()], "rows": field.rows}
    if field.kind == "choice":
        boxes = [{**_both(one.words, bilingual=bilingual), "on": one.value == value} for one in field.choices]
        return {**found, "choices": boxes}
    return {**found, "name": "\n".join(value or ())}
