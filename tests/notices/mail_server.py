"""A real SMTP server with TLS (aiosmtpd) that takes mail, or answers as the test says."""

from __future__ import annotations

import ssl
from asyncio.base_events import Server
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.outside.tls import LONG_AFTER, authority
from verifier.outside.mail import IMPLICIT, STARTTLS, Mailer, MailServer, server_of

USER, PASSWORD = "verifier", "open sesame 41"
SENDER = "Cơ quan Thử <thong-bao@coquan.example.vn>"
TAKEN = "250 2.0.0 Ok: queued as 4F1X2"


class Handler:
    """Takes what it is given, unless `rcpt`, `data` or `sender` hold other answers, used up one by one."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.to: list[str] = []
        self.sender: list[str] = []
        self.rcpt: list[str] = []
        self.data: list[str] = []
        self.secure: list[bool] = []

    async def handle_MAIL(  # noqa: N802 - named by aiosmtpd
        self, _server: object, _session: object, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.sender:
            return self.sender.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - as above
        self, _server: object, session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        self.secure.append(session.ssl is not None)  # told of STARTTLS only
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - as above
        if self.data:
            return self.data.pop(0)
        self.taken.append(envelope.content)
        self.to.extend(envelope.rcpt_tos)
        return TAKEN

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(one, policy=default) for one in self.taken]


class _AnyPort(Controller):
    """Listens wherever there is room."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class RealServer:
    """A server that runs, and a mailer for it."""

    def __init__(self, handler: Handler, port: int, scheme: str) -> None:
        self.handler, self.port, self.scheme = handler, port, scheme

    def mailer(
        self, *, tls: ssl.SSLContext | None = None, user: str = "", password: str = "", host: str = "localhost"
    ) -> Mailer:
        who = f"{user}@" if user else ""
        server = server_of(f"{self.scheme}://{who}{host}:{self.port}", SENDER, password)
        return Mailer(server, tls=tls or authority().trusted(), seconds=5)


def _login(_server: SMTP, _session: object, _envelope: object, _mechanism: str, told: Any) -> AuthResult:
    right = isinstance(told, LoginPassword) and (told.login, told.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(
    folder: Path, scheme: str = STARTTLS, *, login: bool = False, tls: bool = True, until: Any = LONG_AFTER
) -> Iterator[RealServer]:
    """Run a server on loopback; its certificate is for `localhost`, by the CA of `tests.outside.tls`."""
    handler = Handler()
    context = authority().server(folder, "localhost", until) if tls else None
    told: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0}
    if login:
        told |= {"authenticator": _login, "auth_required": True}  # aiosmtpd does so after STARTTLS only
    if scheme == IMPLICIT:
        controller: Controller = _AnyPort(handler, ssl_context=context, **told)
    else:
        controller = _AnyPort(handler, tls_context=context, require_starttls=tls, **told)
    controller.start()
    try:
        yield RealServer(handler, controller.port, scheme)
    finally:
        controller.stop()


def nowhere(port: int) -> Mailer:
    """A mailer whose server does not run."""
    return Mailer(MailServer("localhost", port, STARTTLS, SENDER), tls=authority().trusted(), seconds=2)
