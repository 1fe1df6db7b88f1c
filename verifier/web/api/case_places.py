"""Where in a body a refusal belongs that the rules tell without a place: an unknown file, an unknown fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from verifier.cases.filing import Filing
from verifier.errors import BadRequest

FACTS = frozenset({"fact-unknown", "fact-wrong"})


def placed(refusal: BadRequest, said: object) -> BadRequest:
    """Return a refusal with `field` in its params, as `components.0.file`, where what was said shows which it is."""
    problem = refusal.problem
    if "field" in problem.params:
        return refusal
    place = ""
    if problem.code == "upload-unknown":
        place = next((at for at, value in _leaves(said, "") if str(value) == problem.params.get("upload")), "")
    elif problem.code in FACTS and isinstance(said, Filing):
        place = f"facts.{problem.params['fact']}"
    return BadRequest(problem.code, problem.detail, **{**problem.params, "field": place}) if place else refusal


def _leaves(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    inner: Iterator[tuple[object, Any]]
    if is_dataclass(value) and not isinstance(value, type):
        inner = ((one.name, getattr(value, one.name)) for one in fields(value))
    elif isinstance(value, Mapping):
        inner = iter(value.items())
    elif isinstance(value, tuple | list):
        inner = iter(enumerate(value))
    else:
        yield at, value
        return
    for name, one in inner:
        yield from _leaves(one, f"{at}.{name}" if at else str(name))
