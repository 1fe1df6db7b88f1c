"""The words of notices (mẫu thông báo), out of `templates/*.toml`; checked whole when they are read.

What a message says outside is the least: subjects and SMS show no more of a dossier than the end of its code, since
the applicant keeps the code secret (Decree 111/2011 as amended by Decree 196/2025).
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

WAYS = ("portal", "e-mail", "sms")
LANGS = ("vi", "en")
AUDIENCES = ("applicant", "officer")
GIVEN = frozenset({"authority", "code", "code_end", "due", "form", "help", "name", "procedure", "site"})
"""What every notice may say without the letter: `authority`, `code` (whole), `code_end` (masked), `due` (where it has
a date), `form` (flag: records go with it), `help`, `name` of the applicant, `procedure`, `site`."""
IN_SUBJECT = frozenset({"code_end"})
IN_SMS = frozenset({"authority", "code_end", "time", "new_due"})
"""Nothing personal and nothing secret goes where others may read it: on locked screens, in lists of messages."""
SUBJECT_LENGTH, SMS_LENGTH = 78, 134
"""Characters of a subject (RFC 5322 section 2.1.1), and of two parts of an SMS with Vietnamese letters, unfilled."""
KEYS = frozenset({"to", "needs", "may", "secret", "ways", *LANGS})
FRAME_KEYS = frozenset({"greeting", "greeting_nobody", "end", "help", "too_large"})

_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
_VALUE = re.compile(r"[a-z_]+")


class BadTemplates(ValueError):
    """Templates that must not be used; one line that begins with the file."""


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; it is left out where a value that it holds, or its condition, is empty."""

    text: str
    only_if: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Its placeholders and its condition."""
        return placeholders(self.text) | ({self.only_if} if self.only_if else set())

    def said(self, values: Mapping[str, str]) -> str:
        """Return it with its values; empty where one is missing."""
        return self.text.format_map(values) if all(values.get(name) for name in self.names) else ""


@dataclass(frozen=True)
class Wording:
    """A notice in one language."""

    subject: str
    mail: tuple[Paragraph, ...]
    sms: str
    portal: tuple[Paragraph, ...]
    officer: tuple[Paragraph, ...]
    """What an officer reads by e-mail, where that is not what the applicant reads."""

    @property
    def names(self) -> frozenset[str]:
        """All placeholders and conditions."""
        found = [one.names for one in (*self.mail, *self.portal, *self.officer)]
        return placeholders(self.subject).union(placeholders(self.sms), *found)


@dataclass(frozen=True)
class Template:
    """A kind of notice."""

    id: str
    to: frozenset[str]
    """Of `AUDIENCES`: to whom it may go."""
    needs: frozenset[str]
    """Values that the letter must hold."""
    may: frozenset[str]
    secret: frozenset[str]
    """Values that stand nowhere outside the sealed message."""
    ways: tuple[str, ...]
    """By which ways it may go."""
    words: Mapping[str, Wording]


@dataclass(frozen=True)
class Frame:
    """What stands around every message, in one language."""

    greeting: str
    greeting_nobody: str
    end: tuple[str, ...]
    help: str
    too_large: str


@dataclass(frozen=True)
class Templates:
    """All of them."""

    kinds: Mapping[str, Template]
    frames: Mapping[str, Frame]

    def get(self, id_: str) -> Template:
        """Return one; LookupError where there is none."""
        if id_ not in self.kinds:
            raise LookupError(f"there is no template of notices called {id_!r}")
        return self.kinds[id_]


@cache
def templates() -> Templates:
    """Read all templates; BadTemplates at the first thing that is not as it must be."""
    folder = files("verifier.notices") / "templates"
    texts = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".toml")}
    return read(texts)


def read(texts: Mapping[str, bytes]) -> Templates:
    """Read templates out of the content of each file by its name; `_frame.toml` stands around all. BadTemplates."""
    told = {name.removesuffix(".toml"): _table(name, text) for name, text in sorted(texts.items())}
    frame = told.pop("_frame", {})
    return Templates(
        {id_: _template(id_, one) for id_, one in told.items()}, {lang: _frame(lang, frame) for lang in LANGS}
    )


def _table(name: str, text: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode())
    except ValueError as broken:
        raise BadTemplates(f"{name}: {broken}") from None


def placeholders(text: str) -> frozenset[str]:
    """Return the names in braces; ValueError where one is not a plain name."""
    return frozenset(_fields(text))


def _fields(text: str) -> Iterator[str]:
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not _VALUE.fullmatch(name) or spec or conversion:
            raise ValueError(f"{name!r} is no plain placeholder")
        yield name


def _template(id_: str, told: Mapping[str, Any]) -> Template:
    where = f"{id_}.toml"
    _refuse_if(not _NAME.fullmatch(id_), where, "the name is not in kebab-case")
    _refuse_if(bool(told.keys() - KEYS), where, f"nobody knows {sorted(told.keys() - KEYS)}")
    _refuse_if(not set(LANGS) <= told.keys(), where, "a language is missing")
    made = Template(
        id_,
        frozenset(_texts(where, told.get("to", []))),
        frozenset(_texts(where, told.get("needs", []))),
        frozenset(_texts(where, told.get("may", []))),
        frozenset(_texts(where, told.get("secret", []))),
        _texts(where, told.get("ways", list(WAYS))),
        {lang: _wording(f"{where} [{lang}]", told[lang]) for lang in LANGS},
    )
    _check(where, made)
    return made


def _wording(where: str, told: object) -> Wording:
    if not isinstance(told, Mapping):
        raise BadTemplates(f"{where}: no table")
    unknown = told.keys() - {"subject", "mail", "sms", "portal", "officer"}
    _refuse_if(bool(unknown), where, f"nobody knows {sorted(unknown)}")
    mail, portal, officer = (
        tuple(_paragraph(where, one) for one in _list(where, told.get(name, [])))
        for name in ("mail", "portal", "officer")
    )
    sms = _text(where, told["sms"]) if "sms" in told else ""
    return Wording(_text(where, told.get("subject")), mail, sms, portal, officer)


def _paragraph(where: str, told: object) -> Paragraph:
    if isinstance(told, Mapping):
        _refuse_if(told.keys() != {"if", "text"}, where, "a paragraph has `if` and `text`")
        return Paragraph(_text(where, told["text"]), _text(where, told["if"]))
    return Paragraph(_text(where, told))


def _check(where: str, made: Template) -> None:
    _refuse_if(not made.to or not made.to <= set(AUDIENCES), where, f"`to` must name some of {AUDIENCES}")
    _refuse_if(not made.ways or not set(made.ways) <= set(WAYS), where, f"`ways` must name some of {WAYS}")
    told = made.needs | made.may
    _refuse_if(not made.secret <= told, where, "what is secret is no value of it")
    for lang, words in made.words.items():
        here = f"{where} [{lang}]"
        try:
            used = words.names
        except ValueError as broken:
            raise BadTemplates(f"{here}: {broken}") from None
        _refuse_if(bool(used - told - GIVEN), here, f"nobody says what {sorted(used - told - GIVEN)} is")
        _refuse_if(not words.mail, here, "there is no text")
        _check_outside(here, made, words)


def _check_outside(here: str, made: Template, words: Wording) -> None:
    """Hold what others may read to the least."""
    allowed = made.needs | {"authority", "code_end"}
    subject, sms = placeholders(words.subject), placeholders(words.sms)
    _refuse_if(not subject <= IN_SUBJECT, here, "the subject says more than the end of the code")
    _refuse_if(not sms <= IN_SMS & allowed, here, "the SMS says what it must not")
    _refuse_if(len(words.subject) > SUBJECT_LENGTH or "\n" in words.subject, here, "the subject is too long")
    _refuse_if(len(words.sms) > SMS_LENGTH, here, "the SMS is too long")
    if "applicant" in made.to:
        _refuse_if("sms" in made.ways and not words.sms, here, "there is no SMS")
        _refuse_if("portal" in made.ways and not words.portal, here, "there is no message for the portal")
    if made.secret:
        open_ = frozenset[str]().union(*(one.names for one in words.portal), sms, subject)
        _refuse_if(bool(made.secret & open_) or made.ways != ("e-mail",), here, "a secret goes by e-mail alone")


def _frame(lang: str, told: Mapping[str, Any]) -> Frame:
    own, where = told.get(lang, {}), f"_frame.toml [{lang}]"
    if not isinstance(own, Mapping) or own.keys() != FRAME_KEYS:
        raise BadTemplates(f"{where}: must hold {sorted(FRAME_KEYS)}")
    greeting, nobody, help_, heavy = (
        _text(where, own[name]) for name in ("greeting", "greeting_nobody", "help", "too_large")
    )
    made = Frame(greeting, nobody, _texts(where, own["end"]), help_, heavy)
    try:
        used = {text: placeholders(text) for text in (greeting, nobody, help_, heavy, *made.end)}
    except ValueError as broken:
        raise BadTemplates(f"{where}: {broken}") from None
    strange = frozenset[str]().union(*used.values()) - GIVEN
    _refuse_if(bool(strange), where, f"nobody says what {sorted(strange)} is")
    _refuse_if(bool(used[nobody] or used[heavy]), where, "`greeting_nobody` and `too_large` are said as they stand")
    return made


def _list(where: str, told: object) -> list[object]:
    if not isinstance(told, list):
        raise BadTemplates(f"{where}: {told!r} is no list")
    return told


def _texts(where: str, told: object) -> tuple[str, ...]:
    return tuple(_text(where, one) for one in _list(where, told))


def _text(where: str, told: object) -> str:
    if not isinstance(told, str) or not told.strip():
        raise BadTemplates(f"{where}: a text is missing")
    return told


def _refuse_if(wrong: bool, where: str, why: str | Collection[str]) -> None:  # noqa: FBT001 - reads as a sentence
    if wrong:
        raise BadTemplates(f"{where}: {why}")
