"""A command's fields as inputs of a form: what each asks for follows from its type, its name and the dossier."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from verifier.cases.kernel import Spec
from verifier.payments.records import VND
from verifier.web import locale
from verifier.web.casework.choices import Choices, Option, amount_of
from verifier.web.chrome import say

LONG_TEXTS = frozenset({
    "address", "answer_note", "basis_note", "context", "facts", "ground_facts", "explanation", "letter", "message",
    "note", "question", "reason", "remarks", "statement", "text", "why", "words",
})  # fmt: skip
"""Names of texts that may need several lines."""
PLAIN = {int: "number", bool: "tick", date: "date", datetime: "moment", float: "number"}


@dataclass(frozen=True)
class Input:
    """One input, or a group of rows of inputs."""

    id: str
    """Id and name in the form, as `papers-0-copies`."""
    name: str
    """Of the command's field."""
    kind: str
    """`text`, `long`, `number`, `money` (read into cents), `tick`, `date`, `moment`, `choice`, `worded` (a choice among
    texts to be read), `several`, `list`, `pairs`, `file`, `files` or `rows`."""
    label: str
    optional: bool
    hint: str = ""
    options: tuple[Option, ...] = ()
    start: str = ""
    """What stands there at first."""
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Row:
    """One of several alike parts of a form, as what is said of one paper."""

    title: str
    inputs: tuple[Input, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    """What is not asked: the paper or component that it is about."""
    note: str = ""
    """What is known of it."""


def inputs_of(spec: Spec, choices: Choices) -> tuple[Input, ...]:
    """Return the inputs of a command's form, in the order of its fields."""
    return of_kind(spec.kind, choices, spec.name)


def of_kind(kind: type[Any], choices: Choices, command: str, prefix: str = "", without: str = "") -> tuple[Input, ...]:
    """Return the inputs of a dataclass; ids begin with `prefix`, and the field `without` is left out."""
    hints = get_type_hints(kind)
    return tuple(
        _input(one, hints[one.name], choices, command, prefix)
        for one in dataclasses.fields(kind)
        if one.init and one.name != without
    )


def plain_type(hint: Any) -> tuple[Any, bool]:
    """Return a type without None, and whether None was allowed."""
    if get_origin(hint) in (Union, types.UnionType):
        rest = [one for one in get_args(hint) if one is not type(None)]
        return rest[0], len(rest) < len(get_args(hint))
    return hint, False


def member(hint: Any) -> Any:
    """Return what a tuple, frozenset or list holds; None for anything else."""
    if get_origin(hint) in (tuple, list, frozenset, set):
        return get_args(hint)[0]
    return str if hint in (tuple, list) else None


def label_of(command: str, name: str) -> str:
    """Name a field: in the words of its command, else those for all; its name where there are none."""
    for key in (f"case-field-{command}-{name}", f"case-field-{name}"):
        if key in locale.texts():
            return say(key)
    return name


def hint_of(command: str, name: str) -> str:
    """Return the hint of a field; empty where it needs none."""
    for key in (f"case-hint-{command}-{name}", f"case-hint-{name}"):
        if key in locale.texts():
            return say(key)
    return ""


def _input(one: dataclasses.Field[Any], hint: Any, choices: Choices, command: str, prefix: str) -> Input:
    wanted, may_be_none = plain_type(hint)
    has_default = one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING
    made = Input(
        prefix + one.name,
        one.name,
        "",
        label_of(command, one.name),
        optional=may_be_none or has_default,
        hint=hint_of(command, one.name),
        start=_start(one.default),
    )
    if one.name == "amount":
        return _money(made, choices, command)
    inner = member(wanted)
    if dataclasses.is_dataclass(inner) or dataclasses.is_dataclass(wanted):
        rows = _rows(inner or wanted, choices, command, made.id, single=inner is None)
        return dataclasses.replace(made, kind="rows", rows=rows, start="")
    return _of_one(made, wanted, inner, choices)


def _money(made: Input, choices: Choices, command: str) -> Input:
    """Ask for an amount in its currency; at the counter what is due stands beside it."""
    currency, due = choices.currency(command), choices.money.open
    hint = made.hint
    if due is not None and command == "pay-at-counter":
        hint = say("case-fee-due", amount=amount_of(due.amount, due.currency))
    if currency == VND:
        return dataclasses.replace(made, kind="number", hint=hint)
    return dataclasses.replace(made, kind="money", label=say("case-field-amount-in", currency=currency), hint=hint)


def _of_one(made: Input, wanted: Any, inner: Any, choices: Choices) -> Input:
    options = _options(made.name, inner or wanted, choices)
    if inner is not None:
        kind = "several" if options is not None else ("files" if inner is UUID else "list")
        return dataclasses.replace(made, kind=kind, options=options or (), start="")
    if options is not None:
        return dataclasses.replace(made, kind="choice", options=options)
    if wanted is UUID:
        return dataclasses.replace(made, kind="file")
    if get_origin(wanted) is not None:
        return dataclasses.replace(made, kind="pairs", start="")
    kind = PLAIN.get(wanted, "long" if made.name in LONG_TEXTS else "text")
    return dataclasses.replace(made, kind=kind, optional=made.optional or kind == "tick")


def _options(name: str, wanted: Any, choices: Choices) -> tuple[Option, ...] | None:
    """Return what may be chosen; None where anything may be said."""
    if get_origin(wanted) is Literal:
        return choices.words(name, [str(one) for one in get_args(wanted)])
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return choices.words(name, [one.value for one in wanted])
    return choices.of(name, wanted)


def _rows(kind: type[Any], choices: Choices, command: str, id_: str, *, single: bool) -> tuple[Row, ...]:
    names = {one.name for one in dataclasses.fields(kind)}
    about = next((one for one in ("paper", "paper_id", "component", "form") if one in names), "")
    if single or not about:
        count = 1 if single else choices.rows
        return tuple(
            Row("" if single else str(number + 1), of_kind(kind, choices, command, f"{id_}-{number}-"))
            for number in range(count)
        )
    options = choices.of(about, UUID if about.startswith("paper") else str) or ()
    notes = choices.notes
    return tuple(
        Row(
            option.words,
            of_kind(kind, choices, command, f"{id_}-{number}-", about),
            {about: option.value},
            notes.get(option.value, ""),
        )
        for number, option in enumerate(options)
    )


def _start(default: object) -> str:
    if default is dataclasses.MISSING or default is None or isinstance(default, tuple | Mapping):
        return ""
    return ("on" if default else "") if isinstance(default, bool) else str(default)


def names(inputs: Sequence[Input]) -> tuple[str, ...]:
    """Return the ids of all inputs, those of rows too."""
    inner = (names(row.inputs) for one in inputs for row in one.rows)
    return (*(one.id for one in inputs), *(id_ for found in inner for id_ in found))
