"""RFC 3161 time-stamp tokens: what they say, and whether they stand on what they should stand on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta

from asn1crypto import core, tsp

from verifier.pades import ber, digests
from verifier.pades.cms import CmsReading, DigestOf, read_cms
from verifier.pades.facts import CmsFacts, FormatProblem, TokenFacts
from verifier.verdict import TimestampKind

_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)


def read_token(blob: bytes, kind: TimestampKind, stands_on: DigestOf) -> TokenFacts:
    """Read one token; `stands_on` digests the bytes that it should have stamped."""
    return token_of(read_cms(blob, None), kind, stands_on)


def token_of(reading: CmsReading | FormatProblem, kind: TimestampKind, stands_on: DigestOf) -> TokenFacts:
    """Read the TSTInfo of a CMS that was read before; a token that cannot be read says why in `problem`."""
    if isinstance(reading, FormatProblem):
        return _without_info(kind, None, FormatProblem("TOKEN_UNREADABLE", reading.code))
    if reading.content_type != "tst_info" or reading.content is None:
        return _without_info(kind, reading.facts, FormatProblem("CONTENT_TYPE", reading.content_type))
    try:
        return _token(reading, reading.content, kind, stands_on)
    except _UNREADABLE as error:
        detail = str(error).split("\n", maxsplit=1)[0][:200]
        return _without_info(kind, reading.facts, FormatProblem("TOKEN_UNREADABLE", detail))


def tokens_in(values: Iterable[ber.Element], kind: TimestampKind, stands_on: DigestOf) -> tuple[TokenFacts, ...]:
    """Read every token of an attribute, in order."""
    return tuple(read_token(value.raw, kind, stands_on) for value in values)


def digest_of_bytes(content: bytes) -> DigestOf:
    """Return what digests these bytes."""
    return lambda algorithm: digests.digest(algorithm, (content,))


def _token(reading: CmsReading, content: bytes, kind: TimestampKind, stands_on: DigestOf) -> TokenFacts:
    info = tsp.TSTInfo.load(content)
    moment = info["gen_time"].native
    imprint = info["message_imprint"]
    algorithm = digests.algorithm_name(imprint["hash_algorithm"].dump())
    expected = stands_on(algorithm)
    return TokenFacts(
        kind=kind,
        cms=reading.facts,
        problem=reading.problem,
        gen_time=moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC),
        accuracy=_accuracy(info["accuracy"]),
        ordering=bool(info["ordering"].native),
        imprint_algorithm=algorithm,
        imprint_matches=expected is not None and expected == imprint["hashed_message"].native,
    )


def _accuracy(value: core.Asn1Value) -> timedelta:
    if isinstance(value, core.Void):
        return timedelta(0)
    parts = value.native
    return timedelta(
        seconds=parts["seconds"] or 0, milliseconds=parts["millis"] or 0, microseconds=parts["micros"] or 0
    )


def _without_info(kind: TimestampKind, cms: CmsFacts | None, problem: FormatProblem) -> TokenFacts:
    return TokenFacts(
        kind=kind,
        cms=cms,
        problem=problem,
        gen_time=None,
        accuracy=timedelta(0),
        ordering=False,
        imprint_algorithm="",
        imprint_matches=False,
    )
