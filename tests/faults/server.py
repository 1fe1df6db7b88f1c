"""A PostgreSQL of the test's own that can be taken away and given back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support import postgres
from verifier.storage.embedded import EmbeddedPostgres
from verifier.storage.schema import Schema


class Restartable:
    """The embedded server, stopped without mercy and started again at the same address."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.url = server.url
        self._server = server._server

    def down(self) -> None:
        """End it as a power cut does: no shutdown, recovery from the log at the next start."""
        self._control("-m", "immediate", "stop")

    def up(self) -> None:
        """Start it as it was started before."""
        self._control("-l", str(self._server.log), "restart")

    def _control(self, *words: str) -> None:
        command = [str(self._server.bin_path / "pg_ctl"), "-w", "-D", str(self._server.pgdata), *words]
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=True, user=self._server.system_user, stdout=quiet, stderr=quiet, timeout=60)


@contextmanager
def restartable() -> Iterator[Restartable]:
    """Give a migrated server."""
    with postgres.open_folder() as folder, EmbeddedPostgres(folder / "data") as server:
        Schema(server.url).upgrade()
        yield Restartable(server)
        EmbeddedPostgres(folder / "data")  # whoever stops it must know its new process
