"""The forms of the report that a command can write."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verifier.reports.json_report import dumps, to_json
from verifier.reports.text_report import render_text
from verifier.verdict import Outcome


def json_line(outcome: Outcome, file: str, _lang: str = "") -> str:
    """Return one line of JSON."""
    return dumps(to_json(outcome, file))


FORMS: Mapping[str, Callable[[Outcome, str, str], str]] = {"text": render_text, "json": json_line}
"""Each takes the outcome, the file's name as given and a language; its name stands in `cli.FORMATS` too."""
