"""The words by which a dossier is found, and how what was typed becomes a query over them.

Four kinds of words stand together in one `tsvector`: of names, as they are written (lower case, NFC) and without marks;
numbers, behind `#`; the dossier's code from its end, behind `<`; who sees it, behind `@`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from verifier.storage.rows import folded

LONGEST = 200
"""Characters of what is typed that are looked at."""
MOST = 12
"""Words of what is typed that are looked at."""
LONGEST_WORD = 100
"""Characters of a word that are kept and looked for."""
SHORTEST_END = 3
"""Characters of the end of a code by which it is found."""

_WORD = re.compile(r"[^\W_]+")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_OPEN = re.compile(r"(o[ae]|uy)([\u0300\u0301\u0303\u0309\u0323])$")
"""`hoà`, `khoẻ`, `thuý` in NFD: the tone on the second vowel of an open syllable."""


@dataclass(frozen=True)
class Words:
    """What is looked for, as the database asks for it."""

    whole: str
    """A `tsquery` of all that was typed; empty where nothing can be found by it."""
    firm: str = ""
    """The same without the last word, which may be but begun; empty where there is no other."""
    begun: str = ""
    """The last word alone; empty where there is no other."""
    rare: bool = False
    """Whether few dossiers can fit: numbers and codes are nearly unique."""


def words_of(code: str, names: Iterable[str], numbers: Iterable[str], seen_by: UUID) -> list[str]:
    """Return the words by which a dossier is found by one authority."""
    found = {f"<{_reversed(code)}", seen(seen_by)}
    for name in names:
        for word in _WORD.findall(_plain(name)):
            short = word[:LONGEST_WORD]
            found |= {_spelled(short), folded(short)}
    found |= {f"#{number}" for told in numbers if (number := number_key(told))}
    return sorted(found)


def seen(authority: UUID) -> str:
    """Return the word that says that an authority sees a dossier."""
    return f"@{authority}"


def number_key(text: str) -> str:
    """Return a number as it is found: letters, digits and `/` without marks and case; a phone as it is dialled here."""
    told = "".join(c for c in folded(unicodedata.normalize("NFC", text)) if c.isalnum() or c in "/+")
    if told.startswith("+84"):
        told = f"0{told[3:]}"
    return told.replace("+", "")[:LONGEST_WORD]


def query(text: str) -> Words:
    """Return what somebody looks for who typed `text`."""
    chunks = _plain(text)[:LONGEST].split()[:MOST]
    parts = [one for number, chunk in enumerate(chunks, 1) if (one := _part(chunk, last=number == len(chunks)))]
    if not parts:
        return Words("")
    whole, firm = " & ".join(parts), " & ".join(parts[:-1])
    joined = number_key(" ".join(chunks))
    rare = any(c.isdigit() for c in joined)
    if rare and len(chunks) > 1:  # a number that was typed in groups
        return Words(f"({whole}) | {_quoted('#' + joined)}", rare=True)
    return Words(whole, firm, parts[-1] if firm else "", rare)


def _part(chunk: str, *, last: bool) -> str:
    """Return what a piece without blanks looks for: words of a name, or a number, or the end of a code."""
    words = [one[:LONGEST_WORD] for one in _WORD.findall(chunk)]
    if not words:
        return ""
    begun = list(_begun(words.pop())) if last else []
    named = [_quoted(_spelled(one)) for one in words] + ([f"({' | '.join(begun)})"] if begun else [])
    ways = [" & ".join(named)]
    if any(c.isdigit() for c in chunk):
        ways.append(_quoted("#" + number_key(chunk)))
        if len(chunk) >= SHORTEST_END:
            ways.append(f"{_quoted('<' + _reversed(chunk))}:*")
    return ways[0] if len(ways) == 1 and len(named) == 1 else f"({' | '.join(ways)})"


def _begun(word: str) -> Iterator[str]:
    """Return a word that may be but begun; its tone may stand where it stands in the whole word, or in an open one."""
    yield from (f"{_quoted(one)}:*" for one in dict.fromkeys((word, _spelled(word))))


def _spelled(word: str) -> str:
    """Return a word with its tone where the older spelling has it: `hoà` as `hòa`."""
    apart = unicodedata.normalize("NFD", word)
    if _OPEN.search(apart) and not apart.startswith("qu"):
        apart = _OPEN.sub(lambda found: f"{found[1][0]}{found[2]}{found[1][1]}", apart)
    return unicodedata.normalize("NFC", apart)


def _plain(text: str) -> str:
    told = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return _UNSTORABLE.sub(" ", told)


def _reversed(code: str) -> str:
    return _plain(code).strip()[::-1][:LONGEST_WORD]


def _quoted(word: str) -> str:
    """Return a word as `tsquery` reads it, whatever stands in it."""
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
