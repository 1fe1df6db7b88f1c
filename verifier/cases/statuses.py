"""Statuses of a dossier (trạng thái hồ sơ), out of `statuses.toml`: whose move it is, what the portal is told."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from verifier.law.records import Words

MOVES = ("reception", "specialist", "leader", "clerk", "applicant", "asked", "receiver", "nobody")
PORTAL_CODES = range(1, 11)


class Status(StrEnum):
    """Where a dossier stands; words, mover and portal code of each are data."""

    FILED = "filed"
    SUPPLEMENT = "supplement"
    PAYMENT = "payment"
    FORWARDED = "forwarded"
    ACCEPTED = "accepted"
    EXAMINATION = "examination"
    CONFIRMATION = "confirmation"
    APPROVAL = "approval"
    SIGNING = "signing"
    SIGNED = "signed"
    DELIVERED = "delivered"
    REFUSED_INTAKE = "refused-intake"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Standing:
    """What is said of one status."""

    id: Status
    words: Words
    move: str
    """Whose move it is; one of `MOVES`."""
    portal: int
    """Code of the National Public Service Portal, 1 to 10."""
    final: bool
    """No command leads out of it but annulling, archiving and removing."""


@cache
def statuses() -> Mapping[str, Standing]:
    """Return all statuses by id, in the order of the work. ValueError where the data are not as they must be."""
    text = files("verifier.cases").joinpath("statuses.toml").read_text("utf-8")
    found = [_standing(told) for told in tomllib.loads(text)["status"]]
    if [one.id for one in found] != list(Status):
        raise ValueError("statuses.toml does not name every status once, in order")
    return {one.id.value: one for one in found}


def final() -> frozenset[str]:
    """Return the ids of the final statuses."""
    return frozenset(id_ for id_, one in statuses().items() if one.final)


def _standing(told: Mapping[str, object]) -> Standing:
    words = Words(str(told["vi"]), str(told["en"]))
    found = Standing(Status(str(told["id"])), words, str(told["move"]), int(str(told["portal"])), "final" in told)
    if found.move not in MOVES or found.portal not in PORTAL_CODES or told.get("final", True) is not True:
        raise ValueError(f"statuses.toml: {found.id} is not as it must be")
    return found
