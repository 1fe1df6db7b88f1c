"""A form read into a command: what was typed, files kept as uploads on the way, and what is wrong beside its field."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import FileStorage, MultiDict

from verifier.cases.records import Upload
from verifier.errors import BadRequest, VerifierError
from verifier.web.api.case_body import cleaned
from verifier.web.casework.fields import Input, Row, names
from verifier.web.chrome import say, words
from verifier.web.forms import FormError
from verifier.web.refusals import refused

Keep = Callable[[FileStorage], Upload]
"""Keeps a file until a command names it."""
KEPT = "-kept"
"""Ending of the hidden field that names an upload of an earlier try."""
LONGEST = 4000
"""Characters of one text."""
MISSING = ("missing", "string_too_short", "too_short")
AMOUNT = re.compile(r"([0-9]{1,3}(?:[., ][0-9]{3})+|[0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
C = TypeVar("C")


@dataclass(frozen=True)
class Kept:
    """A file of an earlier try, which need not be sent again."""

    id: str
    sha256: str
    name: str


@dataclass
class Typed:
    """What was typed into a form."""

    texts: Mapping[str, list[str]] = field(default_factory=dict)
    """By id of the input."""
    kept: dict[str, list[Kept]] = field(default_factory=dict)
    """Files by id of the input."""

    def one(self, id_: str, start: str = "") -> str:
        """Return the text of an input; `start` where it was not in the form."""
        found = self.texts.get(id_)
        return start if found is None else (found[0] if found else "")

    def all(self, id_: str) -> list[str]:
        """Return everything that was chosen."""
        return list(self.texts.get(id_, []))

    def sha256(self, *what: str) -> bytes:
        """Return the hash by which a form that was sent twice is known: what it is for, its texts, its files.

        `what`: names of what is asked for, as command and dossier. The same file sent again is the same, whatever id
        it was kept under.
        """
        texts = {name: value for name, value in sorted(self.texts.items()) if any(value)}
        files = {name: [one.sha256 for one in held] for name, held in sorted(self.kept.items()) if held}
        told = json.dumps([what, texts, files])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()


def typed_in(
    inputs: Sequence[Input], form: MultiDict[str, str], files: MultiDict[str, FileStorage], keep: Keep
) -> tuple[Typed, list[FormError]]:
    """Read a form: texts as they stand, files kept; a file that is refused is told beside its input."""
    known = names(inputs)
    typed = Typed({id_: [one.strip()[:LONGEST] for one in form.getlist(id_)] for id_ in known})
    errors: list[FormError] = []
    for id_ in known:
        typed.kept[id_] = [_kept(told) for told in form.getlist(id_ + KEPT) if told]
        for file in files.getlist(id_):
            if not file.filename:
                continue
            try:
                upload = keep(file)
                typed.kept[id_] = [*typed.kept[id_], Kept(str(upload.id), upload.sha256, file.filename)]
            except VerifierError as refusal:
                errors.append(refused(refusal, id_))
    return typed, errors


def _kept(told: str) -> Kept:
    id_, _, rest = told.partition(" ")
    sha256, _, name = rest.partition(" ")
    return Kept(id_, sha256, name)


def values_of(inputs: Sequence[Input], typed: Typed) -> dict[str, Any]:
    """Return what was said, as a command is read from: by field; what was left empty is left out."""
    found: dict[str, Any] = {}
    for one in inputs:
        value = _value(one, typed)
        if value not in ("", None, [], {}):
            found[one.name] = value
    return found


def _value(one: Input, typed: Typed) -> Any:
    if one.kind == "rows":
        said = [told for row in one.rows if (told := _of_row(row, typed)) is not None]
        return said if one.rows and one.rows[0].title else (said[0] if said else None)
    if one.kind in ("file", "files"):
        ids = [kept.id for kept in typed.kept.get(one.id, [])]
        return ids if one.kind == "files" else (ids[-1] if ids else None)
    if one.kind in ("several", "list"):
        return [line for told in typed.all(one.id) for line in told.splitlines() if line.strip()]
    if one.kind == "tick":
        return bool(typed.one(one.id)) if typed.texts else None
    return _plain(one, typed.one(one.id))


def _plain(one: Input, text: str) -> Any:
    if one.kind == "number":
        return text.replace(".", "").replace(" ", "").replace("\u00a0", "")
    if one.kind == "money":
        return _cents(text)
    if one.kind == "moment" and text:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        return at if at.tzinfo else at.replace(tzinfo=words().zone)
    if one.kind == "pairs":
        lines = (line.partition(":") for line in text.splitlines() if ":" in line)
        return {name.strip(): value.strip() for name, _, value in lines}
    return text


def _cents(text: str) -> int | str:
    """Read `30`, `30,50`, `1.030,50` or `1,030.50` into cents; what is none of these stays, and is refused."""
    found = AMOUNT.fullmatch(text.replace("\u00a0", " "))
    if found is None:
        return text
    whole, part = re.sub(r"\D", "", found[1]), found[2] or ""
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _of_row(row: Row, typed: Typed) -> dict[str, Any] | None:
    """Return what was said in a row; None where nothing was."""
    found = values_of(row.inputs, typed)
    said = {name for name, value in found.items() if value is not False and not _untouched(row, name, value)}
    return {**row.fixed, **found} if said else None


def _untouched(row: Row, name: str, value: Any) -> bool:
    return any(one.name == name and one.start and str(value) == one.start for one in row.inputs)


def read(kind: type[C], told: Mapping[str, Any], inputs: Sequence[Input]) -> tuple[C | None, list[FormError]]:
    """Make a command of what was said, or tell what is missing or unclear, each beside its input."""
    try:
        return cleaned(TypeAdapter(kind).validate_python(dict(told))), []
    except BadRequest as refusal:
        return None, [refused(refusal, place_in_form(refusal, inputs))]
    except ValidationError as refusal:
        ids = names(inputs)
        seen: dict[str, FormError] = {}
        for one in refusal.errors():
            id_ = _nearest(one["loc"], ids)
            key = "case-field-is-missing" if one["type"] in MISSING else "case-field-is-wrong"
            seen.setdefault(id_, FormError(say(key, field=_label(inputs, id_)), "", id_))
        return None, list(seen.values())


def place_in_form(refusal: VerifierError, inputs: Sequence[Input]) -> str:
    """Return the id of the input that a refusal is about; the form itself where it names none."""
    told = refusal.problem.params.get("field", "")
    ids = names(inputs)
    return _nearest(tuple(told.replace("-", "_").split(".")), ids) if told else (ids[0] if ids else "act")


def _nearest(loc: Sequence[int | str], ids: Sequence[str]) -> str:
    """Return the input at a place in the command, or that above it."""
    parts = [str(one) for one in loc]
    while parts:
        if (found := "-".join(parts)) in ids:
            return found
        parts.pop()
    return ids[0] if ids else "act"


def _label(inputs: Sequence[Input], id_: str) -> str:
    return next((one.label for one in _every(inputs) if one.id == id_), id_)


def _every(inputs: Sequence[Input]) -> Iterator[Input]:
    for one in inputs:
        yield one
        for row in one.rows:
            yield from _every(row.inputs)
