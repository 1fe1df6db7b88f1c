"""A payment platform on loopback: real HTTP, the shared key, and whatever a test wants it to say."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.accounts.support import Clock
from verifier.outside.fetch import Fetcher
from verifier.outside.payments import PaymentPlatform
from verifier.payments.records import Order

KEY = b"a-key-that-both-sides-share-and-nobody-else"
CLIENT = "verifier-test"


def sealed(told: dict[str, Any], key: bytes = KEY) -> dict[str, Any]:
    """Sign a message; written anew, so that it does not repeat the code that is tested."""
    plain = {name: value for name, value in told.items() if name != "secure_hash"}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {**plain, "secure_hash": hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}


class FakePlatform:
    """What the platform knows and says; `spoil` changes an answer before, `mar` after it is signed."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.events: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.spoil: Callable[[dict[str, Any]], dict[str, Any]] = dict
        self.mar: Callable[[bytes], bytes] = bytes
        self.status = 200
        self.url = ""

    def answer(self, path: str, said: dict[str, Any]) -> bytes:
        """Answer a question that was signed."""
        assert sealed(said) == said, "the question is not signed"
        self.asked.append((path, said))
        told: dict[str, Any] = {"error": "00", "msg": "", "client_id": said["client_id"]}
        if path == "/pay/payments":
            told |= {"transaction_id": said["transaction_id"], "trans_amount": said["trans_amount"]}
            told |= {"payment_url": f"{self.url}/at/{said['transaction_id']}"}
        elif path == "/pay/query":
            told |= {"transaction_id": said["transaction_id"], "events": self.events}
        else:
            told |= {"MaDonVi": said["MaDonVi"], "day": said["day"], "lines": self.lines}
        return self.mar(json.dumps(sealed(self.spoil(told))).encode())

    def callback(self, order: Order, **changes: Any) -> bytes:
        """The body of a callback about an order that was paid; fields of `changes` that are None are left out."""
        return json.dumps(sealed(self.event(order, **changes))).encode()

    def event(self, order: Order, **changes: Any) -> dict[str, Any]:
        now = self.clock.now().astimezone(UTC)
        told: dict[str, Any] = {
            "client_id": CLIENT,
            "command": "PAY",
            "status": "00",
            "transaction_id": order.reference,
            "MaTraCuuTT": "DVC-1",
            "trans_amount": order.amount,
            "currency_code": "VND",
            "MaDonVi": "G10.TEST",
            "trans_time": (now - timedelta(seconds=5)).isoformat(),
            "time": now.isoformat(),
        }
        return {name: value for name, value in {**told, **changes}.items() if value is not None}

    def line(self, order: Order, transaction: str, at: datetime, **changes: Any) -> dict[str, Any]:
        """A line of a statement."""
        told = {"MaTraCuuTT": transaction, "transaction_id": order.reference, "trans_amount": order.amount}
        return {**told, "currency_code": "VND", "trans_time": at.isoformat(), **changes}


@contextmanager
def serving(platform: FakePlatform) -> Iterator[PaymentPlatform]:
    """Run the platform on loopback; give what asks it through the guarded fetcher."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = platform.answer(self.path, said)
            self.send_response(platform.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    platform.url = f"http://{host}"
    try:
        yield PaymentPlatform(
            f"http://{host}/pay", CLIENT, KEY, "http://we.example/back", "http://we.example/called", Fetcher([host])
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
