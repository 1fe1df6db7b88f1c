"""Print which agency of a register each signature of some PDFs speaks for: `tools/agencies.py STORE PDF…`.

STORE is a trust store in full layout. Nothing is fetched; the time is that of the newest time stamp, else now.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from verifier.errors import VerifierError
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policies import load_policy
from verifier.reports.authority import authority_word
from verifier.reports.formats import Words
from verifier.snapshot import Filing, TrustSnapshot
from verifier.trust.register import FOLDER, read_register
from verifier.trust.store import load_trust_store, snapshot_of
from verifier.verdict import SignatureKind


def main(store: Path, files: list[Path]) -> int:
    trust = load_trust_store(store)
    if not trust.authorities:
        trust = _with_register(trust, store)
    evidence = replace(Evidence(trust), filing=Filing())
    policy = load_policy(None, store)
    now = datetime.now(UTC)
    for file in files:
        try:
            verdict = judge(read_document(file.read_bytes()), evidence, policy, now).verdict
        except VerifierError as error:
            print(file.name, error.problem.code, sep="\t")
            continue
        signed = [one for one in verdict.signatures if one.kind is SignatureKind.SIGNATURE]
        if not signed:
            print(file.name, "no signature", f"{verdict.signature_remnants} remnants", sep="\t")
        for one in signed:
            said = one.authority
            when = one.best_signature_time.date() if one.best_signature_time else ""
            layer_two = one.sub_indication or one.indication
            word = authority_word(said, Words("vi"))
            print(file.name, one.signer.subject, when, layer_two, said.reason, said.id, said.specimen, word, sep="\t")
    return 0


def _with_register(trust: TrustSnapshot, store: Path) -> TrustSnapshot:
    authorities = read_register(store / FOLDER)
    return snapshot_of(trust.anchors, trust.intermediates, trust.suites, trust.schemes, trust.services, authorities)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]]))
