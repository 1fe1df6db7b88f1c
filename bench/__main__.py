"""`make bench`: milliseconds a document, all judges in turn within one run; medians, and ours against each."""

from __future__ import annotations

import statistics
import sys
import time

from bench import cases, issue, longterm, revocation
from bench.documents import documents
from bench.judges import Judge, floor, ours, pdfsig, plain_pyhanko, pyhanko_lta
from tests.pki import world

ROUNDS = 9
WARM_UP = 2


def measure(judges: dict[str, Judge], data: bytes) -> dict[str, list[float]]:
    """Seconds of each judge, in turn, so that a slow moment of the machine meets all of them."""
    spent: dict[str, list[float]] = {name: [] for name in judges}
    for number in range(WARM_UP + ROUNDS):
        for name, judge in judges.items():
            start = time.perf_counter()
            judge(data)
            if number >= WARM_UP:
                spent[name].append(time.perf_counter() - start)
    return spent


def main() -> int:
    here = world()
    judges: dict[str, Judge] = {
        "verifier": ours(here),
        "pyHanko": plain_pyhanko(here),
        "pyHanko LTA": pyhanko_lta(here),
        "SHA-256": floor,
    }
    process = pdfsig()
    if process:
        judges["pdfsig (process)"] = process
    print(f"median of {ROUNDS} rounds after {WARM_UP} to warm up, ms a document, in one process but for pdfsig")
    print("in brackets: verifier's time as a share of it, median of pairs")
    print(f"{'':18}" + "".join(f"{name:>24}" for name in judges))
    for title, data in documents():
        spent = measure(judges, data)
        cells = []
        for name in judges:
            ratio = statistics.median(a / b for a, b in zip(spent["verifier"], spent[name], strict=True))
            cells.append(f"{statistics.median(spent[name]) * 1000:12.2f} ({ratio:9.2f})")
        print(f"{title:18}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
    print()
    revocation.report()
    print()
    longterm.main()
    print()
    issue.main()
    print()
    return cases.main([])


if __name__ == "__main__":
    sys.exit(main())
