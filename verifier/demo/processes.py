"""Processes of the demonstration, the signer process among them: started so that they end with it."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from verifier.errors import BadRequest, CouldNotIssue
from verifier.signing.signer.client import SignerClient
from verifier.signing.signer.server import LONGEST_PATH

STOP_SECONDS = 15
SIGNER_SECONDS = 30
"""Until the signer process answers."""
PR_SET_PDEATHSIG = 1
NEEDED = ("DATABASE_URL", "VERIFIER_DATA", "VERIFIER_ENV", "VERIFIER_LOG_LEVEL", "VERIFIER_SECURITY_LOG")
"""Settings of the signer process."""


def begin(arguments: Sequence[str], environment: Mapping[str, str], **streams: int) -> subprocess.Popen[bytes]:
    """Start Python with these arguments; it ends when we do, whatever happens to us."""
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, env=dict(environment), preexec_fn=_die_with_parent, **streams)  # type: ignore[call-overload,no-any-return]  # noqa: S603, PLW1509


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, by force where it takes too long."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ticks(seconds: int) -> Iterator[int]:
    """Give a number five times a second, so long."""
    for tick in range(seconds * 5):
        yield tick
        time.sleep(0.2)


def socket_of(folder: Path) -> Path:
    """Return where the signer process of a demonstration listens; elsewhere where the folder's name is too long."""
    place = folder.resolve() / "signer" / "socket"
    if len(os.fsencode(place)) <= LONGEST_PATH:
        return place
    mark = hashlib.sha256(os.fsencode(place)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"verifier-signer-{mark}" / "socket"


@contextlib.contextmanager
def signer(key_file: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Have the signer process at VERIFIER_SIGNER_SOCKET hold these keys; BadRequest `bad-option` where it does not."""
    settings = {name: value for name, value in environment.items() if name in NEEDED or not _ours(name)}
    place = environment["VERIFIER_SIGNER_SOCKET"]
    command = ("-m", "verifier.cli", "signer", "--keys", str(key_file), "--socket", place)
    process = begin(command, settings, stdout=subprocess.DEVNULL)
    try:
        _wait_for(process, SignerClient(Path(place)))
        yield process
    finally:
        end(process)


def _wait_for(process: subprocess.Popen[bytes], client: SignerClient) -> None:
    for _ in ticks(SIGNER_SECONDS):
        if process.poll() is not None:
            raise BadRequest("bad-option", "the signer process did not start; its message stands above")
        with contextlib.suppress(CouldNotIssue):
            client.keys()
            return
    raise BadRequest("bad-option", f"the signer process was not ready within {SIGNER_SECONDS} s")


def _ours(name: str) -> bool:
    return name.startswith("VERIFIER_") or name == "DATABASE_URL"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
