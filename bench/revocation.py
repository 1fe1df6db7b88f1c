"""`python -m bench.revocation`: what long CRLs cost, beside plain pyHanko, in one run.

For each length: the first load (reading the file, making the index, verifying the signature, in a fresh process with
its peak memory), and how much longer than with short CRLs a warm validation of the same document takes.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench.judges import Judge, fresh_crls, plain_pyhanko
from tests.pki import AT, FRESH, fresh_evidence, signed_pdf, world
from tests.pki.long_crl import long_crl
from verifier.evidence import Evidence, StoredCrl
from verifier.judge import judge
from verifier.outside.clock import FixedClock
from verifier.outside.crl_store import CrlStore
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.trust.crl import parse_crl
from verifier.verdict import Conclusion

LENGTHS = (100_000, 1_000_000)
ROUNDS = 15
WARM_UP = 3
MOST_SECONDS = 20.0
"""Time for all rounds of one judge; a round that has begun is finished."""
URL = "http://crl.example/ca.crl"


@dataclass(frozen=True)
class Row:
    """What one list costs."""

    first_seconds: float
    first_mib: float
    cold: dict[str, float]
    """Seconds of the first document, by judge."""
    added: dict[str, float]
    """Seconds that a warm validation takes longer than with short lists, by judge."""


def ours(crls: Evidence, folder: Path) -> Judge:
    """Judge with the CRLs as the store gives them to each document."""
    policy, store = make_policy(name="bench"), CrlStore(folder, FixedClock(AT))

    def run(data: bytes) -> object:
        evidence = crls.plus(crls=store.known((URL,)))
        verdict = judge(read_document(data), evidence, policy, AT).verdict
        if verdict.conclusion is not Conclusion.TOTAL_PASSED:
            raise SystemExit(f"not passed: {verdict.conclusion}")
        return verdict

    return run


def measure(length: int, folder: Path) -> Row:
    """Measure one length."""
    here = world()
    crl = long_crl(here.ca, FRESH, FRESH + timedelta(days=7), length)
    file = folder / "list.crl"
    file.write_bytes(crl)
    store = folder / "store"
    first = json.loads(_subprocess("first", str(file), str(store)))
    data = signed_pdf(here)
    short = fresh_evidence(here)
    _, *others = fresh_crls(here)  # the list of the CA, which is the first, is the long one
    rest = replace(short, crls=tuple(others))
    judges: dict[str, tuple[Callable[[], Judge], Callable[[], Judge]]] = {
        "verifier": (lambda: ours(short, folder / "empty"), lambda: ours(rest, store)),
        "pyHanko": (lambda: plain_pyhanko(here), lambda: plain_pyhanko(here, (crl, *others))),
    }
    cold: dict[str, float] = {}
    added: dict[str, float] = {}
    for name, (make_short, make_long) in judges.items():
        with_short, start = make_short(), time.perf_counter()
        with_long = make_long()
        with_long(data)
        cold[name] = time.perf_counter() - start
        added[name] = _added(with_short, with_long, data)
    return Row(first["seconds"], first["mib"], cold, added)


def _added(short: Judge, long: Judge, data: bytes) -> float:
    """Return the median of the differences, the two in turn; fewer rounds where they take too long."""
    differences: list[float] = []
    end = time.perf_counter() + MOST_SECONDS
    for number in range(WARM_UP + ROUNDS):
        seconds = [_seconds(one, data) for one in (short, long)]
        late = time.perf_counter() > end
        if number >= WARM_UP or late:
            differences.append(seconds[1] - seconds[0])
        if late:
            break
    return statistics.median(differences)


def _seconds(one: Judge, data: bytes) -> float:
    start = time.perf_counter()
    one(data)
    return time.perf_counter() - start


def _subprocess(*words: str) -> str:
    command = [sys.executable, "-m", "bench.revocation", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def first(file: Path, folder: Path) -> None:
    """Take a CRL into the store and look one serial number up; tell seconds and peak memory."""
    start = time.perf_counter()
    store = CrlStore(folder, FixedClock(AT))
    with store.receiving() as received, file.open("rb") as source:
        while piece := source.read(1 << 16):
            received.write(piece)
        received.flush()
        stored: StoredCrl = store.put_file(Path(received.name), URL)
    crl = parse_crl(stored)
    if not crl.verified_by(world().ca.certificate.public_key.dump()):
        raise SystemExit("the signature does not verify")
    crl.entry(1, crl.issuer_key)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def report(lengths: Sequence[int] = LENGTHS) -> None:
    """Measure and print."""
    print("revocation: seconds and peak MiB of a fresh process for the first load of a list (read, index, verify);")
    print("seconds of the first document of a process; ms that a warm validation takes longer than with short lists")
    print(
        f"{'entries':>10}{'first load':>14}{'peak':>12}{'cold, ours':>14}{'warm, ours':>14}"
        f"{'cold, pyHanko':>16}{'warm, pyHanko':>16}"
    )
    for length in lengths:
        with tempfile.TemporaryDirectory() as folder:
            row = measure(length, Path(folder))
        cells = [
            f"{length:>10,}",
            f"{row.first_seconds:>12.2f} s",
            f"{row.first_mib:>8.0f} MiB",
            f"{row.cold['verifier']:>12.3f} s",
            f"{row.added['verifier'] * 1000:>11.3f} ms",
            f"{row.cold['pyHanko']:>14.2f} s",
            f"{row.added['pyHanko'] * 1000:>13.1f} ms",
        ]
        print("".join(cells), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["first"]:
        first(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        report(tuple(int(word) for word in sys.argv[1:]) or LENGTHS)
