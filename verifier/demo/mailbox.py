"""A mailbox of the demonstration: an SMTP server with TLS on loopback that takes every message and delivers none."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATH = "/demo/mail"
"""Of the page that shows it."""
HOST = "127.0.0.1"
MOST = 200
"""Messages that are kept; the oldest go first."""
EARLIER, LASTS = timedelta(hours=1), timedelta(days=30)
"""Of the certificate: it is made anew at each start."""
FOLDER = "DEMO_MAIL"
"""Names the folder of the messages to the web process."""
SENDER = "Cơ quan trình diễn <thong-bao@example.vn>"
_NAME = re.compile(r"\d{12}\.eml")


@dataclass(frozen=True)
class Letter:
    """One message as it lies in the mailbox."""

    to: str
    subject: str
    at: datetime
    text: str
    files: tuple[str, ...]
    """Names of what goes with it."""


class Mailbox:
    """Messages in a folder, newest first; one process puts them there, another shows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, raw: bytes, to: str) -> None:
        """Keep a message, and throw the oldest away where there are too many."""
        self.folder.mkdir(parents=True, exist_ok=True)
        before = self._places()
        place = self.folder / f"{int(before[0].stem) + 1 if before else 1:012}.eml"
        part = place.with_suffix(".part")
        part.write_bytes(b"X-Demo-To: " + to.encode("ascii", "replace") + b"\r\n" + raw)
        part.rename(place)
        for old in self._places()[MOST:]:
            old.unlink(missing_ok=True)

    def letters(self) -> tuple[Letter, ...]:
        """Return all, newest first."""
        return tuple(_letter(one.read_bytes()) for one in self._places())

    def _places(self) -> list[Path]:
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted((one for one in found if _NAME.fullmatch(one.name)), reverse=True)


class _Takes:
    """What aiosmtpd asks: every message is taken."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - named by aiosmtpd
        self._mailbox.put(envelope.content, ", ".join(envelope.rcpt_tos))
        return "250 2.0.0 Ok: kept in the mailbox of the demonstration"


@contextmanager
def running(folder: Path, port: int, now: datetime) -> Iterator[Mapping[str, str]]:
    """Run the server on loopback; gives the settings by which the service hands its mail in there."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, trusted = folder / "server.pem", folder / "trusted.pem"
    _certify(certificate, trusted, now)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    letters = folder / "letters"
    server = Controller(_Takes(Mailbox(letters)), hostname=HOST, port=port, ssl_context=tls)
    server.start()
    try:
        yield {
            "VERIFIER_SMTP_URL": f"smtps://{HOST}:{port}",
            "VERIFIER_SMTP_PASSWORD": "",
            "VERIFIER_MAIL_FROM": SENDER,
            "SSL_CERT_FILE": str(trusted),
            FOLDER: str(letters),
        }
    finally:
        server.stop()


def _certify(certificate: Path, trusted: Path, now: datetime) -> None:
    """Write a key with its own certificate, and what is to be trusted: that, and whatever this system trusts anyway."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hộp thư trình diễn")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - EARLIER, now + LASTS)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    kind = serialization.PrivateFormat.PKCS8
    certificate.touch(mode=0o600)
    certificate.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()) + pem)
    known = ssl.get_default_verify_paths().cafile
    trusted.write_bytes((Path(known).read_bytes() + b"\n" if known else b"") + pem)


def _letter(raw: bytes) -> Letter:
    message: EmailMessage = message_from_bytes(raw, policy=default)
    body = message.get_body(("plain",))
    files = tuple(one.get_filename() or "" for one in message.iter_attachments())
    at = parsedate_to_datetime(message["Date"])
    return Letter(message["X-Demo-To"] or "", message["Subject"] or "", at, body.get_content() if body else "", files)
