from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.pki import AT
from tests.support.postgres import RING
from verifier.audit import Actor, Event
from verifier.cli import run
from verifier.commands.audit_verify import BROKEN, INTACT
from verifier.commands.shared import NOT_JUDGED, USAGE, Surroundings
from verifier.outside.clock import FixedClock
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing, write_ring
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM


@pytest.fixture
def env(database: Database, service_url: str, tmp_path: Path) -> dict[str, str]:
    write_ring(tmp_path / "keys.toml", RING)
    for number in range(6):
        with database.unit(SYSTEM) as unit:
            at = datetime(2026, 11, 20, 8, number, tzinfo=UTC)
            unit.audit.append(Event("person", "ab"[number % 2], "changed", Actor("system", "test"), at))
    # the settings of the service are there too, and are none of this command's
    return {
        "DATABASE_URL": service_url,
        "VERIFIER_KEY_FILE": str(tmp_path / "keys.toml"),
        "VERIFIER_ENV": "production",
    }


def audit(env: dict[str, str], *args: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(["audit", *args], Surroundings(env, out, err, FixedClock(AT)))
    return code, out.getvalue(), err.getvalue()


def spoil(url: str, statement: str) -> None:
    with Schema(url).connection() as owner:
        owner.execute(text(statement))


def test_an_intact_log_is_told_with_its_head(env: dict[str, str]) -> None:
    head = audit(env, "head")[1].strip()

    assert audit(env, "verify") == (INTACT, f"intact: 6 entries\nhead: {head}\n", "")
    assert audit(env, "verify", "--head", head, "--head", head)[0] == INTACT


def test_the_first_broken_link_is_one_line(env: dict[str, str], database_url: str) -> None:
    spoil(database_url, "update audit_event set action = 'removed' where number = 4")

    said = "broken at entry 4 (step 2 of person b): column action says something else than the content"
    assert audit(env, "verify") == (BROKEN, f"{said} [audit-broken-column]\n", "")


def test_what_is_missing_is_told(env: dict[str, str], database_url: str) -> None:
    spoil(database_url, "delete from audit_event where number in (5, 6)")

    assert audit(env, "verify")[1] == "broken at entry 5: 2 entries are missing, 5 to 6 [audit-broken-missing]\n"


def test_a_head_of_before_finds_a_log_put_back(env: dict[str, str], database_url: str) -> None:
    head = audit(env, "head")[1].strip()
    spoil(database_url, "delete from audit_event")
    spoil(database_url, f"update audit_head set number = 0, hash = '\\x{'00' * 32}', mac = ''")

    assert audit(env, "verify")[0] == INTACT
    assert audit(env, "verify", "--head", head)[0] == BROKEN


def test_one_chain_is_checked_alone(env: dict[str, str], database_url: str) -> None:
    spoil(database_url, "update audit_event set action = 'removed' where number = 4")

    code, said, _ = audit(env, "verify", "--subject", "person", "a")
    assert (code, said) == (INTACT, "intact: 3 entries of person a; only the whole check proves where it ends\n")
    assert audit(env, "verify", "--subject", "person", "b")[0] == BROKEN
    code, said, why = audit(env, "verify", "--subject", "person", "x\x1b[2J")
    assert (code, said) == (NOT_JUDGED, "")
    assert why == "verifier: no entry is about person x⟨U+001B⟩[2J\n"


def test_the_finding_is_told_as_json(env: dict[str, str], database_url: str) -> None:
    intact = json.loads(audit(env, "verify", "--format", "json")[1])
    spoil(database_url, "update audit_event set body = '{}' where number = 4")
    code, said, _ = audit(env, "verify", "--format", "json")
    broken = json.loads(said)

    assert (intact["intact"], intact["events"], intact["code"]) == (True, 6, "")
    assert code == BROKEN
    assert (broken["intact"], broken["code"], broken["number"], broken["subject_id"], broken["events"]) == (
        False,
        "audit-broken-content",
        4,
        "b",
        3,
    )


def test_another_key_is_no_proof(env: dict[str, str]) -> None:
    path = Path(env["VERIFIER_KEY_FILE"])
    write_ring(path, KeyRing("test", {"test": b"x" * 32}))

    code, said, _ = audit(env, "verify")
    assert code == BROKEN
    assert "audit-broken-mark" in said


@pytest.mark.parametrize(
    ("change", "args", "code", "why"),
    [
        ({"DATABASE_URL": ""}, (), USAGE, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "postgresql://a:geheim@127.0.0.1:port/x"}, (), USAGE, "no address"),
        ({"DATABASE_URL": "postgresql://a:geheim@127.0.0.1:1/x"}, (), NOT_JUDGED, "database-unusable"),
        ({"VERIFIER_KEY_FILE": "/none"}, (), USAGE, "cannot be read"),
        ({}, ("--head", "7"), USAGE, "NUMBER:HASH"),
        ({}, ("--head", "0:00", "--subject", "a", "b"), USAGE, "not allowed with"),
        ({}, ("--subject", "a"), USAGE, "expected 2 arguments"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_checked(
    env: dict[str, str], change: dict[str, str], args: tuple[str, ...], code: int, why: str
) -> None:
    answered, out, err = audit({**env, **change}, "verify", *args)

    assert (answered, out) == (code, "")
    assert why in err
    assert "geheim" not in err


def test_what_stands_in_the_log_cannot_write_lines_of_its_own(env: dict[str, str], database_url: str) -> None:
    forged = "'x' || chr(10) || 'intact: 6 entries' || chr(27) || '[2J'"
    spoil(database_url, f"update audit_event set subject_id = {forged} where number = 4")

    code, out, _ = audit(env, "verify")
    (line,) = out.splitlines()

    assert code == 1
    assert line.startswith("broken at entry 4")
    assert "\x1b" not in line
