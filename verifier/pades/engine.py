"""The seam to pyHanko's PDF parser: opening broken files tolerantly, and turning its many exceptions into ours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from pyhanko.pdf_utils.crypt import AuthStatus, StandardSecurityHandler
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.misc import PdfDecodeLimitError, PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.errors import CouldNotJudge
from verifier.pades.digests import FileDigests
from verifier.pades.quick import QuickReader
from verifier.pades.rebuild import with_new_cross_references

MAX_REVISIONS = 1_000
"""More revisions than this are not analysed; real files have fewer than 50."""

_LAST_START = re.compile(rb"startxref\s+(\d{1,12})")
_PREVIOUS = re.compile(rb"/Prev\s+(\d{1,12})")
HEADER_WINDOW = 1024
"""Readers look for `%PDF-` within so many bytes (ISO 32000-1 annex H.3, implementation note 13)."""

_END_OF_FILE = re.compile(rb"startxref\s+(\d+)\s+%%EOF[ \t\r]*\n?")
_PADDING = b" \t\r\n\f\x00"

T = TypeVar("T")


@dataclass(frozen=True)
class Opened:
    """A file that could be opened, and what was tolerated for it."""

    data: bytes
    """The bytes to which offsets refer: the file, or what follows the bytes before its header."""
    reader: QuickReader
    tolerated: tuple[str, ...]
    encrypted: bool
    body_end: int
    """Where the last complete revision ends; what follows is part of no revision."""
    before_header: int = 0
    """How many bytes of the file stand before `data`."""

    @cached_property
    def digests(self) -> FileDigests:
        """Digests over parts of `data`."""
        return FileDigests(self.data)

    @property
    def after_last_revision(self) -> bytes:
        """What follows the last revision, but for padding."""
        return self.data[self.body_end :].strip(_PADDING)

    def guarded(self, action: Callable[..., T], fallback: T, *args: object) -> T:
        """Return what `action` returns for `args`, or `fallback` where the library stumbles over a defect.

        A strict reader's complaint goes through: the file is then read again tolerantly, as a whole.
        """
        try:
            return action(*args)
        except (MemoryError, RecursionError, CouldNotJudge, PdfDecodeLimitError):
            raise
        except PdfStrictReadError:
            if self.reader.strict:
                raise
            return fallback
        except Exception:  # noqa: BLE001 - the library raises whatever Python raises on hostile bytes
            return fallback


@dataclass(frozen=True)
class _Attempt:
    """One way of reading the file."""

    data: bytes
    """What offsets refer to."""
    stream: bytes
    """What the parser is shown; as long as the offsets hold."""
    strict: bool
    tolerated: tuple[str, ...] = ()
    before_header: int = 0


def analyse(data: bytes, passwords: Sequence[str], action: Callable[[Opened], T]) -> T:
    """Open `data` and return what `action` makes of it, from the strictest reading that carries it to the end.

    Raises CouldNotJudge: empty-file, not-a-pdf, pdf-truncated, pdf-encrypted, pdf-unreadable, budget-exhausted.
    """
    if not data:
        raise CouldNotJudge("empty-file", "The file has no bytes.")
    if _header_offset(data) < 0:
        raise CouldNotJudge("not-a-pdf", "No %PDF- header among the first bytes.", kind="unknown")
    _refuse_endless_history(data)
    failure = ""
    for attempt in _attempts(data):
        try:
            return action(_open(attempt, passwords))
        except CouldNotJudge:
            raise
        except PdfDecodeLimitError as error:
            raise CouldNotJudge("budget-exhausted", str(error)[:200], limit="decode") from None
        except (MemoryError, RecursionError):
            raise CouldNotJudge("budget-exhausted", "The file is nested too deep.", limit="memory") from None
        except Exception as error:  # noqa: BLE001 - see Opened.guarded
            failure = f"{type(error).__name__}: {error}"[:200]
    if b"%%EOF" not in data[-1024:]:
        raise CouldNotJudge("pdf-truncated", "The end of the file is missing.")
    raise CouldNotJudge("pdf-unreadable", failure)


def _header_offset(data: bytes) -> int:
    """Return where `%PDF-` stands, -1 where it is not among the first bytes."""
    return data[: HEADER_WINDOW + 5].find(b"%PDF-")


def _attempts(data: bytes) -> Iterator[_Attempt]:
    """Yield ways of reading the file, the strictest first."""
    offset = _header_offset(data)
    if offset:
        code = ("bytes-before-header",)
        patched = b"%PDF-1.7" + data[8:]
        cut = data[offset:]
        yield _Attempt(data, patched, strict=False, tolerated=code)
        yield _Attempt(cut, cut, strict=False, tolerated=code, before_header=offset)
        return
    yield _Attempt(data, data, strict=True)
    yield _Attempt(data, data, strict=False, tolerated=("strict-reading-failed",))
    ends = [match for match in _END_OF_FILE.finditer(data) if int(match[1])]
    if ends and ends[-1].end() < len(data):
        whole = data[: ends[-1].end()]
        yield _Attempt(data, whole, strict=False, tolerated=("strict-reading-failed",))
    rebuilt = with_new_cross_references(data) if b"%%EOF" in data[-1024:] else None
    if rebuilt is not None:
        yield _Attempt(data, rebuilt, strict=False, tolerated=("xref-rebuilt",))


def _open(attempt: _Attempt, passwords: Sequence[str]) -> Opened:
    reader = QuickReader(attempt.stream, strict=attempt.strict)
    reader.stream = io.BytesIO(attempt.data)
    _refuse_too_many_revisions(reader.total_revisions)
    encrypted = bool(reader.encrypted)
    if encrypted:
        _decrypt(reader, passwords)
    if not isinstance(reader.root, DictionaryObject) or not isinstance(reader.root["/Pages"], DictionaryObject):
        raise CouldNotJudge("pdf-unreadable", "The page tree root is not a dictionary.")
    tolerated = list(attempt.tolerated)
    if reader.xrefs.hybrid_xrefs_present:
        tolerated.append("hybrid-xref")
    body_end = _body_end(reader, attempt.data)
    opened = Opened(attempt.data, reader, tuple(tolerated), encrypted, body_end, attempt.before_header)
    return replace(opened, tolerated=(*tolerated, "trailing-bytes")) if opened.after_last_revision else opened


def _decrypt(reader: PdfFileReader, passwords: Sequence[str]) -> None:
    if not isinstance(reader.security_handler, StandardSecurityHandler):
        raise CouldNotJudge("pdf-encrypted", "The file is encrypted for the holders of certain certificates.")
    for password in dict.fromkeys(("", *passwords)):
        if reader.decrypt(password).status != AuthStatus.FAILED:
            return
    tried = "no password given" if not passwords else f"{len(passwords)} passwords tried"
    raise CouldNotJudge("pdf-encrypted", f"The file is encrypted and none of the passwords fits ({tried}).")


def _body_end(reader: PdfFileReader, data: bytes) -> int:
    """Return where the last revision ends: after the end-of-file mark that follows the last cross-reference section."""
    xrefs = reader.xrefs
    last = max(xrefs.get_xref_container_info(n).end_location for n in range(xrefs.total_revisions))
    return after_end_mark(data, last)


def after_end_mark(data: bytes, position: int) -> int:
    """Return the offset after the next `%%EOF` and its end of line, the end of the data where there is none."""
    mark = data.find(b"%%EOF", position)
    if mark < 0:
        return len(data)
    end = mark + 5
    if data[end : end + 2] == b"\r\n":
        return end + 2
    return end + 1 if data[end : end + 1] in (b"\r", b"\n") else end


def _refuse_endless_history(data: bytes) -> None:
    """Refuse what has too many revisions before the strict reader spends quadratic time on them.

    The chain is followed by its text alone; where that fails, the reader says what is wrong.
    """
    starts = list(_LAST_START.finditer(data, max(0, len(data) - 2048)))
    start = int(starts[-1][1]) if starts else -1
    seen: set[int] = set()
    while 0 <= start < len(data) and start not in seen:
        seen.add(start)
        _refuse_too_many_revisions(len(seen))
        end = data.find(b"startxref", start)
        stream = data.find(b"stream", start)
        previous = _PREVIOUS.findall(data, start, min(place for place in (end, stream, len(data)) if place >= 0))
        start = int(previous[-1]) if previous else -1


def _refuse_too_many_revisions(count: int) -> None:
    if count > MAX_REVISIONS:
        raise CouldNotJudge("budget-exhausted", f"{count} revisions.", limit="revisions")
