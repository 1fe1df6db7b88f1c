"""The site of the demonstration: the service, and a page with the mail that it sent. No other process has that page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Flask, Response
from markupsafe import Markup, escape

from verifier import compose
from verifier.demo.mailbox import FOLDER, PATH, Mailbox
from verifier.web.access import EVERYBODY
from verifier.web.chrome import page

_LINK = re.compile(r"(https?://[^\s<>\"']+[^\s<>\"'.,;)])")


def create_app() -> Flask:
    """Make the service with the mailbox beside it; BadRequest and SQLAlchemyError as `compose.create_app`."""
    app = compose.create_app()
    add_mailbox(app, Mailbox(Path(os.environ[FOLDER])))
    return app


def add_mailbox(app: Flask, mailbox: Mailbox) -> None:
    """Add the page, for everybody on this machine."""
    blueprint = Blueprint("demo", __name__, template_folder="templates")

    @blueprint.get(PATH)
    def mail() -> Response:
        answer = page("demo/mail.html", letters=mailbox.letters(), linked=linked)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    app.register_blueprint(blueprint)
    app.extensions["access"]["demo.mail"] = EVERYBODY


def linked(text: str) -> Markup:
    """Return plain text as HTML: line by line, with addresses that can be clicked."""
    return Markup("<br>").join(Markup("").join(_pieces(line)) for line in text.strip().splitlines())


def _pieces(line: str) -> Iterator[Markup]:
    for at, piece in enumerate(_LINK.split(line)):
        yield Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(piece) if at % 2 else escape(piece)
