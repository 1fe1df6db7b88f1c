from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.trust.builders import day
from verifier.errors import CouldNotJudge
from verifier.policy import make_policy
from verifier.snapshot import AlgorithmRule, AlgorithmSuite
from verifier.trust.algorithms import (
    digest_reliable_until,
    packaged_suites,
    parse_suite,
    reliable_until,
    suite_of,
)

ETSI = packaged_suites()["ts119312"]
VIETNAM = packaged_suites()["vietnam"]
POLICY = make_policy(name="test")
NEVER = "unreliable at every date"

SUITE = b"""
name = "small"
title = "A small suite"

[[digest]]
algorithm = "sha256"
oid = ["2.16.840.1.101.3.4.2.1"]
source = "test"

[[scheme]]
algorithm = "ecdsa"
oid = []
min_bits = 256
until = 2030-01-01
source = "test"
"""


@pytest.mark.parametrize(
    ("scheme", "digest", "bits", "end"),
    [
        ("rsassa_pkcs1v15", "sha256", 785, NEVER),
        ("rsassa_pkcs1v15", "sha256", 786, "2010-08-01"),
        ("rsassa_pkcs1v15", "sha256", 1024, "2019-10-01"),
        ("rsassa_pkcs1v15", "sha256", 1899, "2019-10-01"),
        ("rsassa_pkcs1v15", "sha256", 1900, "2029-01-01"),
        ("rsassa_pkcs1v15", "sha512", 4096, "2029-01-01"),
        ("rsassa_pkcs1v15", "sha1", 2048, "2012-08-01"),
        ("rsassa_pkcs1v15", "sha1", 800, "2010-08-01"),
        ("rsassa_pkcs1v15", "md5", 2048, "2004-08-01"),
        ("rsassa_pkcs1v15", "1.3.36.3.2.1", 2048, "2014-08-01"),
        ("rsassa_pkcs1v15", "", 2048, NEVER),
        ("rsassa_pkcs1v15", "sha999", 2048, NEVER),
        ("rsassa_pss", "sha256", 2048, "2029-01-01"),
        ("rsassa_pss", "sha256", 3000, None),
        ("dsa", "sha256", 1024, "2015-12-01"),
        ("dsa", "sha256", 2048, "2029-01-01"),
        ("ecdsa", "sha256", 192, "2012-08-01"),
        ("ecdsa", "sha256", 224, "2021-10-01"),
        ("ecdsa", "sha256", 256, None),
        ("ecdsa", "sha224", 256, "2029-01-01"),
        ("ecdsa", "sha3_512", 528, None),
        ("ecdsa", "sha256", 0, NEVER),
        ("ed25519", "", 256, None),
        ("ed25519", "sha512", 256, None),
        ("ed448", "", 456, None),
        ("mldsa65", "", 0, None),
        ("2.16.840.1.101.3.4.3.18", "", 0, None),
        ("1.2.3.4", "sha256", 4096, NEVER),
    ],
)
def test_the_dates_of_ts_119_312(scheme: str, digest: str, bits: int, end: str | None) -> None:
    found = reliable_until(ETSI, POLICY, scheme, digest, bits)
    assert found.known is (end != NEVER)
    assert found.until == (None if end in (None, NEVER) else day(str(end)))


@pytest.mark.parametrize(
    ("digest", "end"),
    [("sha1", "2012-08-01"), ("whirlpool", "2020-12-01"), ("sha224", "2029-01-01"), ("sha384", None), ("md2", NEVER)],
)
def test_the_dates_of_digests(digest: str, end: str | None) -> None:
    found = digest_reliable_until(ETSI, POLICY, digest)
    assert found.known is (end != NEVER)
    assert found.until == (None if end in (None, NEVER) else day(str(end)))


def test_the_end_itself_is_too_late() -> None:
    found = reliable_until(ETSI, POLICY, "rsassa_pkcs1v15", "sha1", 2048)
    end = day("2012-08-01")
    assert found.holds_at(end - timedelta(microseconds=1))
    assert not found.holds_at(end)


def test_what_is_not_known_never_holds() -> None:
    assert not reliable_until(ETSI, POLICY, "unknown", "sha256", 4096).holds_at(day("1990-01-01"))


def test_the_latest_end_among_fitting_rules_counts() -> None:
    rules = tuple(
        AlgorithmRule("ecdsa", bits, until) for bits, until in ((0, day("2030-01-01")), (256, day("2020-01-01")))
    )
    suite = AlgorithmSuite("odd", (*rules, AlgorithmRule("sha256", 0, None)))
    assert reliable_until(suite, POLICY, "ecdsa", "sha256", 256).until == day("2030-01-01")


def test_a_rule_may_be_for_one_digest() -> None:
    rules = (
        AlgorithmRule("ecdsa", 0, None, "sha384"),
        AlgorithmRule("sha256", 0, None),
        AlgorithmRule("sha384", 0, None),
    )
    suite = AlgorithmSuite("odd", rules)
    assert reliable_until(suite, POLICY, "ecdsa", "sha384", 256).known
    assert not reliable_until(suite, POLICY, "ecdsa", "sha256", 256).known


@pytest.mark.parametrize(
    ("scheme", "digest", "bits", "known"),
    [
        ("rsassa_pkcs1v15", "sha256", 2047, False),
        ("rsassa_pkcs1v15", "sha256", 2048, True),
        ("rsassa_pss", "sha512", 2048, True),
        ("ecdsa", "sha256", 255, False),
        ("ecdsa", "sha3_256", 256, True),
        ("ecdsa", "sha512_256", 256, True),
        ("ecdsa", "sha224", 256, False),
        ("rsassa_pkcs1v15", "sha1", 4096, False),
        ("dsa", "sha256", 4096, False),
    ],
)
def test_the_vietnamese_minimum_has_sizes_and_no_dates(
    scheme: str,
    digest: str,
    bits: int,
    known: bool,  # noqa: FBT001
) -> None:
    found = reliable_until(VIETNAM, POLICY, scheme, digest, bits)
    assert (found.known, found.until) == (known, None)


@pytest.mark.parametrize(
    ("limits", "scheme", "digest", "bits", "reason"),
    [
        ({"minimum_rsa_bits": 3072}, "rsassa_pss", "sha256", 3071, "key-below-policy"),
        ({"minimum_rsa_bits": 3072}, "rsassa_pss", "sha256", 3072, "reliable"),
        ({"minimum_ec_bits": 384}, "ecdsa", "sha256", 256, "key-below-policy"),
        ({"minimum_ec_bits": 384}, "ed25519", "", 256, "key-below-policy"),
        ({"minimum_rsa_bits": 3072}, "ecdsa", "sha256", 256, "reliable"),
        ({"allowed_digests": ["sha512"]}, "ecdsa", "sha256", 256, "digest-not-allowed"),
        ({"allowed_digests": ["sha512"]}, "ed25519", "", 256, "reliable"),
    ],
)
def test_a_policy_may_ask_for_more(limits: dict[str, object], scheme: str, digest: str, bits: int, reason: str) -> None:
    policy = make_policy(name="strict", **limits)
    assert reliable_until(ETSI, policy, scheme, digest, bits).reason == reason


def test_a_suite_is_read() -> None:
    suite = parse_suite(SUITE, "small.toml")
    assert suite.name == "small"
    assert AlgorithmRule("2.16.840.1.101.3.4.2.1", 0, None) in suite.rules
    assert AlgorithmRule("ecdsa", 256, day("2030-01-01")) in suite.rules


@pytest.mark.parametrize(
    ("part", "spoiled"),
    [
        (b'name = "small"', b""),
        (b'title = "A small suite"', b"title = 1"),
        (b'name = "small"', b'name = "small"\nversion = 2'),
        (b"min_bits = 256", b""),
        (b"min_bits = 256", b'min_bits = "256"'),
        (b"min_bits = 256", b"min_bits = true"),
        (b"min_bits = 256", b"min_bits = 256\nuntill = 2020-01-01"),
        (b"until = 2030-01-01", b'until = "2030-01-01"'),
        (b"until = 2030-01-01", b"until = 2030-01-01T00:00:00"),
        (b"oid = []", b"oid = [1]"),
        (b"[[scheme]]", b"[scheme]"),
        (b"[[digest]]", b"digest ="),
    ],
)
def test_a_spoiled_suite_is_refused(part: bytes, spoiled: bytes) -> None:
    assert SUITE.count(part) == 1
    with pytest.raises(CouldNotJudge) as caught:
        parse_suite(SUITE.replace(part, spoiled), "small.toml")
    assert caught.value.problem.code == "trust-store-unreadable"
    assert caught.value.problem.params["file"] == "small.toml"


def test_an_empty_suite_is_refused() -> None:
    with pytest.raises(CouldNotJudge, match="lists no algorithm"):
        parse_suite(b'name = "empty"\ntitle = "Empty"\ndigest = []\nscheme = []', "empty.toml")


def test_the_policy_names_its_suite() -> None:
    assert suite_of(packaged_suites(), POLICY) is ETSI
    with pytest.raises(CouldNotJudge) as caught:
        suite_of(packaged_suites(), make_policy(name="odd", suite="none"))
    assert caught.value.problem.code == "policy-unreadable"


def test_every_entry_cites_its_source_and_all_dates_begin_a_day() -> None:
    ends: list[datetime] = [rule.until for suite in (ETSI, VIETNAM) for rule in suite.rules if rule.until]
    assert ends
    assert all((end.hour, end.minute, end.second) == (0, 0, 0) and end.tzinfo for end in ends)
