"""Counts of the revocation store for `/metrics`: how much it holds, and which addresses fail or are overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from verifier.outside.crl_store import CrlStore

log = structlog.get_logger("verifier.web")


def install(registry: CollectorRegistry, store: CrlStore) -> None:
    """Count anew whenever the registry is asked."""
    registry.register(_RevocationCounts(store))


@dataclass(frozen=True, eq=False)
class _RevocationCounts(Collector):
    store: CrlStore

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering asks nobody."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Count; nothing where the disk fails, for the other counts are wanted then most."""
        try:
            found = self.store.counts()
        except OSError as error:
            log.warning("the revocation store cannot be counted", trouble=type(error).__name__)
            return
        yield GaugeMetricFamily("verifier_revocation_crls", "CRLs in the revocation store.", value=found.crls)
        yield GaugeMetricFamily("verifier_revocation_bytes", "Size of the revocation store.", value=found.bytes)
        addresses = GaugeMetricFamily(
            "verifier_revocation_addresses",
            "Addresses of CRLs that documents asked for lately: all, whose last fetch failed, whose CRL has run out.",
            labels=["state"],
        )
        for state, number in (("all", found.addresses), ("failing", found.failing), ("overdue", found.overdue)):
            addresses.add_metric([state], number)
        yield addresses
