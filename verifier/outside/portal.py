"""The door to the National Public Service Portal: status of a dossier, message to an account, result to its data store.

`Portal` is what the service needs; `HttpPortal` speaks it over HTTP with the names of `portal.toml`. Endpoints of the
portal are not published, so the names are data and the rest is one contract: JSON posted to `<address>/<service>`, an
answer with a code (`0`: taken), a key in a header that says a repeat is one.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from verifier.outside.doors import NotTaken, posted, receipt_text
from verifier.outside.fetch import Fetcher, Request

WHAT = "portal"


@dataclass(frozen=True)
class PortalStatus:
    """Where a dossier stands."""

    code: str
    """Mã hồ sơ."""
    status: int
    """1 to 10."""
    words: str
    at: datetime
    """Since when: the portal counts by it, whatever comes late or in another order."""
    due: datetime | None = None


@dataclass(frozen=True)
class PortalMessage:
    """What the holder of an account is told."""

    account: str
    code: str
    title: str
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class PortalFile:
    """One file of a result."""

    name: str
    kind: str
    """Code of the result (mã giấy tờ kết quả); may be empty."""
    media_type: str
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class PortalResult:
    """A result for the data store of an account (kho quản lý dữ liệu điện tử của tổ chức, cá nhân)."""

    account: str
    code: str
    status: int
    at: datetime
    files: tuple[PortalFile, ...]


class Portal(Protocol):
    """What is needed of the portal; each with an idempotency key, each answers a receipt or NotTaken."""

    def status(self, told: PortalStatus, key: str) -> str:
        """Tell where a dossier stands."""

    def message(self, told: PortalMessage, key: str) -> str:
        """Put a message into an account."""

    def result(self, told: PortalResult, key: str) -> str:
        """Put a result into a data store; the receipt is the proof of it."""


@dataclass(frozen=True)
class HttpPortal:
    """Speaks to the portal, or to the connection platform before it, over HTTP."""

    url: str
    key: str = field(repr=False)
    fetcher: Fetcher = field(repr=False)
    """Must be allowed to ask the portal's host."""

    def status(self, told: PortalStatus, key: str) -> str:
        """Tell where a dossier stands."""
        return self._sent("status", _named("status", vars(told)), key)

    def message(self, told: PortalMessage, key: str) -> str:
        """Put a message into an account."""
        return self._sent("message", _named("message", vars(told)), key)

    def result(self, told: PortalResult, key: str) -> str:
        """Hand the files in, each by itself, then the record that names them.

        NotTaken too where the portal says another hash than that of what was sent.
        """
        words = names()["result"]
        listed = [
            {theirs: one[ours] for theirs, ours in words["list"]["fields"].items()}
            for one in (
                {"name": file.name, "kind": file.kind, "id": self._file(file, f"{key}:{file.sha256[:16]}")}
                for file in told.files
            )
        ]
        body = _named("result", {**vars(told), "update": True}) | {words["list"]["name"]: listed}
        return self._sent("result", body, key)

    def _file(self, file: PortalFile, key: str) -> str:
        words = names()["file"]
        headers = (("Content-Type", file.media_type), ("X-Content-SHA256", file.sha256))
        told = self._asked("file", file.data, headers, key)
        if str(told.get(words["hash"], "")).lower() != file.sha256 or not told.get(words["id"]):
            raise NotTaken(f"{WHAT}: another file arrived than was sent", retry=True)
        return str(told[words["id"]])

    def _sent(self, kind: str, body: Mapping[str, Any], key: str) -> str:
        data = json.dumps(body, ensure_ascii=False).encode()
        told = self._asked(kind, data, (("Content-Type", "application/json"),), key)
        wanted = (told.get(name) for name in names()["answer"]["receipt"])
        return receipt_text(next((one for one in wanted if one), key))

    def _asked(self, kind: str, data: bytes, headers: tuple[tuple[str, str], ...], key: str) -> Mapping[str, Any]:
        words = names()
        own = (("Authorization", f"Bearer {self.key}"), ("Idempotency-Key", key))
        address = f"{self.url.rstrip('/')}/{words[kind]['service']}"
        answer = posted(self.fetcher, Request(address, "POST", data, (*headers, *own)), WHAT)
        try:
            told = json.loads(answer.body or b"{}")
        except ValueError:
            raise NotTaken(f"{WHAT}: the answer is no JSON", retry=True) from None
        if not isinstance(told, dict):
            raise NotTaken(f"{WHAT}: the answer is no record", retry=True)
        code = str(told.get(words["answer"]["code"], words["ok"])).strip()
        if code != words["ok"] and code.lower() not in words["exists"]:
            raise NotTaken(f"{WHAT}: refused with code {receipt_text(code)[:40]}", retry=False)
        return told


@cache
def names() -> Mapping[str, Any]:
    """Return the names of services and fields."""
    return tomllib.loads((files("verifier.outside") / "portal.toml").read_text("utf-8"))


def portal_time(at: datetime) -> str:
    """Return an instant as the portal writes it: yyyyMMddHHmmss in Viet Nam time."""
    words = names()
    return at.astimezone(ZoneInfo(words["zone"])).strftime(words["time"])


def _named(kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return our fields under the portal's names; what is not said is left out."""
    found = {theirs: told.get(ours) for theirs, ours in names()[kind]["fields"].items()}
    return {
        name: portal_time(one) if isinstance(one, datetime) else one for name, one in found.items() if one is not None
    }
