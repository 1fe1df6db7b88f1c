from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import verifier.law
from verifier.errors import BadRequest, Problem
from verifier.law.records import NoAnswer
from verifier.law_desk import answered
from verifier.web.problem_statuses import STATUSES
from verifier.web.problems import words_of

FOLDER = Path(verifier.law.__file__).parent


def codes() -> Iterator[str]:
    """Every code that a part of the law refuses with."""
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NoAnswer":
                assert isinstance(node.args[0], ast.Constant), f"{file}:{node.lineno}: the code is no literal"
                yield str(node.args[0].value)


@pytest.mark.parametrize("code", sorted(set(codes())))
def test_every_refusal_of_the_law_has_a_status_and_words(code: str) -> None:
    assert STATUSES[code] in {400, 404, 409, 422}
    assert words_of(Problem(code), "vi") != words_of(Problem(code), "en")


def test_a_refusal_keeps_code_detail_and_params() -> None:
    with pytest.raises(BadRequest) as refused, answered():
        raise NoAnswer("count-wrong", "pages must be numbers", field="pages")

    assert refused.value.problem == Problem("count-wrong", "pages must be numbers", {"field": "pages"})
