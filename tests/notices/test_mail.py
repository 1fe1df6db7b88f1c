from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.notices.mail_server import PASSWORD, USER, mail_server, nowhere
from tests.outside.tls import authority
from verifier.notices.templates import LANGS, templates
from verifier.outside.doors import NotTaken
from verifier.outside.mail import IMPLICIT, STARTTLS, Attachment, Mail, made, server_of

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MAIL = Mail(
    "buoi@example.vn",
    "Hồ sơ …-0001: đã tiếp nhận",
    "Kính gửi ông/bà Đỗ Thị Bưởi,\n\n.\nHết\n",
    "notice:0192-ab",
    AT,
    (Attachment("01-giấy tiếp nhận.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),),
)


def trouble(act: Callable[[], object]) -> tuple[str, bool]:
    with pytest.raises(NotTaken) as refused:
        act()
    assert "example.vn" not in refused.value.trouble
    return refused.value.trouble, refused.value.retry


@pytest.mark.parametrize("scheme", [STARTTLS, IMPLICIT])
def test_a_message_arrives_as_it_was_written_over_tls(tmp_path: Path, scheme: str) -> None:
    with mail_server(tmp_path, scheme) as server:
        assert "queued as 4F1X2" in server.mailer().send(MAIL)
        (mail,) = server.handler.mails
    assert server.handler.to == ["buoi@example.vn"]
    assert server.handler.secure == [scheme == STARTTLS]
    assert mail["Subject"] == MAIL.subject
    assert mail["From"].addresses[0].display_name == "Cơ quan Thử"
    assert mail["Message-ID"] == "<notice.0192-ab@coquan.example.vn>"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == MAIL.text
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("01-giấy tiếp nhận.pdf", "application/pdf")
    assert file.get_content() == b"%PDF-1.7 \x00\xff"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", sorted(templates().kinds))
def test_every_subject_arrives_with_its_spaces(name: str, lang: str) -> None:
    subject = templates().get(name).words[lang].subject.format_map({"code_end": "…-0014"})
    sent = made(replace(MAIL, subject=subject), "thu@coquan.example.vn").as_bytes(policy=SMTP)
    assert max(map(len, sent.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
    assert message_from_bytes(sent, policy=SMTP)["Subject"] == subject


def test_it_signs_in_where_a_user_is_set(tmp_path: Path) -> None:
    with mail_server(tmp_path, login=True) as server:
        server.mailer(user=USER, password=PASSWORD).send(MAIL)
        assert len(server.handler.taken) == 1
        assert trouble(lambda: server.mailer(user=USER, password="wrong").send(MAIL))[1]
        assert len(server.handler.taken) == 1


@pytest.mark.parametrize("scheme", [STARTTLS, IMPLICIT])
def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path, scheme: str) -> None:
    with mail_server(tmp_path, scheme) as server:
        for told in (
            {"tls": authority("Another CA").trusted()},
            {"tls": authority().trusted(), "host": "127.0.0.1"},
            {"tls": ssl.create_default_context()},
        ):
            why, again = trouble(lambda told=told: server.mailer(**told).send(MAIL))  # type: ignore[misc]
            assert ("certificate" in why, again) == (True, True)
        assert server.handler.secure == []


def test_a_certificate_that_has_ended_is_refused(tmp_path: Path) -> None:
    with mail_server(tmp_path, until=datetime(2020, 1, 1, tzinfo=UTC)) as server:
        assert "certificate" in trouble(lambda: server.mailer().send(MAIL))[0]


def test_a_server_without_tls_gets_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, tls=False) as server:
        assert "STARTTLS" in trouble(lambda: server.mailer().send(MAIL))[0]
        assert server.handler.secure == []


@pytest.mark.parametrize(
    ("where", "answer", "again"),
    [
        ("rcpt", "550 5.1.1 no such user buoi@example.vn", False),
        ("rcpt", "450 4.7.1 greylisted, try later", True),
        ("data", "554 5.7.1 content refused", False),
        ("data", "452 4.3.1 no space", True),
        ("sender", "553 5.7.1 who are you", True),
    ],
)
def test_a_refusal_for_good_is_told_from_one_for_now(tmp_path: Path, where: str, answer: str, *, again: bool) -> None:
    with mail_server(tmp_path) as server:
        getattr(server.handler, where).append(answer)
        assert trouble(lambda: server.mailer().send(MAIL))[1] is again
        server.mailer().send(MAIL)
        assert len(server.handler.taken) == 1


def test_a_server_that_is_down_is_tried_again(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        port = server.port
    assert trouble(lambda: nowhere(port).send(MAIL))[1]


@pytest.mark.parametrize("to", ["", "a", "a@b", "a b@c.vn", "a@c.vn\r\nBcc: x@y.vn", "đ@c.vn", "a@c.vn, x@y.vn"])
def test_what_is_no_address_is_refused_for_good(tmp_path: Path, to: str) -> None:
    with mail_server(tmp_path) as server, pytest.raises(NotTaken) as refused:
        server.mailer().send(Mail(to, "x", "y", "k", AT))
    assert not refused.value.retry
    assert server.handler.secure == []


@pytest.mark.parametrize(
    "url",
    ["smtp://h:25", "http://h", "smtps://", "smtps://h/x", "smtps://u:p@h", "smtps://h?x=1", "smtps://u@h"],
)
def test_an_address_of_a_server_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        server_of(url, "a@b.vn")


def test_a_server_has_the_port_of_its_way() -> None:
    assert server_of("smtps://h", "a@b.vn").port == 465
    assert server_of("smtp+starttls://u%40x@h", "A <a@b.vn>", "p").port == 587
    assert server_of("smtp+starttls://u%40x@h", "A <a@b.vn>", "p").user == "u@x"
    assert "secret" not in repr(server_of("smtps://u@h", "a@b.vn", "secret"))
