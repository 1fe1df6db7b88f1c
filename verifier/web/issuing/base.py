"""What the pages on issuing share: their blueprint, the service behind them, refusals as words, files given out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import IO, ParamSpec
from urllib.parse import quote

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from verifier.accounts.roles import Role
from verifier.errors import BadRequest, CouldNotIssue, Problem, VerifierError
from verifier.plain import visible
from verifier.signing.acts.issuing import Issuing
from verifier.storage.blobs import StoredFile
from verifier.web import issued
from verifier.web.access import caller
from verifier.web.chrome import say, words
from verifier.web.forms import FormError, form_error
from verifier.web.problems import status_of, words_of

CHUNK = 64 * 1024
"""Bytes given out at a time."""
blueprint = Blueprint("issuing", __name__, url_prefix="/officer/issuances", template_folder="../templates")

_P = ParamSpec("_P")


def service() -> Issuing:
    """Return the act of issuing; CouldNotIssue `issuing-off` where this service issues nothing."""
    found = issued.service()
    if found is None:
        raise CouldNotIssue("issuing-off")
    return found


def acts() -> bool:
    """Tell whether the caller may order, confirm and annul."""
    return Role.LEADER in caller().roles


def hide(view: Callable[_P, ResponseReturnValue]) -> Callable[_P, ResponseReturnValue]:
    """Answer for what is not there, and for what is not for the caller, by one page."""

    @wraps(view)
    def hiding(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except BadRequest as refusal:
            if refusal.problem.code in {"not-found", "not-allowed"}:
                raise BadRequest("page-not-found") from None
            raise

    return hiding


def refused(error: VerifierError, field: str = "main") -> FormError:
    """Return the words of a refusal for a form; what is not there stays a page of its own."""
    if error.problem.code in {"not-found", "page-not-found"}:
        raise error
    if not _has_words(error.problem):
        return FormError(problem_words(error.problem)[0], "", field, status_of(error.problem.code))
    return form_error(error.problem, field)


def problem_words(problem: Problem) -> tuple[str, str]:
    """Return what is wrong, and what to do, as two sentences; the code itself where there are no words."""
    if not _has_words(problem):
        told = visible(problem.detail)
        return say("issuing-refused", code=visible(problem.code), detail=told), ""
    said = words_of(problem, words().lang)
    return f"{said.title}. {said.detail}".strip(), said.next_step


def _has_words(problem: Problem) -> bool:
    try:
        words_of(problem, words().lang)
    except KeyError:
        return False
    return True


def given(file: StoredFile, name: str, media_type: str = "application/octet-stream") -> Response:
    """Give a stored file out under a name, piece by piece; its plain copy is gone when the answer ends."""
    held = ExitStack()
    path: Path = held.enter_context(file.opened())
    stream = held.enter_context(path.open("rb"))
    answer = Response(_pieces(stream), content_type=media_type)
    answer.call_on_close(held.close)
    answer.content_length = path.stat().st_size
    return as_download(answer, name)


def as_download(answer: Response, name: str) -> Response:
    """Let the browser save an answer under a name."""
    plain = "".join(one if (one.isascii() and one.isalnum()) or one in ".-_" else "_" for one in name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece
