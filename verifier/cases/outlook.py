"""How the result of a signed dossier stands on its way out, and what hinders it. Pure.

For who has to give it: nothing waits in silence. Words and what to do stand in the data of texts (`delivery-stands-…`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from verifier.cases.delivery import under_way
from verifier.cases.ways import DEVICE, E_MAIL, PAPER, Scene, hindrance, leaving, open_ids
from verifier.storage.notices import Delivery, Notice

LINK = "delivery-link"
"""Template of the letter that brings a link."""
SENDING, STUCK, RECEIVED, FAILED = "sending", "stuck", "received", "failed"
OFFERED, LINK_OVER, LINK_FAILED = "offered", "link-over", "link-failed"
FEE_OPEN, TO_SEND, TO_FETCH, COUNTER = "fee-open", "to-send", "to-fetch", "counter"
STANDS = (SENDING, STUCK, RECEIVED, FAILED, OFFERED, LINK_OVER, LINK_FAILED, FEE_OPEN, TO_SEND, TO_FETCH, COUNTER)
"""All that may be said of a result beside `ways.HINDRANCES`."""


@dataclass(frozen=True)
class Outlook:
    """How a result stands."""

    wanted: str
    """Id of the law of the way in which it was wanted; empty where nothing was said."""
    why_not: str = ""
    """Why it cannot go that way now, one of `ways.HINDRANCES`; empty where it can."""
    open: tuple[str, ...] = ()
    """Ids of the law of the ways that are open, in the order of the procedure."""
    stands: tuple[str, ...] = ()
    """What is to be known or done, each one of `STANDS`; empty where the dossier is not at `signed`, as all of this."""


@dataclass(frozen=True)
class Left:
    """What was done so far to give a result out."""

    deliveries: Sequence[Delivery] = ()
    notices: Sequence[Notice] = ()
    records: frozenset[UUID] = frozenset()
    """Ids of the stored records that are the result now."""
    settled: bool = True
    """Whether nothing of the fee is open."""


def link_letter(one: Delivery, notices: Sequence[Notice]) -> Notice | None:
    """Return the letter that brought the link of a delivery; None for another way."""
    letters = (letter for letter in notices if letter.template == LINK and letter.made_at == one.made_at)
    return next(letters, None) if one.way == E_MAIL else None


def outlook(wanted: str, scene: Scene, left: Left, now: datetime) -> Outlook:
    """Return how the result of a signed dossier stands at a moment."""
    why = hindrance(wanted, scene) if wanted else ""
    return Outlook(wanted, why, open_ids(scene), tuple(_stands(wanted, scene, left, now)))


def _stands(wanted: str, scene: Scene, left: Left, now: datetime) -> Iterator[str]:
    if not left.settled:
        yield FEE_OPEN
        return
    begun = next((one for one in reversed(left.deliveries) if one.way != PAPER), None)
    if scene.electronic:
        said = _begun(begun, left, now) if begun else ""
        yield said or {PAPER: COUNTER, DEVICE: TO_FETCH}.get(leaving(wanted, scene).way, TO_SEND)
    if scene.paper or not scene.electronic:
        yield COUNTER


def _begun(one: Delivery, left: Left, now: datetime) -> str:
    """Tell how the last delivery of files stands; empty where it was called back, or the result is another by now."""
    if one.state == "sending":
        return SENDING if under_way(one, (), now) else STUCK
    if one.state == "offered":
        letter = link_letter(one, left.notices)
        if letter is not None and letter.state in ("failed", "no-way"):
            return LINK_FAILED
        return LINK_OVER if one.expires_at is not None and one.expires_at <= now else OFFERED
    if one.state == "failed":
        return FAILED
    return RECEIVED if one.state == "done" and left.records <= set(one.records) else ""
