"""The service navigation: what the person who is signed in may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from verifier.web.access import caller, offered

ENDPOINTS = (
    "public.upload_page",
    "cases.index",
    "officer.validations",
    "issuing.index",
    "signing_keys.index",
    "trust.state",
    "proposals.waiting",
    "authorities.list_all",
    "people.index",
    "clients.index",
    "letters.index",
    "law_data.index",
    "audit.index",
)
"""In the order shown, as far as the caller may use them; the words of an entry are `nav-` and its endpoint."""

_PARTS = {"cases": "casework", "issuing": "issuing", "signing_keys": "signing"}
"""The part of the house that pages need, by blueprint; where it is not there, neither is the entry."""


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
    found = [(one, url_for(one)) for one in ENDPOINTS if offered(one) and _served(one)]
    return tuple(Entry("nav-" + one.replace(".", "-"), to, _is_here(to)) for one, to in found)


def _is_here(address: str) -> bool:
    return request.path == address or request.path.startswith(address + "/")


def _served(endpoint: str) -> bool:
    """Tell whether there is something behind a link; what this service does not do is not in its navigation."""
    part = _PARTS.get(endpoint.partition(".")[0])
    return part is None or current_app.extensions.get(part) is not None
