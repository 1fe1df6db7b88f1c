"""What every page has: language, theme, authority, addresses of static files; and the cookies that remember choices."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode
from zoneinfo import ZoneInfo

from flask import Response, current_app, g, redirect, render_template, request, url_for
from markupsafe import Markup

from verifier.reports.formats import Words, iso
from verifier.storage.authorities import Authority
from verifier.web import locale
from verifier.web.access import caller, offered
from verifier.web.navigation import entries
from verifier.web.security import form_token
from verifier.web.session_time import seconds_left
from verifier.web.site import site
from verifier.web.trust_line import trust_line

STATIC = Path(__file__).parent / "static"
OWN_PATH = re.compile(r"/(?![/\\])")
"""How an address of ours begins, unquoted: with one slash, so that it has neither scheme nor host."""
CHOICES = {"lang": locale.LANGUAGES, "theme": locale.THEMES, "density": locale.DENSITIES}
"""Cookies that remember a choice, with the values they may have."""


def words() -> Words:
    """Return the words of this request's language, with times in the authority's zone."""
    if "words" not in g:
        chosen = locale.language(request.args.get("lang"), request.cookies.get("lang"))
        place = caller().authority
        g.words = Words(chosen, ZoneInfo(place.time_zone if place else site().time_zone))
    found: Words = g.words
    return found


def tell_time_of(authority: Authority) -> None:
    """Write the times of this request in the zone of the authority that the page is about, whoever asks."""
    g.words = replace(words(), zone=ZoneInfo(authority.time_zone))


def say(key: str, **params: object) -> str:
    """Return a text of the chrome in this request's language."""
    return locale.text(key, words().lang, **params)


def context() -> dict[str, Any]:
    """Return what all templates may use; macros see `FUNCTIONS` only."""
    spoken, who = words(), caller()
    return {
        "who": who,
        "session_seconds": seconds_left(),
        "desk": who.known or request.blueprint not in {None, "public"},
        "navigation": entries,
        "offered": offered,
        "lang": spoken.lang,
        "languages": locale.LANGUAGES,
        "in_language": _in_language,
        "theme": locale.theme(request.cookies.get("theme")),
        "themes": locale.THEMES,
        "density": locale.density(request.cookies.get("density")),
        "densities": locale.DENSITIES,
        "authority": (who.authority.name if who.authority else site().authority)(spoken.lang),
        "help_line": site().help_line,
        "trust_line": trust_line(spoken),
        "here": _here(),
    }


def raw(key: str) -> str:
    """Return a text of the chrome with its placeholders, for scripts."""
    return locale.raw_text(key, words().lang)


def day(instant: datetime) -> str:
    """Write the day of an aware instant."""
    return words().date(instant.astimezone(words().zone))


def at(instant: datetime) -> Markup:
    """Write an aware instant with its zone, for people and for machines."""
    return Markup('<time datetime="{}">{}</time>').format(iso(instant), words().when(instant))


def named(group: str, code: str) -> str:
    """Return the words for a code of a group; the code itself where there are none."""
    key = f"{group}-{code}"
    return say(key) if key in locale.texts() else code


def asset(name: str) -> str:
    """Return the address of a static file, which changes when the file does."""
    return url_for("public.static", filename=name, v=_fingerprint(name))


def remember_language(response: Response) -> Response:
    """Set the cookie where the address asks for a language."""
    asked = request.args.get("lang")
    if asked in locale.LANGUAGES:
        set_choice(response, "lang", asked)
    response.headers.setdefault("Content-Language", words().lang)
    response.vary.add("Cookie")
    return response


def set_choice(response: Response, name: str, value: str) -> None:
    """Remember a choice, a year long."""
    response.set_cookie(
        name, value, max_age=locale.COOKIE_SECONDS, path="/", secure=request.is_secure, httponly=True, samesite="Lax"
    )


def preferences() -> Response:
    """Take choices from a form and go back where the reader was."""
    response = forward(own_address(request.form.get("next", "")))
    for name, allowed in CHOICES.items():
        value = request.form.get(name, "")
        if value in allowed:
            set_choice(response, name, value)
    return response


def forward(address: str) -> Response:
    """Send the browser to an address of ours, by GET."""
    return current_app.make_response(redirect(address, 303))


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Render a page."""
    response = current_app.make_response((render_template(template, **values), status))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def own_address(address: str) -> str:
    """Return `address` where it is a path of ours, else the first page: no redirect leads away."""
    plain = all("!" <= sign <= "~" for sign in address) and "\\" not in address
    return address if plain and OWN_PATH.match(unquote(address)) else url_for("public.upload_page")


def _here() -> str:
    query = urlencode([(k, v) for k, v in request.args.items(multi=True) if k not in {"lang", "deleted"}])
    path = quote(request.path)
    return f"{path}?{query}" if query else path


def _in_language(code: str) -> str:
    query = urlencode([*((k, v) for k, v in request.args.items(multi=True) if k != "lang"), ("lang", code)])
    return f"{request.path}?{query}"


@lru_cache(maxsize=64)
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "t": say,
    "raw": raw,
    "named": named,
    "asset": asset,
    "day": day,
    "at": at,
    "fours": locale.groups_of_four,
    "form_token": form_token,
}
"""Functions for templates and macros alike."""
