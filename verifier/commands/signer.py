"""`verifier signer`: the process that holds the signing keys; it serves on a local socket until it is stopped."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

from verifier.accounts.sessions import SessionLimits
from verifier.commands.outbox import opened
from verifier.commands.shared import Surroundings
from verifier.compose import fit_for_production
from verifier.errors import BadRequest
from verifier.settings import Settings
from verifier.signing.keys.chain import KeyChain
from verifier.signing.keys.keyfile import read_key_file
from verifier.signing.signer.checks import Checks
from verifier.signing.signer.mandates import Seal, secret_beside
from verifier.signing.signer.server import Doors, Server, listening
from verifier.web import observe


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Serve until SIGTERM or Ctrl-C. BadRequest `bad-option`, `socket-in-use`, `development-only`."""
    settings = Settings.from_environment(around.env)
    if args.development and settings.production:
        raise BadRequest("development-only", "--development has no place in production", option="--development")
    observe.configure_logs(settings.log_level, settings.security_log)
    entries, seal = read_key_file(args.keys), Seal(secret_beside(args.keys))
    limits = SessionLimits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
    with ExitStack() as started:
        users = frozenset(args.allow_uid)
        listener = started.enter_context(listening(_socket(args, settings), shared=bool(users)))
        database = started.enter_context(opened(around))
        if settings.production:
            fit_for_production(database)
        development = args.development or around.env.get("VERIFIER_ENV", "").strip() == "development"
        keys = KeyChain(entries, development=development, env=around.env)
        started.callback(keys.close)
        server = Server(listener, Checks(database, around.clock, keys, limits, seal), Doors(users))
        started.callback(server.stop)
        held = keys.held()
        broken = [f"{one.name}: {one.problem}" for one in held if one.problem]
        print(f"the signer is at work: {len(held)} keys", *broken, sep="\n", file=around.out, flush=True)
        with suppress(KeyboardInterrupt):
            server.serve()
    return 0


def _socket(args: argparse.Namespace, settings: Settings) -> Path:
    found: Path | None = args.socket or settings.signer_socket
    if found is None:
        raise BadRequest("bad-option", "name --socket, or set VERIFIER_SIGNER_SOCKET", option="--socket")
    return found
