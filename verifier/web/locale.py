"""Language, theme and density of a reader, and the words of the page chrome."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
"""Code and own name; the first one is for whoever has not chosen."""
THEMES = ("auto", "light", "dark", "contrast")
DENSITIES = ("compact", "roomy")
"""How close the lines of registers stand; the first one is for whoever has not chosen."""
COOKIE_SECONDS = 365 * 24 * 3600
"""How long a choice is remembered."""


@lru_cache(maxsize=1)
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return every text of the pages: key to language to words with `{placeholders}`; a key stands in one file only."""
    found: dict[str, Mapping[str, str]] = {}
    for source in sorted((Path(__file__).parent / "texts").glob("*.toml")):
        told = tomllib.loads(source.read_text(encoding="utf-8"))
        if twice := told.keys() & found.keys():
            raise ValueError(f"{source.name} tells again: {', '.join(sorted(twice))}")
        found |= told
    return found


def raw_text(key: str, lang: str) -> str:
    """Return the words for `key` with their placeholders, for scripts that fill them; KeyError where there are none."""
    return texts()[key][lang]


def text(key: str, lang: str, **params: object) -> str:
    """Return the words for `key`, filled with `params`; KeyError where there are none.

    Where `count` is one, the words of `key-one` are taken if there are any.
    """
    single = f"{key}-one"
    chosen = single if params.get("count") == 1 and single in texts() else key
    return raw_text(chosen, lang).format(**params)


def language(*choices: str | None) -> str:
    """Return the first choice that is a language of ours, else Vietnamese."""
    return next((one for one in choices if one in LANGUAGES), "vi")


def theme(choice: str | None) -> str:
    """Return the theme chosen, `auto` where none or an unknown one."""
    return choice if choice in THEMES else "auto"


def density(choice: str | None) -> str:
    """Return the density chosen, `compact` where none or an unknown one."""
    return choice if choice in DENSITIES else DENSITIES[0]


def groups_of_four(value: str) -> list[str]:
    """Cut a hash or serial number into groups of four characters."""
    return [value[at : at + 4] for at in range(0, len(value), 4)]
