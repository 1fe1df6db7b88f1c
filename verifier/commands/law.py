"""`verifier law …`: asks the law and prints one JSON object, draws a form, or reckons the worked examples."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from verifier.commands.shared import ALL_PASSED, NOT_JUDGED, NOT_PASSED, Surroundings, content, settings_of
from verifier.errors import BadRequest
from verifier.law import asking, telling
from verifier.law.book import LawBook, law_book
from verifier.law.records import BadLaw
from verifier.law_desk import LawDesk, answered
from verifier.plain import visible

Read = Callable[[frozenset[str]], LawBook]
"""Reads the book with these switches on; BadLaw."""


def run(args: argparse.Namespace, around: Surroundings, read: Read = law_book) -> int:
    """Answer one question; 3 where the data of the law cannot be used, 1 where a worked example fails."""
    settings = settings_of(around)
    try:
        desk = LawDesk(read(settings.law_switches), around.clock)
    except BadLaw as broken:
        print(visible(f"verifier: bad-law: {broken}"), file=around.err)
        return NOT_JUDGED
    with answered():
        if args.act == "examples":
            return _examples(desk, around)
        if args.act == "form":
            return _form(desk, args)
        told = ACTS[args.act](desk, args)
    print(json.dumps(told, ensure_ascii=False, indent=2), file=around.out)
    return ALL_PASSED


def _form(desk: LawDesk, args: argparse.Namespace) -> int:
    """Write a form as PDF."""
    form = desk.law(args.at).form(args.id_)
    values = asking.form_values(form.fields, _values(args.values)) if args.values else {}
    drawn = desk.book.forms.drawn(form, values, audience=args.audience)
    try:
        args.output.write_bytes(drawn)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BadRequest("bad-option", f"--output: {why}", option="--output") from None
    return ALL_PASSED


def _values(file: Path) -> Mapping[str, Any]:
    """Read what is filled in; a date and a time stand as ISO 8601 texts."""
    try:
        found = json.loads(content(file))
    except (ValueError, RecursionError):  # the latter: nested too deep
        found = None
    if not isinstance(found, dict):
        raise BadRequest("bad-option", "--values is no JSON object", option="--values")
    return found


def _examples(desk: LawDesk, around: Surroundings) -> int:
    """Print one line an example, below it what is otherwise where it fails, and the count."""
    outcomes = desk.outcomes
    for one in outcomes:
        print(
            visible(f"{'ok    ' if one.passed else 'FAILED'}  {one.example.id}  {one.example.words.vi}"),
            file=around.out,
        )
        if not one.passed:
            print(visible(f"        wanted {dict(one.example.expect)}, got {dict(one.got)}"), file=around.out)
    failed = sum(not one.passed for one in outcomes)
    print(f"{len(outcomes)} examples, {failed} failed", file=around.out)
    return NOT_PASSED if failed else ALL_PASSED


def _procedures(desk: LawDesk, args: argparse.Namespace) -> telling.Answer:
    return telling.procedures(desk.law(args.at))


def _fee(desk: LawDesk, args: argparse.Namespace) -> telling.Answer:
    return telling.fee(desk.law(args.at), args.procedure, asking.fee_ask(vars(args)))


def _deadline(desk: LawDesk, args: argparse.Namespace) -> telling.Answer:
    zone = desk.book.calendars.of(args.authority).zone
    return telling.deadline(desk.book, args.procedure, asking.deadline_ask(vars(args), zone))


def _grounds(desk: LawDesk, args: argparse.Namespace) -> telling.Answer:
    return telling.grounds(desk.law(args.at), args.procedure)


def _components(desk: LawDesk, args: argparse.Namespace) -> telling.Answer:
    return telling.components(desk.law(args.at), args.procedure)


def _calendar(desk: LawDesk, args: argparse.Namespace) -> telling.Answer:
    return telling.calendar(desk.law(), args.authority, asking.year_of(args.year, desk.today()))


ACTS: Mapping[str, Callable[[LawDesk, argparse.Namespace], telling.Answer]] = {
    "procedures": _procedures,
    "fee": _fee,
    "deadline": _deadline,
    "grounds": _grounds,
    "components": _components,
    "calendar": _calendar,
}
