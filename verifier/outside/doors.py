"""What the doors share by which notices and results go out: how it is said that something was not taken."""

from __future__ import annotations

from http import HTTPStatus

from verifier.outside.failures import FetchFailed
from verifier.outside.fetch import Answer, Fetcher, FetchLimits, Request

ASKED_TOO_MUCH = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
OPERATORS = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
)
"""A wrong key, no credit, a wrong address: the operator will mend it, and nothing must be lost meanwhile."""
LIMITS = FetchLimits(bytes=64 * 1024, seconds=20, redirects=0)
RECEIPT_LENGTH = 200
"""Most characters kept of what the other side answers."""


class NotTaken(Exception):
    """The other side did not take it; `trouble` is read by people and holds nothing personal."""

    def __init__(self, trouble: str, *, retry: bool) -> None:
        """`retry` tells whether it may be taken later."""
        super().__init__(trouble)
        self.trouble, self.retry = trouble, retry


def posted(fetcher: Fetcher, request: Request, what: str) -> Answer:
    """Send to a gateway; return its answer where it took it. NotTaken, with `what` the gateway is called."""
    try:
        answer = fetcher.ask(request, LIMITS)
    except FetchFailed as failed:
        raise NotTaken(f"{what}: {failed.reason}", retry=True) from None
    if 200 <= answer.status < 300 or answer.status == HTTPStatus.CONFLICT:  # it has had this key already
        return answer
    later = answer.status >= 500 or answer.status in ASKED_TOO_MUCH | OPERATORS or answer.status < 400
    raise NotTaken(f"{what}: HTTP status {answer.status}", retry=later)


def receipt_text(told: object) -> str:
    """Return what is kept of an answer: one printable line."""
    return "".join(c for c in str(told or "") if c.isprintable())[:RECEIPT_LENGTH]
