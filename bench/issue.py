"""`python -m bench.issue`: issuing, beside plain pyHanko signing the same files, in turn within one run.

Both make the person's signature and then the agency's, each with a time stamp, and bring the file to B-LTA with the
status of all certificates, by the same keys, the same OCSP responder and the same time-stamping authority. Ours also
judges the file before and after, draws and places the mark, keeps the register, and checks the file as of ten years on.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import pyotp
import tomli_w
import typst

from bench.issue_peer import Peer, context, on_token, software
from verifier.commands.issuing_house import IssuingHouse, issuing_house
from verifier.commands.officer import Officer, signed_in
from verifier.commands.shared import Surroundings
from verifier.demo.alone import codes_anew, demonstration
from verifier.demo.people import accounts
from verifier.demo.pki import PUBLIC_SERVICE, DemoPki
from verifier.demo.processes import signer
from verifier.demo.run import place_of
from verifier.outside.clock import SystemClock
from verifier.settings import Settings
from verifier.signing.records import Kind, Level, Order, State
from verifier.storage.database import Database
from verifier.storage.keys import read_ring
from verifier.web import observe

ROUNDS = 7
WARM_UP = 2
NAMES = ("ward-leader", "ward-seal")
OFFICER = "phuong.chutich"
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, LABEL = "135790", "bench"
PAGES = 20


@dataclass(frozen=True)
class Place:
    """The demonstration that both sides use; it runs in a process of its own."""

    environment: Mapping[str, str]
    folder: Path
    pki: DemoPki


@dataclass
class Spent:
    """Seconds of one round."""

    steps: dict[str, float]
    size: int

    @property
    def whole(self) -> float:
        """Return the sum."""
        return sum(self.steps.values())


# --- surroundings ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Give the demonstration, started in another process, so that its servers do not share our time."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_hold, args=(theirs,), daemon=False)
    process.start()
    theirs.close()
    try:
        environment, folder, port = ours.recv()
        yield Place(environment, folder, DemoPki(folder / "keys", port))
    finally:
        ours.close()
        process.join()


def _hold(pipe: Connection) -> None:
    with demonstration(SystemClock(), place=place_of("bench")) as alone:
        pipe.send((dict(alone.environment), alone.trust_store.parent, alone.pki.port))
        with contextlib.suppress(EOFError):
            pipe.recv()


@contextlib.contextmanager
def house(here: Place, socket: str = "") -> Iterator[IssuingHouse]:
    """Give the act of issuing with the signer process at `socket`, or the demonstration's own."""
    env = {**here.environment, **({"VERIFIER_SIGNER_SOCKET": socket} if socket else {})}
    settings = Settings.from_environment(env)
    with issuing_house(settings, Surroundings(env, sys.stdout, sys.stderr, SystemClock())) as found:
        yield found


@contextlib.contextmanager
def token(here: Place, folder: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give a signer process that holds the same keys on a token of SoftHSM: its socket, and what finds the token."""
    tokens, configuration = folder / "tokens", folder / "softhsm2.conf"
    tokens.mkdir()
    configuration.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    found = {"SOFTHSM2_CONF": str(configuration)}

    def run(*arguments: str) -> None:
        command = ["softhsm2-util", *arguments]
        subprocess.run(command, env={**os.environ, **found}, check=True, capture_output=True)

    run("--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "87654321")
    entries = []
    (folder / "pin").touch(mode=0o600)
    (folder / "pin").write_text(PIN)
    keys = {"ward-leader": ("person", "rsa-pss-sha256"), "ward-seal": ("agency", "ecdsa-sha256")}
    for number, (name, (role, algorithm)) in enumerate(keys.items(), 1):
        run("--import", str(here.folder / "keys" / f"{name}.pem"), "--token", LABEL, "--pin", PIN, "--label", name,
            "--id", f"0{number}")  # fmt: skip
        (folder / f"{name}.pem").write_bytes(here.pki.pem(name, PUBLIC_SERVICE) + here.pki.pem("ca", PUBLIC_SERVICE))
        told = {"name": name, "authority": "H26.301", "role": role, "algorithm": algorithm, "backend": "pkcs11"}
        where = {"module": str(MODULE), "token": LABEL, "pin_file": "pin", "key_label": name}
        entries.append({**told, **where, "certificate": f"{name}.pem"})
    file = folder / "keys.toml"
    file.touch(mode=0o600)
    file.write_bytes(tomli_w.dumps({"key": entries}).encode())
    socket = str(folder / "s" / "socket")
    environment = {**os.environ, **here.environment, **found, "VERIFIER_SIGNER_SOCKET": socket}
    with signer(file, environment):
        yield socket, found


def documents() -> Iterator[tuple[str, bytes]]:
    """Give name and bytes of each file."""
    head = '#set page(paper: "a4", margin: (left: 30mm, right: 20mm, y: 25mm))\n#set text(font: "Libertinus Serif")\n'
    page = "= Văn bản mẫu\n#lorem(180)\n\n#v(1fr)\n#v(90mm)"
    for name, pages in (("one page", 1), (f"{PAGES} pages", PAGES)):
        text = head + "\n#pagebreak()\n".join([page] * pages)
        yield name, bytes(typst.compile(text.encode(), format="pdf"))


# --- measuring -------------------------------------------------------------------------------------------------------


def ours(here: Place, found: IssuingHouse, stack: contextlib.ExitStack) -> Callable[[Path], Spent]:
    """Return what issues a certified e-copy of a file, as an officer who has signed in."""
    account = next(one for one in accounts(here.folder) if one.login == OFFICER)
    totp, ring = pyotp.TOTP(account.secret), read_ring(here.folder / "data" / "keys.toml")
    with contextlib.closing(Database(here.environment["DATABASE_URL"], ring)) as database:
        codes_anew(database, ring, here.folder, SystemClock().now())
    officer = Officer(OFFICER, lambda: account.password, lambda: totp.at(SystemClock().now()))
    caller, proof = stack.enter_context(signed_in(found.accounts, officer))
    issuing = found.issuing

    def issue(path: Path) -> Spent:
        steps, start = {}, time.perf_counter()
        act = issuing.order(caller, path, path.name, Order(Kind.CERTIFIED_ECOPY, level=Level.B_LTA))
        steps["order"] = time.perf_counter() - start
        start = time.perf_counter()
        issuing.confirm(caller, proof, (act.id,))
        steps["confirm"] = time.perf_counter() - start
        start = time.perf_counter()
        act = issuing.wait(caller, act.id, 120)
        steps["carry out"] = time.perf_counter() - start
        if act.state != State.RELEASED:
            raise SystemExit(f"not released: {act.state} {act.problem}")
        with issuing.document(caller, act.id).opened() as document:
            return Spent(steps, document.stat().st_size - path.stat().st_size)

    return issue


def theirs(peer: Peer) -> Callable[[Path], Spent]:
    """Return what signs a file by pyHanko alone."""

    def sign(path: Path) -> Spent:
        start = time.perf_counter()
        data = peer(path.read_bytes())
        return Spent({"sign": time.perf_counter() - start}, len(data) - path.stat().st_size)

    return sign


def measure(sides: Mapping[str, Callable[[Path], Spent]], path: Path, rounds: int) -> Mapping[str, list[Spent]]:
    """Return what each side spent, in turn, so that a slow moment of the machine meets all of them."""
    found: dict[str, list[Spent]] = {name: [] for name in sides}
    for number in range(WARM_UP + rounds):
        for name, side in sides.items():
            spent = side(path)
            if number >= WARM_UP:
                found[name].append(spent)
    return found


def report(title: str, found: Mapping[str, list[Spent]]) -> None:
    """Print a line for each side."""
    for name, rounds in found.items():
        median = statistics.median(one.whole for one in rounds)
        pairs = zip(found["verifier"], rounds, strict=True)
        ratio = statistics.median(a.whole / b.whole for a, b in pairs)
        steps = {step: statistics.median(one.steps[step] for one in rounds) for step in rounds[0].steps}
        parts = ", ".join(f"{step} {seconds * 1000:.0f}" for step, seconds in steps.items()) if len(steps) > 1 else ""
        size = statistics.median(one.size for one in rounds)
        cells = f"{median * 1000:8.0f} ms{1 / median:8.2f}/s{ratio:9.2f}{size / 1024:10.1f} KiB  {parts}"
        print(f"{title:24}{name:24}{cells}", flush=True)


def compare(here: Place, key: str, folder: Path, rounds: int, socket: str, signers: tuple[object, object]) -> None:
    """Measure both sides with one kind of key."""
    with contextlib.ExitStack() as stack:
        issue = ours(here, stack.enter_context(house(here, socket)), stack)
        fresh = Peer(here.pki, signers)
        sides = {
            "verifier": issue,
            "pyHanko": theirs(fresh),
            "pyHanko, status kept": theirs(replace(fresh, kept=context(here.pki))),
        }
        for title, data in documents():
            path = folder / f"{title}.pdf"
            path.write_bytes(data)
            report(f"{title}, {key}", measure(sides, path, rounds))


def main(rounds: int = ROUNDS) -> int:
    """Measure and print."""
    logging.disable(logging.WARNING)
    observe.configure_logs("error", None)
    print(f"issuing: person, then agency, both time-stamped, B-LTA; median of {rounds} rounds after {WARM_UP}")
    print(f"{'':48}{'a document':>11}{'':10}{'ours / it':>9}{'added':>10}")
    with tempfile.TemporaryDirectory() as name, place() as here:
        folder = Path(name)
        compare(here, "software key", folder, rounds, "", software(here.pki, NAMES))
        if not MODULE.exists():
            print("SoftHSM is not installed; not measured with a token")
            return 0
        with token(here, folder) as (socket, found):
            os.environ.update(found)
            with on_token(here.pki, NAMES, MODULE, LABEL, PIN) as signers:
                compare(here, "SoftHSM", folder, rounds, socket, signers)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:2])))
