"""Reading the small values of a trusted list: texts, instants, certificates; what is wrong goes to a notebook."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache

from lxml import etree

from verifier.trust.certfiles import load_quickly
from verifier.trust.lists.model import ListProblem, Text
from verifier.trust.lists.shape import TSL
from verifier.x509 import Certificate

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
MOST_TOLD = 10
"""Problems with one code that are told one by one; the rest is counted."""


class Notebook:
    """Gathers what is wrong with a list while it is read."""

    def __init__(self) -> None:
        self._found: list[ListProblem] = []
        self._counts: Counter[str] = Counter()

    def note(self, code: str, detail: str) -> None:
        """Write a problem down."""
        self._counts[code] += 1
        if self._counts[code] <= MOST_TOLD:
            self._found.append(ListProblem(code, detail))

    def problems(self) -> tuple[ListProblem, ...]:
        """Return what was written down, and how much more there was of a kind."""
        more = [
            ListProblem(code, f"and {count - MOST_TOLD} more")
            for code, count in self._counts.items()
            if count > MOST_TOLD
        ]
        return (*self._found, *more)


def child(parent: etree._Element | None, name: str, notes: Notebook, *, wanted: str = "") -> etree._Element | None:
    """Return the one child with this name of the standard; the first where there are several, which is noted.

    `wanted` is the code that is noted where there is none; empty where it may be absent.
    """
    found = [] if parent is None else parent.findall(TSL + name)
    if not found and wanted:
        notes.note(wanted, f"{name} is missing{place(parent)}")
    if len(found) > 1:
        notes.note("element-repeated", f"{name} stands {len(found)} times{place(parent)}")
    return found[0] if found else None


def text_of(element: etree._Element | None) -> str:
    """Return the text of an element without white space around it; empty where there is none."""
    return "" if element is None else "".join(map(str, element.itertext())).strip()


def texts(parent: etree._Element | None) -> tuple[Text, ...]:
    """Return the texts of a multilingual element, `Name` or `URI`, in the order of the list."""
    inner = () if parent is None else parent.iterchildren(f"{TSL}Name", f"{TSL}URI")
    return tuple(Text((one.get(_LANGUAGE) or "").strip().lower(), text_of(one)) for one in inner)


def instant(text: str) -> datetime | None:
    """Return an instant in UTC; None where the text is none, or does not say its zone."""
    try:
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC) if read.tzinfo and "T" in text else None
    except (ValueError, OverflowError):
        return None


def decoded(element: etree._Element) -> bytes | None:
    """Return what base64 holds; None where it is broken or empty."""
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=16384)
def is_certificate(der: bytes) -> bool:
    """Whether these bytes are a certificate: by the fast reader, else by the tolerant one."""
    if load_quickly(der) is not None:
        return True
    try:
        Certificate.parse(der)
    except ValueError:
        return False
    return True


def place(element: etree._Element | None) -> str:
    """Say in which line something is, for people who look there."""
    return "" if element is None or element.sourceline is None else f" (line {element.sourceline})"
