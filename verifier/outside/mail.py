"""The door for e-mail: SMTP (RFC 5321) over TLS only, its certificate checked, with login where one is set."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from verifier.outside.doors import NotTaken, receipt_text

IMPLICIT, STARTTLS = "smtps", "smtp+starttls"
PORTS = {IMPLICIT: 465, STARTTLS: 587}
"""Implicit TLS (RFC 8314 section 3.3), and submission with STARTTLS (RFC 6409)."""
SECONDS = 20.0
"""Patience with each answer of the server."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    scheme: str
    """`smtps`: TLS from the first byte; `smtp+starttls`."""
    sender: str
    """From whom it comes: an address, or `Name <address>`."""
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """One message to one address."""

    to: str
    subject: str
    text: str = field(repr=False)
    key: str
    """Idempotency key; the Message-ID is made of it, so that who gets it twice can tell."""
    at: datetime
    files: tuple[Attachment, ...] = ()


def server_of(url: str, sender: str, password: str = "") -> MailServer:
    """Read `smtps://user@host:port` or `smtp+starttls://user@host:port`; ValueError with what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ValueError("must begin with smtps:// or smtp+starttls://")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.password is not None:
        raise ValueError("must be like smtps://user@host:port; the password has a setting of its own")
    user = unquote(parts.username or "")
    if bool(user) != bool(password):
        raise ValueError("user and password belong together")
    if not is_address(parseaddr(sender)[1]):
        raise ValueError("the sender must be an address, or a name with one: Name <address>")
    return MailServer(parts.hostname, parts.port or PORTS[parts.scheme], parts.scheme, sender, user, password)


def is_address(text: str) -> bool:
    """Tell whether mail can be sent there: an address in ASCII with a host (RFC 5321 section 4.1.2, without quotes)."""
    return _ADDRESS.fullmatch(text) is not None


class Mailer:
    """Hands mail in; safe for use from several threads: each message has a connection of its own."""

    def __init__(self, server: MailServer, *, tls: ssl.SSLContext | None = None, seconds: float = SECONDS) -> None:
        """`tls` checks the server's certificate; the system's authorities do where none is given."""
        self._server, self._seconds = server, seconds
        self._tls = tls or ssl.create_default_context()

    def send(self, mail: Mail) -> str:
        """Hand a message in; return what the server answered. NotTaken, with `retry` where it may be taken later.

        What the server took is not taken back by a farewell that fails.
        """
        if not is_address(mail.to):
            raise NotTaken("e-mail: the address is none", retry=False)
        message = made(mail, self._server.sender)
        with self._session() as session:
            return receipt_text(_handed_in(session, message, mail.to))

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        try:
            session = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise _not_now(error) from None
        try:
            yield session
        finally:
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
            session.close()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == IMPLICIT:
            session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self._seconds, context=self._tls)
        else:
            session = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
        try:
            if server.scheme == STARTTLS:
                session.starttls(context=self._tls)
            if server.user:
                session.login(server.user, server.password)
        except (OSError, smtplib.SMTPException):
            session.close()
            raise
        return session


def made(mail: Mail, sender: str) -> EmailMessage:
    """Write the message (RFC 5322, MIME): UTF-8 text, files beside it."""
    name, address = parseaddr(sender)
    local, _, host = address.rpartition("@")
    message = EmailMessage()
    message["From"] = Address(name, local, host)
    message["To"] = mail.to
    # folded here: where `email` folds encoded words itself it loses the space between two (CPython issue 92081)
    message.set_raw("Subject", Header(mail.subject, header_name="Subject").encode())
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{re.sub(r'[^A-Za-z0-9.-]', '.', mail.key)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    message.set_content(mail.text, charset="utf-8", cte="base64")
    for file in mail.files:
        kind, _, sub = file.media_type.partition("/")
        message.add_attachment(
            file.data, maintype=kind or "application", subtype=sub or "octet-stream", filename=file.name
        )
    return message


def _handed_in(session: smtplib.SMTP, message: EmailMessage, to: str) -> str:
    """Send within an open session; return the server's answer to the whole message."""
    sender = parseaddr(message["From"])[1]
    try:
        session.ehlo_or_helo_if_needed()
        _expect(session.mail(sender), "the sender", sender_ours=True)
        _expect(session.rcpt(to), "the recipient")
        code, answer = session.data(message.as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, "the message") from None
    except (OSError, smtplib.SMTPException) as error:
        raise _not_now(error) from None
    if code != 250:
        raise _refused(code, "the message")
    return answer.decode("utf-8", "replace")


def _expect(answer: tuple[int, bytes], what: str, *, sender_ours: bool = False) -> None:
    if not 200 <= answer[0] < 300:
        raise _refused(answer[0], what, ours=sender_ours)


def _refused(code: int, what: str, *, ours: bool = False) -> NotTaken:
    """Tell a refusal for good (5yz) from one for now (4yz); that our own address is refused, the operator can mend."""
    return NotTaken(f"e-mail: the server refused {what} ({code})", retry=ours or code < 500)


def _not_now(error: Exception) -> NotTaken:
    """Tell why there was no answer; nothing of the message or the address stands in it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotTaken("e-mail: the server's certificate is not trusted, or not its own", retry=True)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotTaken(f"e-mail: the server refused the login ({error.smtp_code})", retry=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotTaken("e-mail: the server does not offer what is needed (STARTTLS or login)", retry=True)
    return NotTaken(f"e-mail: no connection ({type(error).__name__})", retry=True)
