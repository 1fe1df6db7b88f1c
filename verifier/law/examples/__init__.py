"""Worked examples (ví dụ có lời giải) as data: a lawyer reads and adds them, and each is run as a test.

An example is a table `[[example]]` in a file of this folder; README.md says how to write one. What is asked goes to
the book as any reader's question does; `expect` names only what is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from verifier.law.examples import branch, calendar, deadline, fee, ground
from verifier.law.examples.records import Example, Kind, Outcome
from verifier.law.records import NoAnswer
from verifier.law.source import Source
from verifier.law.tables import Table

if TYPE_CHECKING:
    from verifier.law.book import LawBook

__all__ = ["KINDS", "Example", "Kind", "Outcome", "coverage", "read_examples", "run", "same"]

KINDS: Mapping[str, Kind] = {
    "fee": Kind(fee.ASK, fee.NEEDED, fee.EXPECT, fee.answer),
    "deadline": Kind(deadline.ASK, deadline.NEEDED, deadline.EXPECT, deadline.answer),
    "calendar": Kind(calendar.ASK, calendar.NEEDED, calendar.EXPECT, calendar.answer),
    "ground": Kind(ground.ASK, ground.NEEDED, ground.EXPECT, ground.answer),
    "branch": Kind(branch.ASK, branch.NEEDED, branch.EXPECT, branch.answer),
}


def read_examples(source: Source) -> tuple[Example, ...]:
    """Read every file of the folder `examples`, in order; BadLaw at the first thing that is not as it must be."""
    found: list[Example] = []
    for name in source.names("examples"):
        table = source.table(name)
        stem = name.removeprefix("examples/").removesuffix(".toml")
        counted: Counter[str] = Counter()
        found += [_example(entry, stem, counted) for entry in table.tables("example")]
        table.end()
    return tuple(found)


def run(book: LawBook, example: Example) -> Outcome:
    """Ask the book, which must have the example's switches on, and compare what the example names."""
    try:
        got = KINDS[example.kind].answer(book, example.ask)
    except NoAnswer as refused:
        got = {"refused": refused.code, **refused.params}
    return Outcome(example, same(example.expect, got), got)


def coverage(examples: Iterable[Example], kind: str) -> Mapping[str, int]:
    """Return how many examples of one kind each subject has, with those that also illustrate it."""
    return Counter(subject for one in examples if one.kind == kind for subject in (one.subject, *one.also))


def same(wanted: Any, got: Any) -> bool:
    """Compare strictly: of tables only the keys that are wanted, lists in full, times with their offset."""
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(key in got and same(one, got[key]) for key, one in wanted.items())
    if isinstance(wanted, list):
        fits = isinstance(got, (list, tuple)) and len(got) == len(wanted)
        return fits and all(same(one, other) for one, other in zip(wanted, got, strict=True))
    if isinstance(wanted, datetime) and isinstance(got, datetime):
        return wanted == got and wanted.utcoffset() == got.utcoffset()
    return type(wanted) is type(got) and bool(wanted == got)


def _example(table: Table, stem: str, counted: Counter[str]) -> Example:
    subject = table.text("subject")
    counted[subject] += 1
    kind = KINDS[name := table.one_of("kind", tuple(KINDS))]
    example = Example(
        id=f"{stem}:{subject}:{counted[subject]}",
        kind=name,
        subject=subject,
        also=table.texts("also"),
        words=table.words(english=False),
        citation=table.text("citation"),
        switches=frozenset(table.texts("switches")),
        ask=table.values("ask"),
        expect=table.values("expect"),
    )
    table.end()
    _asked(table, example, kind)
    if not example.expect:
        raise table.fault("expect is empty")
    if unknown := sorted(set(example.expect) - kind.expect - {"refused"}):
        raise table.fault(f"unknown key {unknown[0]!r} in expect")
    _zoned(table, example.expect)
    return example


def _asked(table: Table, example: Example, kind: Kind) -> None:
    for key, value in example.ask.items():
        if key not in kind.ask:
            raise table.fault(f"unknown key {key!r} in ask")
        if type(value) is not kind.ask[key]:
            raise table.fault(f"{key} in ask has the wrong type")
    whole = [wanted for wanted in kind.needed if wanted <= set(example.ask)]
    if not whole:
        missing = sorted(kind.needed[0] - set(example.ask))
        raise table.fault(f"{missing[0]} is missing in ask")
    if len(whole) > 1:
        raise table.fault("ask holds two questions")
    _zoned(table, example.ask)


def _zoned(table: Table, value: object) -> None:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for one in inner:
        _zoned(table, one)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise table.fault(f"{value.isoformat()} has no offset, as +07:00")
