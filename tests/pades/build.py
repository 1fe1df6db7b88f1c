"""Shorthand for these tests: documents that are sound, and ways to spoil them at the same length."""

from __future__ import annotations

from tests.pki import Draft, World, world
from verifier.errors import CouldNotJudge
from verifier.pades.cms import signature_value_verifies
from verifier.pades.facts import CmsFacts, DocumentFacts, SignatureFacts
from verifier.pades.reader import read_document


def swap(data: bytes, old: bytes, new: bytes) -> bytes:
    """Overwrite the first `old` with `new`, padded, so that no offset moves."""
    if old not in data or len(new) > len(old):
        raise ValueError(f"cannot overwrite {old!r}")
    return data.replace(old, new.ljust(len(old)), 1)


def the_signature(data: bytes) -> SignatureFacts:
    """Read a document that holds one signature."""
    (one,) = read_document(data).signatures
    return one


def problem_of(data: bytes) -> str:
    """Read a document with one signature that cannot be processed, and say why."""
    problem = the_signature(data).problem
    return problem.code if problem else ""


def refusal(data: bytes, *passwords: str) -> tuple[str, dict[str, str]]:
    """Read a document that cannot be judged, and say why."""
    try:
        read_document(data, passwords)
    except CouldNotJudge as error:
        return error.problem.code, dict(error.problem.params)
    return "", {}


def verifies(cms: CmsFacts | None, with_: World | None = None) -> bool:
    """Whether the value was made by the leaf of the test world."""
    assert cms is not None
    signer = (with_ or world()).leaf.serial
    return any(signature_value_verifies(cms, one) for one in cms.certificates if one.serial == signer)


def codes(facts: SignatureFacts) -> list[str]:
    """Codes of the warnings."""
    return [warning.code for warning in facts.warnings]


def two_signatures() -> Draft:
    """A document signed twice."""
    return Draft(world()).sign().sign()


def only(facts: DocumentFacts, index: int = 0) -> SignatureFacts:
    """One signature of several."""
    return facts.signatures[index]
