"""Inspecting one file: what list it is, whether its signature holds, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from lxml import etree

from verifier.trust.lists.model import ListProblem, ListSignature, SignatureState, TrustedList
from verifier.trust.lists.reader import count, read_list
from verifier.trust.lists.signature import verify
from verifier.trust.lists.xml import NotReadable, parse
from verifier.x509 import Certificate


@dataclass(frozen=True)
class Inspection:
    """What is known of a file that was handed in as a trusted list."""

    content: TrustedList | None
    """Read from the signed bytes where the signature is intact, else from the file; None where it is no list."""
    signature: ListSignature
    services: int = 0
    """Services that stand in it, read or not."""
    pointers: int = 0
    """Pointers to other lists that stand in it, read or not."""
    problems: tuple[ListProblem, ...] = ()
    """All of them: of the file, of the list and of its signature; empty for a list without fault."""


def inspect(data: bytes, at: datetime, pins: Iterable[bytes] = ()) -> Inspection:
    """Return what `data` is at the instant `at`; certificates in `pins` (DER) are those that may sign it.

    Never raises for what stands in the file. The list counts as told by the scheme operator only where the signature is
    `intact` and `pinned`.
    """
    try:
        root = parse(data)
        signature = verify(root, tuple(pins))
        if signature.state is SignatureState.INTACT:
            root = parse(signature.signed)
        found = read_list(root, at)
    except NotReadable as refused:
        return Inspection(None, ListSignature(SignatureState.UNREADABLE), problems=(refused.problem,))
    signature = replace(signature, problems=(*signature.problems, *_validity(signature, found)))
    return _inspection(root, found, signature)


def _inspection(root: etree._Element, found: TrustedList, signature: ListSignature) -> Inspection:
    return Inspection(
        content=found,
        signature=signature,
        services=count(root, "TSPService"),
        pointers=count(root, "OtherTSLPointer"),
        problems=(*signature.problems, *found.problems),
    )


def _validity(signature: ListSignature, found: TrustedList) -> tuple[ListProblem, ...]:
    """Hold the signer's certificate against the list's own time (clause 5.7.1)."""
    if not signature.certificate or found.issued is None:
        return ()
    signer = Certificate.parse(signature.certificate)
    if signer.valid_at(found.issued):
        return ()
    dates = f"{signer.not_before:%Y-%m-%d} to {signer.not_after:%Y-%m-%d}"
    return (ListProblem("signer-not-valid-then", f"the list is of {found.issued:%Y-%m-%d}, its signer of {dates}"),)
