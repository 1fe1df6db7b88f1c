"""When anchors were trusted: the status of a service at an instant, not today's (TS 119 612 5.5.5; TS 119 615)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from verifier.snapshot import Anchor, Span


def spans_of(anchor: Anchor) -> Iterator[Span]:
    """Yield the stretches of time in which an anchor is trusted, cut off where its trust ended; empty ones left out."""
    for span in anchor.spans or (Span(),):
        ends = [end for end in (span.end, anchor.trusted_until) if end is not None]
        whole = Span(span.start, min(ends, default=None))
        if whole.start is None or whole.end is None or whole.start < whole.end:
            yield whole


def trusted_at(anchors: Iterable[Anchor], instant: datetime) -> bool:
    """Return whether any of these anchors is trusted at the instant."""
    return any(span.holds(instant) for anchor in anchors for span in spans_of(anchor))


def trusted_by(anchors: Iterable[Anchor], instant: datetime) -> bool:
    """Return whether any of them is trusted at the instant or was at some time before it."""
    return any(span.start is None or span.start <= instant for anchor in anchors for span in spans_of(anchor))


def last_end(anchors: Iterable[Anchor], instant: datetime) -> datetime | None:
    """Return the latest end of a stretch of trust that is not after the instant; None where none has ended by then."""
    ends = (span.end for anchor in anchors for span in spans_of(anchor))
    return max((end for end in ends if end is not None and end <= instant), default=None)
