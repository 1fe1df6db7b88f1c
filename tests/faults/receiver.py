"""A receiver of messages over real HTTP: applies each key once, and can kill whoever sends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """What was received, and what came of it."""

    def __init__(self, deadly: frozenset[int]) -> None:
        self.deadly = deadly
        """Receipts, counted from 1, upon which the sender is killed before it has the answer."""
        self.receipts: list[str] = []
        self.effects: dict[str, int] = {}
        """By idempotency key: the payload that had its effect."""
        self.killed: list[str] = []
        self.address = ""
        self._lock = threading.Lock()

    def take(self, key: str, payload: int, sender: int) -> None:
        with self._lock:
            self.receipts.append(key)
            assert self.effects.setdefault(key, payload) == payload
            if len(self.receipts) in self.deadly:
                self.killed.append(key)
                os.kill(sender, signal.SIGKILL)


@contextmanager
def receiving(deadly: frozenset[int]) -> Iterator[Receiver]:
    receiver = Receiver(deadly)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.take(self.headers["Idempotency-Key"], int(payload), int(self.headers["X-Process"]))
            with suppress(OSError):  # the sender may be dead
                self.send_response(204)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
