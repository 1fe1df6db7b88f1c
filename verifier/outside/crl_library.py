"""Fetches CRLs: large ones are streamed into the revocation store, small ones are given as they are.

Where the store cannot be used (the disk is full, the folder is gone), it goes as without one, and the log says so.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from verifier.errors import CouldNotJudge
from verifier.evidence import AnyCrl, StoredCrl
from verifier.outside.crl_store import CrlStore
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request, Saves
from verifier.trust.crl_disk import crl_in

LARGE = 64 * 1024
"""Bytes from which a CRL goes to the store: below, carrying it about costs less than opening it."""
MOST_BYTES = 100 * 1024 * 1024
"""Largest CRL that is fetched to the store."""


def log_trouble(error: OSError) -> None:
    """Say in the log that the store cannot be used."""
    import structlog  # noqa: PLC0415 - a command has no log and need not wait 50 ms for it

    trouble = errno.errorcode.get(error.errno or 0, type(error).__name__)
    log = structlog.get_logger("verifier.revocation")
    log.warning("the revocation store cannot be used", trouble=trouble, detail=str(error.strerror or error))


def failure_of(refused: CouldNotJudge) -> Failure:
    """Say why a CRL was not indexed: it went beyond the limits of a worker, or others were before it for too long."""
    return Failure.TOO_SLOW if refused.problem.code == "busy" else Failure.TOO_LARGE


class CrlLibrary:
    """The store with the way to fill it; safe for use from several threads."""

    def __init__(self, store: CrlStore, fetcher: Saves, *, complain: Callable[[OSError], None] = log_trouble) -> None:
        """`complain` is told where the store cannot be used."""
        self._store, self._fetcher, self._complain = store, fetcher, complain

    def known(self, urls: Iterable[str]) -> tuple[StoredCrl, ...]:
        """Return the CRLs of the store that stand at these addresses and are current by their own dates."""
        try:
            return self._store.known(urls)
        except OSError as error:
            self._complain(error)
            return ()

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> AnyCrl:
        """Return the CRL at an address; FetchFailed where there is none. In memory it obeys `limits`, on disk ours."""
        bounds = limits or FetchLimits()
        try:
            return self._streamed(request, bounds)
        except OSError as error:
            self._complain(error)
        try:
            return crl_in(self._fetcher.fetch(request, bounds))
        except ValueError:
            raise FetchFailed(Failure.NOT_CRL) from None

    def _streamed(self, request: Request, bounds: FetchLimits) -> AnyCrl:
        with self._store.receiving() as file:
            size = self._fetcher.save(request, file, replace(bounds, bytes=max(bounds.bytes, MOST_BYTES)))
            file.flush()
            try:
                if size >= LARGE or self._store.address(request.url):
                    return self._kept(file, request.url, small=size <= bounds.bytes)
                file.seek(0)
                return crl_in(file.read())
            except ValueError:
                raise FetchFailed(Failure.NOT_CRL) from None
            except CouldNotJudge as refused:
                raise FetchFailed(failure_of(refused)) from None

    def _kept(self, file: BinaryIO, url: str, *, small: bool) -> AnyCrl:
        try:
            return self._store.put_file(Path(file.name), url)
        except OSError as error:
            self._complain(error)
        if not small:
            raise FetchFailed(Failure.TOO_LARGE)
        file.seek(0)
        return crl_in(file.read())
