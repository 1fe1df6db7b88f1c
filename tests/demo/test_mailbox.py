"""What the demonstration sends is taken over TLS, stays on the machine, and is shown by the demonstration alone."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.accounts.support import AT
from tests.demo.test_demo import free_ports
from tests.web.case_pages_site import case_pages_site
from verifier.demo.mailbox import FOLDER, PATH, SENDER, Mailbox, running
from verifier.demo.site import add_mailbox, linked
from verifier.outside.clock import SystemClock
from verifier.outside.mail import Mail, Mailer, server_of
from verifier.settings import Settings
from verifier.storage.database import Database
from verifier.web.access import ACCESS
from verifier.web.pages import PAGES


@contextmanager
def server(folder: Path) -> Iterator[tuple[Mailbox, Mailer]]:
    with running(folder, free_ports(), SystemClock().now()) as told:
        own = {name: one for name, one in told.items() if name.startswith("VERIFIER_")}
        Settings.from_environment({**own, "VERIFIER_ENV": "development"})
        tls = ssl.create_default_context(cafile=told["SSL_CERT_FILE"])
        yield Mailbox(Path(told[FOLDER])), Mailer(server_of(told["VERIFIER_SMTP_URL"], SENDER), tls=tls, seconds=5)


def test_mail_is_taken_and_shown_newest_first(database: Database, tmp_path: Path) -> None:
    with server(tmp_path / "mail") as (mailbox, mailer), case_pages_site(database, tmp_path) as site:
        add_mailbox(site.app, mailbox)
        visitor = site.client(None)
        assert "Chưa có thư nào." in visitor.get(PATH).text
        for number in (1, 2):
            text = f"Kết quả <b>{number}</b>: http://127.0.0.1:8000/delivery/abc-{number}.\nTrân trọng."
            mailer.send(Mail("buoi@example.vn", f"Hồ sơ {number}", text, f"key-{number}", AT + timedelta(hours=number)))
        page = visitor.get(PATH).text
    assert page.index("Hồ sơ 2") < page.index("Hồ sơ 1")
    assert '<a href="http://127.0.0.1:8000/delivery/abc-2" rel="noreferrer">' in page
    assert "&lt;b&gt;2&lt;/b&gt;" in page
    assert "buoi@example.vn" in page


def test_no_other_service_has_the_page() -> None:
    assert not [one for one in ACCESS if one.startswith("demo.")]
    assert "demo" not in {one.name for one in PAGES}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <i>\nb", "a &lt;i&gt;<br>b"),
        (
            "(http://a.vn/x?y=1&z=2).",
            '(<a href="http://a.vn/x?y=1&amp;z=2" rel="noreferrer">http://a.vn/x?y=1&amp;z=2</a>).',
        ),
        ('http://a.vn/"onclick', '<a href="http://a.vn/" rel="noreferrer">http://a.vn/</a>&#34;onclick'),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_only_addresses_can_be_clicked(text: str, html: str) -> None:
    assert str(linked(text)) == html


def test_the_oldest_goes_where_there_are_too_many(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    for number in range(203):
        mailbox.put(f"Date: Tue, 24 Nov 2026 00:00:00 +0000\r\nSubject: {number}\r\n\r\nx".encode(), "a@b.vn")
    assert [one.subject for one in mailbox.letters()] == [str(number) for number in reversed(range(3, 203))]
