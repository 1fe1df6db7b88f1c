"""The demonstration provider as a process of its own, and a browser that signs in there."""

from __future__ import annotations

import html
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from verifier.demo.identity_provider import DemoClient, DemoIdentity

BACK = "http://127.0.0.1:9/sign-in/identity/return"
US = DemoClient("verifier", "a-secret-of-the-verifier-000000000", BACK)
OTHERS = DemoClient("tax-office", "a-secret-of-the-tax-office-0000000", BACK)
AN = DemoIdentity("001", "Nguyễn Thị Ấn", "an@lanhsu.example.vn")
BINH = DemoIdentity("002", "Trần Bình")
STOP_SECONDS = 10


class OpenIdProvider:
    """Keeps its address over restarts; its keys are new after each."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "verifier.demo.identity_provider"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = {
            "port": self.port,
            "identities": [asdict(AN), asdict(BINH)],
            "clients": [asdict(US), asdict(OTHERS)],
        }
        assert self._told(json.dumps(told)) == "ready"

    def rotate(self) -> None:
        assert self._told("rotate") == "rotated"

    def stop(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait(STOP_SECONDS)
        process.stdout.close()

    def _told(self, line: str) -> str:
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@contextmanager
def running() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider()
    try:
        provider.start()
        yield provider
    finally:
        provider.stop()


class Browser:
    """A person at a browser: reads the page, presses a button, follows redirects by hand until it is sent back."""

    def visit(self, address: str) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(address, allow_redirects=False, timeout=10)

    def press(self, page: requests.Response, sub: str) -> Mapping[str, str]:
        """Choose somebody (empty: refuse), and return the query with which the browser comes back."""
        action, asked = (_between(page.text, mark) for mark in ('action="', 'name="request" value="'))
        with requests.Session() as session:
            session.trust_env = False
            form = {"request": html.unescape(asked), "sub": sub}
            answer = session.post(urljoin(page.url, action), form, allow_redirects=False, timeout=10)
        assert answer.status_code == 303, answer.text
        return came_back(answer)

    def sign_in(self, address: str, sub: str = AN.sub) -> Mapping[str, str]:
        return self.press(self.visit(address), sub)


def came_back(answer: requests.Response) -> Mapping[str, str]:
    location = answer.headers["Location"]
    assert location.startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(location).query))


def _between(text: str, mark: str) -> str:
    found = re.search(re.escape(mark) + '([^"]*)"', text)
    assert found, text
    return found[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
