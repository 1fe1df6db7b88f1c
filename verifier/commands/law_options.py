"""The options of `verifier law …`; quick to load."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_law(parser: argparse.ArgumentParser) -> None:
    """Add the questions; their values are read by `commands.law`, which says in one line what is wrong with them."""
    parser.set_defaults(module="law")
    acts = parser.add_subparsers(required=True, metavar="COMMAND", dest="act")
    _at(acts.add_parser("procedures", help="the procedures in force, and why others are not"))
    _add_fee(acts.add_parser("fee", help="what a procedure costs, line by line"))
    _add_deadline(acts.add_parser("deadline", help="when the result is due, and how that was counted"))
    for name, what in (("grounds", "on which grounds it is refused"), ("components", "what is to be filed")):
        asking = acts.add_parser(name, help=what)
        _procedure(asking)
        _at(asking)
    form = acts.add_parser("form", help="draw a form as PDF")
    form.add_argument("--id", required=True, dest="id_", metavar="ID", help="as receipt, or its number as 01")
    _at(form)
    form.add_argument("--values", type=Path, metavar="FILE", help="JSON object with what is filled in; blank otherwise")
    form.add_argument("--for", dest="audience", default="administrator", metavar="WHO", help="administrator, applicant")
    form.add_argument("--output", type=Path, required=True, metavar="PDF")
    acts.add_parser("examples", help="reckon all worked examples; exit code 1 where one fails")
    calendar = acts.add_parser("calendar", help="days off of a year, and what is doubtful")
    _authority(calendar)
    calendar.add_argument("--year", default="", metavar="YEAR", help="this year otherwise")


def _add_fee(parser: argparse.ArgumentParser) -> None:
    _procedure(parser)
    _at(parser)
    parser.add_argument("--pages", default="", metavar="N[,N…]", help="pages of each original")
    parser.add_argument("--copies", default="", metavar="N", help="copies of each original, or issued beside")
    parser.add_argument("--documents", default="", metavar="N", help="papers that are certified or legalized")
    parser.add_argument("--cases", default="", metavar="N", help="cases of signature certification")


def _add_deadline(parser: argparse.ArgumentParser) -> None:
    _procedure(parser)
    zone = "the authority's time where no offset stands"
    parser.add_argument("--received", required=True, metavar="ISO8601", help=f"when it was filed; {zone}")
    parser.add_argument("--accepted", default="", metavar="ISO8601", help="when the receipt was sent")
    parser.add_argument("--documents", default="", metavar="N", help="papers of the dossier (default: 1)")
    extended = "with the extension that law allows without an agreement"
    parser.add_argument("--extended", action="store_const", const="yes", default="", help=extended)
    parser.add_argument(
        "--channel", default="", metavar="CHANNEL", help="portal, counter (where there is one, the default) or post"
    )
    _authority(parser)


def _procedure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--procedure", required=True, metavar="ID", help="as certified-copy")


def _at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", default="", metavar="DATE", help="the law of this day, as 2026-11-23; today otherwise")


def _authority(parser: argparse.ArgumentParser) -> None:
    calendars = "code of the authority, or id of a calendar; viet-nam otherwise"
    parser.add_argument("--authority", default="", metavar="ID", help=calendars)
