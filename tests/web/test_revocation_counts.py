from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from tests.outside.net import CRL, CRL_URL
from tests.pki import AT
from verifier.outside.clock import FixedClock
from verifier.outside.crl_store import Address, CrlStore
from verifier.web import revocation_counts


def test_the_store_is_counted(tmp_path: Path) -> None:
    registry, store = CollectorRegistry(), CrlStore(tmp_path / "revocation", FixedClock(AT))
    revocation_counts.install(registry, store)
    assert registry.get_sample_value("verifier_revocation_crls") == 0
    store.put(CRL, CRL_URL)
    store.note(Address("http://dead/", AT, failures=3, failure="too-slow"))
    assert registry.get_sample_value("verifier_revocation_crls") == 1
    assert (registry.get_sample_value("verifier_revocation_bytes") or 0) > len(CRL)
    states = {"all": 2, "failing": 1, "overdue": 1}
    for state, number in states.items():
        assert registry.get_sample_value("verifier_revocation_addresses", {"state": state}) == number


def test_a_disk_that_fails_is_no_hindrance_to_other_counts(tmp_path: Path) -> None:
    registry, folder = CollectorRegistry(), tmp_path / "revocation"
    store = CrlStore(folder, FixedClock(AT))
    store.put(CRL, CRL_URL)
    revocation_counts.install(registry, store)
    folder.rename(tmp_path / "moved")
    folder.write_text("not a folder")
    with capture_logs():
        assert registry.get_sample_value("verifier_revocation_crls") in (None, 0)
