from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.outside.servers import Server, body, drip_headers, serving, status
from tests.outside.tls import NAME, authority, raw_server
from verifier.outside.fetch import Failure, Fetcher, FetchFailed, FetchLimits

LIMITS = FetchLimits(bytes=1000, seconds=5)
QUICK = FetchLimits(bytes=1000, seconds=0.4)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    stop = threading.Event()
    answers = {"/crl": body(b"CRL"), "/headers": drip_headers(stop)}
    with serving(answers, authority().server(tmp_path_factory.mktemp("tls"))) as made:
        yield made
        stop.set()


def fetcher(port: int, name: str = NAME, tls: ssl.SSLContext | None = None, plain: int = 0) -> Fetcher:
    allowed = [f"{name}:{port}", f"{name}:{plain}"]
    return Fetcher(allowed, LIMITS, resolver=lambda _host, _port: ["127.0.0.1"], tls=tls or authority().trusted())


def failure(asked: Fetcher, url: str, limits: FetchLimits | None = None) -> Failure:
    with pytest.raises(FetchFailed) as caught:
        asked.get(url, limits=limits)
    return caught.value.failure


def test_a_host_with_a_trusted_certificate_for_its_name_is_asked(server: Server) -> None:
    assert fetcher(server.port).get(f"https://{NAME}:{server.port}/crl") == b"CRL"
    assert server.asked[-1][1]["Host"] == f"{NAME}:{server.port}"


def test_http_may_lead_to_https(server: Server) -> None:
    with serving({"/crl": status(302, f"https://{NAME}:{server.port}/crl")}) as plain:
        asked = fetcher(server.port, plain=plain.port)
        assert asked.get(f"http://{NAME}:{plain.port}/crl") == b"CRL"


def test_a_certificate_for_another_name_is_refused(server: Server) -> None:
    other = "other.example"
    assert failure(fetcher(server.port, other), f"https://{other}:{server.port}/crl") is Failure.TLS_NAME


def test_an_expired_certificate_is_refused(server: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    expired = authority().server(tmp_path_factory.mktemp("tls"), until=datetime(2001, 1, 1, tzinfo=UTC))
    with serving({}, expired) as old:
        assert failure(fetcher(old.port), f"https://{NAME}:{old.port}/crl") is Failure.TLS_EXPIRED


def test_a_certificate_of_a_ca_that_is_not_trusted_is_refused(server: Server) -> None:
    stranger = fetcher(server.port, tls=authority("Another CA").trusted())
    assert failure(stranger, f"https://{NAME}:{server.port}/crl") is Failure.TLS_UNTRUSTED


def test_what_is_not_tls_at_all_is_refused() -> None:
    with raw_server(b"HTTP/1.0 200 OK\r\n\r\nhello", threading.Event()) as port:
        assert failure(fetcher(port), f"https://{NAME}:{port}/") is Failure.TLS


def test_a_handshake_that_drips_ends_at_the_deadline() -> None:
    with raw_server(b"\x16", threading.Event(), drip=0.02) as port:
        assert failure(fetcher(port), f"https://{NAME}:{port}/", QUICK) in (Failure.TOO_SLOW, Failure.TLS)


def test_a_handshake_that_says_nothing_ends_at_the_deadline() -> None:
    with raw_server(b"", threading.Event(), drip=20) as port:
        assert failure(fetcher(port), f"https://{NAME}:{port}/", QUICK) is Failure.TOO_SLOW


def test_headers_that_drip_over_tls_end_at_the_deadline(server: Server) -> None:
    assert failure(fetcher(server.port), f"https://{NAME}:{server.port}/headers", QUICK) is Failure.TOO_SLOW
