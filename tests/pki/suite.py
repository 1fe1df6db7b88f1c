"""The algorithm suites that tests judge with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from verifier.evidence import AlgorithmRule, AlgorithmSuite


def _end(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+00:00")


@lru_cache(maxsize=1)
def suites() -> Mapping[str, AlgorithmSuite]:
    """Return a short suite after ETSI TS 119 312, for tests that need no more."""
    digests = [AlgorithmRule("sha1", 0, _end("2012-08-01")), AlgorithmRule("md5", 0, _end("2004-08-01"))]
    digests += [AlgorithmRule(name, 0, None) for name in ("sha256", "sha384", "sha512", "sha3_256")]
    keys = [
        AlgorithmRule("rsassa_pkcs1v15", 1024, _end("2019-10-01")),
        AlgorithmRule("rsassa_pkcs1v15", 1900, _end("2029-01-01")),
        AlgorithmRule("rsassa_pss", 1900, _end("2029-01-01")),
        AlgorithmRule("rsassa_pss", 3000, None),
        AlgorithmRule("ecdsa", 256, None),
        AlgorithmRule("ed25519", 256, None),
        AlgorithmRule("ed448", 448, None),
    ]
    return {"ts119312": AlgorithmSuite("ts119312", (*digests, *keys))}
