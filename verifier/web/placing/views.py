"""The routes: the page and its form, pictures of pages and of the mark, what a place covers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from verifier.errors import BadRequest, CouldNotIssue, CouldNotJudge
from verifier.signing.acts.records import Preview
from verifier.signing.records import Place, Placement
from verifier.signing.space.records import Covered, Leaf
from verifier.storage.blobs import StoredFile
from verifier.web.access import caller
from verifier.web.chrome import forward, page, say
from verifier.web.forms import FormError
from verifier.web.issuing.base import service
from verifier.web.placing import choices
from verifier.web.placing.choices import Typed
from verifier.web.placing.desk import desk
from verifier.web.refusals import hide, problem_words, refused

blueprint = Blueprint("placing", __name__, url_prefix="/officer/issuances", template_folder="../templates")
FIELDS = {"page-missing": "page", "off-page": "left", "page-too-small": "page"}
"""Field to which a refusal belongs; others belong to the choice."""
KEPT = "private, no-store"


@blueprint.get("/<uuid:id_>/place")
@hide
def show(id_: UUID) -> Response:
    """Show where the mark goes, and what else may be chosen."""
    try:
        preview = service().preview(caller(), id_)
    except BadRequest as refusal:
        return _if_confirmed(refusal, id_)
    return _shown(preview, choices.standing(preview))


@blueprint.post("/<uuid:id_>/place")
@hide
def place(id_: UUID) -> Response:
    """Take the officer's choice."""
    try:
        preview = service().preview(caller(), id_)
        typed = choices.typed_in(request.form)
        wish = choices.wish_of(typed, preview)
        if isinstance(wish, str):
            field = "choice" if wish == "unclear" else wish
            return _shown(preview, typed, [FormError(say(f"placing-wrong-{wish}"), "", field)])
        service().place(caller(), id_, wish)
    except CouldNotIssue as refusal:
        field = FIELDS.get(refusal.problem.code, "choice")
        return _shown(preview, typed, [refused(refusal, field)])
    except BadRequest as refusal:
        return _if_confirmed(refusal, id_)
    return forward(url_for("issuing.show", id_=id_))


@blueprint.get("/<uuid:id_>/page/<int:number>.webp")
@hide
def picture(id_: UUID, number: int) -> Response:
    """Give the picture of a page of the document as it came in."""
    data = _looked(lambda: desk().picture(_original(id_), number))
    return Response(data, mimetype="image/webp", headers={"Cache-Control": KEPT})


@blueprint.get("/<uuid:id_>/page/<int:number>")
@hide
def leaf(id_: UUID, number: int) -> Response:
    """Tell the size of a page, and what of it is taken, to the script."""
    found = _looked(lambda: desk().leaf(_original(id_), number))
    return _json(
        width=round(found.width_mm, 2),
        height=round(found.height_mm, 2),
        taken=outline(found),
        pages=found.pages,
        picture=url_for(".picture", id_=id_, number=number),
    )


@blueprint.get("/<uuid:id_>/mark.webp")
@hide
def mark(id_: UUID) -> Response:
    """Give the picture of the mark."""
    data = desk().mark(service().preview(caller(), id_).drawing)
    return Response(data, mimetype="image/webp", headers={"Cache-Control": KEPT})


@blueprint.get("/<uuid:id_>/covering")
@hide
def covering(id_: UUID) -> Response:
    """Tell what the mark would cover at a place, to the script."""
    drawing = service().preview(caller(), id_).drawing
    told = Typed(choices.BY_HAND, *(request.args.get(name, "").strip()[:40] for name in ("page", "left", "top")))
    wish = choices.by_hand(told)
    if isinstance(wish, str):
        return _json(look="bad", said=say(f"placing-wrong-{wish}"), items=[])
    at = Place(wish.page or 1, wish.left_mm or 0, wish.top_mm or 0, drawing.width_mm, drawing.height_mm)
    try:
        return _json(**_covering(desk().covering(_original(id_), at)))
    except CouldNotIssue as refusal:
        return _json(look="bad", said=problem_words(refusal.problem)[0], items=[])


def outline(found: Leaf) -> str:
    """Write the taken parts of a page as the path of a drawing."""
    return "".join(
        f"M{one.left:.1f} {one.top:.1f}h{one.width:.1f}v{one.height:.1f}h-{one.width:.1f}z" for one in found.taken
    )


def _shown(preview: Preview, typed: Typed, errors: list[FormError] | None = None) -> Response:
    act, may_move = preview.issuance, choices.extendable(preview)
    at, page_ = choices.current(preview), None
    if may_move:
        wanted = choices.by_hand(typed)
        if not isinstance(wanted, str):
            at = Place(wanted.page or 1, wanted.left_mm or 0, wanted.top_mm or 0, at.width_mm, at.height_mm)
        page_, at = _leaf(act.id, at)
    return page(
        "placing/show.html",
        errors[0].status if errors else 200,
        errors=errors or [],
        act=act,
        may_move=may_move,
        on_page=preview.placement is Placement.PAGE,
        reasons=choices.reasons(preview),
        choices=choices.choices(preview),
        typed=typed,
        leaf=page_,
        outline=outline(page_) if page_ else "",
        at=at,
        width_text=choices.number_text(preview.drawing.width_mm),
        recommended=choices.proposed(preview),
        covering=_first_covering(preview, at) if page_ else None,
        texts=[text.splitlines() for text in preview.texts.values()],
        shown_number=choices.number_text,
    )


def _leaf(id_: UUID, at: Place) -> tuple[Leaf, Place]:
    """The page of a place; the first one, at its corner, where the document has no such page."""
    try:
        return desk().leaf(_original(id_), at.page), at
    except CouldNotIssue as refusal:
        if refusal.problem.code != "page-missing":
            raise
    start = choices.START_MM
    return desk().leaf(_original(id_), 1), Place(1, start, start, at.width_mm, at.height_mm)


def _first_covering(preview: Preview, at: Place) -> dict[str, Any]:
    """What is said before anything is moved."""
    known = [one for one in preview.covering if one.place == at]
    if preview.placement is Placement.PAGE and at == preview.places.get(preview.main):
        return _covering(known[0] if known else Covered(at))
    try:
        return _covering(desk().covering(_original(preview.issuance.id), at))
    except CouldNotIssue as refusal:
        return {"look": "bad", "said": problem_words(refusal.problem)[0], "items": []}


def _covering(found: Covered) -> dict[str, Any]:
    said, items = choices.told_of(found)
    return {"look": "ok" if found.clear else "bad", "said": said, "items": items}


def _looked(task: Any) -> Any:
    """What a worker saw; what is not there, or cannot be drawn, is a page that is not there."""
    try:
        return task()
    except (CouldNotIssue, CouldNotJudge) as refusal:
        if refusal.problem.code in {"page-missing", "not-found", "pdf-unreadable", "pdf-encrypted"}:
            raise BadRequest("page-not-found") from None
        raise


def _original(id_: UUID) -> StoredFile:
    return service().original(caller(), id_)


def _if_confirmed(refusal: BadRequest, id_: UUID) -> Response:
    """Lead to the act where it is too late to move its mark."""
    if refusal.problem.code != "already-confirmed":
        raise refusal
    return forward(url_for("issuing.show", id_=id_))


def _json(**told: Any) -> Response:
    answer = current_app.make_response(jsonify(**told))
    answer.headers["Cache-Control"] = KEPT
    return answer
