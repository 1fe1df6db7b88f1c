"""Building trust snapshots out of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verifier.snapshot import AlgorithmSuite, Anchor, NotifiedAuthority, Scheme, TrustService, TrustSnapshot
from verifier.trust.algorithms import packaged_suites
from verifier.trust.canon import arranged


def snapshot_of(
    anchors: Iterable[Anchor],
    intermediates: Iterable[bytes] = (),
    suites: Mapping[str, AlgorithmSuite] | None = None,
    schemes: Iterable[Scheme] = (),
    services: Iterable[TrustService] = (),
    authorities: Iterable[NotifiedAuthority] = (),
) -> TrustSnapshot:
    """Build a snapshot with its id; the same content gives the same id in whatever order it comes."""
    return arranged(
        TrustSnapshot(
            id="",
            anchors=tuple(anchors),
            intermediates=tuple(intermediates),
            suites=packaged_suites() if suites is None else suites,
            schemes=tuple(schemes),
            services=tuple(services),
            authorities=tuple(authorities),
        )
    )
