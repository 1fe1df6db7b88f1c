"""Algorithm strength by date: reading suites (ETSI TS 119 312 as data) and asking them; no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from verifier.errors import CouldNotJudge
from verifier.policy import Policy
from verifier.snapshot import AlgorithmRule, AlgorithmSuite
from verifier.trust.canon import arranged_suite
from verifier.trust.strict import Key, check_table, instant, parse_toml, texts, unreadable

HASHES_BY_ITSELF = frozenset(
    {
        "ed25519",
        "ed448",
        "1.3.101.112",
        "1.3.101.113",
        "mldsa44",
        "mldsa65",
        "mldsa87",
        "2.16.840.1.101.3.4.3.17",
        "2.16.840.1.101.3.4.3.18",
        "2.16.840.1.101.3.4.3.19",
    }
)
"""Schemes that need no digest beside them."""
_RSA = frozenset({"rsassa_pkcs1v15", "rsassa_pss"})
_ELLIPTIC = frozenset({"ecdsa", "ed25519", "ed448"})


@dataclass(frozen=True)
class Reliability:
    """Until when an algorithm can be relied on."""

    known: bool
    """Whether the suite lists it at this size and the policy allows it; if not, it is unreliable at every date."""
    until: datetime | None
    """First instant at which it is no longer reliable; None for no end, and where not known."""
    reason: str
    """`reliable`, `ends`, `unknown-algorithm`, `key-too-small`, `unknown-digest`, `digest-not-allowed` or
    `key-below-policy`."""

    def holds_at(self, instant: datetime) -> bool:
        """Whether it is reliable at `instant` (strictly before the end)."""
        return self.known and (self.until is None or instant < self.until)


def reliable_until(suite: AlgorithmSuite, policy: Policy, scheme: str, digest: str, key_bits: int) -> Reliability:
    """Return until when a signature with this scheme, digest and key size is reliable: the earlier end of both.

    Names as in `x509.AlgorithmUse`; `digest` may be empty for schemes that hash by themselves.
    """
    below = (scheme in _RSA and key_bits < policy.minimum_rsa_bits) or (
        scheme in _ELLIPTIC and key_bits < policy.minimum_ec_bits
    )
    if below:
        return Reliability(known=False, until=None, reason="key-below-policy")
    own = _latest(suite, scheme, digest, key_bits)
    if not own.known or (scheme in HASHES_BY_ITSELF and not digest):
        return own
    other = digest_reliable_until(suite, policy, digest)
    if not other.known:
        return other
    return min(own, other, key=_end)


def digest_reliable_until(suite: AlgorithmSuite, policy: Policy, digest: str) -> Reliability:
    """Return until when a digest by itself, as in a message imprint, is reliable."""
    if policy.allowed_digests and digest not in policy.allowed_digests:
        return Reliability(known=False, until=None, reason="digest-not-allowed")
    found = _latest(suite, digest, "", 0)
    return found if found.known else Reliability(known=False, until=None, reason="unknown-digest")


def _latest(suite: AlgorithmSuite, algorithm: str, digest: str, size: int) -> Reliability:
    """The latest end among the rules that fit."""
    rules = [rule for rule in suite.rules if rule.algorithm == algorithm]
    if not rules:
        return Reliability(known=False, until=None, reason="unknown-algorithm")
    fitting = [rule.until for rule in rules if rule.min_bits <= size and rule.with_digest in ("", digest)]
    if not fitting:
        return Reliability(known=False, until=None, reason="key-too-small")
    ends = [until for until in fitting if until is not None]
    if len(ends) < len(fitting):
        return Reliability(known=True, until=None, reason="reliable")
    return Reliability(known=True, until=max(ends), reason="ends")


def _end(reliability: Reliability) -> tuple[bool, float]:
    """Order by end, no end last."""
    return reliability.until is None, reliability.until.timestamp() if reliability.until else 0.0


# --- reading -----------------------------------------------------------------------------------------------------

_SUITE_KEYS = {
    "name": Key(str),
    "title": Key(str),
    "digest": Key(list),
    "scheme": Key(list),
}
_DIGEST_KEYS = {
    "algorithm": Key(str),
    "oid": Key(list),
    "until": Key(date, required=False),
    "source": Key(str),
}
_SCHEME_KEYS = {**_DIGEST_KEYS, "min_bits": Key(int), "with_digest": Key(str, required=False)}


def parse_suite(text: bytes, where: str) -> AlgorithmSuite:
    """Read a suite from TOML; CouldNotJudge `trust-store-unreadable` where a key is unknown, missing or wrong."""
    table = check_table(parse_toml(text, where), _SUITE_KEYS, where)
    rules = [rule for entry in table["digest"] for rule in _entry_rules(entry, _DIGEST_KEYS, where)]
    rules += [rule for entry in table["scheme"] for rule in _entry_rules(entry, _SCHEME_KEYS, where)]
    if not rules:
        raise unreadable(where, "the suite lists no algorithm")
    return arranged_suite(AlgorithmSuite(table["name"], tuple(rules)))


def load_suites(folder: Path) -> dict[str, AlgorithmSuite]:
    """Read every suite in a folder, by name; CouldNotJudge where one is unreadable or a name stands twice."""
    try:
        files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        return _by_name((path.name, path.read_bytes()) for path in files)
    except OSError as error:
        raise unreadable(folder.name, error.strerror or "cannot be read") from None


@cache
def packaged_suites() -> Mapping[str, AlgorithmSuite]:
    """Suites of this edition of the program, for trust stores that bring none."""
    folder = resources.files("verifier.trust") / "suites"
    return _by_name((item.name, item.read_bytes()) for item in folder.iterdir() if item.name.endswith(".toml"))


def suite_of(suites: Mapping[str, AlgorithmSuite], policy: Policy) -> AlgorithmSuite:
    """Return the suite that the policy names; CouldNotJudge `policy-unreadable` where the trust store has none."""
    try:
        return suites[policy.suite]
    except KeyError:
        raise CouldNotJudge(
            "policy-unreadable", f"the trust store has no algorithm suite {policy.suite!r}", key="suite"
        ) from None


def _by_name(texts_by_file: Iterator[tuple[str, bytes]]) -> dict[str, AlgorithmSuite]:
    suites: dict[str, AlgorithmSuite] = {}
    for where, text in texts_by_file:
        suite = parse_suite(text, where)
        if suite.name in suites:
            raise unreadable(where, f"a second suite named {suite.name!r}")
        suites[suite.name] = suite
    return suites


def _entry_rules(entry: object, keys: Mapping[str, Key], where: str) -> Iterator[AlgorithmRule]:
    table: dict[str, Any] = check_table(entry, keys, where)
    until = instant(table.get("until"), where)
    for name in (table["algorithm"], *texts(table["oid"], where)):
        yield AlgorithmRule(name, table.get("min_bits", 0), until, table.get("with_digest", ""))
