"""Could a person read the text of an appearance? White, invisible, tiny, displaced and overpainted text hide it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

_SHOWN = re.compile(rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|<[0-9A-Fa-f\s]*>(?!>)|/[^\s/<>\[\](){}%]*", re.DOTALL)
"""Strings and names, which hold no operators."""
_WORD = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)|[A-Za-z'\"*]+")
_SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
_FILLING = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})

SMALLEST_TEXT = 1.5
"""Points below which text cannot be read."""
NARROWEST = 20.0
"""Horizontal scaling in per cent below which text cannot be read."""
FAR_AWAY = 2.0
"""Text that starts so many times the size of the box away from its corner is outside of it."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class _State:
    """What counts when text is shown."""

    box: Box
    white: bool = False
    size: float = 12.0
    scale: float = 1.0
    concealed: bool = False
    shown: bool = False
    painted: bool = False
    """Whether something that is not white was filled before."""


def conceals(content: bytes, box: Box) -> bool:
    """Whether an appearance with this content and `/BBox` hides text that it shows.

    It is no renderer: it knows the ways that are open to one who may only write text into a box.
    """
    state, saved, operands = _State(box), list[_State](), list[float]()
    for match in _WORD.finditer(_SHOWN.sub(b" ", content)):
        word = match[0]
        if word[-1:].isdigit() or word[-1:] == b".":
            operands.append(float(word))
            continue
        if word == b"q":
            saved.append(state)
        elif word == b"Q" and saved:
            seen = state
            state = replace(saved.pop(), concealed=seen.concealed, shown=seen.shown, painted=seen.painted)
        else:
            state = _after(state, word, operands)
        operands = []
    return state.concealed


def _after(state: _State, word: bytes, operands: list[float]) -> _State:
    if word in _SHOWING:
        hidden = (state.white and not state.painted) or abs(state.size * state.scale) < SMALLEST_TEXT
        return replace(state, shown=True, concealed=state.concealed or hidden)
    if word in _FILLING:
        return replace(state, painted=state.painted or not state.white, concealed=state.concealed or state.shown)
    step = _STEPS.get(word)
    try:
        return step(state, operands) if step else state
    except (IndexError, ValueError):
        return replace(state, concealed=True)


def _hidden(state: _State, *, when: bool) -> _State:
    return replace(state, concealed=state.concealed or when)


def _moved(state: _State, x: float, y: float) -> _State:
    left, bottom, right, top = state.box
    far = abs(x - left) > FAR_AWAY * (right - left) + 10 or abs(y - bottom) > FAR_AWAY * (top - bottom) + 10
    return _hidden(state, when=far)


def _matrix(state: _State, operands: list[float]) -> _State:
    a, b, _, _, x, y = operands[-6:]
    return replace(_moved(state, x, y), scale=max(abs(a), abs(b)))


_STEPS: dict[bytes, Callable[[_State, list[float]], _State]] = {
    b"g": lambda state, given: replace(state, white=given[-1] >= 0.95),
    b"rg": lambda state, given: replace(state, white=min(given[-3:]) >= 0.95),
    b"k": lambda state, given: replace(state, white=max(given[-4:]) <= 0.05),
    b"Tr": lambda state, given: _hidden(state, when=given[-1] != 0),
    b"Tz": lambda state, given: _hidden(state, when=given[-1] < NARROWEST),
    b"gs": lambda state, _: _hidden(state, when=True),
    b"Tf": lambda state, given: replace(state, size=given[-1]),
    b"BT": lambda state, _: replace(state, scale=1.0),
    b"Td": lambda state, given: _moved(state, given[-2], given[-1]),
    b"TD": lambda state, given: _moved(state, given[-2], given[-1]),
    b"Tm": _matrix,
    b"cm": _matrix,
}
