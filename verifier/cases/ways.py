"""Ways in which a result is given (hình thức trả kết quả): which are open to whom, and which one a result takes. Pure.

Asked when a dossier is filed, when its result is there, and by who gives it out: one rule for all three.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from verifier.law.records import Words

DATA_STORE, E_MAIL, DEVICE, PAPER = "data-store", "e-mail", "device", "paper"
NOT_LISTED, ACCOUNT_THERE, ON_PAPER, NO_PAPER = "not-listed", "account-there", "on-paper", "no-paper"
NO_ACCOUNT, NO_ADDRESS, MAIL_OFF, PORTAL_OFF = "account-missing", "email-missing", "mail-off", "portal-off"
HINDRANCES = (NOT_LISTED, ACCOUNT_THERE, ON_PAPER, NO_PAPER, NO_ACCOUNT, NO_ADDRESS, MAIL_OFF, PORTAL_OFF)
"""Why a way is not open: by law (the first four), for want of an address, for want of a door of this service."""


@dataclass(frozen=True)
class Way:
    """A way of delivery, out of `delivery.toml`."""

    id: str
    words: Words
    law: frozenset[str]
    """Ids of the ways in the law that it carries out."""
    electronic: bool
    paper_only: frozenset[str]
    """Of these, the ids by which only what was issued on paper goes."""
    without_account: frozenset[str]
    """Procedures for which it is only there without an account at the portal."""


@cache
def ways() -> Mapping[str, Way]:
    """Return all ways by id."""
    told = tomllib.loads((files("verifier.cases") / "delivery.toml").read_text("utf-8"))["way"]
    return {
        one["id"]: Way(
            one["id"],
            Words(one["vi"], one["en"]),
            frozenset(one["law"]),
            one["electronic"],
            frozenset(one.get("paper_only", ())),
            frozenset(one.get("without_account", ())),
        )
        for one in told
    }


def way_of(id_: str) -> Way | None:
    """Return the way that carries out one of the law; None where none does."""
    return next((one for one in ways().values() if id_ in one.law), None)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All on which it rests which ways are open."""

    procedure: str
    lawful: tuple[str, ...]
    """Ids of the ways of the procedure by its law, in its order."""
    account: bool
    """Whether the applicant has an account at the portal."""
    email: bool
    """Whether there is an e-mail address."""
    electronic: bool
    """Whether something of the result is a file."""
    paper: bool
    """Whether something of it is on paper."""
    mail: bool = True
    """Whether this service sends e-mail."""
    portal: bool = True
    """Whether it has a door to the data store."""


def hindrance(id_: str, scene: Scene) -> str:
    """Return why a way of the law is not open, one of `HINDRANCES`; empty where it is."""
    way = way_of(id_)
    if way is None or id_ not in scene.lawful:
        return NOT_LISTED
    if way.electronic and not scene.electronic:
        return ON_PAPER
    if id_ in way.paper_only and not scene.paper:
        return NO_PAPER
    if scene.account and scene.procedure in way.without_account:
        return ACCOUNT_THERE
    return _unreachable(way.id, scene)


def _unreachable(way: str, scene: Scene) -> str:
    if way == DATA_STORE:
        return NO_ACCOUNT if not scene.account else "" if scene.portal else PORTAL_OFF
    if way == E_MAIL:
        return NO_ADDRESS if not scene.email else "" if scene.mail else MAIL_OFF
    return ""


def open_ids(scene: Scene) -> tuple[str, ...]:
    """Return the ways of the law that are open, in the order of the procedure."""
    return tuple(id_ for id_ in scene.lawful if not hindrance(id_, scene))


def open_ways(scene: Scene) -> tuple[Way, ...]:
    """Return the ways that are open; at the counter something can always be handed over, whatever else is not."""
    found = {way.id for id_ in open_ids(scene) if (way := way_of(id_))}
    return tuple(one for one in ways().values() if one.id in found or not one.electronic)


@dataclass(frozen=True)
class Leaving:
    """How a result leaves."""

    way: str
    """`data-store` and `e-mail`: by itself; `device`: the applicant fetches it; `paper`: it waits at the counter."""
    why: str = ""
    """Why not by the way that was wanted, one of `HINDRANCES`; empty where it does."""


def leaving(wanted: str, scene: Scene) -> Leaving:
    """Return the way that was wanted or, where that is not open, the next one of the law by which it can be sent.

    Where nothing was wanted it waits at the counter, unless the law only knows it sent (Decree 45/2020 Art. 10(4)).
    What cannot be sent is announced at the counter.
    """
    why = hindrance(wanted, scene) if wanted else ""
    way = way_of(wanted)
    if way and not why:
        return Leaving(way.id)
    handed_over = any((one := way_of(id_)) and not one.electronic for id_ in scene.lawful)
    if wanted or not handed_over:
        for id_ in open_ids(scene):
            if (one := way_of(id_)) and one.id in (DATA_STORE, E_MAIL):
                return Leaving(one.id, why)
    return Leaving(PAPER, why)
