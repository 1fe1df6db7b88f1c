"""Bytes added to a signed document, and the time that takes, with an OCSP response against a long CRL.

Run: python -m bench.longterm
"""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.outside.net import Answers, Net
from tests.pki import AT
from tests.pki.long_crl import long_crl
from tests.signing.longterm.house import EARLIER, LEAF_CRL, LEAF_OCSP, SOON, WORLD, YEARS_ON, House, answers
from verifier.signing.records import Level

ENTRIES = 100_000


def main() -> None:
    """Print one line for each level and kind of status."""
    crl = long_crl(WORLD.ca, EARLIER, SOON, ENTRIES)
    kinds: dict[str, Answers] = {"OCSP": {}, f"CRL of {ENTRIES:,} entries": {LEAF_OCSP: 503, LEAF_CRL: crl}}
    print(f"| status of the signer | level | bytes added | seconds | seconds of the future check |\n|{'---|' * 5}")
    for kind, changes in kinds.items():
        for level in Level:
            with tempfile.TemporaryDirectory() as folder:
                house = House(Path(folder), net=Net(answers() | changes), now=AT + timedelta(seconds=1))
                source, long_term = house.signed(), house.longterm()
                before = time.perf_counter()
                done = long_term.completed(source, house.out, level)
                between = time.perf_counter()
                long_term.lasting(house.out, YEARS_ON)
                later = time.perf_counter() - between
                print(f"| {kind} | {level.value} | {done.grown:,} | {between - before:.2f} | {later:.2f} |")


if __name__ == "__main__":
    main()
