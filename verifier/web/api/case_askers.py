"""Who asks the API about dossiers, as the rules know them: officers, machine clients of the portal, applicants.

An officer reaches what the authority has or took in; a client what it filed itself; an applicant the own dossiers, by
code and secret token or by electronic identity. What is out of reach is answered like what is not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast
from uuid import UUID

from flask import current_app

from verifier.accounts.caller import Claim
from verifier.cases import kernel
from verifier.cases.desk import Cases
from verifier.cases.kernel import APPLICANT, Asker
from verifier.cases.records import Case
from verifier.casework import CaseWork
from verifier.errors import BadRequest
from verifier.storage.scope import SYSTEM, of
from verifier.web.access import caller

MOST_OWN = 200
"""Dossiers of one electronic identity that are listed."""


def casework() -> CaseWork:
    """Return the case world; BadRequest `not-found` where this service has none."""
    found = current_app.extensions.get("casework")
    if found is None:
        raise BadRequest("not-found")
    return cast("CaseWork", found)


def cases() -> Cases:
    """Return the dossiers."""
    return casework().cases


def asker() -> Asker:
    """Return an officer or a client as who asks, wherever no dossier is named; BadRequest `not-allowed`."""
    who = caller()
    return kernel.client(who) if who.client else kernel.officer(who, cases().house.clock())


def reached(id_: UUID) -> tuple[Asker, Case]:
    """Return as whom the caller may ask of a dossier, and the dossier; BadRequest `not-found`, `not-allowed`."""
    who = caller()
    if who.claim:
        return _as_applicant(_claimed(who.claim), id_)
    if who.client:
        return _filed_by_client(id_)
    if who.person:
        return asker(), cases().case(asker(), id_)
    return _as_applicant(_own(id_), id_)


def own() -> tuple[Case, ...]:
    """Return the dossiers of an applicant: the one whose token is brought, or those of the electronic identity."""
    who = caller()
    if who.claim:
        return (_claimed(who.claim),)
    with cases().house.database.unit(SYSTEM) as unit:
        return unit.cases.of_identity(who.identities, MOST_OWN)


def applicants() -> bool:
    """Tell whether the caller sees what applicants see: they themselves, and the client that files for them."""
    return caller().person is None


def _claimed(claim: Claim) -> Case:
    return cases().by_token(claim.code, claim.token)


def _own(id_: UUID) -> Case:
    with cases().house.database.unit(SYSTEM) as unit:
        found = unit.cases.get(id_)
    if found is None or found.removed_at is not None or found.identity not in caller().identities:
        raise BadRequest("not-found")
    return found


def _as_applicant(case: Case, id_: UUID) -> tuple[Asker, Case]:
    if case.id != id_:
        raise BadRequest("not-found")
    return kernel.applicant(case, caller().address), case


def _filed_by_client(id_: UUID) -> tuple[Asker, Case]:
    """Return a client as who acts for the applicant, wherever the dossier was forwarded since."""
    who = kernel.client(caller())
    case = cases().case(who, id_)
    if case.filed_by != who.id or case.removed_at is not None:
        raise BadRequest("not-found")
    return replace(who, scope=of(case.authority_id), may=frozenset({APPLICANT})), case
