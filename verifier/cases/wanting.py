"""The way in which a result is wanted (hình thức nhận kết quả), held against the law as the dossier is filed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.cases import ways
from verifier.cases.filing import Filing
from verifier.cases.onpaper import expected
from verifier.cases.ways import Scene, hindrance, open_ids
from verifier.errors import BadRequest
from verifier.law.book import Law
from verifier.law.procedures import Procedure
from verifier.law_desk import answered

FIELDS: Mapping[str, str] = {ways.NO_ACCOUNT: "applicant.portal_account", ways.NO_ADDRESS: "applicant.email"}
"""By hindrance, the field without which nothing can go that way."""
CODES: Mapping[str, str] = {
    ways.NOT_LISTED: "delivery-not-offered",
    ways.ACCOUNT_THERE: "delivery-to-account",
    ways.ON_PAPER: "delivery-on-paper",
    ways.NO_PAPER: "delivery-of-files",
    **dict.fromkeys(FIELDS, "field-missing"),
}
"""By hindrance, the problem that is told."""


def refuse_wanted(filing: Filing, procedure: Procedure, law: Law) -> None:
    """Refuse a way that can never be gone for this applicant and this result; `allowed` names those that can.

    What this service has no door to is not refused: there may be one by the time the result is there, and else the
    next way is taken (`ways.leaving`). BadRequest `delivery-not-offered`, `delivery-to-account`, `delivery-on-paper`,
    `delivery-of-files`, each of `field` `delivery`; `field-missing` of what the way needs.
    """
    scene = scene_of(filing, procedure, law)
    why = hindrance(filing.delivery, scene) if filing.delivery else ""
    if not why:
        return
    allowed = ", ".join(open_ids(scene))
    told = {"allowed": allowed} if allowed else {}
    raise BadRequest(CODES[why], f"delivery: {filing.delivery}", field=FIELDS.get(why, "delivery"), **told)


def scene_of(filing: Filing, procedure: Procedure, law: Law) -> Scene:
    """Return on what it rests which ways are open to a filing; BadRequest as the law answers."""
    with answered():
        files, paper = expected(law, filing)
    return Scene(
        procedure=procedure.id,
        lawful=tuple(one.id for one in procedure.delivery),
        account=bool(filing.applicant.portal_account),
        email=bool(filing.applicant.email),
        electronic=files,
        paper=paper,
    )
