"""The texts of all reports, strictly read from `texts/*.toml`: every text in Vietnamese and English, or refused."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("vi", "en")
MISSING = "—"
"""Stands for a particular that is not known."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Topic:
    """Which keys an entry of one file may have."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    marks: Mapping[str, frozenset[str]] | None = None
    """Keys that are one word out of a list and not a text."""
    variants: frozenset[str] = frozenset()
    """Keys that may also stand with a variant after an underscore, as `failed_revoked`."""


_LEVELS = frozenset({"allowed", "look", "forbidden", "note"})

TOPICS: Mapping[str, Topic | None] = {
    "sub_indications": Topic(frozenset({"found", "means", "do", "applicant", "because"})),
    "changes": Topic(
        frozenset({"title", "found", "means", "do"}), frozenset({"found_short"}), marks={"level": _LEVELS}
    ),
    "problems": Topic(frozenset({"title", "detail", "do"})),
    "checks": Topic(
        frozenset({"title", "ok", "failed"}),
        frozenset({"warning", "not_run"}),
        variants=frozenset({"ok", "warning", "failed", "not_run"}),
    ),
    "authorities": Topic(frozenset({"reason", "because", "do"}), frozenset({"word"})),
    "format_problems": Topic(),
    "path_problems": Topic(),
    "gaps": None,
    "headlines": None,
    "words": None,
    "glossary": None,
}
"""Files by name; a topic without keys of its own holds texts directly, None stands for groups of texts."""


class CatalogueError(ValueError):
    """The text files are not as they must be; found when they are loaded, so at the start and in tests."""


@dataclass(frozen=True)
class Catalogue:
    """All texts by code (`topic.entry.key`) and language, and the marks of entries."""

    texts: Mapping[str, Mapping[str, str]]
    marks: Mapping[str, str]


def placeholders(template: str) -> frozenset[str]:
    """Return the names of the placeholders in a text."""
    return frozenset(_PLACEHOLDER.findall(template))


def parse(sources: Mapping[str, str]) -> Catalogue:
    """Read TOML by topic; CatalogueError for an unknown topic or key, a missing language or unequal placeholders."""
    texts: dict[str, Mapping[str, str]] = {}
    marks: dict[str, str] = {}
    for topic, source in sources.items():
        if topic not in TOPICS:
            raise CatalogueError(f"unknown topic: {topic}")
        for entry, value in tomllib.loads(source).items():
            _read_entry(TOPICS[topic], f"{topic}.{entry}", value, texts, marks)
    return Catalogue(texts, marks)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the catalogue that is shipped, read once."""
    folder = files("verifier.reports") / "texts"
    return parse({topic: (folder / f"{topic}.toml").read_text("utf-8") for topic in TOPICS})


def text(code: str, lang: str, /, **params: str) -> str:
    """Return one text with its placeholders filled; KeyError for an unknown code or language.

    A particular that is missing or empty shows as a dash. Values are put in as they are: escaping is the template's.
    """
    template = catalogue().texts[code][lang]
    return _PLACEHOLDER.sub(lambda found: params.get(found[1]) or MISSING, template)


def needs(code: str) -> frozenset[str]:
    """Return the names of the particulars that a text is filled with; KeyError for an unknown code."""
    return placeholders(catalogue().texts[code]["vi"])


def has(code: str) -> bool:
    """Tell whether there is a text of this code."""
    return code in catalogue().texts


def entries(topic: str) -> tuple[str, ...]:
    """Return the names of a topic's entries, in order of the file, each once."""
    return tuple(dict.fromkeys(code.split(".")[1] for code in catalogue().texts if code.startswith(f"{topic}.")))


def mark(code: str) -> str:
    """Return a mark, e.g. `changes.overlay.level`; KeyError where there is none."""
    return catalogue().marks[code]


def _read_entry(
    topic: Topic | None, code: str, value: Any, texts: dict[str, Mapping[str, str]], marks: dict[str, str]
) -> None:
    if not isinstance(value, dict):
        raise CatalogueError(f"{code}: a table was expected")
    if topic is not None and not topic.required:
        texts[code] = _languages(code, value)
        return
    if wrong := _wrong_keys(topic, set(value)):
        raise CatalogueError(f"{code}: unknown or missing: {', '.join(sorted(wrong))}")
    for key, inner in value.items():
        choices = (topic.marks or {}).get(key) if topic else None
        if choices is None:
            texts[f"{code}.{key}"] = _languages(f"{code}.{key}", inner)
        elif inner in choices:
            marks[f"{code}.{key}"] = inner
        else:
            raise CatalogueError(f"{code}.{key}: {inner!r} is none of {', '.join(sorted(choices))}")


def _wrong_keys(topic: Topic | None, keys: set[str]) -> set[str]:
    if topic is None:
        return set()
    needed = topic.required | set(topic.marks or {})
    variants = {key for key in keys if any(key.startswith(f"{name}_") for name in topic.variants)}
    return (keys - needed - topic.optional - variants) | (needed - keys)


def _languages(code: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        raise CatalogueError(f"{code}: exactly the languages {', '.join(LANGUAGES)} were expected")
    if not all(isinstance(one, str) and one.strip() for one in value.values()):
        raise CatalogueError(f"{code}: an empty text")
    if len({placeholders(one) for one in value.values()}) > 1:
        raise CatalogueError(f"{code}: the languages have different placeholders")
    return dict(value)
