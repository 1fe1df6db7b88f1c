"""Counts of trust for `/metrics`: anchors, how old the snapshot and each list are, when lists end, what fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from verifier.keeping.alarms import ListState, Severity
from verifier.keeping.watch import TrustWatch


def install(registry: CollectorRegistry, watch: TrustWatch) -> None:
    """Count anew whenever the registry is asked."""
    registry.register(_TrustCounts(watch))


@dataclass(frozen=True, eq=False)
class _TrustCounts(Collector):
    watch: TrustWatch

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering asks nobody."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Count."""
        found = self.watch.state()
        yield GaugeMetricFamily("verifier_trust_anchors", "Trust anchors of the snapshot in use.", value=found.anchors)
        if found.age is not None:
            age = found.age.total_seconds()
            yield GaugeMetricFamily("verifier_trust_snapshot_age_seconds", "Since it came into use.", value=age)
        yield from _of_lists(found.lists)


def _of_lists(lists: Iterable[ListState]) -> Iterator[Metric]:
    labels = ["scheme"]
    age = GaugeMetricFamily("verifier_trust_list_age_seconds", "Since the list in use was issued.", labels=labels)
    left = GaugeMetricFamily(
        "verifier_trust_list_next_update_seconds", "Until NextUpdate of the list in use; negative after.", labels=labels
    )
    failures = GaugeMetricFamily(
        "verifier_trust_list_failures", "Attempts in a row to fetch the list that failed.", labels=labels
    )
    state = GaugeMetricFamily(
        "verifier_trust_list_state", "1 for how the list stands, else 0.", labels=["scheme", "state"]
    )
    for one in lists:
        if one.age is not None:
            age.add_metric([one.scheme], one.age.total_seconds())
        if one.left is not None:
            left.add_metric([one.scheme], one.left.total_seconds())
        failures.add_metric([one.scheme], one.failures)
        for severity in Severity:
            state.add_metric([one.scheme, severity.word], float(one.severity is severity))
    yield from (age, left, failures, state)
