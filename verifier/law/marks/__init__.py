"""How marks look: one data file a kind, dated and cited, read strictly; with the templates and fonts that draw them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from verifier.law.marks.records import (
    DOUBLE,
    PAGES,
    PICTURED,
    ROLES,
    SINGLE,
    STYLES,
    Asked,
    ByHand,
    Chapter,
    Choice,
    Line,
    Marking,
    Rule,
    Sheet,
)
from verifier.law.records import STATUSES, Absence, BadLaw, Words
from verifier.law.source import Source
from verifier.law.tables import Table, parsed, refuse_overlap, refuse_twice

__all__ = [
    "FOLDER",
    "Absence",
    "Asked",
    "BadLaw",
    "ByHand",
    "Chapter",
    "Marking",
    "chapter",
    "read_all",
    "read_chapter",
    "read_cover",
]

FOLDER = Path(__file__).parent
LIMIT = 300
"""Most characters of a text where the data says no other number: a name of 300 letters is drawn."""
_NAMED = re.compile(r"\{([^{}]*)\}")
_PLACES = re.compile(r"top-right|top-left|bottom-left|bottom-right|free|beside:[a-z-]+|between:title\|officer")


@lru_cache
def chapter(kind: str) -> Chapter:
    """Return what the data says of a kind, as `certified-ecopy`; BadLaw where it must not be used."""
    return read_chapter((FOLDER / f"{kind}.toml").read_text("utf-8"), f"{kind}.toml")


@lru_cache
def read_cover() -> Mapping[str, Words]:
    """Return the words of the cover (allonge) by name, as `title`, `reason.no-room`; BadLaw as `chapter`."""
    return _cover(parsed((FOLDER / "cover.toml").read_text("utf-8"), "cover.toml"))


def _cover(table: Table) -> Mapping[str, Words]:
    table.one_of("status", STATUSES)
    table.text("citation")
    found: dict[str, Words] = {}
    for entry in table.tables("words"):
        name = entry.text("name")
        if name in found:
            raise entry.fault(f"{name} stands twice")
        found[name] = entry.words()
        entry.end()
    table.end()
    return found


def read_all(source: Source) -> Mapping[str, Chapter]:
    """Read the data of every kind, and of the cover; BadLaw at the first thing that is not as it must be."""
    _cover(source.table("marks/cover.toml"))
    names = [one for one in source.names("marks") if one != "marks/cover.toml"]
    chapters = [read_chapter(source.text(name), name.removeprefix("marks/")) for name in names]
    return {one.kind: one for one in chapters}


def read_chapter(text: str, where: str) -> Chapter:
    """Read a data file; BadLaw names `where` and what is wrong."""
    table = parsed(text, where)
    kind = table.text("kind")
    if where != f"{kind}.toml":
        raise table.fault(f"kind {kind!r} belongs into {kind}.toml")
    markings = tuple(_marking(entry, kind) for entry in table.tables("layout"))
    absences = tuple(entry.absence(kind) for entry in table.tables("absent"))
    table.end()
    if not markings:
        raise table.fault("no layout")
    refuse_overlap([*(one.entry for one in markings), *(one.entry for one in absences)], where)
    refuse_twice((one.name for one in markings), where)
    return Chapter(kind, markings, absences)


def _marking(table: Table, kind: str) -> Marking:
    dated = table.entry()
    if dated.since is None:
        raise table.fault("from is missing")
    status, citation = dated.status, dated.citation
    fields = tuple(_asked(one) for one in table.tables("field"))
    known = frozenset((*SINGLE, *DOUBLE, *(one.name for one in fields)))
    values = {**PICTURED, **{one.name: tuple(choice.value for choice in one.choices) for one in fields if one.choices}}
    if len(known) < len(SINGLE) + len(DOUBLE) + len(fields):
        raise table.fault("a field has the name of a fact or of another field")
    entry = Marking(
        kind=kind,
        name=table.text("name"),
        entry=dated,
        book=table.text("book"),
        book_electronic=table.text("book_electronic", ""),
        signatures=table.texts("signatures", ROLES),
        fields=fields,
        pieces=tuple(_rule(one, known, status, citation) for one in table.tables("piece")),
        sheet=_sheet(table.table("sheet"), known, status, citation) if table.has("sheet") else None,
        by_hand=_by_hand(table.table("by_hand"), known, status, citation) if table.has("by_hand") else None,
        electronic_switch=table.text("electronic_switch", ""),
    )
    table.end()
    if entry.electronic_switch and entry.by_hand is None:
        raise table.fault("an electronic_switch, and nothing that is issued without it")
    if not entry.signatures or any(one.role not in entry.signatures for one in entry.pieces):
        raise table.fault("no signatures, or a piece belongs to none of them")
    for when in _conditions(entry):
        if wrong := [name for name, wanted in when.items() if not set(wanted) <= set(values.get(name, ()))]:
            raise table.fault(f"a condition on {wrong[0]!r}, which never holds")
    if not entry.pieces or not entry.pieces[0].main:
        raise table.fault("the first piece must be the main one")
    return entry


def _conditions(entry: Marking) -> Iterator[Mapping[str, tuple[str, ...]]]:
    yield from (one.unless for one in entry.fields if one.unless)
    yield from (one.when for one in entry.pieces)
    yield from (line.when for one in entry.pieces for line in one.lines)
    yield from (line.when for sheet in (entry.sheet, entry.by_hand) if sheet for line in sheet.lines)


def _asked(table: Table) -> Asked:
    choices = tuple(_choice(one) for one in table.tables("choice"))
    unless = table.conditions("unless")
    asked = Asked(
        name=table.text("name"),
        label=table.words(),
        required=table.flag("required", default=False),
        limit=int(table.size("limit", LIMIT)),
        made=table.flag("made", default=False),
        choices=choices,
        unless=unless or None,
    )
    table.end()
    return asked


def _choice(table: Table) -> Choice:
    choice = Choice(table.text("value"), table.words())
    table.end()
    return choice


def _rule(table: Table, known: Iterable[str], status: str, citation: str) -> Rule:
    rule = Rule(
        id=table.text("id"),
        role=table.one_of("role", ROLES),
        pages=table.one_of("pages", PAGES),
        preferences=table.texts("preferences"),
        width_mm=table.size("width_mm"),
        max_height_mm=table.size("max_height_mm"),
        template=table.text("template"),
        main=table.flag("main", default=False),
        required=table.flag("required", default=True),
        sizes=table.sizes("sizes"),
        qr_mm=table.size("qr_mm", 0.0),
        when=table.conditions("when"),
        pictures=table.texts("pictures", ROLES),
        lines=tuple(_line(one, known, status, citation) for one in table.tables("line")),
    )
    if not rule.preferences or not all(_PLACES.fullmatch(one) for one in rule.preferences):
        raise table.fault("preferences are missing or not known")
    _templated(rule.template, table)
    table.end()
    return rule


def _sheet(table: Table, known: Iterable[str], status: str, citation: str) -> Sheet:
    lines = tuple(_line(one, known, status, citation) for one in table.tables("line"))
    sheet = Sheet(table.text("template"), lines)
    _templated(sheet.template, table)
    table.end()
    return sheet


def _by_hand(table: Table, known: Iterable[str], status: str, citation: str) -> ByHand:
    said = tuple(known)
    lines = tuple(_line(one, said, status, citation) for one in table.tables("line"))
    sheet = ByHand(table.text("template"), table.texts("without", said), table.texts("blank", said), lines)
    _templated(sheet.template, table)
    table.end()
    return sheet


def _templated(name: str, table: Table) -> None:
    if not re.fullmatch(r"[a-z]+", name) or not (FOLDER / f"{name}.typ").is_file():
        raise table.fault(f"no template {name!r}")


def _line(table: Table, known: Iterable[str], status: str, citation: str) -> Line:
    line = Line(
        style=table.one_of("style", STYLES),
        number=table.text("number", ""),
        words=table.words(needed=False, english=False),
        value=table.text("value", ""),
        fixed=table.words("fixed", needed=False, english=False),
        after=table.words("after", needed=False, english=False),
        blank=table.text("blank", ""),
        when=table.conditions("when"),
        status=table.one_of("status", STATUSES, status),
        citation=table.text("citation", citation),
        covers=table.text("covers", ""),
    )
    table.end()
    if not (line.words.vi or line.words.en or line.value) or (line.value and line.fixed.vi):
        raise table.fault("neither words nor a value, or two values")
    named = [name for text in (line.words.vi, line.words.en) for name in _NAMED.findall(text)]
    if unknown := [name for name in (*named, line.value) if name and name not in known]:
        raise table.fault(f"nobody says {unknown[0]!r}")
    if line.status != status and line.citation == citation and line.status == "verified":
        raise table.fault("a line that is verified by itself needs its own citation")
    return line
