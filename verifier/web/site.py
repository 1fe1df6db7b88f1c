"""What the authority that runs the service says of itself on every page, and the limits told there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app, request


@dataclass(frozen=True)
class Site:
    """What the authority says of itself on every page, and the limits told; found as `extensions["site"]`."""

    authority_vi: str
    authority_en: str
    help_line: str = ""
    """Telephone and hours, as one line; empty where there is none."""
    time_zone: str = "Asia/Ho_Chi_Minh"
    upload_bytes: int = 100 * 1024 * 1024
    keep_days: int = 30
    public_url: str = ""
    """Where others find the service, without a slash at the end; empty for the address that was asked for."""

    def whole(self, path: str) -> str:
        """Return the whole address of a path, to be handed to others."""
        return address_under(self.public_url, path)()

    def authority(self, lang: str) -> str:
        """Return the authority's name in a language."""
        return self.authority_en if lang == "en" else self.authority_vi


def address_under(public_url: str, path: str) -> Callable[[], str]:
    """Return what tells the whole address of a path: under the setting, or in development where we were asked."""
    return lambda: (public_url or request.host_url.rstrip("/")) + path


def site() -> Site:
    """Return the authority's settings."""
    return cast("Site", current_app.extensions["site"])
