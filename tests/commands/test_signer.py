"""`verifier signer` as a process of its own: it serves, ends, is killed and begun again."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from tests.accounts.support import Clock
from tests.signing.keys.softhsm import SoftHsm, add_token_key, needs_softhsm
from tests.signing.signer.world import SignerWorld, attributes_of, digest
from tests.support.postgres import RING
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.errors import CouldNotIssue
from verifier.outside.clock import SystemClock
from verifier.signing.keys.algorithms import digest_of, verifies
from verifier.signing.records import Algorithm, Role, State
from verifier.signing.signer.client import SignerClient
from verifier.storage.database import Database
from verifier.storage.keys import write_ring

PATIENCE = 60
"""Seconds within which a process must have begun or ended."""


@dataclass
class Running:
    """A signer process."""

    process: subprocess.Popen[str]
    client: SignerClient
    log: str = ""

    @property
    def problems(self) -> list[str]:
        return [one.problem for one in self.client.keys()]  # noqa: SIM118 - no mapping

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal and wait for its end; return its exit code."""
        self.process.send_signal(number)
        self.log += self.process.communicate(timeout=PATIENCE)[0]
        return self.process.returncode


class Around:
    """What the process finds around it."""

    def __init__(self, database: Database, url: str, folder: Path) -> None:
        self.folder = folder
        (folder / "keys").mkdir(mode=0o700)
        self.world = SignerWorld(database, folder / "keys", Clock(SystemClock().now()))
        write_ring(folder / "ring.toml", RING)
        self.socket = folder / "run" / "signer.sock"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VERIFIER_")},
            "DATABASE_URL": url,
            "VERIFIER_KEY_FILE": str(folder / "ring.toml"),
            "VERIFIER_DATA": str(folder / "data"),
            "VERIFIER_SIGNER_SOCKET": str(self.socket),
        }

    def popen(self, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "verifier.cli", "signer", "--keys", str(self.world.keys.file), *options]
        return subprocess.Popen(
            command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )

    @contextmanager
    def running(self, *options: str) -> Iterator[Running]:
        process = self.popen(*(options or ("--development",)))
        told = Running(process, SignerClient(self.socket))
        assert process.stdout is not None
        try:
            for line in process.stdout:
                told.log += line
                if line.startswith("the signer is at work"):
                    break
            else:
                pytest.fail(told.log)
            yield told
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate(timeout=PATIENCE)

    def refused(self, *options: str) -> str:
        """Return what the command says that does not begin."""
        out, err = io.StringIO(), io.StringIO()
        around = Surroundings(self.env, out, err, SystemClock())
        assert run(["signer", "--keys", str(self.world.keys.file), *options], around) == 2
        return err.getvalue()


def children_of(process: subprocess.Popen[str]) -> list[Path]:
    """The processes that a process has begun, as folders of /proc."""
    threads = Path(f"/proc/{process.pid}/task").iterdir()
    told = [(thread / "children").read_text().split() for thread in threads]
    return [Path(f"/proc/{one}") for some in told for one in some]


def alive(process: Path) -> bool:
    try:
        return ") Z " not in (process / "stat").read_text()
    except OSError:
        return False


def wait_until(done: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 20):
        if done():
            return
        time.sleep(0.05)
    pytest.fail("it did not come about")


@pytest.fixture
def around(database: Database, service_url: str, tmp_path: Path) -> Around:
    return Around(database, service_url, tmp_path)


def test_it_signs_what_was_confirmed_and_ends(around: Around) -> None:
    world = around.world
    with around.running() as signer:
        world.prepared(signer.client.confirm(world.token, [world.act.id]))
        attributes = attributes_of(world.person_key.der, digest("prepared"))
        made = signer.client.sign(world.act.id, Role.PERSON, attributes)
        assert signer.end() == 0
    public = x509.load_der_x509_certificate(world.person_key.der).public_key()
    assert verifies(Algorithm.ECDSA_SHA256, public, made, digest_of(Algorithm.ECDSA_SHA256, attributes))
    assert not around.socket.exists()
    assert world.token not in signer.log


def test_killed_and_begun_again_it_knows_its_mandates(around: Around) -> None:
    world = around.world
    with around.running() as signer:
        world.prepared(signer.client.confirm(world.token, [world.act.id]))
        signer.end(signal.SIGKILL)
    assert around.socket.exists()
    with around.running() as signer:
        attributes = attributes_of(world.person_key.der, digest("prepared"))
        assert signer.client.sign(world.act.id, Role.PERSON, attributes)


def test_a_second_one_leaves_the_first_alone(around: Around) -> None:
    with around.running() as signer:
        assert "socket-in-use" in around.refused("--development")
        assert len(signer.client.keys()) == 2


def test_keys_in_files_are_refused_where_nobody_says_development(around: Around) -> None:
    with around.running("--socket", str(around.socket)) as signer:
        assert set(signer.problems) == {"pkcs12-refused"}
        with pytest.raises(CouldNotIssue, match="pkcs12-refused"):
            signer.client.confirm(around.world.token, [around.world.act.id])
        signer.end()
    assert "person: pkcs12-refused" in signer.log


def test_production_takes_no_switch_for_development(around: Around) -> None:
    around.env |= {
        "VERIFIER_ENV": "production",
        "VERIFIER_SECRET_KEY": "x" * 40,
        "VERIFIER_PUBLIC_URL": "https://kiemtra.example.vn",
    }
    assert "development-only" in around.refused("--development")
    with around.running("--socket", str(around.socket)) as signer:
        assert set(signer.problems) == {"pkcs12-refused"}


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DATABASE_URL", "", "DATABASE_URL is not set"),
        ("VERIFIER_SIGNER_SOCKET", "", "name --socket"),
        ("VERIFIER_SIGNER_SOCKET", "/dev/null/signer.sock", "--socket"),
    ],
)
def test_what_is_missing_is_named(around: Around, variable: str, value: str, said: str) -> None:
    around.env[variable] = value
    assert said in around.refused()


def test_a_key_file_open_to_others(around: Around) -> None:
    around.world.keys.file.chmod(0o644)
    assert "chmod 600" in around.refused()


@needs_softhsm
def test_a_token_used_by_eight_threads(around: Around) -> None:
    hsm, world = SoftHsm(around.folder / "hsm"), around.world
    world.keys.entries.pop()
    own = add_token_key(world.keys, hsm, "agency", algorithm=Algorithm.RSA_PSS_SHA256)
    world.grant("agency", own.der, Role.AGENCY)
    around.env |= {"SOFTHSM2_CONF": str(hsm.configuration)}
    acts = [world.ordered(layout={"signatures": ["agency"]}) for _ in range(24)]
    public = x509.load_der_x509_certificate(own.der).public_key()
    with around.running() as signer:
        mandate = signer.client.confirm(world.token, [one.id for one in acts])
        told = []
        for number, act in enumerate(acts):
            message = digest(f"document {number}")
            world.change(act, state=State.PREPARED.value, mandate_id=mandate, agency_digest=message.hex())
            told.append(attributes_of(own.der, message))
        with ThreadPoolExecutor(8) as pool:
            asked = [
                pool.submit(signer.client.sign, act.id, Role.AGENCY, one) for act, one in zip(acts, told, strict=True)
            ]
        made = [one.result() for one in asked]
        children = children_of(signer.process)
        assert 1 <= len(children) <= 4
        assert signer.end() == 0
    pairs = zip(made, told, strict=True)
    assert all(
        verifies(Algorithm.RSA_PSS_SHA256, public, one, digest_of(Algorithm.RSA_PSS_SHA256, data))
        for one, data in pairs
    )
    assert not any(alive(one) for one in children)


@needs_softhsm
def test_a_killed_signer_leaves_no_children(around: Around) -> None:
    hsm = SoftHsm(around.folder / "hsm")
    around.world.keys.entries.pop()
    add_token_key(around.world.keys, hsm, "agency")
    around.env |= {"SOFTHSM2_CONF": str(hsm.configuration)}
    with around.running() as signer:
        assert signer.problems == ["", ""]
        children = children_of(signer.process)
        assert children
        signer.end(signal.SIGKILL)
    wait_until(lambda: not any(alive(one) for one in children))
