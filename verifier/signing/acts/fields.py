"""Signature fields of an act: their names, what they show and where, and what their dictionaries say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verifier.accounts.kinds import kinds
from verifier.errors import CouldNotIssue
from verifier.signing.acts.facts import Office
from verifier.signing.acts.plan import Plan
from verifier.signing.records import Field, HeldKey, Piece, Place, Role
from verifier.storage.issuances import Issuance

LEAST_ROOM = 16_384
"""Bytes kept for a CMS."""
TOKEN_ROOM = 12_288
"""Bytes kept for a time-stamp token with its chain, and for the CMS but its certificates."""
TOLERANCE_MM = 0.5
"""So much larger than on trial may a piece be."""


def field_name(act: Issuance, role: Role) -> str:
    """Return the name of our field: no other document ever has it."""
    return f"issuance-{act.id.hex}-{role.value}"


def field_for(act: Issuance, office: Office, plan: Plan, role: Role, pieces: Sequence[Piece], key: HeldKey) -> Field:
    """Return the field for one signature; invisible where the layout shows nothing for it, or found no room for it."""
    shown = next((one for one in pieces if one.role is role and one.id in plan.laid.places), None)
    certificates = sum(map(len, (key.certificate, *key.chain)))
    person = role is Role.PERSON
    at = None if act.issued_at is None else office.local(act.issued_at)
    names = kinds().procedures.get(act.kind, {})
    return Field(
        name=field_name(act, role),
        role=role,
        place=None if shown is None else placed(shown, plan.laid.places[shown.id]),
        drawing=None if shown is None else shown.drawing,
        reserved=max(LEAST_ROOM, certificates + TOKEN_ROOM),
        name_told=office.officer.name if person else office.authority.name_vi,
        reason=names.get("vi", ""),
        at=at,
    )


def placed(piece: Piece, trial: Place) -> Place:
    """Return where a piece goes, by where it went on trial; CouldNotIssue `mark-too-long` where it has grown."""
    drawing = piece.drawing
    wider = drawing.width_mm > trial.width_mm + TOLERANCE_MM
    if wider or drawing.height_mm > trial.height_mm + TOLERANCE_MM:
        raise CouldNotIssue("mark-too-long", f"the piece {piece.id} is larger than on trial", field=piece.id)
    return replace(trial, width_mm=drawing.width_mm, height_mm=drawing.height_mm)
