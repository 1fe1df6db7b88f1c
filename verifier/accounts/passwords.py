"""Passwords: which are good enough (NIST SP 800-63B-4, 3.1.1), and how they are kept (argon2id, RFC 9106)."""

from __future__ import annotations

import itertools
import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from zxcvbn.matching import RANKED_DICTIONARIES, omnimatch
from zxcvbn.scoring import most_guessable_match_sequence

from verifier.errors import BadRequest
from verifier.storage.rows import folded

SHORTEST = 12
"""Characters."""
LONGEST = 128
"""Characters."""
LEAST_GUESSES = 10**10
"""A password that a good guesser finds within so many guesses counts as known."""

AT_ONCE = 4
"""Passwords worked on at a time in one process, 64 MiB each: a rush to the door must not use the memory up."""

_RAW = 1024
"""Characters looked at at all: nothing longer is ever a password, and composing marks takes its time."""
_GUESSED = 48
"""Characters of which the guesses are counted; the time grows with the square of their number."""
_LEAST_ABOUT = 4
"""Characters from which a word about the person counts: `An` stands in many good passwords."""


class Hasher(Protocol):
    """Keeps passwords; tests bring a cheap one."""

    def hashed(self, password: str) -> str:
        """Return what is kept of a password."""

    def fits(self, hashed: str, password: str) -> bool:
        """Tell whether this is the password."""

    def outdated(self, hashed: str) -> bool:
        """Tell whether it was kept with other parameters than today's."""


class Argon2:
    """Argon2id; by default with the second recommended parameters of RFC 9106, 4: 64 MiB, 3 passes, 4 lanes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._seats = threading.BoundedSemaphore(AT_ONCE)

    def hashed(self, password: str) -> str:
        """Return the encoded hash, with salt and parameters."""
        with self._seats:
            return self._hasher.hash(_bytes(password))

    def fits(self, hashed: str, password: str) -> bool:
        """Tell whether this is the password; False too where `hashed` is no hash."""
        try:
            with self._seats:
                return self._hasher.verify(hashed, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, hashed: str) -> bool:
        """Tell whether the parameters are not today's."""
        return self._hasher.check_needs_rehash(hashed)


STANDARD = Argon2()


def hashed(password: str) -> str:
    """Return the hash by which a password is kept, in the standard way."""
    return STANDARD.hashed(password)


def fits(hashed: str, password: str) -> bool:
    """Tell whether this is the password of a hash."""
    return STANDARD.fits(hashed, password)


def check(password: str, about: Sequence[str]) -> None:
    """Refuse a password that others will guess; `about` are sign-in name, e-mail, names of person and authority.

    BadRequest `password-too-short`, `password-too-long` (12 to 128 characters) or `password-known`: on lists, soon
    guessed, or made of what is known about the person. What characters it is made of is everybody's own business.
    """
    clear = normal(password)
    if len(clear) < SHORTEST:
        raise BadRequest("password-too-short", length=str(SHORTEST))
    if len(clear) > LONGEST:
        raise BadRequest("password-too-long", length=str(LONGEST))
    words, plain = _words(about), folded(clear)
    forms = (plain, plain.replace(" ", ""))
    if _mostly(plain, words) or any(_guesses(form[:_GUESSED], words) < LEAST_GUESSES for form in forms):
        raise BadRequest("password-known")


def normal(password: str) -> str:
    """Return the password as it is hashed, in NFC: one keyboard writes a letter composed, another decomposed."""
    return unicodedata.normalize("NFC", password[:_RAW])


def _bytes(password: str) -> bytes:
    return normal(password).encode("utf-8", "surrogatepass")


def _guesses(plain: str, words: Iterable[str]) -> float:
    """Return after how many guesses a password is found.

    The matchers are called one by one, since `zxcvbn()` keeps the words about one person for all threads.
    """
    own = {word: rank for rank, word in enumerate((*words, *_known_bad()), start=1)}
    found = omnimatch(plain, {**RANKED_DICTIONARIES, "own": own})
    return float(most_guessable_match_sequence(plain, found)["guesses"])


def _mostly(plain: str, words: Sequence[str]) -> bool:
    """Tell whether hardly anything is left of a password without the words about the person."""
    whole = rest = "".join(c for c in plain if c.isalnum())
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != whole and len(rest) <= SHORTEST // 2


def _words(about: Iterable[str]) -> tuple[str, ...]:
    """Return the words that are known about a person: each by itself, all of a name together, the other way round."""
    told = [re.findall(r"[a-z0-9]+", folded(one)) for one in about]
    joined = ["".join(order) for parts in told for order in (parts, parts[::-1])]
    found = itertools.chain(joined, itertools.chain.from_iterable(told))
    return tuple(dict.fromkeys(word for word in found if len(word) >= _LEAST_ABOUT))


@lru_cache(maxsize=1)
def _known_bad() -> tuple[str, ...]:
    lines = (files("verifier.accounts") / "known_bad.txt").read_text("ascii").splitlines()
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("# ")))
