"""The service navigation: what the person who is signed in may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from verifier.web.access import caller, offered

ENDPOINTS = (
    "public.upload_page",
    "officer.validations",
    "trust.state",
    "proposals.waiting",
    "authorities.list_all",
    "people.index",
    "clients.index",
    "letters.index",
    "audit.index",
)
"""In the order shown, as far as the caller may use them; the words of an entry are `nav-` and its endpoint."""


@dataclass(frozen=True)
class Entry:
    """One link."""

    key: str
    """Of its words."""
    address: str
    here: bool
    """The page shown is it, or stands below it."""


def entries() -> tuple[Entry, ...]:
    """Return the links for the caller; none for a visitor."""
    if not caller().known:
        return ()
    found = [(one, url_for(one)) for one in ENDPOINTS if offered(one)]
    return tuple(Entry("nav-" + one.replace(".", "-"), to, _is_here(to)) for one, to in found)


def _is_here(address: str) -> bool:
    return request.path == address or request.path.startswith(address + "/")
