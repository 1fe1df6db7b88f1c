"""Words of printed books, out of `words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def _words() -> Mapping[str, str]:
    return tomllib.loads(files("verifier.register").joinpath("words.toml").read_text("utf-8"))


def said(key: str, **values: object) -> str:
    """Return a text with its values filled in. KeyError where there is none."""
    return _words()[key].format(**values)
