from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from tests.trust.builders import leaf, root
from verifier.trust.usage import may_answer_ocsp, may_sign_crls, timestamp_usage_ok

ROOT = root()
BROKEN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.37"), b"\x30\x03\x02\x01")


@pytest.mark.parametrize(
    ("usages", "critical", "expected"),
    [
        ([Usage.TIME_STAMPING], "critical", True),
        ([Usage.TIME_STAMPING], "", False),
        ([Usage.TIME_STAMPING, Usage.EMAIL_PROTECTION], "critical", False),
        ([Usage.EMAIL_PROTECTION], "critical", False),
        ([], "", False),
    ],
)
def test_a_time_stamp_needs_its_one_critical_usage(
    usages: list[x509.ObjectIdentifier],
    critical: str,
    expected: bool,  # noqa: FBT001
) -> None:
    extra = ((x509.ExtendedKeyUsage(usages), bool(critical)),) if usages else ()
    assert timestamp_usage_ok(leaf(ROOT, extra=extra).certificate) is expected


def test_an_unreadable_usage_allows_nothing() -> None:
    certificate = leaf(ROOT, extra=((BROKEN, True),)).certificate
    assert not timestamp_usage_ok(certificate)
    assert not may_answer_ocsp(certificate)


@pytest.mark.parametrize(
    ("usages", "expected"), [({"crl_sign"}, True), ({"key_cert_sign"}, False), (None, True), (set(), False)]
)
def test_signing_lists_needs_the_usage_where_there_is_one(
    usages: set[str] | None,
    expected: bool,  # noqa: FBT001
) -> None:
    certificate = leaf(ROOT, usages=None if usages is None else frozenset(usages)).certificate
    assert may_sign_crls(certificate) is expected
