"""How gunicorn runs the service: one process, since queue and limits live in it; judging is in worker processes."""

from __future__ import annotations

from typing import Any

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 1
threads = 16
timeout = 120
"""Seconds after which a process that does not answer is ended; threads that wait for a verdict do not count."""
graceful_timeout = 20
keepalive = 5
control_socket_disable = True
"""Its place is the same for every gunicorn of a user; nothing of ours asks it."""
limit_request_line = 8190
forwarded_allow_ips = ""
forwarder_headers = ""
"""By default gunicorn believes whoever asks from loopback, as a proxy does for everybody: X-Forwarded-Proto, and that
the path begins elsewhere (SCRIPT_NAME). How many proxies are believed, and what, is `limits.trust_proxies`."""
accesslog = None
"""Access logs hold addresses, and the address of a verdict is its key; the service writes its own."""


def worker_exit(_server: Any, worker: Any) -> None:
    """End what the application started before the interpreter goes."""
    app = getattr(worker, "wsgi", None)  # None where the application did not start
    if app is not None:
        app.extensions["house"].close()
