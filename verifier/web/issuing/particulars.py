"""Particulars of a kind as a form asks for them: names from the layout, words and choices from the data of the law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from verifier.law.marks import Asked, chapter
from verifier.law.records import Words
from verifier.plain import visible
from verifier.signing.acts.admission import ON_SIGNATURES
from verifier.signing.acts.facts import BASIS
from verifier.signing.ports import Layout
from verifier.signing.records import Kind
from verifier.web.chrome import say, words

LONG = 300
"""Characters from which on a particular is given several lines."""
LIMIT = 1000


@dataclass(frozen=True)
class Particular:
    """One thing that the officer says."""

    name: str
    label: str
    optional: bool
    limit: int = LIMIT
    choices: tuple[tuple[str, str], ...] = ()
    """Value and words; empty where any text may be said."""

    @property
    def long(self) -> bool:
        """Tell whether it may need several lines."""
        return self.limit > LONG


def particulars_of(kind: Kind, layout: Layout) -> tuple[Particular, ...]:
    """Return what a form asks for, what must be said first."""
    asked = _asked(kind)
    both = [*((name, False) for name in layout.fields), *((name, True) for name in layout.optional)]
    return tuple(_particular(name, asked.get(name), optional=optional) for name, optional in both)


def names_of(layout: Layout) -> tuple[str, ...]:
    """Return the names of all that may be said of a kind, the basis of the act too where it has one."""
    return (*layout.fields, *layout.optional, *((BASIS,) if asks_basis(layout.kind) else ()))


def asks_basis(kind: Kind) -> bool:
    """Tell whether acts of a kind rest on a signature, or on a confirmation in its place."""
    return kind in ON_SIGNATURES


def label_of(kind: Kind, name: str) -> str:
    """Name a particular; by its key where the data has no words for it."""
    if name == BASIS:
        return say("issuing-basis")
    found = _asked(kind).get(name)
    return _said(found.label) if found else visible(name)


def value_of(kind: Kind, name: str, value: str) -> str:
    """Write what was said: a choice in words, anything else as it stands."""
    if name == BASIS:
        return say("issuing-basis-c")
    found = _asked(kind).get(name)
    choices = {one.value: _said(one.words) for one in found.choices} if found else {}
    return choices.get(value, value)


def _particular(name: str, asked: Asked | None, *, optional: bool) -> Particular:
    if asked is None:
        return Particular(name, visible(name), optional)
    choices = tuple((one.value, _said(one.words)) for one in asked.choices)
    return Particular(name, _said(asked.label), optional and not asked.required, asked.limit, choices)


def _asked(kind: Kind) -> Mapping[str, Asked]:
    """What the data says of each particular of a kind; the newest layout has the last word."""
    try:
        found = chapter(kind.value)
    except FileNotFoundError:
        return {}
    return {
        one.name: one
        for layout in sorted(found.markings, key=lambda one: one.entry.since or date.min)
        for one in layout.fields
    }


def _said(told: Words) -> str:
    return (told.en or told.vi) if words().lang == "en" else told.vi
