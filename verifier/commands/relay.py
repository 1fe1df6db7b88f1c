"""`verifier relay`: delivers messages and does recurring jobs until it is stopped; any number may run at once."""

from __future__ import annotations

import argparse
import threading
from contextlib import ExitStack, suppress

from verifier.background import background
from verifier.casework import carriers_of
from verifier.commands.outbox import opened
from verifier.commands.shared import Surroundings
from verifier.compose import fit_for_production, ring_of
from verifier.notices.carriers import PATIENCE
from verifier.settings import Settings
from verifier.storage.blobs import Blobs
from verifier.web import observe


def run(_args: argparse.Namespace, around: Surroundings) -> int:
    """Work until SIGTERM or Ctrl-C, then end what is under way; BadRequest `bad-option` where it must not begin."""
    settings = Settings.from_environment(around.env)
    observe.configure_logs(settings.log_level, settings.security_log)
    with ExitStack() as started:
        database = started.enter_context(opened(around))
        if settings.production:
            fit_for_production(database)
        spool = settings.data / "spool"
        ring = ring_of(settings)
        blobs = Blobs(settings.data / "files", ring, spool)
        doors = carriers_of(settings, ring, blobs, around.clock)
        for loop in background(database, around.clock, blobs, spool, doors=doors, patience=PATIENCE):
            loop.start()
            started.callback(loop.stop)
        print("the relay is at work", file=around.out, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0
