"""From the data files of forms to records; every fault is one line that begins with the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from verifier.law.forms.records import (
    CELLS,
    KINDS,
    LANGUAGES,
    ORIENTATIONS,
    PAPERS,
    STYLES,
    Chapter,
    Choice,
    Column,
    Copy,
    Field,
    Form,
    Head,
    Line,
    Said,
    Total,
)
from verifier.law.letters import unprintable
from verifier.law.records import STATUSES, Cited, Words
from verifier.law.source import Source
from verifier.law.tables import Table, refuse_overlap, refuse_twice

COMMON = "forms/common.toml"
NAMED = re.compile(r"\{([a-z][a-z0-9-]*)(?:\.([a-z]+))?\}")
"""`{name}` or `{name.part}`."""
_DATE = ("day", "month", "year", "words", "short")
PARTS: Mapping[str, tuple[str, ...]] = {
    "date": _DATE,
    "date-time": (*_DATE, "hour", "minute", "date"),
    "amount": ("figures", "words"),
    "count": ("words",),
}
"""What may follow the point in `{name.part}`, by kind."""
_SHOWN: Mapping[str, str] = {"list": "list", "table": "table", "choice": "choice", "sign": "text"}
"""Styles that show a field, and the kind that it must have; `sign` may do without the name."""
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MOMENT = {"hour", "minute", "day", "month", "year"}
SAID: Mapping[str, set[str]] = {
    **{name: set() for name in ("status.verified", "status.partial", "status.unverified")},
    **{name: set() for name in ("made", "added", "review", "margin", "page")},
    "number": {"number"},
    "basis": {"citation"},
    "date": _MOMENT - {"hour", "minute"},
    "date-time": _MOMENT,
}
"""The words that every service needs from `common.toml`, with the names that each must say."""


def read_common(source: Source) -> tuple[Mapping[str, Said], Mapping[str, Head]]:
    """Read what all forms share: words by name, and heads by id."""
    table = source.table(COMMON)
    said: dict[str, Said] = {}
    for one in table.tables("words"):
        name = one.text("name")
        if name in said or name not in SAID:
            raise one.fault(f"{name!r} stands twice, or nobody says it")
        said[name] = Said(_words(one), Cited(one.one_of("status", STATUSES), one.text("citation")))
        if any(set(names_in(text)) != SAID[name] for text in (said[name].words.vi, said[name].words.en)):
            raise one.fault(f"{name} must say {', '.join(sorted(SAID[name])) or 'no names'}, in both languages")
        one.end()
    if missing := sorted(set(SAID) - set(said)):
        raise table.fault(f"{missing[0]!r} is missing")
    heads: dict[str, Head] = {}
    for one in table.tables("head"):
        name = one.text("id")
        if name in heads:
            raise one.fault(f"{name} stands twice")
        basis = Cited(one.one_of("status", STATUSES), one.text("citation"))
        fields = _fields(one)
        heads[name] = Head(fields, _lines(one, fields, basis))
        one.end()
    table.end()
    return said, heads


def read_chapter(source: Source, name: str, heads: Mapping[str, Head]) -> Chapter:
    """Read one data file, as `forms/receipt.toml`."""
    table = source.table(name)
    id_ = table.text("id")
    if name != f"forms/{id_}.toml":
        raise table.fault(f"id {id_!r} belongs into forms/{id_}.toml")
    series = table.text("series", "")
    forms = tuple(_form(one, id_, series, heads, source) for one in table.tables("edition"))
    absences = tuple(one.absence(id_) for one in table.tables("absent"))
    table.end()
    if not forms:
        raise table.fault("no edition")
    refuse_overlap([*(one.entry for one in forms), *(one.entry for one in absences)], name)
    return Chapter(id_, forms, absences)


def _form(table: Table, id_: str, series: str, heads: Mapping[str, Head], source: Source) -> Form:
    entry = table.entry()
    head = heads.get(wanted := table.text("head", ""))
    if wanted and head is None:
        raise table.fault(f"no head {wanted!r}")
    head = head or Head((), ())
    title = table.table("title")
    fields = (*head.fields, *_fields(table, taken=head.fields))
    form = Form(
        id=id_,
        entry=entry,
        series=series,
        number=table.text("number", ""),
        prescribed=_words(table.table("prescribed"), end=True) if table.has("prescribed") else Words(""),
        title=_words(title),
        title_basis=title.cited(entry),
        paper=table.one_of("paper", PAPERS),
        orientation=table.one_of("orientation", ORIENTATIONS, "portrait"),
        languages=table.one_of("languages", LANGUAGES),
        audience=table.one_of("audience", ("applicant", "office")),
        template=table.text("template", "sheet"),
        qr=table.text("qr", ""),
        copies=tuple(_copy(one) for one in table.tables("copy")),
        fields=fields,
        lines=(*head.lines, *_lines(table, fields, Cited(entry.status, entry.citation))),
    )
    title.end()
    table.end()
    _refuse(form, table, source)
    return form


def _refuse(form: Form, table: Table, source: Source) -> None:
    """Refuse what does not fit together."""
    if bool(form.number) != bool(form.series) or (form.number and not form.prescribed.vi):
        raise table.fault("a number needs a series and the circular (prescribed), and a series a number")
    if not re.fullmatch(r"[a-z-]+", form.template) or not (source.folder / f"forms/{form.template}.typ").is_file():
        raise table.fault(f"no template {form.template!r}")
    if form.qr and ((shown := form.field(form.qr)) is None or shown.kind != "code"):
        raise table.fault(f"qr names {form.qr!r}, which is no field of kind code")
    said = {name for line in form.lines for name in shown_by(line)} | {form.qr}
    for field in form.fields:
        said |= set(names_in(field.total.value)) if field.total else set()
    said |= {name for line in form.lines for name in line.when}
    if idle := [one.id for one in form.fields if one.id not in said]:
        raise table.fault(f"no line says {idle[0]!r}")


def shown_by(line: Line) -> Iterator[str]:
    """Yield the fields that a line says."""
    yield from names_in(f"{line.words.vi} {line.words.en}")
    if line.value:
        yield line.value


def names_in(text: str) -> Iterator[str]:
    """Yield the names that stand in a text."""
    yield from (found[1] for found in NAMED.finditer(text))


def _copy(table: Table) -> Copy:
    copy = Copy(_words(table), table.one_of("audience", ("office", "applicant")))
    table.end()
    return copy


def _fields(table: Table, taken: tuple[Field, ...] = ()) -> tuple[Field, ...]:
    """Read fields; `taken` have their ids already."""
    found: dict[str, Field] = {one.id: one for one in taken}
    for one in table.tables("field"):
        field = _field(one, KINDS)
        if field.id in found:
            raise one.fault(f"{field.id} stands twice")
        found[field.id] = field
    for field in found.values():
        if field.total:
            _known(field.total.value, found, table)
    return tuple(found.values())[len(taken) :]


def _field(table: Table, kinds: tuple[str, ...]) -> Field:
    field = _simple(table, kinds)
    told = [_column(one) for one in table.tables("column")]
    parts = [*(_part(one) for one in table.tables("part")), *(part for _, part in told if part)]
    by_id = {one.id: one for one in parts}
    columns = tuple(column for column, _ in told)
    if len(by_id) < len(parts):
        raise table.fault("a part stands twice")
    for column in columns:
        _known(column.cell, by_id, table)
    field = replace(
        field,
        parts=tuple(parts),
        columns=columns,
        numbered=table.flag("numbered", default=False),
        total=_total(table.table("total")) if table.has("total") else None,
    )
    table.end()
    if (field.kind == "table") != bool(columns) or (parts and not columns):
        raise table.fault("a table needs columns, and nothing else has them")
    return field


def _simple(table: Table, kinds: tuple[str, ...]) -> Field:
    field = Field(
        id=table.text("id"),
        kind=table.one_of("kind", kinds),
        words=_words(table),
        required=table.flag("required", default=False),
        choices=tuple(_choice(one) for one in table.tables("choice")),
        rows=table.count("rows", 1, least=1),
        dots=table.count("dots", 0),
    )
    refuse_twice((one.value for one in field.choices), f"{table.where}, choice")
    if not _ID.fullmatch(field.id):
        raise table.fault(f"id {field.id!r} must be of small letters, digits and hyphens")
    if (field.kind == "choice") != bool(field.choices):
        raise table.fault("a choice needs its choices, and nothing else has them")
    return field


def _part(table: Table) -> Field:
    part = _simple(table, CELLS)
    table.end()
    return part


def _column(table: Table) -> tuple[Column, Field | None]:
    """Read a column, and the part of the row that it shows where it has an id."""
    group = _words(inner, end=True) if table.has("group") and (inner := table.table("group")) else Words("")
    width, align = table.size("width", 1.0), table.one_of("align", ("left", "center", "right"), "left")
    cell = table.text("cell", "")
    part = _simple(table, CELLS) if table.has("id") else None
    words = part.words if part else _words(table)
    table.end()
    return Column(words, cell or (f"{{{part.id}}}" if part else ""), width, group, align), part


def _total(table: Table) -> Total:
    total = Total(_words(table), table.text("value"))
    table.end()
    return total


def _choice(table: Table) -> Choice:
    choice = Choice(table.text("value"), _words(table))
    table.end()
    return choice


def _words(table: Table, *, end: bool = False) -> Words:
    """Take `vi` and `en`; every letter must be one that the fonts have."""
    words = table.words(english=False)
    for text in (words.vi, words.en):
        if letter := unprintable(text.replace("\n", " ")):
            raise table.fault(f"the fonts do not have {letter}")
    if end:
        table.end()
    return words


def _lines(table: Table, fields: tuple[Field, ...], basis: Cited) -> tuple[Line, ...]:
    known = {one.id: one for one in fields}
    return tuple(_line(one, known, basis) for one in table.tables("line"))


def _line(table: Table, fields: Mapping[str, Field], basis: Cited) -> Line:
    style = table.one_of("style", STYLES)
    own = table.has("citation")
    cited = Cited(table.one_of("status", STATUSES, basis.status), table.text("citation", basis.citation))
    line = Line(
        style=style,
        words=_words(table) if table.has("vi") else Words(""),
        value=table.text("value", ""),
        hint=_words(table.table("hint"), end=True) if table.has("hint") else Words(""),
        when=table.conditions("when"),
        optional=table.flag("optional", default=False),
        basis=cited,
    )
    table.end()
    if cited.status == "verified" != basis.status and not own:
        raise table.fault("a line that is verified by itself needs its own citation")
    kind = _SHOWN.get(style)
    if kind and (line.value not in fields or fields[line.value].kind != kind) and (line.value or style != "sign"):
        raise table.fault(f"value must name a field of kind {kind}")
    if (line.value and not kind) or (not line.words.vi and style not in (*_SHOWN, "rule")):
        raise table.fault("words are missing, or a value that this style does not show")
    _known(line.words.vi, fields, table)
    _known(line.words.en, fields, table)
    for name, wanted in line.when.items():
        if name not in fields or not set(wanted) <= {one.value for one in fields[name].choices}:
            raise table.fault(f"a condition on {name!r}, which never holds")
    return line


def _known(text: str, fields: Mapping[str, Field], table: Table) -> None:
    """Refuse a name that no field has, a part that its kind does not have, and stray braces."""
    for found in NAMED.finditer(text):
        field = fields.get(found[1])
        if field is None:
            raise table.fault(f"nobody says {found[1]!r}")
        if field.kind in ("list", "table") or (found[2] and found[2] not in PARTS.get(field.kind, ())):
            raise table.fault(f"{found[0]} is nothing that stands in a text")
    if re.search(r"[{}]", NAMED.sub("", text)):
        raise table.fault(f"a stray brace in {text!r}")
