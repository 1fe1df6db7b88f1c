"""Refusals on pages: what is not there and what is not the caller's answer alike; other refusals become words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask.typing import ResponseReturnValue

from verifier.errors import BadRequest, Problem, VerifierError
from verifier.plain import visible
from verifier.web.chrome import say, words
from verifier.web.forms import FormError, form_error
from verifier.web.problems import status_of, words_of

_P = ParamSpec("_P")
_R = TypeVar("_R", bound=ResponseReturnValue)


def hide(view: Callable[_P, _R]) -> Callable[_P, _R]:
    """Answer for what is not there, and for what is not for the caller, by one page."""

    @wraps(view)
    def hiding(*args: _P.args, **kwargs: _P.kwargs) -> _R:
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
