"""Where a sign-in comes from: network address, and in a few words what the browser says of itself."""

from __future__ import annotations

from flask import request

from verifier.accounts.sessions import Origin

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""The first sign found names the browser: many carry the names of others too."""
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def origin() -> Origin:
    """Return where the current request comes from."""
    return Origin(request.remote_addr or "", device(request.user_agent.string))


def device(agent: str) -> str:
    """Return `Firefox, Windows` and the like; empty where nothing is known."""
    names = (next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in names if name)
