"""Refusals of forms: a problem as a sentence beside the field it is about."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.errors import Problem
from verifier.web.chrome import words
from verifier.web.problems import refusal_of


@dataclass(frozen=True)
class FormError:
    """One thing to put right in a form."""

    text: str
    advice: str = ""
    field: str = ""
    """Id of the field."""
    status: int = 422


def form_error(problem: Problem, field: str) -> FormError:
    """Return the words of a problem for the field with this id."""
    refusal = refusal_of(problem)
    said = refusal.words(words().lang)
    return FormError(f"{said.title}. {said.detail}".strip(), said.next_step, field, refusal.status)
