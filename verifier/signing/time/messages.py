"""Requests to time-stamping authorities and what they answer (RFC 3161 2.4); nothing is believed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, core, tsp

from verifier.outside.fetch import Request
from verifier.pades.facts import TokenFacts
from verifier.pades.tokens import read_token
from verifier.plain import visible
from verifier.verdict import TimestampKind

HEADERS = (("Content-Type", "application/timestamp-query"), ("Accept", "application/timestamp-reply"))
"""RFC 3161 3.4."""
NONCE_BYTES = 16
GRANTED = ("granted", "granted_with_mods")
"""With modifications too (RFC 3161 2.4.2): whether they matter is seen from the token itself."""
MAX_TEXT = 200
"""Characters of an authority's own words that are told."""

_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp; that of asn1crypto knows no refusal, which has no token (RFC 3161 2.4.2)."""

    _fields = [  # noqa: RUF012 - as asn1crypto wants it
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class NoToken(Exception):
    """One authority gave no token that can be used; `code` says why, `detail` the particulars."""

    def __init__(self, code: str, detail: str = "", *, at: datetime | None = None) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail
        self.at = at
        """What the authority's clock says, where that is what is wrong."""


@dataclass(frozen=True)
class Token:
    """A token that answers the question that was asked."""

    der: bytes
    facts: TokenFacts
    at: datetime
    """genTime."""


@dataclass(frozen=True)
class Question:
    """What one authority is asked to stamp."""

    digest: bytes
    algorithm: str
    """Of the digest, as `sha256`."""
    nonce: int

    def request(self, url: str) -> Request:
        """Return what to send: digest, nonce, and that the certificate be sent along."""
        body = tsp.TimeStampReq(
            {
                "version": "v1",
                "message_imprint": {
                    "hash_algorithm": {"algorithm": self.algorithm, "parameters": core.Null()},
                    "hashed_message": self.digest,
                },
                "nonce": self.nonce,
                "cert_req": True,
            }
        )
        return Request(url, "POST", bytes(body.dump()), HEADERS)

    def read(self, answer: bytes) -> Token:
        """Return the token of an answer. NoToken `refused`, `not-a-response`, `other-nonce`, `other-imprint`."""
        der = _granted(answer)
        facts = read_token(der, TimestampKind.SIGNATURE, self._known)
        if facts.cms is None or facts.problem or facts.gen_time is None:
            raise NoToken("not-a-response", facts.problem.code if facts.problem else "the token cannot be read")
        if _nonce(der) != self.nonce:
            raise NoToken("other-nonce")
        if not facts.imprint_matches:
            raise NoToken("other-imprint", facts.imprint_algorithm)
        return Token(der, facts, facts.gen_time)

    def _known(self, algorithm: str) -> bytes | None:
        return self.digest if algorithm == self.algorithm else None


def _granted(answer: bytes) -> bytes:
    try:
        response = _Response.load(answer, strict=True)
        status = response["status"]
        word = str(status["status"].native)
        told = _told(status)
        if word in GRANTED:
            return bytes(response["time_stamp_token"].dump())
    except _UNREADABLE:
        raise NoToken("not-a-response") from None
    raise NoToken("refused", f"{word}: {told}" if told else word)


def _told(status: tsp.PKIStatusInfo) -> str:
    """Return why an authority refused, in its own words, made harmless."""
    reasons = sorted(status["fail_info"].native or ())
    words = [*reasons, *(status["status_string"].native or ())]
    return visible("; ".join(words))[:MAX_TEXT]


def _nonce(der: bytes) -> int | None:
    try:
        content = cms.ContentInfo.load(der)["content"]["encap_content_info"]["content"]
        value = content.parsed["nonce"].native
    except _UNREADABLE:
        return None
    return None if value is None else int(value)
