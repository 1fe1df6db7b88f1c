"""The one door for outgoing HTTP: public hosts only, name resolved once and pinned, limits on bytes, time, redirects.

1. the URL is http or https, names no user, and goes to port 80, 443 or an allowed `host:port`;
2. its name is resolved once; every address must be public, unless the `host:port` is allowed by name;
3. the connection goes to an address that was checked, with the name kept for Host and TLS;
4. the answer is read in pieces, as it is and as it unpacks, until a limit is reached; what is announced beyond it is
   not read at all;
5. a redirect starts again at 1.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import BinaryIO, Protocol, Self, TypeVar
from urllib.parse import urljoin, urlsplit

from verifier import __version__
from verifier.outside.addresses import Address, is_public
from verifier.outside.failures import Failure, FetchFailed

__all__ = [
    "Answer",
    "Failure",
    "FetchFailed",
    "FetchLimits",
    "Fetcher",
    "Fetches",
    "Request",
    "Resolver",
    "Saves",
    "origin_of",
]

CHUNK = 64 * 1024
HEADERS = {"User-Agent": f"verifier/{__version__}", "Accept-Encoding": "gzip, identity", "Connection": "close"}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTS = {"http": 80, "https": 443}
MAX_URL = 2048
"""Longest URL asked, in characters."""
CONNECT_SECONDS = 5.0
"""Time for one address to answer the connection; the next is tried then."""
ADDRESSES = 4
"""Addresses of one name that are tried."""
PATIENT_SECONDS = 3.0
"""A host that did not answer within this time is at fault; one that had less may be slow."""
RESOLVERS = 48
"""Look-ups of names under way at once; one that hangs cannot be ended, only left."""

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_TLS_FAILURES = {9: Failure.TLS_EXPIRED, 10: Failure.TLS_EXPIRED, 62: Failure.TLS_NAME, 64: Failure.TLS_NAME}
"""By the reason that OpenSSL gives (X509_V_ERR_…, x509_vfy.h)."""
_resolving = threading.BoundedSemaphore(RESOLVERS)

T = TypeVar("T")
Resolver = Callable[[str, int], Iterable[str]]
"""Gives the addresses of a name; OSError where there are none."""


@dataclass(frozen=True)
class Answer:
    """What a server said, whatever it is."""

    status: int
    """Of HTTP."""
    body: bytes = field(repr=False)
    """Unpacked."""


@dataclass(frozen=True)
class FetchLimits:
    """Bounds of one fetch, redirects included."""

    bytes: int = 32 * 1024 * 1024
    """Largest answer, packed and unpacked; national CRLs reach tens of megabytes."""
    seconds: float = 10
    redirects: int = 3


@dataclass(frozen=True)
class Request:
    """What to ask."""

    url: str
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Fetches(Protocol):
    """What is needed of a fetcher."""

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        """Return the body of the answer; FetchFailed with a reason."""


class Saves(Fetches, Protocol):
    """What is needed of a fetcher for answers of any size."""

    def save(self, request: Request, file: BinaryIO, limits: FetchLimits | None = None) -> int:
        """Write the body of the answer to `file` and return its size; FetchFailed, OSError where writing fails."""


@dataclass(frozen=True)
class _Target:
    """A URL taken apart and found acceptable."""

    scheme: str
    host: str
    port: int
    path: str
    allowed: bool
    """The operator allows this `host:port` by name, public or not."""

    @property
    def authority(self) -> str:
        """Value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Whom a request goes to, as `http://pki.example:80`."""
        return _origin(self.scheme, self.host, self.port)


def origin_of(url: str) -> str:
    """Return whom a request goes to, as `http://pki.example:80`; empty for what is no address of a host."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        return ""
    return _origin(scheme, host.rstrip("."), PORTS[scheme] if port is None else port) if scheme in PORTS else ""


def _origin(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://{host}:{port}"


def _dead(failure: Failure, origin: str) -> FetchFailed:
    failed = FetchFailed(failure)
    failed.dead = origin
    return failed


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system for the addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Fetcher:
    """Fetches over HTTP under guard; safe for use from several threads. Proxies of the environment are not used."""

    def __init__(
        self,
        allow_hosts: Iterable[str] = (),
        limits: FetchLimits | None = None,
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`allow_hosts` names `host:port` that may be asked although not public, on any port."""
        self._allowed = frozenset(host.lower() for host in allow_hosts)
        self._limits = limits or FetchLimits()
        self._resolver = resolver
        self._given_tls = tls

    def get(self, url: str, *, limits: FetchLimits | None = None) -> bytes:
        """Return what stands at `url`; FetchFailed where it cannot or must not be had."""
        return self.fetch(Request(url), limits)

    def post(self, url: str, body: bytes, content_type: str, *, limits: FetchLimits | None = None) -> bytes:
        """Send `body` and return the answer; FetchFailed as `get`."""
        return self.fetch(Request(url, "POST", body, (("Content-Type", content_type),)), limits)

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        """Ask, follow redirects, and return the body of a 200 answer, unpacked."""
        return self._followed(request, limits, b"".join)

    def save(self, request: Request, file: BinaryIO, limits: FetchLimits | None = None) -> int:
        """Ask as `fetch`, write the body to `file` as it comes, and return its size; OSError where that fails.

        After FetchFailed the file may hold the beginning.
        """
        return self._followed(request, limits, lambda pieces: sum(map(file.write, pieces)))

    def _followed(self, request: Request, limits: FetchLimits | None, take: Callable[[Iterator[bytes]], T]) -> T:
        bounds = limits or self._limits
        deadline = time.monotonic() + bounds.seconds
        for _ in range(bounds.redirects + 1):
            answer = self._once(request, bounds.bytes, deadline, take)
            if not isinstance(answer, Request):
                return answer
            request = answer
        raise FetchFailed(Failure.TOO_MANY_REDIRECTS)

    def ask(self, request: Request, limits: FetchLimits | None = None) -> Answer:
        """Ask once, follow no redirect, and return the answer whatever its status; FetchFailed where there is none."""
        bounds = limits or self._limits
        deadline = time.monotonic() + bounds.seconds
        target = self._target(request.url)
        addresses = self._addresses(target, deadline)
        with _Exchange(target, addresses, self._tls, deadline) as exchange:
            response = exchange.ask(request)
            pieces = _unpacked(response, exchange.pieces(response, bounds.bytes), bounds.bytes)
            return Answer(response.status, b"".join(pieces))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context()

    def _once(
        self, request: Request, max_bytes: int, deadline: float, take: Callable[[Iterator[bytes]], T]
    ) -> T | Request:
        """Return what becomes of the body, or the request to which the answer redirects."""
        target = self._target(request.url)
        addresses = self._addresses(target, deadline)
        with _Exchange(target, addresses, self._tls, deadline) as exchange:
            response = exchange.ask(request)
            if response.status in REDIRECTS:
                return _redirected(request, response)
            if response.status != http.client.OK:
                raise FetchFailed(Failure.HTTP_STATUS, status=str(response.status))
            return take(_unpacked(response, exchange.pieces(response, max_bytes), max_bytes))

    def _target(self, url: str) -> _Target:
        if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise FetchFailed(Failure.URL)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise FetchFailed(Failure.URL) from None
        scheme = parts.scheme.lower()
        if scheme not in PORTS:
            raise FetchFailed(Failure.SCHEME)
        if "@" in parts.netloc:
            raise FetchFailed(Failure.USER)
        host = _host((parts.hostname or "").rstrip("."))
        number = PORTS[scheme] if port is None else port
        allowed = (f"[{host}]:{number}" if ":" in host else f"{host}:{number}") in self._allowed
        if not allowed and number not in PORTS.values():
            raise FetchFailed(Failure.PORT, port=str(number))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(scheme, host, number, path, allowed)

    def _addresses(self, target: _Target, deadline: float) -> list[Address]:
        """Resolve the name once. Where one address is not public, the whole name is refused."""
        literal = _address(target.host)
        found = [literal] if literal else self._resolve(target, deadline)
        if not target.allowed and not all(is_public(address) for address in found):
            raise FetchFailed(Failure.NOT_PUBLIC)
        return found[:ADDRESSES]

    def _resolve(self, target: _Target, deadline: float) -> list[Address]:
        answers = _in_time(lambda: list(self._resolver(target.host, target.port)), deadline, target.origin)
        addresses = [_address(answer) for answer in answers]
        found = [address for address in addresses if address]
        if not found or len(found) < len(addresses):
            raise _dead(Failure.NOT_RESOLVED, target.origin)
        return found


def _redirected(request: Request, response: http.client.HTTPResponse) -> Request:
    location = response.headers.get("Location")
    if not location:
        raise FetchFailed(Failure.REDIRECT_EMPTY)
    if request.method != "GET" and response.status not in (307, 308):
        raise FetchFailed(Failure.QUERY_REDIRECTED)
    try:
        return replace(request, url=urljoin(request.url, location.strip()))
    except ValueError:
        raise FetchFailed(Failure.URL) from None


def _host(host: str) -> str:
    """Return the host in lower case; numbers in disguise (octal, hexadecimal, short forms) are no names."""
    if _address(host):
        return host
    if not _HOST.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise FetchFailed(Failure.HOST)
    return host


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _in_time(ask: Callable[[], list[str]], deadline: float, origin: str) -> list[str]:
    """Run a name look-up that knows no time limit beside us, and leave it behind where it takes too long."""
    answer: list[str] = []
    if not _resolving.acquire(timeout=max(0.0, deadline - time.monotonic())):
        raise FetchFailed(Failure.TOO_SLOW)

    def work() -> None:
        try:
            answer.extend(ask())
        except (OSError, UnicodeError):
            pass
        finally:
            _resolving.release()

    thread = threading.Thread(target=work, daemon=True, name="resolve")
    left = max(0.0, deadline - time.monotonic())
    thread.start()
    thread.join(left)
    if thread.is_alive():
        raise _dead(Failure.TOO_SLOW, origin if left >= PATIENT_SECONDS else "")
    return answer


class _Exchange:
    """One connection to a checked address, one request, one answer; every wait ends at the deadline."""

    def __init__(self, target: _Target, addresses: list[Address], tls: ssl.SSLContext, deadline: float) -> None:
        self._target, self._addresses, self._tls, self._deadline = target, addresses, tls, deadline
        self._socket: socket.socket | None = None
        self._watch: threading.Timer | None = None
        self._response: http.client.HTTPResponse | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._watch:
            self._watch.cancel()
        if self._response:
            self._response.close()
        if self._socket:
            self._socket.close()

    def ask(self, request: Request) -> http.client.HTTPResponse:
        """Send the request and read the head of the answer."""
        try:
            self._socket = self._connect()
            # headers are read byte by byte below us: only a closed socket ends a slow drip of them
            self._wait_at_most(self._left())
            self._watch = threading.Timer(self._left(), self._cut)
            self._watch.daemon = True
            self._watch.start()
            if self._target.scheme == "https":
                self._secure(self._socket)
            connection = http.client.HTTPConnection(self._target.host, self._target.port)
            connection.sock = self._socket
            connection.putrequest(request.method, self._target.path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self._target.authority, **HEADERS, **dict(request.headers)}.items():
                connection.putheader(name, value)
            if request.method == "POST":
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            self._response = connection.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failure(error) from None
        return self._response

    def pieces(self, response: http.client.HTTPResponse, max_bytes: int) -> Iterator[bytes]:
        """Yield the body as it comes, at most `max_bytes`."""
        announced, total = response.length, 0
        if announced is not None and announced > max_bytes:
            raise FetchFailed(Failure.TOO_LARGE)
        try:
            while piece := response.read1(CHUNK):
                self._wait_at_most(self._left())
                total += len(piece)
                if total > max_bytes:
                    raise FetchFailed(Failure.TOO_LARGE)
                yield piece
            self._left()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failure(error) from None
        if announced is not None and total != announced:
            raise FetchFailed(Failure.CUT_OFF)

    def _connect(self) -> socket.socket:
        """Connect to the first of the checked addresses that answers."""
        failure, patient = Failure.NOT_REACHED, False
        self._left()
        for address in self._addresses:
            seconds = min(CONNECT_SECONDS, self._deadline - time.monotonic())
            if seconds <= 0:
                break
            try:
                return socket.create_connection((str(address), self._target.port), seconds)
            except TimeoutError:
                failure, patient = Failure.SILENT, patient or seconds >= PATIENT_SECONDS
            except OSError:
                patient = True
        raise _dead(failure, self._target.origin if patient else "")

    def _secure(self, plain: socket.socket) -> None:
        """Begin TLS on the connection; from the first byte on the watch can cut it."""
        self._socket = secured = self._tls.wrap_socket(
            plain, server_hostname=self._target.host, do_handshake_on_connect=False
        )
        secured.do_handshake()

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise FetchFailed(Failure.TOO_SLOW)
        return left

    def _wait_at_most(self, seconds: float) -> None:
        if self._socket:
            self._socket.settimeout(seconds)

    def _cut(self) -> None:
        if self._socket:
            try:  # of the plain socket: a TLS socket would go on reading without TLS
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return

    def _failure(self, error: Exception) -> FetchFailed:
        if time.monotonic() >= self._deadline or isinstance(error, TimeoutError):
            return FetchFailed(Failure.TOO_SLOW)
        if isinstance(error, ssl.SSLCertVerificationError):
            return FetchFailed(_TLS_FAILURES.get(error.verify_code, Failure.TLS_UNTRUSTED))
        if isinstance(error, ssl.SSLError):
            return FetchFailed(Failure.TLS)
        if isinstance(error, http.client.IncompleteRead):
            return FetchFailed(Failure.CUT_OFF)
        if isinstance(error, OSError):
            return FetchFailed(Failure.NOT_REACHED)
        return FetchFailed(Failure.NOT_HTTP)


def _unpacked(response: http.client.HTTPResponse, pieces: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Undo gzip piece by piece, at most `max_bytes` in all."""
    coding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding in ("", "identity"):
        yield from pieces
        return
    if coding not in ("gzip", "x-gzip"):
        raise FetchFailed(Failure.PACKING)
    unpack, total = zlib.decompressobj(16 + zlib.MAX_WBITS), 0
    try:
        for piece in pieces:
            content = unpack.decompress(piece, max_bytes - total + 1)
            total += len(content)
            if total > max_bytes:
                raise FetchFailed(Failure.TOO_LARGE)
            yield content
    except zlib.error:
        raise FetchFailed(Failure.NOT_UNPACKED) from None
    if not unpack.eof:
        raise FetchFailed(Failure.CUT_OFF)
