from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.outside.servers import (
    Server,
    announced,
    body,
    chunked,
    drip_body,
    drip_headers,
    endless,
    endless_chunks,
    endless_headers,
    serving,
    status,
)
from verifier.outside.addresses import is_public
from verifier.outside.fetch import Failure, Fetcher, FetchFailed, FetchLimits

LIMITS = FetchLimits(bytes=1000, seconds=5)
QUICK = FetchLimits(bytes=1000, seconds=0.3)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    stop = threading.Event()
    answers = {
        "/crl": body(b"CRL"),
        "/crl?v=1": body(b"CRL with query"),
        "/full": body(b"x" * 1000),
        "/over": body(b"x" * 1001),
        "/endless": endless,
        "/endless-headers": endless_headers,
        "/announced": announced(500_000_000),
        "/chunks": chunked(b"3\r\nabc\r\n0\r\n\r\n"),
        "/chunks-endless": endless_chunks,
        "/chunk-huge": chunked(b"ffffffffffff\r\n" + b"x" * 2000),
        "/chunk-negative": chunked(b"-5\r\n" + b"x" * 2000),
        "/chunk-odd": chunked(b"zz\r\nabc\r\n0\r\n\r\n"),
        "/chunk-cut": chunked(b"a\r\nabc"),
        "/packed-twice": body(gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip, gzip"),
        "/drip": drip_body(stop),
        "/headers": drip_headers(stop),
        "/packed": body(gzip.compress(b"x" * 1000), Content_Encoding="gzip"),
        "/bomb": body(gzip.compress(b"x" * 500_000), Content_Encoding="gzip"),
        "/half-packed": body(gzip.compress(b"x" * 1000)[:-10], Content_Encoding="gzip"),
        "/broken-packed": body(b"no gzip at all", Content_Encoding="gzip"),
        "/brotli": body(b"?", Content_Encoding="br"),
        "/cut": body(b"abc", Content_Length="10"),
        "/gone": status(410),
        "/empty": status(204),
        "/to-crl": status(302, "/crl"),
        "/to-nowhere": status(302),
        "/loop": status(301, "/loop"),
        "/to-loopback": status(302, "http://127.0.0.1:1/"),
        "/to-name": status(302, "http://localhost/"),
        "/to-metadata": status(302, "http://169.254.169.254/latest/meta-data/"),
        "/to-file": status(302, "file:///etc/passwd"),
        "/to-both": status(302, "http://both.example/"),
        "/to-mapped": status(302, "http://[::ffff:127.0.0.1]/"),
        "/to-number": status(302, "http://2130706433/"),
        "/to-user": status(302, "http://user:word@pki.example/"),
        "/to-lines": status(302, "/crl%0d%0aHost:%20inside"),
        "/1": status(302, "/2"),
        "/2": status(302, "/3"),
        "/3": status(302, "/crl"),
        "/0": status(302, "/1"),
        "/to-broken": status(302, "http://[::1/"),
    }
    with serving(answers) as made:
        yield made
        stop.set()


@pytest.fixture
def fetcher(server: Server) -> Fetcher:
    return Fetcher([server.host], LIMITS)


def refused(fetcher: Fetcher, url: str, limits: FetchLimits | None = None) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetcher.get(url, limits=limits)
    return caught.value.reason


def test_an_allowed_host_is_asked(server: Server, fetcher: Fetcher) -> None:
    assert fetcher.get(server.url("/crl")) == b"CRL"
    assert fetcher.get(server.url("/crl?v=1")) == b"CRL with query"
    assert fetcher.get(server.url("/full")) == b"x" * 1000
    assert fetcher.get(server.url("/packed")) == b"x" * 1000
    assert fetcher.get(server.url("/to-crl")) == b"CRL"
    assert fetcher.get(server.url("/1")) == b"CRL"
    assert fetcher.get(server.url("/chunks")) == b"abc"


def test_a_query_is_posted(server: Server, fetcher: Fetcher) -> None:
    assert fetcher.post(server.url("/crl"), b"question", "application/ocsp-request") == b"CRL"
    _, headers, sent = server.asked[-1]
    assert sent == b"question"
    assert headers["Content-Type"] == "application/ocsp-request"
    assert headers["Host"] == server.host
    with pytest.raises(FetchFailed, match="redirected"):
        fetcher.post(server.url("/to-crl"), b"question", "application/ocsp-request")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/over", "too large"),
        ("/endless", "too large"),
        ("/endless-headers", "not HTTP"),
        ("/announced", "too large"),
        ("/chunks-endless", "too large"),
        ("/chunk-huge", "too large"),
        ("/chunk-negative", "too large"),
        ("/chunk-odd", "cut off"),
        ("/chunk-cut", "cut off"),
        ("/packed-twice", "unknown way"),
        ("/bomb", "too large"),
        ("/half-packed", "cut off"),
        ("/broken-packed", "cannot be unpacked"),
        ("/brotli", "unknown way"),
        ("/cut", "cut off"),
        ("/gone", "HTTP status 410"),
        ("/empty", "HTTP status 204"),
        ("/missing", "HTTP status 404"),
        ("/to-nowhere", "without a target"),
        ("/loop", "too many redirects"),
        ("/to-loopback", "port 1 is not allowed"),
        ("/to-name", "not on the public network"),
        ("/to-metadata", "not on the public network"),
        ("/to-file", "neither http nor https"),
        ("/to-mapped", "not on the public network"),
        ("/to-number", "not a usable host name"),
        ("/to-user", "names a user"),
        ("/to-lines", "HTTP status 404"),
        ("/0", "too many redirects"),
        ("/to-broken", "not a usable URL"),
    ],
)
def test_what_is_beyond_the_limits_is_refused(server: Server, fetcher: Fetcher, path: str, reason: str) -> None:
    assert reason in refused(fetcher, server.url(path))


@pytest.mark.parametrize("path", ["/drip", "/headers"])
def test_a_slow_drip_ends_at_the_deadline(server: Server, fetcher: Fetcher, path: str) -> None:
    assert refused(fetcher, server.url(path), QUICK) == "too slow"


def test_a_slow_name_server_ends_at_the_deadline() -> None:
    stop = threading.Event()

    def resolver(host: str, port: int) -> list[str]:
        stop.wait(5)
        return ["8.8.8.8"]

    assert refused(Fetcher(limits=QUICK, resolver=resolver), "http://pki.example/") == "too slow"
    stop.set()


def test_loopback_is_refused_unless_allowed_by_name_and_port(server: Server) -> None:
    assert "public" in refused(Fetcher(), "http://127.0.0.1/crl")
    assert "port" in refused(Fetcher(), server.url("/crl"))
    assert "port" in refused(Fetcher([f"127.0.0.1:{server.port + 1}"]), server.url("/crl"))
    assert "port" in refused(Fetcher([f"localhost:{server.port}"]), server.url("/crl"))


def test_a_name_is_resolved_once_and_pinned(server: Server) -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    fetcher = Fetcher([f"pki.example:{server.port}"], LIMITS, resolver=resolver)
    assert fetcher.get(f"http://PKI.example:{server.port}/crl") == b"CRL"
    assert asked == ["pki.example"]
    assert server.asked[-1][1]["Host"] == f"pki.example:{server.port}"


def test_a_redirect_to_a_host_with_public_and_private_addresses_is_refused(server: Server) -> None:
    addresses = {"both.example": ["8.8.8.8", "10.0.0.1"]}
    fetcher = Fetcher([server.host], LIMITS, resolver=lambda host, _port: addresses[host])
    assert refused(fetcher, server.url("/to-both")) == "the host is not on the public network"


def test_a_host_that_does_not_take_the_connection_is_silent() -> None:
    with socket.socket() as full, socket.socket() as one, socket.socket() as other:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for waiting in (one, other):
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        with pytest.raises(FetchFailed) as caught:
            Fetcher([f"127.0.0.1:{port}"], QUICK).get(f"http://127.0.0.1:{port}/")
    assert (caught.value.failure, caught.value.dead) == (Failure.SILENT, "")


def test_a_host_that_refuses_the_connection_is_dead() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(FetchFailed) as caught:
            Fetcher([f"127.0.0.1:{port}"], QUICK).get(f"http://127.0.0.1:{port}/")
    assert (caught.value.failure, caught.value.dead) == (Failure.NOT_REACHED, f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%eth0"],
        ["not an address"],
        [],
    ],
)
def test_a_name_that_leads_inside_is_refused(addresses: list[str]) -> None:
    fetcher = Fetcher(resolver=lambda host, port: addresses)
    assert refused(fetcher, "http://pki.example/crl") in (
        "the host is not on the public network",
        "the name of the host cannot be resolved",
    )


def test_a_name_that_is_not_known_cannot_be_resolved() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(8, "no such name")

    assert "resolved" in refused(Fetcher(resolver=resolver), "http://pki.example/crl")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://pki.example/crl",
        "file:///etc/passwd",
        "ldap://pki.example/cn=ca",
        "gopher://127.0.0.1:6379/_x",
        "//pki.example/crl",
        "http://",
        "http:///crl",
        "http://user@pki.example/",
        "http://pki.example@127.0.0.1/",
        "http://pki.example:22/",
        "http://pki.example:80:80/",
        "http://pki.example:99999/",
        "http://pki.example/\r\nHost: other",
        "http://pki.example/ x",
        "http://pki.example\\@127.0.0.1/",
        "http://pki.exämple/",
        "http://-pki.example/",
        "http://" + "a." * 200 + "example/",
        "http://pki.example/" + "a" * 3000,
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://0.0.0.0/",
        "http://[::]/",
    ],
)
def test_a_hostile_address_is_refused_without_a_look_up(url: str) -> None:
    def resolver(host: str, port: int) -> list[str]:
        pytest.fail(f"looked up {host}")

    assert refused(Fetcher(resolver=resolver), url)


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "203.162.4.190", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.53",
        "169.254.169.254",
        "172.31.255.255",
        "192.168.1.1",
        "192.88.99.1",
        "198.19.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:8.8.8.8",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
    ],
)
def test_addresses_that_are_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))
