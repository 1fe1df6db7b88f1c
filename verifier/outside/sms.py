"""The door for SMS: a gateway over HTTP that takes `{to, text, id}` as JSON with a key in a header."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from verifier.outside.doors import NotTaken, posted, receipt_text
from verifier.outside.fetch import Fetcher, Request

WHAT = "SMS gateway"
NATIONAL = "+84"
"""Of numbers that are written without a country."""

_NUMBER = re.compile(r"\+[1-9]\d{7,14}")


@dataclass(frozen=True)
class SmsGateway:
    """Sends SMS through a gateway; the key goes in `Authorization: Bearer`."""

    url: str
    key: str = field(repr=False)
    fetcher: Fetcher = field(repr=False)
    """Must be allowed to ask the gateway's host."""

    def send(self, to: str, text: str, key: str) -> str:
        """Send one; return the gateway's id of it. NotTaken.

        `key` goes as `Idempotency-Key` and as `id`: a gateway that had it already sends nothing twice.
        """
        number = number_of(to)
        if not number:
            raise NotTaken("SMS: the number is none", retry=False)
        body = json.dumps({"to": number, "text": text, "id": key}, ensure_ascii=False).encode()
        headers = (
            ("Content-Type", "application/json"),
            ("Authorization", f"Bearer {self.key}"),
            ("Idempotency-Key", key),
        )
        return _id_of(posted(self.fetcher, Request(self.url, "POST", body, headers), WHAT).body)


def number_of(text: str) -> str:
    """Return a telephone number as the world writes it (E.164): `0912 000 000` is `+84912000000`; empty for none."""
    plain = re.sub(r"[\s().-]", "", text)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    elif plain.startswith("0"):
        plain = NATIONAL + plain[1:]
    return plain if _NUMBER.fullmatch(plain) else ""


def _id_of(body: bytes) -> str:
    try:
        told = json.loads(body or b"{}")
    except ValueError:
        return ""
    return receipt_text(told.get("id")) if isinstance(told, dict) else ""
