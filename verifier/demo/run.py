"""Start everything `make run` needs, say what to try, and end all of it on Ctrl-C or SIGTERM."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from verifier.demo.pki import DemoPki
from verifier.demo.samples import make_samples
from verifier.errors import BadRequest
from verifier.storage.embedded import EmbeddedPostgres

READY_SECONDS = 60
STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked us to stop."""


def run(port: int) -> int:
    """Run the demonstration on `port` (its PKI on the next one) until stopped; returns the exit code."""
    for number in STOPS:
        signal.signal(number, _stop)
    try:
        with contextlib.ExitStack() as stack:
            web = _start(port, stack)
            return web.wait()
    except Stopped:
        print("Đã dừng · stopped", flush=True)
        return 0
    except BadRequest as error:
        print(f"{error.problem.code}: {error.problem.detail}", file=sys.stderr)
        return 2


def _start(port: int, stack: contextlib.ExitStack) -> subprocess.Popen[bytes]:
    for one in (port, port + 1):
        _free(one)
    folder = _folder(port)
    _say("1/4", "cơ sở dữ liệu · database")
    with _undisturbed():
        database = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
    _say("2/4", "trang web · web server")
    pki = DemoPki(folder / "keys", port + 1)
    web = _web(port, _environment(folder, _trust(folder, pki), database.url, port))
    stack.callback(_end, web)
    _say("3/4", "PKI trình diễn: CRL, OCSP, dấu thời gian · demonstration PKI")
    stack.callback(pki.serve().shutdown)
    _say("4/4", "tài liệu mẫu · sample documents")
    samples = list(make_samples(pki, folder / "samples", lambda count, name: _say(count, name, "      ")))
    _wait_ready(web, port)
    _tell(port, [(sample.vi, sample.en, path) for sample, path in samples])
    return web


def _folder(port: int) -> Path:
    """Where the demonstration on this port keeps its data, apart from others that run beside it.

    As root the database runs under another user, so the folder must stand where anyone may look.
    """
    here = Path.cwd()
    if os.getuid() != 0:
        folder = here / "var" / f"demo-{port}"
    else:
        mark = hashlib.sha256(str(here).encode()).hexdigest()[:8]
        folder = Path(tempfile.gettempdir()) / f"verifier-demo-{mark}-{port}"
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise BadRequest("bad-option", f"{folder} belongs to somebody else")
    return folder


def _trust(folder: Path, pki: DemoPki) -> Path:
    """Make the trust store: the root of the demonstration, which stays the same as long as its keys do."""
    trust = folder / "trust"
    trust.mkdir(exist_ok=True)
    root = trust / "root.pem"
    if not root.exists() or not (folder / "keys").exists():
        root.write_bytes(pki.pem("root"))
    return trust


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Take a stop only afterwards: half started, the database would be left behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _environment(folder: Path, trust: Path, database: str, port: int) -> Mapping[str, str]:
    secret = folder / "secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(32), encoding="ascii")
    chosen = {
        "VERIFIER_ENV": "development",
        "VERIFIER_TRUST_STORE": str(trust),
        "VERIFIER_DATA": str(folder / "data"),
        "VERIFIER_SECRET_KEY": secret.read_text(encoding="ascii"),
        "VERIFIER_LOG_LEVEL": "warning",
        "VERIFIER_FETCH_ALLOW_HOSTS": f"127.0.0.1:{port + 1}",
        "DATABASE_URL": database,
    }
    return {**chosen, **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "VERIFIER_TRUST_STORE")}}


def _web(port: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        *("-m", "gunicorn", "--config", "python:verifier.web.gunicorn_config"),
        *("--bind", f"127.0.0.1:{port}", "--graceful-timeout", "5", "--log-level", "warning"),
        "verifier.compose:create_app()",
    ]
    return subprocess.Popen(command, env=dict(environment), preexec_fn=_die_with_parent)  # noqa: S603, PLW1509


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(web: subprocess.Popen[bytes]) -> None:
    if web.poll() is not None:
        return
    web.terminate()
    try:
        web.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        web.kill()
        web.wait()


def _wait_ready(web: subprocess.Popen[bytes], port: int) -> None:
    for _ in _ticks(READY_SECONDS):
        if web.poll() is not None:
            raise BadRequest("bad-option", "the web server did not start; its message stands above")
        with contextlib.suppress(urllib.error.URLError, OSError):
            url = f"http://127.0.0.1:{port}/health/ready"
            with urllib.request.urlopen(url, timeout=5):
                return
    raise BadRequest("bad-option", f"the web server was not ready within {READY_SECONDS} s")


def _ticks(seconds: int) -> Iterator[int]:
    for tick in range(seconds * 5):
        yield tick
        time.sleep(0.2)


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise BadRequest("bad-option", f"port {port} is in use; try: make run PORT=8100") from None


def _tell(port: int, samples: list[tuple[str, str, Path]]) -> None:
    url = f"http://127.0.0.1:{port}"
    width = max(len(vi) for vi, _, _ in samples)
    print(f"\n  Mở · open   {url}\n\n  Tài liệu mẫu · samples in {samples[0][2].parent}")
    for vi, en, path in samples:
        print(f"    {path.name:28} {vi:{width}}  {en}")
    print(f"\n  curl -F file=@{samples[0][2]} {url}/api/v1/validations")
    print(f"  API: {url}/api/v1/docs     Ctrl-C: dừng · stop\n", flush=True)


def _say(step: str, what: str, indent: str = "") -> None:
    print(f"{indent}[{step}] {what}", flush=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)  # we are at it
    raise Stopped
