"""`verifier signer`: the process that holds the signing keys; it serves on a local socket until it is stopped."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from verifier.accounts.sessions import SessionLimits
from verifier.commands.shared import Surroundings
from verifier.errors import BadRequest
from verifier.settings import Settings
from verifier.signing.keys.chain import KeyChain
from verifier.signing.keys.keyfile import read_key_file
from verifier.signing.signer.checks import Checks
from verifier.signing.signer.mandates import Seal, secret_at
from verifier.signing.signer.server import Doors, Server, listening
from verifier.storage.database import Database
from verifier.storage.keys import read_ring, ring_made
from verifier.web import observe

SOCKET = "VERIFIER_SIGNER_SOCKET"
"""Of the web process it asks for a time-stamping authority too; this process needs none."""


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Serve until SIGTERM or Ctrl-C. BadRequest `bad-option`, `socket-in-use`, `development-only`."""
    settings = Settings.from_environment({name: value for name, value in around.env.items() if name != SOCKET})
    if args.development and settings.production:
        raise BadRequest("development-only", "--development has no place in production", option="--development")
    observe.configure_logs(settings.log_level, settings.security_log)
    entries, seal = (
        read_key_file(args.keys),
        Seal(secret_at(args.seal or args.keys.with_name(args.keys.name + ".seal"))),
    )
    limits = SessionLimits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
    with ExitStack() as started:
        users = frozenset(args.allow_uid)
        listener = started.enter_context(listening(_socket(args, around), shared=bool(users)))
        database = started.enter_context(_opened(settings))
        development = args.development or around.env.get("VERIFIER_ENV", "").strip() == "development"
        keys = KeyChain(entries, development=development, env=around.env)
        started.callback(keys.close)
        server = Server(listener, Checks(database, around.clock, keys, limits, seal), Doors(users))
        started.callback(server.stop)
        held = keys.held()
        broken = [f"{one.name}: {one.problem}" for one in held if one.problem]
        print(*broken, f"the signer is at work: {len(held)} keys", sep="\n", file=around.out, flush=True)
        with suppress(KeyboardInterrupt):
            server.serve()
    return 0


def _socket(args: argparse.Namespace, around: Surroundings) -> Path:
    found: Path | None = args.socket
    if found is None and (told := around.env.get(SOCKET, "").strip()):
        found = Path(told).expanduser()
    if found is None:
        raise BadRequest("bad-option", f"name --socket, or set {SOCKET}", option="--socket")
    return found


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    """Give the database that the settings name. BadRequest `bad-option`, in production where it is not fit as well.

    The composition root does the same for the web; nothing of the web is loaded here.
    """
    if not settings.database_url:
        raise BadRequest("bad-option", "DATABASE_URL is not set", option="DATABASE_URL")
    ring = read_ring(settings.key_file) if settings.key_file else ring_made(settings.data / "keys.toml")
    database = Database(settings.database_url, ring)
    try:
        if settings.production and (trouble := database.trouble() or ("overmighty" if database.overmighty() else "")):
            raise BadRequest("bad-option", f"DATABASE_URL cannot be used ({trouble})", option="DATABASE_URL")
        yield database
    finally:
        database.close()
