"""Asks time-stamping authorities in order until one gives a token that can be believed (RFC 3161).

For each address, first to last:
  1. one that failed to answer just now rests a while and is passed over, so that many acts do not each wait for it;
  2. it is asked over the guarded door: nonce, certificate wanted, a time limit of its own;
  3. its answer must be granted and answer this very question: algorithm, digest, nonce;
  4. the signature must be right, the signer a time-stamping unit under an anchor trusted for time stamps, its time
     close to ours, and its certificates neither expired nor revoked;
whatever fails moves on to the next, and is told by a code. Where all fail there is no time: never the local clock.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from verifier.check import Begins
from verifier.errors import CouldNotIssue
from verifier.outside.clock import Clock
from verifier.outside.fetch import Fetches, FetchFailed, FetchLimits
from verifier.plain import visible
from verifier.policy import Policy
from verifier.signing.records import Stamped
from verifier.signing.time.checking import CLOCK_OFF, TokenCheck
from verifier.signing.time.messages import NONCE_BYTES, NoToken, Question, Token
from verifier.snapshot import TrustSnapshot

SECONDS = 10.0
"""Within which one authority must have answered."""
MOST_BYTES = 256 * 1024
"""Largest answer; a token with a long chain has some thousands of bytes."""
REST_SECONDS = 30.0
"""How long an authority that failed to answer is passed over."""
RESTING = "resting"
NO_TIME_STAMP = "no-time-stamp"


@dataclass(frozen=True)
class _Failed:
    """Why one address gave no token."""

    url: str
    why: NoToken

    @property
    def told(self) -> str:
        words = f"{self.why.code} ({self.why.detail})" if self.why.detail else self.why.code
        return visible(f"{self.url}: {words}")


class Stampers:
    """Implements `signing.ports.Stamps`; safe for use from several threads."""

    def __init__(
        self,
        addresses: Sequence[str],
        post: Fetches,
        clock: Clock,
        trusted: Callable[[], TrustSnapshot],
        policy: Callable[[], Policy],
        gatherer: Begins | None = None,
        *,
        seconds: float = SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`post` is the guarded fetcher; `gatherer` finds the status of the authorities' own certificates."""
        self._addresses, self._post, self._clock = tuple(addresses), post, clock
        self._check = TokenCheck(trusted, policy, clock.now, gatherer)
        self._limits = FetchLimits(bytes=MOST_BYTES, seconds=seconds, redirects=0)
        self._monotonic = monotonic
        self._rests: dict[str, tuple[float, str]] = {}
        """Until when an address rests, and why."""
        self._lock = threading.Lock()

    def token(self, data: bytes, algorithm: str = "sha256") -> Stamped:
        """Return a checked token over the digest of `data`, of the first authority that gives one.

        CouldNotIssue where none does: `clock-off` (params `ours`, `theirs`, `tsa`, `tried`) where one answered rightly
        but for its time, else `no-time-stamp` (param `tried`: each address with its code). Both may pass with time.
        """
        return self.over(hashlib.new(algorithm, data).digest(), algorithm)

    def over(self, digest: bytes, algorithm: str = "sha256") -> Stamped:
        """Do the same over a digest."""
        failures: list[_Failed] = []
        for url in self._addresses:
            try:
                token = self._ask(url, Question(digest, algorithm, int.from_bytes(secrets.token_bytes(NONCE_BYTES))))
            except NoToken as why:
                failures.append(_Failed(url, why))
            else:
                return Stamped(token.der, token.at, url, tuple((one.url, one.why.code) for one in failures))
        raise _no_time(failures, self._clock.now())

    def _ask(self, url: str, question: Question) -> Token:
        self._refuse_if_resting(url)
        try:
            answer = self._post.fetch(question.request(url), self._limits)
        except FetchFailed as failed:
            self._rest(url, failed.failure.value)
            raise NoToken(failed.failure.value, failed.reason) from None
        token = question.read(answer)
        try:
            self._check.require_good(token)
        except NoToken as why:
            if why.code == "status-unknown":  # whom we asked about it may have kept us waiting
                self._rest(url, why.code)
            raise
        return token

    def _refuse_if_resting(self, url: str) -> None:
        with self._lock:
            until, why = self._rests.get(url, (0.0, ""))
        if until > self._monotonic():
            raise NoToken(RESTING, why)

    def _rest(self, url: str, why: str) -> None:
        with self._lock:
            self._rests[url] = (self._monotonic() + REST_SECONDS, why)


def _no_time(failures: Sequence[_Failed], now: datetime) -> CouldNotIssue:
    tried = "; ".join(one.told for one in failures)
    off = next((one for one in failures if one.why.at), None)
    if off is None or off.why.at is None:
        detail = tried or "no time-stamping authority is set (VERIFIER_TSA)"
        return CouldNotIssue(NO_TIME_STAMP, detail, tried=tried)
    ours, theirs = f"{now:%Y-%m-%d %H:%M:%S} UTC", f"{off.why.at:%Y-%m-%d %H:%M:%S} UTC"
    detail = f"our clock says {ours}, that of {visible(off.url)} {theirs}; {tried}"
    return CouldNotIssue(CLOCK_OFF, detail, ours=ours, theirs=theirs, tsa=off.url, tried=tried)
