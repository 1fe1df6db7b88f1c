"""What a form asks of a sheet that is printed: the wordings of the law with their text, and what these leave open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from verifier.cases.desk import View
from verifier.cases.onpaper import ELECTRONIC, given_on_paper, waiting_on_paper
from verifier.cases.paperwork import FIXED
from verifier.cases.sheets import drawer, printed_forms
from verifier.errors import CouldNotIssue
from verifier.law.forms import Form
from verifier.law.records import NoAnswer
from verifier.law_desk import answered
from verifier.signing.ports import Layout
from verifier.web.casework.base import desk, law_of
from verifier.web.casework.choices import Option
from verifier.web.casework.fields import Input, Row
from verifier.web.chrome import say, words
from verifier.web.issuing.particulars import particulars_of

PRINTS = frozenset({"sign-on-paper", "replace-on-paper"})
"""Commands that print sheets."""
READ = frozenset({"paragraph", "strong", "center", "row", "list", "note"})
"""Lines of a form that are its text."""
OPEN = frozenset({"text", "choice"})
"""Kinds of fields that an officer may say."""
BLANK = re.compile(r"\{[^}]*\}")


def with_wordings(inputs: Sequence[Input], view: View, command: str) -> tuple[Input, ...]:
    """Return the inputs of a command with the wordings to choose from, and one input for each thing that is left open.

    Inputs of other commands, and of a dossier of which nothing is printed, stay as they are.
    """
    books = _books(view, command) if command in PRINTS else frozenset()
    if not books:
        return tuple(inputs)
    house = desk().house
    day = house.book.codes.day_of(house.clock())
    layout = _layout(view, day)
    mark = layout if layout and layout.book in books else None
    forms = _forms(view, day)
    open_ = [*(_of_mark(mark) if mark else ()), *_of_forms(forms)]
    return tuple(_asked(one, forms, open_) for one in inputs if one.name != "wording" or forms)


def text_of(form: Form) -> str:
    """Return the text of a wording in one line, with what is filled in as `…`."""
    return " ".join(BLANK.sub("…", one.words.vi) for one in form.lines if one.style in READ)


def _asked(one: Input, forms: Sequence[Form], open_: Iterable[Input]) -> Input:
    if one.name == "wording":
        options = tuple(Option(form.id, form.title.said(words().lang), text_of(form)) for form in forms)
        return replace(one, kind="worded", options=options, start=options[0].value)
    found = {each.name: each for each in open_}
    if one.name == "values" and found:
        return replace(one, kind="rows", hint=say("case-hint-printed-values"), rows=(Row("", tuple(found.values())),))
    return one


def _books(view: View, command: str) -> frozenset[str]:
    """Return the books of what is printed."""
    house = desk().house
    if command == "sign-on-paper":
        return frozenset(waiting_on_paper(house.book, view.case, view.papers, view.records, house.clock()).values())
    return frozenset(one.symbol for one in view.papers if given_on_paper([one]))


def _forms(view: View, day: date) -> tuple[Form, ...]:
    """Return the wordings of a dossier that are in force on a day."""
    with answered():
        ids = printed_forms(law_of(view.case), view.case.procedure)
    found = []
    for one in ids:
        with suppress(NoAnswer):
            found.append(desk().house.book.at(day).form(one))
    return tuple(found)


def _layout(view: View, day: date) -> Layout | None:
    kind = ELECTRONIC.get(view.case.procedure)
    with suppress(CouldNotIssue):
        return drawer().layout(kind, day) if kind else None
    return None


def _of_mark(layout: Layout) -> Iterator[Input]:
    for one in particulars_of(layout.kind, layout):
        if one.name not in FIXED | layout.made:
            yield _input(one.name, one.label, tuple(Option(*each) for each in one.choices))


def _of_forms(forms: Sequence[Form]) -> Iterator[Input]:
    """Give what the wordings leave open, each once; where not all do, with those that do."""
    lang = words().lang
    for form in forms:
        for one in form.fields:
            if one.kind in OPEN and one.id not in FIXED:
                those = [each.title.said(lang) for each in forms if each.field(one.id)]
                hint = "" if len(those) == len(forms) else say("case-hint-printed-only", wordings="; ".join(those))
                options = tuple(Option(each.value, each.words.said(lang)) for each in one.choices)
                yield _input(one.id, one.words.said(lang), options, hint)


def _input(name: str, label: str, options: tuple[Option, ...], hint: str = "") -> Input:
    kind = "choice" if options else "text"
    return Input(f"values-0-{name}", name, kind, label, optional=True, hint=hint, options=options)
