"""Signing and annulling over the API: what needs the officer's own session beside a dossier's rules."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from verifier.cases.beside import Annulment, Signature
from verifier.cases.records import Case
from verifier.cases.signing import CaseSigning
from verifier.errors import BadRequest
from verifier.web.access import caller
from verifier.web.account.way import token
from verifier.web.api.case_askers import casework, reached
from verifier.web.api.case_body import body
from verifier.web.api.case_commands import step_up_needed, wanted_version


def sign(id_: UUID) -> Case:
    """Have a dossier signed; the same call again changes nothing.

    BadRequest `issuing-off`, `precondition-required`, `precondition-failed`, `step-up-needed`, and what
    `CaseSigning.sign` refuses.
    """
    reached(id_)
    version, signing = wanted_version(), _signing()
    body(Signature)
    return _told(lambda: signing.sign(caller(), token(), id_, version=version))


def annul(id_: UUID) -> Case:
    """Annul what was issued for a paper; BadRequest as `sign`, and what `CaseSigning.annul` refuses."""
    _, case = reached(id_)
    version, signing = wanted_version(), _signing()
    said = body(Annulment)
    if case.version != version:
        raise BadRequest("precondition-failed")
    return _told(lambda: signing.annul(caller(), id_, said.paper, said.ground, said.decision))


def _signing() -> CaseSigning:
    signing = casework().signing
    if signing is None:
        raise BadRequest("issuing-off")
    return signing


def _told(act: Callable[[], Case]) -> Case:
    """Do it; refusals of the rules are told as HTTP says them."""
    try:
        return act()
    except BadRequest as refusal:
        if refusal.problem.code == "changed-meanwhile":
            raise BadRequest("precondition-failed") from None
        if refusal.problem.code == "step-up-needed":
            raise step_up_needed() from None
        raise
