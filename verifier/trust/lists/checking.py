"""Whether a list may be taken over for a scheme: one code for each reason why not; what does not refuse stays told.

Fail closed (ETSI TS 119 612 5.3, 5.7; TS 119 615 4.1 to 4.3): the list must be readable, of the kind, version and
territory that is expected, signed once, intact, strongly and by a pinned certificate that was valid when the list was
issued, not older than the list in use, not overdue, and not empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from verifier.errors import BadRequest
from verifier.snapshot import Scheme
from verifier.trust.lists.inspection import Inspection, inspect
from verifier.trust.lists.model import ListKind, ListProblem, SignatureState, TrustedList

_FORMAT = ("type-missing", "version-missing", "version-unknown", "element-repeated", "critical-scheme-extension")
_CONTENT = (
    "territory-missing",
    "sequence-missing",
    "sequence-unclear",
    "issued-missing",
    "issued-unclear",
    "issued-in-future",
    "next-update-missing",
    "next-update-unclear",
    "next-update-before-issue",
    "next-update-passed",
    "list-empty",
)
"""Problems of reading that refuse a list, in the order in which they are told."""
_SIGNATURE = ("signature-missing", "several-signatures")
"""Problems of the signature that keep their code; others are told as `list-signature-broken`."""
_SIGNED = ("signature-weak", "signer-not-valid-then")
CLOSED = "list-closed"
"""A list that says it is the last one is taken over: `taking` ends the trust in its services."""


def checked(data: bytes, scheme: Scheme, at: datetime, pins: Iterable[bytes] | None = None) -> Inspection:
    """Return what `data` is if it may be taken over for `scheme` at the instant `at`; BadRequest otherwise.

    `pins` (DER) in place of those of the scheme, where a chain of pivots led to others. Problems that do not refuse
    stand in `Inspection.problems`. The codes are those of `xml.parse` and `reader.read_list` for what cannot be read,
    `_FORMAT` and `_CONTENT`, and `list-expected`, `list-of-lists-expected`, `operator-certificate-missing`,
    `signature-missing`, `several-signatures`, `list-signature-broken`, `signer-not-pinned`, `signature-weak`,
    `signer-not-valid-then`, `territory-other`, `list-older`, `list-number-reused`, `list-issued-earlier`.
    """
    wanted = scheme.pins if pins is None else tuple(pins)
    found = inspect(data, at, wanted)
    fault = next(_faults(found, scheme, fingerprint(data), wanted), None)
    if fault is not None:
        raise BadRequest(fault.code, fault.detail, scheme=scheme.id)
    return found


def fingerprint(data: bytes) -> str:
    """Return the SHA-256 of a list as it came, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _faults(found: Inspection, scheme: Scheme, sha256: str, pins: tuple[bytes, ...]) -> Iterator[ListProblem]:
    """Yield what refuses a list, the plainest first."""
    if found.content is None:
        yield found.problems[0]
        return
    yield from _named(found, _FORMAT)
    yield from _kind(found.content, scheme)
    if not pins:
        yield ListProblem("operator-certificate-missing", f"no certificate is known that may sign lists of {scheme.id}")
    yield from _signature(found)
    if found.content.territory and found.content.territory.upper() != scheme.territory.upper():
        detail = f"the list is of {found.content.territory!r}, the scheme of {scheme.territory!r}"
        yield ListProblem("territory-other", detail)
    yield from _named(found, _CONTENT)
    yield from _rollback(found.content, scheme, sha256)


def _named(found: Inspection, codes: Iterable[str]) -> Iterator[ListProblem]:
    first = {problem.code: problem for problem in reversed(found.problems)}
    return (first[code] for code in codes if code in first)


def _kind(content: TrustedList, scheme: Scheme) -> Iterator[ListProblem]:
    if scheme.kind == ListKind.LIST_OF_LISTS and content.kind is not ListKind.LIST_OF_LISTS:
        yield ListProblem("list-of-lists-expected", f"a list of services came for {scheme.id}, which lists lists")
    if scheme.kind != ListKind.LIST_OF_LISTS and content.kind is not ListKind.LIST:
        yield ListProblem("list-expected", f"a list of lists came for {scheme.id}, which lists services")


def _signature(found: Inspection) -> Iterator[ListProblem]:
    signature = found.signature
    if signature.state is not SignatureState.INTACT:
        yield from _named(found, _SIGNATURE)
        reason = next((f"{one.code}: {one.detail}" for one in signature.problems), signature.state.value)
        yield ListProblem("list-signature-broken", reason)
    if not signature.pinned:
        yield ListProblem("signer-not-pinned", f"it is signed by {signature.signer or 'nobody who is named'}")
    yield from _named(found, _SIGNED)


def _rollback(content: TrustedList, scheme: Scheme, sha256: str) -> Iterator[ListProblem]:
    """Refuse what is older than the list in use, or other under the same number."""
    sequence = content.number
    if sequence is None:
        yield ListProblem("sequence-unclear", "the sequence number is too long")
    if sequence is None or scheme.sequence is None:
        return
    if sequence < scheme.sequence:
        yield ListProblem("list-older", f"it has number {sequence}, the list in use {scheme.sequence}")
    if sequence == scheme.sequence and scheme.sha256 and sha256 != scheme.sha256:
        yield ListProblem("list-number-reused", f"another list with number {sequence} is in use")
    if content.issued and scheme.issued and content.issued < scheme.issued:
        yield ListProblem("list-issued-earlier", f"it is of {content.issued}, the list in use of {scheme.issued}")
