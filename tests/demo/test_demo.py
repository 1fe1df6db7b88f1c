from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import postgres
from verifier.demo.run import PORTS

READY_SECONDS = 90
EXPECTED = {
    "1": ("TOTAL_PASSED", {None}),
    "2": ("TOTAL_PASSED", {None}),
    "3": ("TOTAL_PASSED", {None}),
    "4": ("TOTAL_FAILED", {"HASH_FAILURE"}),
    "5": ("INDETERMINATE", {None}),
    "6": ("INDETERMINATE", {"REVOKED_NO_POE"}),
    "7": ("INDETERMINATE", {"NO_CERTIFICATE_CHAIN_FOUND"}),
    "9": ("NO_SIGNATURE", set()),
    "10": ("TOTAL_PASSED", {None}),
    "11": ("TOTAL_PASSED", {None}),
}


@dataclass(frozen=True)
class Demo:
    process: subprocess.Popen[str]
    port: int
    folder: Path

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/pdf"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def samples(self) -> list[Path]:
        return sorted(self.folder.rglob("samples/*.pdf"))

    def judged(self, sample: Path) -> dict[str, Any]:
        status, body = self.ask("POST", "/api/v1/validations", sample.read_bytes())
        assert status == 201, body
        return dict(json.loads(body))

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[0]

    def left(self) -> list[str]:
        """The processes of its session, and those that know its folder."""
        return [line for line in processes() if f" session {self.process.pid} " in line or str(self.folder) in line]


def processes() -> Iterator[str]:
    """Give a line for each process that runs: its session and its command."""
    for entry in Path("/proc").iterdir():
        try:
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # no process, or gone meanwhile
            continue
        if state != "Z":
            yield f"{entry.name} session {session} {command}"


def free_ports() -> int:
    while True:
        with ExitStack() as held:
            first, *others = (held.enter_context(socket.socket()) for _ in range(PORTS))
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                for further, one in enumerate(others, start=1):
                    one.bind(("127.0.0.1", port + further))
            except (OSError, OverflowError):
                continue
            return port


def started(folder: Path) -> Demo:
    port = free_ports()
    command = [sys.executable, "-m", "verifier.cli", "demo", "--port", str(port)]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("VERIFIER_", "DATABASE_"))}
    environment = {**plain, "TMPDIR": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return Demo(process, port, folder)


def wait_until_told(demo: Demo) -> str:
    """Read until it says how to stop it, which is its last word; return all it said."""
    assert demo.process.stdout is not None
    said: list[str] = []
    deadline = time.monotonic() + READY_SECONDS
    for line in demo.process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            return "".join(said)
        if time.monotonic() > deadline:
            break
    pytest.fail("the demonstration did not start:\n" + "".join(said))


@pytest.fixture
def folder() -> Iterator[Path]:
    with postgres.open_folder() as made:
        yield made


def test_every_sample_is_judged_as_told_and_nothing_is_left_after_the_end(folder: Path) -> None:
    demo = started(folder)
    try:
        said = wait_until_told(demo)
        page = demo.ask("GET", "/verify")[0]
        ready, mail = demo.ask("GET", "/health/ready")[0], demo.ask("GET", "/demo/mail")[0]
        reports = {sample.name.split("-")[0]: demo.judged(sample) for sample in demo.samples()}
        running = demo.left()
        rest = demo.stop()
    finally:
        demo.process.kill()
        demo.process.wait()

    assert (page, ready, mail) == (200, 200, 200)
    expired = reports.pop("8")
    assert {name: outcome(report) for name, report in reports.items()} == EXPECTED
    assert expired["conclusion"] == "INDETERMINATE"
    assert "XCV_VALIDITY" in failed(expired)
    assert reports["5"]["changes_after_last_signature"] == "suspicious"
    assert [len(reports[name]["signatures"]) for name in ("1", "3")] == [2, 2]
    assert any("postgres" in line for line in running)
    assert any("verifier.cli signer" in line for line in running)
    assert demo.process.returncode == 0
    assert demo.left() == []
    # what it says is what it means to say: no warnings between the lines, nothing after the end but the end
    assert all(line.startswith(("[", " ", "\n")) for line in said.splitlines(keepends=True))
    assert rest.split() == ["Đã", "dừng", "·", "stopped"]


def outcome(report: dict[str, Any]) -> tuple[str, set[str | None]]:
    kinds = [one for one in report["signatures"] if one["kind"] == "signature"]
    return report["conclusion"], {one["sub_indication"] for one in kinds}


def failed(report: dict[str, Any]) -> set[str]:
    return {check["code"] for one in report["signatures"] for check in one["checks"] if check["status"] == "failed"}


def test_a_port_in_use_is_told_at_once(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "verifier.cli", "demo", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "is in use" in done.stderr
    assert list(folder.iterdir()) == []
