"""Start everything `make run` needs, say what to try, and end all of it on Ctrl-C or SIGTERM."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from verifier.demo.held import make_grants, make_key_file
from verifier.demo.identity_provider import DemoIdentity, RunningProvider
from verifier.demo.identity_provider import serve as serve_identities
from verifier.demo.mailbox import running as mailbox
from verifier.demo.people import DemoAccount, DemoMachine, accounts, furnish
from verifier.demo.pki import DemoPki
from verifier.demo.processes import begin, end, signer, socket_of, ticks
from verifier.demo.samples import make_samples
from verifier.demo.told import ROLES, tell
from verifier.demo.trust import LIST, foreign_list, make_trust
from verifier.errors import BadRequest
from verifier.outside.clock import SystemClock
from verifier.storage.database import Database
from verifier.storage.embedded import EmbeddedPostgres
from verifier.storage.keys import KeyRing, ring_made
from verifier.storage.schema import Schema

READY_SECONDS = 60
PORTS = 4
"""The site, its PKI, its identity provider, its mailbox: on ports one after another."""
CLIENT_ID = "verifier-demo"
KEEPER = "G08.09"
"""Code of the authority whose people change the trust store."""

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
    for one in range(port, port + PORTS):
        _free(one)
    folder = demo_folder(port)
    _say("1/6", "cơ sở dữ liệu · database")
    with undisturbed():
        database = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
    _say("2/6", "PKI trình diễn: CRL, OCSP, dấu thời gian · demonstration PKI")
    pki = DemoPki(folder / "keys", port + 1)
    now = SystemClock().now()
    mail = stack.enter_context(mailbox(folder / "mail", port + 3, now))
    environment = {**_environment(folder, make_trust(folder, pki, now), database.url, port, pki.stampers), **mail}
    stack.callback(pki.serve({LIST: foreign_list(pki, now)}).shutdown)  # the web server asks for lists at once
    _say("3/6", "trang web · web server")
    ring = ring_made(folder / "data" / "keys.toml")
    web = _web(port, environment)
    stack.callback(end, web)
    _say("4/6", "cơ quan, tài khoản, định danh trình diễn · authorities, accounts, identity provider")
    people = accounts(folder)
    stack.callback(_identities(port, people, environment).shutdown)
    machine = _furnished(database.url, ring, pki, folder, port)
    _say("5/6", "khóa ký trình diễn và tiến trình ký · signing keys and signer process")
    stack.enter_context(signer(make_key_file(folder, pki), environment))
    _say("6/6", "tài liệu mẫu · sample documents")
    samples = list(make_samples(pki, folder / "samples", lambda count, name: _say(count, name, "      ")))
    _wait_ready(web, port)
    tell(port, [(sample.vi, sample.en, path) for sample, path in samples], people, machine)
    stack.callback(end, begin(("-m", "verifier.demo.cases", str(folder)), environment))
    return web


def _furnished(url: str, ring: KeyRing, pki: DemoPki, folder: Path, port: int) -> DemoMachine:
    """Store the sample authorities, people, and who may sign, once the schema is there."""
    Schema(url).upgrade()  # the web server is at it too; who comes second finds it done
    database = Database(url, ring)
    try:
        now = SystemClock().now()
        machine = furnish(database, ring, folder, issuer(port), now)
        make_grants(database, pki, now)
        return machine
    finally:
        database.close()


def _identities(port: int, people: Sequence[DemoAccount], environment: Mapping[str, str]) -> RunningProvider:
    """Start the identity provider, which knows the same people."""
    known = [DemoIdentity(one.subject, one.name, note=ROLES[one.role]) for one in people]
    secret = environment["VERIFIER_OIDC_CLIENT_SECRET"]
    back = environment["VERIFIER_PUBLIC_URL"] + "/sign-in/identity/return"
    return serve_identities(port + 2, known, CLIENT_ID, secret, back)


def issuer(port: int) -> str:
    """Address of the identity provider of the demonstration on this port."""
    return f"http://127.0.0.1:{port + 2}"


def demo_place(port: int) -> Path:
    """Where the demonstration on this port keeps its data, apart from others that run beside it."""
    return place_of(str(port))


def place_of(name: str) -> Path:
    """Where a demonstration keeps its data.

    As root the database runs under another user, so the folder must stand where anyone may look.
    """
    here = Path.cwd()
    if os.getuid() != 0:
        return here / "var" / f"demo-{name}"
    mark = hashlib.sha256(str(here).encode()).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"verifier-demo-{mark}-{name}"


def demo_folder(port: int) -> Path:
    """Return the folder of the demonstration on this port, made where it is not there; BadRequest `bad-option`."""
    folder = demo_place(port)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise BadRequest("bad-option", f"{folder} belongs to somebody else")
    return folder


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Take a stop only afterwards: half started, the database would be left behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _environment(folder: Path, trust: Path, database: str, port: int, stampers: Sequence[str]) -> Mapping[str, str]:
    chosen = {
        "VERIFIER_ENV": "development",
        "VERIFIER_TRUST_STORE": str(trust),
        "VERIFIER_TRUST_KEEPER": KEEPER,
        "VERIFIER_DATA": str(folder / "data"),
        "VERIFIER_SECRET_KEY": _kept_secret(folder / "secret"),
        "VERIFIER_LOG_LEVEL": "warning",
        "VERIFIER_SECURITY_LOG": str(folder / "security.log"),
        "VERIFIER_FETCH_ALLOW_HOSTS": f"127.0.0.1:{port + 1}",
        "VERIFIER_SIGNER_SOCKET": str(socket_of(folder)),
        "VERIFIER_TSA": ",".join(stampers),
        "VERIFIER_LAW_SWITCHES": "e-apostille",
        "VERIFIER_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "VERIFIER_OIDC_ISSUER": issuer(port),
        "VERIFIER_OIDC_CLIENT_ID": CLIENT_ID,
        "VERIFIER_OIDC_CLIENT_SECRET": _kept_secret(folder / "identity-secret"),
        "VERIFIER_OIDC_NAME": "Định danh trình diễn",
        "DATABASE_URL": database,
    }
    own = {"DATABASE_URL", "VERIFIER_TRUST_STORE", "VERIFIER_DATA", "VERIFIER_KEY_FILE"}
    own |= {"VERIFIER_SIGNER_SOCKET", "VERIFIER_TSA"}
    return {**chosen, **{k: v for k, v in os.environ.items() if k not in own and not k.startswith("VERIFIER_OIDC_")}}


def _kept_secret(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32), encoding="ascii")
    return file.read_text(encoding="ascii")


def _web(port: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    arguments = (
        *("-m", "gunicorn", "--config", "python:verifier.web.gunicorn_config"),
        *("--bind", f"127.0.0.1:{port}", "--graceful-timeout", "5", "--log-level", "warning"),
        "verifier.demo.site:create_app()",
    )
    return begin(arguments, environment)


def _wait_ready(web: subprocess.Popen[bytes], port: int) -> None:
    for _ in ticks(READY_SECONDS):
        if web.poll() is not None:
            raise BadRequest("bad-option", "the web server did not start; its message stands above")
        with contextlib.suppress(urllib.error.URLError, OSError):
            url = f"http://127.0.0.1:{port}/health/ready"
            with urllib.request.urlopen(url, timeout=5):
                return
    raise BadRequest("bad-option", f"the web server was not ready within {READY_SECONDS} s")


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise BadRequest("bad-option", f"port {port} is in use; try: make run PORT=8100") from None


def _say(step: str, what: str, indent: str = "") -> None:
    print(f"{indent}[{step}] {what}", flush=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)  # we are at it
    raise Stopped
