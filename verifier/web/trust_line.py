"""The line on pages behind the sign-in that says what is wrong with trust; it stays until that is seen to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import current_app, url_for

from verifier.keeping.alarms import ListState, Severity, TrustState
from verifier.keeping.watch import TrustWatch
from verifier.plain import visible
from verifier.reports.formats import Words
from verifier.web import locale
from verifier.web.access import caller, offered

PAGE = "trust.state"
"""The page on which everything is told."""


@dataclass(frozen=True)
class TrustLine:
    """What is said, in one line."""

    look: str
    """`bad` where results may not be relied on, `open` otherwise."""
    text: str
    address: str
    """Of the page that tells more; empty where the reader may not see it."""


def trust_line(words: Words) -> TrustLine | None:
    """Return what a person who is signed in must know; None where all is well or nobody is."""
    watch = cast("TrustWatch | None", current_app.extensions.get("trust_watch"))
    if watch is None or caller().person is None:
        return None
    said = line_of(watch.state(), words)
    return said and TrustLine(*said, url_for(PAGE) if offered(PAGE) else "")


def line_of(found: TrustState, words: Words) -> tuple[str, str] | None:
    """Return look and text for how trust stands; None where nobody needs to see to anything yet."""
    if not found.anchors:
        return "bad", locale.text("trust-line-empty", words.lang)
    worst = [one for one in found.lists if one.severity is found.severity]
    if found.severity < Severity.FAILING:
        return None
    key = "trust-line-overdue" if found.severity is Severity.OVERDUE else "trust-line-failing"
    if found.too_old:
        key = "trust-line-too-old"
        worst = [one for one in found.lists if one.scheme in found.too_old]
    told = {"name": visible(worst[0].name), "more": len(worst) - 1, "span": words.age(_span(worst[0]))}
    text = locale.text(key if len(worst) == 1 else f"{key}-many", words.lang, **told)
    return ("open" if key == "trust-line-failing" else "bad"), text


def _span(one: ListState) -> timedelta:
    """For how long it has been overdue, or how long it still holds."""
    return abs(one.left) if one.left is not None else timedelta()
