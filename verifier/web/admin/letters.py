"""The routes on messages that could not be delivered, and the last runs of recurring jobs."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from verifier.errors import BadRequest
from verifier.storage.outbox import Message
from verifier.web.access import caller
from verifier.web.admin.acts import Act, desk, done_or_shown
from verifier.web.chrome import forward, named, page, say
from verifier.web.refusals import hide
from verifier.web.services import accounts

blueprint = Blueprint("letters", __name__, url_prefix="/admin/outbox", template_folder="../templates")


@blueprint.get("")
@hide
def index() -> Response:
    """List the messages, and how the jobs fare."""
    letters = accounts().letters.list(caller())
    return page("admin/outbox.html", letters=letters, runs=desk().job_runs(caller()))


@blueprint.post("/<uuid:id_>/retry")
@hide
def retry(id_: UUID) -> Response:
    """Have a message tried anew; it is delivered by the relay, within a minute or so."""
    accounts().letters.retry(caller(), id_)
    return forward(url_for("letters.index"))


@blueprint.route("/<uuid:id_>/drop", methods=["GET", "POST"])
@hide
def drop(id_: UUID) -> Response:
    """Delete a message for good, with a reason."""

    def carry_out() -> Response:
        accounts().letters.drop(caller(), id_, request.form.get("reason", ""))
        return forward(url_for("letters.index"))

    return done_or_shown(lambda: _drop(id_), carry_out)


def _drop(id_: UUID) -> Act:
    letter = _letter(id_)
    back = url_for("letters.index")
    return Act(
        heading=say("admin-drop-title"),
        back=back,
        crumbs=[(back, say("admin-letters"))],
        effects=say("admin-drop-effects", topic=named("topic", letter.topic)).split("\n"),
        button=say("admin-drop"),
    )


def _letter(id_: UUID) -> Message:
    found = next((one for one in accounts().letters.list(caller()) if one.id == id_), None)
    if found is None:
        raise BadRequest("not-found")
    return found
