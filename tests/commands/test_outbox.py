from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.accounts.support import AT
from tests.support.postgres import RING
from verifier.cli import run
from verifier.commands.shared import NOT_JUDGED, USAGE, Surroundings
from verifier.outside.clock import FixedClock, SystemClock
from verifier.storage.database import Database
from verifier.storage.keys import write_ring
from verifier.storage.scope import SYSTEM

PATIENCE = 60
"""Seconds."""


@pytest.fixture
def env(database: Database, service_url: str, tmp_path: Path) -> dict[str, str]:
    write_ring(tmp_path / "keys.toml", RING)
    return {"DATABASE_URL": service_url, "VERIFIER_DATA": str(tmp_path)}


def verifier(env: dict[str, str], *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(["outbox", *words], Surroundings(env, out, err, FixedClock(AT)))
    return code, out.getvalue(), err.getvalue()


def dead(database: Database) -> UUID:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put("mail", "k", {}, AT)
        id_ = unit.outbox.listed("waiting")[0].id
        unit.outbox.bury(id_, AT, "no\x1b[31m answer")
    return id_


def test_dead_letters_are_listed_tried_again_and_dropped(database: Database, env: dict[str, str]) -> None:
    id_ = dead(database)

    code, out, _ = verifier(env, "list")
    assert code == 0
    assert out.startswith(f"{id_}  mail  2026-03-02T08:00:00+00:00  0  no")
    assert "\x1b" not in out
    assert verifier(env, "retry", str(id_)) == (0, f"{id_} is due again\n", "")
    assert verifier(env, "list") == (0, "no dead letters\n", "")
    with database.unit(SYSTEM) as unit:
        unit.outbox.bury(id_, AT, "again")
    assert verifier(env, "drop", str(id_), "--reason", "sent by hand") == (0, f"{id_} is dropped\n", "")
    with database.unit(SYSTEM) as unit:
        actions = [one.event.action for one in unit.audit.chain("message", str(id_), 100)]
        assert unit.outbox.get(id_) is None
    assert actions == ["message-read", "message-revived", "message-dropped"]


def test_mistakes_are_one_line(env: dict[str, str]) -> None:
    assert verifier(env, "retry", "x")[::2] == (USAGE, "verifier: bad-option: x is no id of a message\n")
    assert verifier(env, "retry", str(uuid4()))[::2] == (USAGE, "verifier: not-found\n")
    assert verifier({}, "list")[::2] == (USAGE, "verifier: bad-option: DATABASE_URL is not set\n")
    assert verifier(env, "drop", str(uuid4()))[0] == USAGE
    gone = env | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    assert verifier(gone, "list")[::2] == (NOT_JUDGED, "verifier: database-unusable: OperationalError\n")


def test_the_relay_runs_until_it_is_told_to_stop(database: Database, env: dict[str, str]) -> None:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put("security-log", "k", {"what": "tested"}, SystemClock().now())
    command = [sys.executable, "-m", "verifier.cli", "relay"]
    told = {**os.environ, **env}
    with subprocess.Popen(command, env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as relay:
        end = time.monotonic() + PATIENCE
        while relay.poll() is None and time.monotonic() < end:
            with database.unit(SYSTEM) as unit:
                if unit.outbox.listed("sent") and unit.jobs.last("tell-audit-head"):
                    break
            time.sleep(0.05)
        relay.send_signal(signal.SIGTERM)
        out, err = relay.communicate(timeout=PATIENCE)

    assert (relay.returncode, out) == (0, "the relay is at work\n")
    assert '"log": "verifier.security"' in err
    assert '"event": "tested"' in err
    assert '"event": "audit head"' in err


def test_in_production_the_relay_says_why_it_must_not_begin(env: dict[str, str], tmp_path: Path) -> None:
    err = io.StringIO()
    settings = {
        "VERIFIER_ENV": "production",
        "VERIFIER_SECRET_KEY": "x" * 32,
        "VERIFIER_KEY_FILE": str(tmp_path / "keys.toml"),
        "VERIFIER_PUBLIC_URL": "https://kiemtra.example.vn",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }

    assert run(["relay"], Surroundings(env | settings, io.StringIO(), err, SystemClock())) == USAGE
    assert err.getvalue() == "verifier: bad-option: DATABASE_URL: it cannot be used (OperationalError)\n"
