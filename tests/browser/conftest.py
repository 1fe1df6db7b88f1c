"""A real browser, and the site with ready results on a loopback port."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from tests.browser.support import Site
from tests.web.pages import PaintedPictures, ReadyService, ready_service, site_of

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # ends with this package: while it lives its event loop stands in the way of everyone else's
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def service() -> ReadyService:
    return ready_service()


@pytest.fixture(scope="session")
def site_url(service: ReadyService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(site_of(service, tmp_path_factory.mktemp("spool"), PaintedPictures())) as url:
        yield url


@pytest.fixture
def site(browser: Browser, site_url: str) -> Iterator[Site]:
    made = Site(browser, site_url)
    yield made
    made.close()


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "văn bằng.pdf"
    path.write_bytes(b"%PDF-1.7 something")
    return path
