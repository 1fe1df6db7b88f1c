"""Settings from the environment: frozen, validated once at start, with secrets that never show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from verifier.errors import BadRequest
from verifier.law.source import Source, known_switches
from verifier.outside.mail import is_address, server_of

MIB = 1024 * 1024
SECRET_KEY_LENGTH = 32
"""Least characters of a secret key in production."""
LEVELS = ("B-LT", "B-LTA")
LOG_LEVELS = ("debug", "info", "warning", "error")
REPOSITORY = Path(__file__).resolve().parent.parent

_RATE = re.compile(r"[1-9]\d* per (second|minute|hour|day)")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_DATABASE = ("postgresql:", "postgresql+psycopg:")


@dataclass(frozen=True)
class Settings:
    """Everything that an operator can set; build it with `from_environment`."""

    trust_store: Path = REPOSITORY / "trust_store"
    """VERIFIER_TRUST_STORE: folder with whom this authority trusts."""
    policy: Path | None = None
    """VERIFIER_POLICY: a policy in TOML; None for `policies/default.toml` of the trust store."""
    database_url: str = field(default="", repr=False)
    """DATABASE_URL of a PostgreSQL; it may hold a password."""
    data: Path = Path("var/data")
    """VERIFIER_DATA: folder for files handed in and evidence."""
    max_upload_mb: int = 100
    """VERIFIER_MAX_UPLOAD_MB: largest file, in MiB."""
    judge_seconds: int = 20
    """VERIFIER_JUDGE_SECONDS: wall-clock limit of one reading, judging or rendering."""
    judge_mib: int = 1024
    """VERIFIER_JUDGE_MIB: memory limit of one worker, in MiB of address space."""
    workers: int = 2
    """VERIFIER_WORKERS: files judged at the same time."""
    keep_days: int = 30
    """VERIFIER_KEEP_DAYS: days after which a verdict and its file are deleted."""
    rate_limit: str = "30 per minute"
    """VERIFIER_RATE_LIMIT: files that one address may hand in without an account, as `30 per minute`."""
    rate_limit_signed_in: str = "300 per minute"
    """VERIFIER_RATE_LIMIT_SIGNED_IN: files that one person or client may hand in."""
    public_url: str = ""
    """VERIFIER_PUBLIC_URL: where others find the service, e.g. `https://kiemtra.example.vn`; required in production."""
    key_file: Path | None = None
    """VERIFIER_KEY_FILE: keys that seal files and secrets; None for `keys.toml` of the data folder (development)."""
    session_idle_minutes: int = 30
    """VERIFIER_SESSION_IDLE_MINUTES: minutes without a request after which a session ends."""
    session_hours: int = 12
    """VERIFIER_SESSION_HOURS: hours after which a session ends whatever is done."""
    oidc_issuer: str = ""
    """VERIFIER_OIDC_ISSUER: issuer of the OpenID Connect provider (VNeID or an agency's own); empty for none."""
    oidc_client_id: str = ""
    """VERIFIER_OIDC_CLIENT_ID: under which name the provider knows this service."""
    oidc_client_secret: str = field(default="", repr=False)
    """VERIFIER_OIDC_CLIENT_SECRET."""
    oidc_name: str = "VNeID"
    """VERIFIER_OIDC_NAME: what the provider is called on pages."""
    trusted_proxies: int = 0
    """VERIFIER_TRUSTED_PROXIES: how many proxies stand before the service and say for whom they ask."""
    trust_keeper: str = ""
    """VERIFIER_TRUST_KEEPER: code of the authority whose people change the trust store; empty where nobody may."""
    trust_grace_hours: int = 72
    """VERIFIER_TRUST_GRACE_HOURS: hours after a list's NextUpdate until the service is no longer ready."""
    signer_socket: Path | None = None
    """VERIFIER_SIGNER_SOCKET: Unix socket of the signer process; None where this service issues nothing."""
    tsa: tuple[str, ...] = ()
    """VERIFIER_TSA: comma list of addresses of time-stamping authorities, asked in this order."""
    issue_level: str = "B-LTA"
    """VERIFIER_ISSUE_LEVEL=B-LT|B-LTA: level of released documents where the officer says nothing else."""
    electronic_book: bool = False
    """VERIFIER_ELECTRONIC_BOOK=on|off: whether certified e-copies have a register book of their own."""
    law_switches: frozenset[str] = frozenset()
    """VERIFIER_LAW_SWITCHES: comma list of names in `law/switches.toml` of what has been decided, as `e-apostille`:
    the Minister has announced from when Apostilles are issued electronically."""
    smtp_url: str = ""
    """VERIFIER_SMTP_URL: where e-mail is handed in, `smtps://user@host:port` or `smtp+starttls://user@host:port`;
    empty where none is sent."""
    smtp_password: str = field(default="", repr=False)
    """VERIFIER_SMTP_PASSWORD."""
    mail_from: str = ""
    """VERIFIER_MAIL_FROM: from whom e-mail comes, an address or `Name <address>`."""
    sms_url: str = ""
    """VERIFIER_SMS_URL: address of the SMS gateway; empty where none is sent."""
    sms_key: str = field(default="", repr=False)
    """VERIFIER_SMS_KEY."""
    portal_url: str = ""
    """VERIFIER_PORTAL_URL: address of the national portal's services; empty where it is told nothing."""
    portal_key: str = field(default="", repr=False)
    """VERIFIER_PORTAL_KEY."""
    payment_url: str = ""
    """VERIFIER_PAYMENT_URL: address of the online payment platform; empty where nothing is paid online."""
    payment_client: str = ""
    """VERIFIER_PAYMENT_CLIENT: under which name the platform knows this service."""
    payment_key: str = field(default="", repr=False)
    """VERIFIER_PAYMENT_KEY: shared with the platform; what it and this service tell each other is signed with it."""
    receipt_symbol: str = "BLP"
    """VERIFIER_RECEIPT_SYMBOL: symbol of receipts of fees (ký hiệu biên lai), as `01BLP`."""
    fetch: bool = True
    """VERIFIER_FETCH=on|off: whether missing certificates, CRLs and OCSP responses are fetched."""
    fetch_allow_hosts: frozenset[str] = frozenset()
    """VERIFIER_FETCH_ALLOW_HOSTS: comma list of `host:port` that may be asked although not public."""
    authority_vi: str = "Cơ quan lãnh sự"
    """VERIFIER_AUTHORITY_VI: name of the authority on pages."""
    authority_en: str = "Consular authority"
    """VERIFIER_AUTHORITY_EN."""
    help_line: str = ""
    """VERIFIER_HELP_LINE: telephone number or address for help on pages."""
    secret_key: str = field(default="", repr=False)
    """VERIFIER_SECRET_KEY: signs cookies; empty is allowed in development only."""
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    """VERIFIER_TIME_ZONE: zone in which people read times."""
    log_level: str = "info"
    """VERIFIER_LOG_LEVEL: least weight of what is logged."""
    relay: bool = True
    """VERIFIER_RELAY=on|off: whether the web process delivers messages and does recurring jobs itself; off where
    `verifier relay` runs beside it."""
    security_log: Path | None = None
    """VERIFIER_SECURITY_LOG: file to which security events and the head of the audit log are added; None for stderr."""
    production: bool = False
    """VERIFIER_ENV=development|production."""

    @property
    def max_upload_bytes(self) -> int:
        """Largest file, in bytes."""
        return self.max_upload_mb * MIB

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Settings:
        """Read the environment; BadRequest `bad-option` names the variable that is wrong or not known.

        An empty variable counts as one that is not set.
        """
        given = {name: value.strip() for name, value in env.items() if value.strip()}
        unknown = sorted(name for name in given if name.startswith("VERIFIER_") and name not in VARIABLES)
        if unknown:
            raise _wrong(unknown[0], "is not a setting")
        values: dict[str, Any] = {
            name: reader(variable, given[variable])
            for variable, (name, reader) in VARIABLES.items()
            if variable in given
        }
        settings = cls(**values)
        _refuse_half_issuing(settings)
        _refuse_half_doors(settings)
        _refuse_half_paying(settings)
        if settings.production:
            _fit_for_production(settings)
        return settings


def _fit_for_production(settings: Settings) -> None:
    if len(settings.secret_key) < SECRET_KEY_LENGTH:
        raise _wrong("VERIFIER_SECRET_KEY", f"must have at least {SECRET_KEY_LENGTH} characters in production")
    for variable, value in (
        ("DATABASE_URL", settings.database_url),
        ("VERIFIER_KEY_FILE", settings.key_file),
        ("VERIFIER_PUBLIC_URL", settings.public_url),
    ):
        if not value:
            raise _wrong(variable, "must be set in production")
    if not settings.public_url.startswith("https://"):
        raise _wrong("VERIFIER_PUBLIC_URL", "must begin with https:// in production")


def _refuse_half_issuing(settings: Settings) -> None:
    """Refuse a service that is to issue and could not."""
    if settings.signer_socket is None:
        return
    for variable, value in (("VERIFIER_TSA", settings.tsa), ("VERIFIER_PUBLIC_URL", settings.public_url)):
        if not value:
            raise _wrong(variable, "must be set where VERIFIER_SIGNER_SOCKET is")
    if not settings.fetch:
        raise _wrong("VERIFIER_FETCH", "must be on where VERIFIER_SIGNER_SOCKET is set: status and time are asked for")


def _refuse_half_doors(settings: Settings) -> None:
    """Refuse a door to which something is missing, and one that is open to whoever listens."""
    if settings.smtp_url:
        try:
            server_of(settings.smtp_url, "a@b.vn", settings.smtp_password)
        except ValueError as wrong:
            raise _wrong("VERIFIER_SMTP_URL", f"{wrong}") from None
        if not is_address(parseaddr(settings.mail_from)[1]):
            raise _wrong(
                "VERIFIER_MAIL_FROM", "must be an address, or `Name <address>`, where VERIFIER_SMTP_URL is set"
            )
    for variable, url, key in (
        ("VERIFIER_SMS_KEY", settings.sms_url, settings.sms_key),
        ("VERIFIER_PORTAL_KEY", settings.portal_url, settings.portal_key),
    ):
        address = variable.replace("_KEY", "_URL")
        if url and not key:
            raise _wrong(variable, f"must be set where {address} is")
        if settings.production and url and not url.startswith("https://"):
            raise _wrong(address, "must begin with https:// in production")
        if not key.isascii() or not key.isprintable():
            raise _wrong(variable, "must be of printable ASCII")  # it goes into a header


def _refuse_half_paying(settings: Settings) -> None:
    """Refuse a payment platform that could not be asked or believed."""
    if not settings.payment_url:
        return
    for variable, value in (
        ("VERIFIER_PAYMENT_CLIENT", settings.payment_client),
        ("VERIFIER_PAYMENT_KEY", settings.payment_key),
        ("VERIFIER_PUBLIC_URL", settings.public_url),
    ):
        if not value:
            raise _wrong(variable, "must be set where VERIFIER_PAYMENT_URL is")
    if settings.production and len(settings.payment_key) < SECRET_KEY_LENGTH:
        raise _wrong("VERIFIER_PAYMENT_KEY", f"must have at least {SECRET_KEY_LENGTH} characters in production")
    if settings.production and not settings.payment_url.startswith("https://"):
        raise _wrong("VERIFIER_PAYMENT_URL", "must begin with https:// in production")


def _wrong(variable: str, why: str) -> BadRequest:
    return BadRequest("bad-option", f"{variable} {why}", option=variable)


def _path(_: str, value: str) -> Path:
    return Path(value).expanduser()


def _text(_: str, value: str) -> str:
    return value


def _count(variable: str, value: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", value, re.ASCII):
        raise _wrong(variable, f"must be a whole number from 1, not {value!r}")
    return int(value)


def _count_from_none(variable: str, value: str) -> int:
    if not re.fullmatch(r"\d", value, re.ASCII):
        raise _wrong(variable, f"must be a whole number from 0 to 9, not {value!r}")
    return int(value)


def _switch(variable: str, value: str) -> bool:
    if value not in ("on", "off"):
        raise _wrong(variable, f"must be on or off, not {value!r}")
    return value == "on"


def _production(variable: str, value: str) -> bool:
    if value not in ("development", "production"):
        raise _wrong(variable, f"must be development or production, not {value!r}")
    return value == "production"


def _level(variable: str, value: str) -> str:
    if value not in LOG_LEVELS:
        raise _wrong(variable, f"must be one of {', '.join(LOG_LEVELS)}, not {value!r}")
    return value


def _rate(variable: str, value: str) -> str:
    if not _RATE.fullmatch(value):
        raise _wrong(variable, f"must be like `30 per minute`, not {value!r}")
    return value


def _hosts(variable: str, value: str) -> frozenset[str]:
    hosts = [one.strip().lower() for one in value.split(",") if one.strip()]
    for host in hosts:
        match = _HOST.fullmatch(host)
        if not match or not 1 <= int(match[2]) <= 65535:
            raise _wrong(variable, f"must be a comma list of host:port, not {host!r}")
    return frozenset(hosts)


def _names(variable: str, value: str) -> frozenset[str]:
    names = frozenset(one.strip() for one in value.split(",") if one.strip())
    known = known_switches(Source())
    if unknown := sorted(names - known):
        raise _wrong(variable, f"names {unknown[0]!r}, not one of {', '.join(sorted(known))}")
    return names


def _urls(variable: str, value: str) -> tuple[str, ...]:
    return tuple(_url(variable, one.strip()) for one in value.split(",") if one.strip())


def _baseline(variable: str, value: str) -> str:
    if value not in LEVELS:
        raise _wrong(variable, f"must be one of {', '.join(LEVELS)}, not {value!r}")
    return value


def _url(variable: str, value: str) -> str:
    parts = urlsplit(value)
    if (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise _wrong(variable, f"must be an http or https address without user, query or fragment, not {value!r}")
    return value.rstrip("/") if variable == "VERIFIER_PUBLIC_URL" else value


def _database(variable: str, value: str) -> str:
    if not value.startswith(_DATABASE):
        raise _wrong(variable, "must be a postgresql:// address")  # the value may hold a password
    if value.count("@") > 1:  # half of the password would pass for a host, and hosts are told
        raise _wrong(variable, "holds more than one @: write %40 for one in the password")
    return value


def _symbol(variable: str, value: str) -> str:
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9./]{0,19}", value, re.ASCII):
        raise _wrong(variable, f"must be capital letters, digits, dots and slashes, not {value!r}")
    return value


def _zone(variable: str, value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(variable, f"is not a known time zone: {value!r}") from None


_READERS = {
    "trust_store": _path,
    "policy": _path,
    "database_url": _database,
    "data": _path,
    "rate_limit": _rate,
    "rate_limit_signed_in": _rate,
    "public_url": _url,
    "key_file": _path,
    "security_log": _path,
    "oidc_issuer": _url,
    "sms_url": _url,
    "portal_url": _url,
    "payment_url": _url,
    "receipt_symbol": _symbol,
    "trusted_proxies": _count_from_none,
    "log_level": _level,
    "fetch": _switch,
    "signer_socket": _path,
    "tsa": _urls,
    "issue_level": _baseline,
    "electronic_book": _switch,
    "law_switches": _names,
    "relay": _switch,
    "fetch_allow_hosts": _hosts,
    "time_zone": _zone,
    "production": _production,
    **dict.fromkeys(
        (
            "max_upload_mb",
            "judge_seconds",
            "judge_mib",
            "workers",
            "keep_days",
            "trust_grace_hours",
            "session_idle_minutes",
            "session_hours",
        ),
        _count,
    ),
}
_NAMES = {"database_url": "DATABASE_URL", "production": "VERIFIER_ENV"}
VARIABLES = {
    _NAMES.get(one.name, f"VERIFIER_{one.name.upper()}"): (one.name, _READERS.get(one.name, _text))
    for one in fields(Settings)
}
"""By variable: the field of `Settings`, and what reads its text."""
