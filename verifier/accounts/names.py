"""Names of people and sign-in names as they are kept: one spelling, one script, nothing that cannot be seen."""

from __future__ import annotations

import re
import unicodedata

from verifier.errors import BadRequest

LONGEST_NAME = 300
"""Characters."""

_RAW = 4 * LONGEST_NAME
"""Characters looked at before they are composed: a decomposed Vietnamese letter has three."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_BESIDE_LETTERS = frozenset(" .,'’-–()/&0123456789")
_LOOK_ALIKES = frozenset("ĸŉſ")
"""Letters of the blocks below that pass for others: kra for k, n with apostrophe, long s for f."""
_EXTRA = frozenset("ƠơƯưȘșȚț")


def clean_name(raw: str) -> str:
    """Return a name in one line, in NFC and with single spaces.

    BadRequest `name-unclear` where it is empty, longer than 300 characters, does not begin with a letter, or holds
    what is not seen (zero-width, control and direction characters) or reads like something else (letters that are not
    Latin, loose marks, full-width letters). After Unicode UTS #39, single script, with the letters of Latin alphabets
    that are written with marks.
    """
    if len(raw) > _RAW:
        raise _unclear("It is too long.")
    name = unicodedata.normalize("NFC", " ".join(raw.split(" ")))
    name = re.sub(" +", " ", "".join(" " if unicodedata.category(c) == "Zs" else c for c in name)).strip()
    if len(name) > LONGEST_NAME:
        raise _unclear("It is too long.")
    for letter in name:
        if not (letter in _BESIDE_LETTERS or _is_latin(letter)):
            raise _unclear(f"It holds U+{ord(letter):04X}.")
    if not name or not _is_latin(name[0]):
        raise _unclear("It does not begin with a letter.")
    return name


def clean_login(raw: str) -> str:
    """Return a sign-in name in lower case: 3 to 64 of a-z, 0-9, `.`, `_`, `-`; BadRequest `login-unclear`."""
    login = raw.strip(" ")
    if not login.isascii() or not _LOGIN.fullmatch(login := login.lower()):
        raise BadRequest("login-unclear")
    return login


def _is_latin(letter: str) -> bool:
    """Tell whether this is a letter of a Latin alphabet: Basic Latin, Latin-1, Extended-A, Extended Additional."""
    if not letter.isalpha() or letter in _LOOK_ALIKES:
        return False
    point = ord(letter)
    return (point < 0x180 and unicodedata.category(letter) in ("Lu", "Ll")) or point in _ADDITIONAL or letter in _EXTRA


_ADDITIONAL = range(0x1E00, 0x1F00)
"""Latin Extended Additional: the Vietnamese letters with two marks."""


def _unclear(why: str) -> BadRequest:
    return BadRequest("name-unclear", why)
