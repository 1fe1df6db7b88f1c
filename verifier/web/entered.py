"""What the public learns of an entry of a register: its columns as the law names them, how it stands, and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.law.codes import Book
from verifier.register.lookup import Entered
from verifier.web.chrome import say, words


def look_of(one: Entered) -> tuple[str, str]:
    """Return the look of how a document stands, and its word."""
    return ("ok" if one.standing == "in-force" else "void"), say(f"issued-word-{one.standing}")


def rows_of(one: Entered, book: Book) -> Sequence[tuple[str, str]]:
    """Return heading and text of every column of a book, in its order."""
    lang, day = words().lang, words().date(one.day)
    validity = look_of(one)[1] + (f", {words().date(one.since)}" if one.since else "")
    told = {name: words().plain(value) for name, value in one.columns.items()}
    told |= {"number": say("lookup-number-on", number=one.number, day=day), "validity": validity}
    told["form"] = say(f"lookup-form-{one.columns.get('form', 'paper')}")
    return [(each.words.said(lang), told.get(each.id) or say("lookup-none")) for each in book.columns]


def entered_json(one: Entered) -> Mapping[str, Any]:
    """Return the same for machines (wire type `EnteredNote`)."""
    return {
        "standing": one.standing,
        "authority_vi": one.authority.name_vi,
        "authority_en": one.authority.name_en,
        "number": one.number,
        "day": one.day.isoformat(),
        "since": one.since.isoformat() if one.since else None,
        **{name: one.columns.get(name, "") for name in ("signed", "form", "management")},
        "sha256": one.columns.get("copy", ""),
    }
