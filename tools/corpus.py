"""`make corpus`: run the command over a folder of real files, score it, and count crashes and times.

The folder holds `expected.json`, `score.py`, `passwords.txt` and `files/`. Floors stand in tools/corpus_floors.toml;
they only ever rise. Exit 0 where every hard rule holds and no floor is missed. Where `trustlists.json` stands there,
trusted lists are inspected: sound ones must parse and verify, broken ones be told apart for the reason that it names.
Sound ones are then imported, each at its own issue time: see corpus_imports.py.
Where `pkits.json` and `limbo.json` stand there, paths are built and validated: see corpus_paths.py.
The files are marked and signed, and what was signed before must stay as it was: see corpus_issue.py.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

from asn1crypto import pem

from tools import corpus_imports, corpus_issue, corpus_paths
from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.outside.clock import SystemClock
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.snapshot import Anchor, TrustSnapshot
from verifier.trust.algorithms import packaged_suites

logging.disable(logging.WARNING)  # what the libraries say of broken files
FLOORS = Path(__file__).with_name("corpus_floors.toml")
ANCHOR = Path("files/pdf-attacks/synthetic/root.pem")
VERIFIER = Path(sys.executable).with_name("verifier")


def main(corpus: Path) -> int:
    if not (corpus / "expected.json").exists():
        print(f"{corpus}: no expected.json there")
        return 2
    files = [corpus / "files" / r["path"] for r in json.loads((corpus / "expected.json").read_text())["records"]]
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.jsonl"
        trust = Path(scratch) / "trust"
        trust.mkdir()
        shutil.copy(corpus / ANCHOR, trust)
        seconds = run(trust, corpus / "passwords.txt", files, results)
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        score = subprocess.run(
            [sys.executable, corpus / "score.py", corpus / "expected.json", results, "--disagreements"],
            check=False,
            capture_output=True,
            text=True,
        )
    print(score.stdout + score.stderr)
    crashes = [one["file"] for one in lines if "internal" in str((one["problem"] or {}).get("code"))]
    print(f"{len(lines)} of {len(files)} files answered in {seconds:.1f} s; crashes {len(crashes)} {crashes}")
    print(times(files, trust_of=corpus / ANCHOR))
    missed = bool(crashes) or below_floor(score.stdout) or len(lines) != len(files)
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))
    below = [missed, lists_below_floor(corpus), corpus_paths.below_floor(corpus, floors["paths"])]
    anchor = pem.unarmor((corpus / ANCHOR).read_bytes())[2]
    below.append(corpus_issue.below_floor(corpus, anchor, floors["marks"]))
    return int(any(below))


def run(trust: Path, passwords: Path, files: list[Path], results: Path) -> float:
    command: list[str | Path] = [VERIFIER, "validate", "--offline", "--format", "json", "--trust-store", trust]
    command += ["--password-file", passwords, "--output", results, *files]
    start = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        print(f"the command ended with {done.returncode}: {done.stderr[-2000:]}")
    return time.perf_counter() - start


def times(files: list[Path], trust_of: Path) -> str:
    """Time reading and judging in this process, one file after another, after one round of warming up."""

    anchor = pem.unarmor(trust_of.read_bytes())[2]
    evidence = Evidence(TrustSnapshot("corpus", (Anchor(anchor, "root"),), suites=packaged_suites()))
    policy, at = make_policy(name="corpus"), SystemClock().now()
    spent = []
    for path in files:
        data = path.read_bytes()
        start = time.perf_counter()
        with contextlib.suppress(CouldNotJudge):
            judge(read_document(data), evidence, policy, at)
        spent.append((time.perf_counter() - start) * 1000)
    slowest = files[spent.index(max(spent))].name
    p95 = statistics.quantiles(spent, n=20)[-1]
    return (
        f"one file in process, ms: p50 {statistics.median(spent):.1f}, p95 {p95:.1f}, max {max(spent):.1f} ({slowest})"
    )


LIST_FIELDS = ("version", "territory", "sequence", "issued", "next_update", "services", "pointers")


def lists_below_floor(corpus: Path) -> bool:
    """Inspect the trusted lists with the command, and hold what it says against what is known of each."""
    if not (corpus / "trustlists.json").exists():
        return False
    records = json.loads((corpus / "trustlists.json").read_text(encoding="utf-8"))["records"]
    command = [VERIFIER, "trust", "inspect", "--format", "json", *[corpus / "files" / r["path"] for r in records]]
    start = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)  # progress goes to the terminal
    seconds = time.perf_counter() - start
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    right = {True: 0, False: 0}
    intact = [record for record in records if expected_of(record)[0] == "intact"]
    for record, answer in zip(records, answers, strict=True):
        state, code = expected_of(record)
        wrong = deviations(record, answer, state, code)
        right[state == "intact"] += not wrong
        if wrong:
            print(f"LIST {record['path']}: {'; '.join(wrong)}")
    print(f"trusted lists in {seconds:.1f} s: {right[True]} of {len(intact)} sound ones parse and verify, ", end="")
    print(f"{right[False]} of {len(records) - len(intact)} broken ones are told apart for the right reason")
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))["trusted_lists"]
    kept = {
        "sound lists": right[True] >= floors["sound"],
        "broken lists": right[False] >= floors["broken"],
        "time for lists": seconds < floors["seconds"],
    }
    for name, good in kept.items():
        print(f"floor, {name}: {'kept' if good else 'MISSED'}")
    refused = corpus_imports.below_floor(intact, corpus / "files", floors)
    return refused or not all(kept.values())


def expected_of(record: dict[str, Any]) -> tuple[str, str]:
    """What is known of a list: state of the signature, and the code of the problem that makes it broken."""
    verified = str(record.get("xmldsig_signxml"))
    if record["parse"] != "ok":
        return "unreadable", "xml-broken"
    if record["signatures"] != 1:
        return ("broken", "several-signatures") if record["signatures"] else ("missing", "signature-missing")
    if verified.startswith("ok"):
        return "intact", ""
    return "broken", "signature-value-mismatch" if "InvalidSignature" in verified else "signature-digest-mismatch"


def deviations(record: dict[str, Any], answer: dict[str, Any], state: str, code: str) -> list[str]:
    """Where an answer differs from what is known."""
    told = [problem["code"] for problem in answer["problems"]]
    found = [] if answer["signature"] == state else [f"signature {answer['signature']}, expected {state}"]
    if code and code not in told:
        found.append(f"{code} is not told, but {told}")
    if record["parse"] == "ok":
        found += [
            f"{key} {answer[key]!r}, expected {record[key]!r}" for key in LIST_FIELDS if answer[key] != record[key]
        ]
        found += ["version-missing is not told"] if not record["version"] and "version-missing" not in told else []
    return found


def below_floor(table: str) -> bool:
    """Hold the scorer's table against the floors, and its hard rules against what docs/corpus-notes.md argues."""
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))
    accepted = [line.split()[1] for line in table.splitlines() if line.startswith("ACCEPTED ")]
    kept = {
        "agreement": float(match(r"agreement ([\d.]+)%", table)) >= floors["agreement"],
        "counts": int(match(r"wrong (\d+);", table)) <= floors["wrong_counts"],
        "nothing accepted that must be flagged": set(accepted) <= set(floors["argued"]),
        "nothing passed that must be flagged": match(r"TOTAL_PASSED (\d+)", table) == "0",
        "a result for every file": "\nMISSING " not in table,
        "no internal error": "\nERROR " not in table,
    }
    for name, good in kept.items():
        print(f"floor, {name}: {'kept' if good else 'MISSED'}")
    return not all(kept.values())


def match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else "-1"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
