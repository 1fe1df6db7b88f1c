"""Reads the data files of this folder, strictly; BadLaw at the first thing that is not as it must be."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from verifier.law.codes.records import (
    CLOCKS,
    DATE_FORMS,
    Adapter,
    Book,
    Coded,
    CodeList,
    Column,
    Group,
    NationalId,
    Numbering,
    Pattern,
    Placement,
    Rule,
    Sector,
    Status,
)
from verifier.law.records import STATUSES, BadLaw, Cited, Entry
from verifier.law.source import Source
from verifier.law.tables import Table, refuse_overlap, refuse_twice

DOSSIERS, BOOKS, PORTAL, NATIONAL, WORDINGS = (
    f"codes/{name}.toml" for name in ("dossiers", "books", "portal", "national", "wordings")
)


class _Dated(Protocol):
    @property
    def entry(self) -> Entry: ...


_T = TypeVar("_T", bound=_Dated)


def patterns(table: Table) -> tuple[Pattern, ...]:
    """Take the patterns of dossier codes; two never hold on one day."""
    found = tuple(_pattern(one) for one in table.tables("pattern"))
    _refuse_twice(found, lambda _: "pattern", DOSSIERS)
    return found


def _pattern(table: Table) -> Pattern:
    entry = table.entry()
    found = Pattern(
        entry=entry,
        made=table.one_of("made", DATE_FORMS),
        digits=table.count("digits", least=1),
        read=table.texts("read", DATE_FORMS),
        least_digits=table.count("least_digits", least=1),
        most_digits=table.count("most_digits", least=1),
        agency_length=table.count("agency_length", least=1),
        result_file=_format(table, "result_file", "code", "number"),
        rules=_rules(table, entry),
    )
    if found.made not in found.read or not found.least_digits <= found.digits <= found.most_digits:
        raise table.fault("what is made would not be read")
    table.end()
    return found


def sectors(table: Table, key: str) -> tuple[Sector, ...]:
    """Take agencies of the first level, or sectors."""
    found = tuple(_sector(one) for one in table.tables(key))
    _refuse_twice(found, lambda one: one.id, DOSSIERS)
    return found


def _sector(table: Table) -> Sector:
    found = Sector(table.text("id"), table.words(), table.entry())
    table.end()
    return found


def numbering(source: Source) -> Numbering:
    """Read how numbers and books are written."""
    return _numbering(source.table(BOOKS))


def _numbering(table: Table) -> Numbering:
    inner = table.table("numbering")
    entry = inner.entry()
    found = Numbering(
        number=_format(inner, "number", "number"),
        electronic=_format(inner, "electronic", "number"),
        book=_format(inner, "book", "volume", "year", "symbol"),
        basis=entry.basis,
    )
    inner.end()
    return found


def books(table: Table) -> tuple[Numbering, tuple[Book, ...]]:
    """Take all of `books.toml`: the writing of numbers, and the books with their columns and rules."""
    written = _numbering(table)
    rules = {one.id: one for one in _rules(table, None)}
    read = tuple(_columns(inner) for inner in table.tables("columns"))
    refuse_twice((name for name, _ in read), f"{BOOKS}: columns")
    columns = dict(read)
    found = tuple(_book(one, rules, columns) for one in table.tables("book"))
    _refuse_twice(found, lambda one: one.symbol, BOOKS)
    for of in sorted({name for one in found for name in one.on_paper}):
        refuse_overlap((one.entry for one in found if of in one.on_paper), f"{BOOKS}: on paper, {of}")
    if unused := set(rules) - {rule.id for one in found for rule in one.rules}:
        raise BadLaw(f"{BOOKS}: the rule {min(unused)!r} holds for no book")
    table.end()
    return written, found


def _columns(table: Table) -> tuple[str, tuple[Column, ...]]:
    lines = tuple(_column(one, number) for number, one in enumerate(table.tables("column"), start=1))
    if sum(one.width for one in lines) != 100 or len({one.id for one in lines}) < len(lines):
        raise table.fault("widths that do not make 100, or an id that stands twice")
    name = table.text("id")
    table.end()
    return name, lines


def _book(table: Table, rules: Mapping[str, Rule], columns: Mapping[str, tuple[Column, ...]]) -> Book:
    entry = table.entry()
    chosen, wanted = table.text("columns", ""), table.texts("rules")
    if chosen and chosen not in columns:
        raise table.fault(f"there are no columns {chosen!r}")
    if unknown := set(wanted) - set(rules):
        raise table.fault(f"there is no rule {min(unknown)!r}")
    found = Book(
        symbol=table.text("symbol"),
        name=table.words(),
        electronic=table.flag("electronic", default=False),
        on_paper=table.texts("on_paper"),
        replacement=table.text("replacement", ""),
        lookup=table.text("lookup", ""),
        entry=entry,
        columns=tuple(_rested(one, entry) for one in columns.get(chosen, ())),
        years=table.count("years", 0) or None,
        rules=tuple(rules[one] for one in wanted),
    )
    table.end()
    return found


def _column(table: Table, number: int) -> Column:
    status = table.one_of("status", STATUSES) if table.has("status") else ""
    basis = Cited(status, table.text("citation", ""))
    found = Column(number, table.text("id"), table.words(), table.size("width"), basis)
    table.end()
    return found


def _rested(column: Column, entry: Entry) -> Column:
    basis = Cited(column.basis.status or entry.status, column.basis.citation or entry.citation)
    return replace(column, basis=basis)


def statuses(table: Table) -> tuple[Status, ...]:
    """Take the statuses of the portal."""
    found = tuple(_status(one) for one in table.tables("status"))
    _refuse_twice(found, lambda one: str(one.code), PORTAL)
    return found


def _status(table: Table) -> Status:
    found = Status(
        code=table.count("code", least=1),
        words=table.words(),
        entry=table.entry(),
        clock=table.one_of("clock", CLOCKS),
        end_order=table.count("end_order", 0),
        end_if_accepted=table.flag("end_if_accepted", default=False),
        used_for=table.words("used_for"),
    )
    table.end()
    return found


def rules(table: Table) -> tuple[Rule, ...]:
    """Take rules that say their own status and citation."""
    return _rules(table, None)


def _rules(table: Table, entry: Entry | None) -> tuple[Rule, ...]:
    found = tuple(_rule(one, entry) for one in table.tables("rule"))
    refuse_twice((one.id for one in found), f"{table.where}, rule")
    return found


def _rule(table: Table, entry: Entry | None) -> Rule:
    basis = table.cited(entry) if entry else table.basis()
    found = Rule(table.text("id"), table.words(), basis, table.text("note", ""))
    table.end()
    return found


def adapters(table: Table) -> tuple[Adapter, ...]:
    """Take the interfaces with their code lists."""
    found = tuple(_adapter(one) for one in table.tables("adapter"))
    _refuse_twice(found, lambda one: one.id, PORTAL)
    return found


def _adapter(table: Table) -> Adapter:
    found = Adapter(
        id=table.text("id"),
        words=table.words(),
        entry=table.entry(),
        lists=tuple(_list(one) for one in table.tables("list")),
        groups=tuple(_group(one) for one in table.tables("group")),
    )
    names = [one.name for one in found.lists] + [one.name for one in found.groups]
    if len(set(names)) < len(names):
        raise table.fault("a name stands twice")
    table.end()
    return found


def _list(table: Table) -> CodeList:
    found = CodeList(table.text("name"), table.words(), tuple(_coded(one) for one in table.tables("value")))
    if len({one.code for one in found.values}) < len(found.values):
        raise table.fault("a code stands twice")
    table.end()
    return found


def _coded(table: Table) -> Coded:
    found = Coded(table.text("code"), table.words())
    table.end()
    return found


def _group(table: Table) -> Group:
    found = Group(table.text("name"), table.texts("fields"))
    table.end()
    return found


def national(table: Table, key: str) -> tuple[NationalId, ...]:
    """Take numbers of procedures (`procedure`) or results (`result`)."""
    found = tuple(_national(one, needs_place=key == "procedure") for one in table.tables(key))
    _refuse_twice(found, lambda one: one.id, NATIONAL)
    return found


def _national(table: Table, *, needs_place: bool) -> NationalId:
    found = NationalId(
        id=table.text("id"),
        words=table.words(),
        entry=table.entry(),
        procedures=table.texts("procedures"),
        where=table.one_of("where", ("local", "ministry", "mission")) if needs_place else "",
    )
    table.end()
    return found


def placements(table: Table) -> tuple[Placement, ...]:
    """Take all of `wordings.toml`: where wordings stand."""
    found = tuple(_placement(one) for one in table.tables("placement"))
    _refuse_twice(found, lambda one: one.id, WORDINGS)
    table.end()
    return found


def _placement(table: Table) -> Placement:
    found = Placement(table.text("id"), table.words(), table.entry(), table.texts("wordings"))
    if not found.wordings:
        raise table.fault("wordings is missing")
    table.end()
    return found


def _format(table: Table, key: str, *names: str) -> str:
    text = table.text(key)
    try:
        found = sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    except ValueError:
        raise table.fault(f"{key} has a brace too many") from None
    if found != sorted(names):
        raise table.fault(f"{key} must hold {', '.join('{' + one + '}' for one in names)}, each once")
    return text


def _refuse_twice(entries: Iterable[_T], name: Callable[[_T], str], where: str) -> None:
    grouped: dict[str, list[Entry]] = {}
    for one in entries:
        grouped.setdefault(name(one), []).append(one.entry)
    for subject, dated in grouped.items():
        refuse_overlap(dated, f"{where}: {subject}")
