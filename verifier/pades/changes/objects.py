"""Every version of every object of a PDF as plain values, read once and shared by all comparisons of one file."""

from __future__ import annotations

import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from typing import IO, Any

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import read_object_header

from verifier.pades.changes.syntax import DUPLICATE, Name, Ref, UnusualSyntaxError, read_object, read_value

UNREADABLE = (
    misc.PdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pyHanko raises on malformed objects; it has no common base but `Exception`."""

MAX_REFERENCE_CHAIN = 16
"""References followed in a row before a value counts as null."""


@dataclass(frozen=True, eq=False)
class Stream:
    """A stream: its dictionary and its bytes as written, decrypted."""

    dictionary: dict[str, Any]
    encoded: bytes
    load: Callable[[], generic.StreamObject] = field(repr=False)
    """Gives pyHanko's object, which knows the filters."""

    def decoded(self) -> bytes | None:
        """Return the bytes behind all filters; None where they cannot be decoded."""
        if "/Filter" not in self.dictionary:
            return self.encoded
        try:
            return bytes(self.load().data)
        except UNREADABLE:
            return None


class Broken:
    """An object that cannot be read; equal to nothing but itself."""


class BudgetSpentError(Exception):
    """The comparison reached its limit of work."""


@dataclass
class Budget:
    """Work left, in objects visited; counted, not timed, so that a verdict can be replayed."""

    left: int

    def spend(self, amount: int = 1) -> None:
        """Take `amount` off.

        Raises:
            BudgetSpentError: nothing is left.
        """
        self.left -= amount
        if self.left < 0:
            raise BudgetSpentError


@dataclass(frozen=True)
class _Version:
    """One definition of an object number: `generation` is None where it was freed."""

    revision: int
    generation: int | None


class ObjectStore:
    """Reads objects of any revision; revisions are counted from 0 as pyHanko's cross-reference sections."""

    def __init__(self, reader: PdfFileReader, budget: Budget) -> None:
        self.reader = reader
        self.budget = budget
        self.revisions: int = reader.xrefs.total_revisions
        self._history: dict[int, list[_Version]] = defaultdict(list)
        self._written: dict[int, dict[int, int | None]] = {}
        self._container_since: dict[int, int] = {}
        self._trailers: dict[int, dict[str, Any]] = {}
        self._values: dict[tuple[int, int], Any] = {}
        self._object_streams: dict[tuple[int, int], tuple[bytes, dict[int, int]] | None] = {}
        self._parents: dict[Ref, list[tuple[int, int]]] | None = None
        for revision in range(self.revisions):
            self._read_section(revision)

    def _read_section(self, revision: int) -> None:
        data = self.reader.xrefs.get_xref_data(revision)
        sections = [data] if data.hybrid is None else [data.hybrid.xref_data, data]
        entries: dict[int, int | None] = {}
        containers: set[int] = set()
        for section in sections:
            for number in section.freed:
                if entries.get(number) is None and self._history.get(number):
                    entries[number] = None
            entries.update(dict.fromkeys(section.xrefs_in_objstm, 0))
            entries.update({number: entry[0] for number, entry in section.standard_xrefs.items()})
            containers |= set(section.obj_streams_used)
        self.budget.spend(len(entries) // 16 + 1)
        for number in containers:
            self._container_since.setdefault(number, revision)
        self._written[revision] = entries
        for number, generation in entries.items():
            self._history[number].append(_Version(revision, generation))

    def version(self, number: int, revision: int) -> _Version | None:
        """Return the definition of `number` in force in `revision`."""
        for version in reversed(self._history.get(number, ())):
            if version.revision <= revision:
                return version
        return None

    def defined_in(self, revision: int) -> dict[int, int | None]:
        """Return the object numbers that `revision` wrote, each with its generation, None where freed."""
        return self._written[revision]

    def is_container(self, number: int, revision: int) -> bool:
        """Return whether `number` is an object stream that `revision` or one before it refers to."""
        return self._container_since.get(number, self.revisions) <= revision

    def trailer(self, revision: int) -> dict[str, Any]:
        """Return the trailer entries in force in `revision`."""
        if revision not in self._trailers:
            self._trailers[revision] = dict(_plain(self.reader.trailer.flatten(revision)))
        return self._trailers[revision]

    def trailer_is_doubled(self, revision: int) -> bool:
        """Return whether the trailer that `revision` wrote has a key twice."""
        section, stream = self.reader.xrefs.get_xref_container_info(revision), self.reader.stream
        if section.stream_ref is not None:
            return self._is_doubled(section.stream_ref, section.start_location)
        stream.seek(section.start_location)
        table = stream.read(section.end_location - section.start_location)
        start = section.start_location + max(table.find(b"trailer"), 0) + len("trailer")
        stream.seek(start + _leading_space(table[start - section.start_location :]))
        return self._is_refused(stream, generic.TrailerReference(self.reader))

    def value(self, ref: Ref, revision: int) -> Any:
        """Return the object behind `ref` in `revision`; None where it is null, free or was never written."""
        version = self.version(ref.number, revision)
        if version is None or version.generation != ref.generation:
            return None
        return self._value_of(ref.number, version)

    def resolve(self, value: Any, revision: int) -> Any:
        """Follow references until something else comes."""
        for _ in range(MAX_REFERENCE_CHAIN):
            if not isinstance(value, Ref):
                return value
            value = self.value(value, revision)
        return None

    def _value_of(self, number: int, version: _Version) -> Any:
        key = (number, version.revision)
        if key not in self._values:
            self.budget.spend()
            try:
                self._values[key] = self._read(number, version)
            except UNREADABLE:
                self._values[key] = Broken()
        return self._values[key]

    def _read(self, number: int, version: _Version) -> Any:
        ref = generic.Reference(number, version.generation, self.reader)
        place = self.reader.xrefs.get_historical_ref(ref, version.revision)
        if not isinstance(place, int) and place is not None:
            return self._read_compressed(number, place.obj_stream_id, version.revision)
        if place is not None and self._raw:
            try:
                return self._read_quickly(Ref(number, ref.generation), place, version.revision)
            except UnusualSyntaxError:
                pass
        value = _plain(self._loaded(ref, version.revision))
        return _marked(value) if place is not None and self._is_doubled(ref, place) else value

    def _is_doubled(self, ref: generic.Reference, place: int) -> bool:
        """Whether a dictionary in the object has a key twice, however the key is spelled."""
        self.reader.stream.seek(place)
        read_object_header(self.reader.stream, strict=False)
        return self._is_refused(self.reader.stream, ref)

    def _is_refused(self, stream: IO[bytes], ref: generic.Reference) -> bool:
        """Whether strict syntax refuses the value written there: of doubled keys alone pyHanko makes a difference."""
        strict, self.reader.strict = self.reader.strict, True
        try:
            generic.read_object(stream, ref)
        except misc.PdfStrictReadError:
            return True
        except UNREADABLE:
            return False
        finally:
            self.reader.strict = strict
        return False

    @cached_property
    def _raw(self) -> bytes:
        """The file, for the quick reader; nothing where objects must be decrypted."""
        if self.reader.encrypted:
            return b""
        self.reader.stream.seek(0)
        return bytes(self.reader.stream.read())

    def _loaded(self, ref: generic.Reference, revision: int) -> Any:
        # a strict reader would refuse sound files for defects of objects that nobody uses
        strict, self.reader.strict = self.reader.strict, False
        try:
            return self.reader.get_object(ref, revision=revision)
        finally:
            self.reader.strict = strict

    def _read_quickly(self, ref: Ref, place: int, revision: int) -> Any:
        value, span = read_object(self._raw, place, ref, lambda length: self.resolve(length, revision))
        if span is None:
            return value
        source = generic.Reference(ref.number, ref.generation, self.reader)
        return Stream(value, self._raw[span[0] : span[1]], lambda: self._loaded(source, revision))

    def _read_compressed(self, number: int, container: int, revision: int) -> Any:
        """Read an object of an object stream (ISO 32000-2 7.5.7), whose index is read once."""
        version = self.version(container, revision)
        if version is None or version.generation is None:
            return None
        key = (container, version.revision)
        if key not in self._object_streams:
            ref = generic.Reference(container, version.generation, self.reader)
            self._object_streams[key] = _index(self._loaded(ref, version.revision))
        found = self._object_streams[key]
        if found is None or number not in found[1]:
            return None
        try:
            return read_value(found[0], found[1][number])[0]
        except UnusualSyntaxError:
            return self._read_slowly(found[0], found[1][number], generic.Reference(number, 0, self.reader))

    def _read_slowly(self, data: bytes, place: int, ref: generic.Reference) -> Any:
        """Read an object of an object stream with pyHanko."""
        stream = BytesIO(data)
        stream.seek(place)
        doubled = self._is_refused(stream, ref)
        stream.seek(place)
        strict, self.reader.strict = self.reader.strict, False
        try:
            value = _plain(generic.read_object(stream, ref))
        finally:
            self.reader.strict = strict
        return _marked(value) if doubled else value

    def users(self, ref: Ref, revision: int) -> Iterator[Ref]:
        """Yield the objects of `revision` that refer to `ref`, whether or not it is defined."""
        if self._parents is None:
            self._parents = self._read_parents()
        for number, written in self._parents.get(ref, ()):
            version = self.version(number, revision)
            if version is not None and version.revision == written and version.generation is not None:
                yield Ref(number, version.generation)

    def _read_parents(self) -> dict[Ref, list[tuple[int, int]]]:
        parents: dict[Ref, list[tuple[int, int]]] = defaultdict(list)
        for number, versions in self._history.items():
            for version in versions:
                if version.generation is None:
                    continue
                for child in references(self._value_of(number, version)):
                    parents[child].append((number, version.revision))
        return parents


def _leading_space(data: bytes) -> int:
    return len(data) - len(data.lstrip(b"\x00\t\n\x0c\r "))


def references(value: Any) -> set[Ref]:
    """Return all references inside `value`, itself included."""
    found: set[Ref] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Ref):
            found.add(item)
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, Stream):
            stack.append(item.dictionary)
    return found


def _index(container: Any) -> tuple[bytes, dict[int, int]] | None:
    if not isinstance(container, generic.StreamObject):
        return None
    data = container.read_data()
    first, count = int(container["/First"]), int(container["/N"])
    numbers = [int(token) for token in data[:first].split()[: 2 * count]]
    times = Counter(numbers[::2])
    # readers differ in which of two objects of one number counts: none does
    return data, {
        number: first + offset
        for number, offset in zip(numbers[::2], numbers[1::2], strict=False)
        if times[number] == 1
    }


def _marked(value: Any) -> Any:
    """Mark an object in which some key stands twice; one that cannot be marked is as good as unreadable."""
    if isinstance(value, Stream):
        return Stream({**value.dictionary, DUPLICATE: True}, value.encoded, value.load)
    return {**value, DUPLICATE: True} if isinstance(value, dict) else Broken()


def _plain(value: Any) -> Any:
    """Turn a pyHanko object into plain values: dict, list, Ref, Name, Stream, bytes, int, float, bool, None."""
    if isinstance(value, generic.DecryptedObjectProxy):
        value = value.decrypted
    if isinstance(value, generic.IndirectObject):
        return Ref(value.idnum, value.generation)
    if isinstance(value, generic.DictionaryObject):
        entries = _plain_dict(value)
        return (
            Stream(entries, value.encoded_data, lambda: value) if isinstance(value, generic.StreamObject) else entries
        )
    if isinstance(value, generic.ArrayObject):
        return [_plain(value.raw_get(index)) for index in range(len(value))]
    return _plain_scalar(value)


def _plain_dict(value: generic.DictionaryObject) -> dict[str, Any]:
    access = generic.EncryptedObjAccess
    # /Contents of a signature dictionary is never encrypted (ISO 32000-2 7.6.2)
    bare = {"/Contents"} if "/ByteRange" in value else set()
    return {
        str(key): _plain(value.raw_get(key, decrypt=access.RAW if key in bare else access.TRANSPARENT)) for key in value
    }


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, generic.NameObject):
        return Name(value)
    if isinstance(value, generic.TextStringObject):
        return bytes(value.original_bytes)
    if isinstance(value, generic.BooleanObject):
        return bool(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int):
        return int(value)
    return bytes(value) if isinstance(value, bytes) else None


def text(value: Any) -> str:
    """Return a PDF text string, name or number for people; empty for anything else."""
    if isinstance(value, bytes):
        decoded = generic.pdf_string(value)
        return decoded if isinstance(decoded, str) else value.decode("latin-1")
    if isinstance(value, str):
        return value.removeprefix("/")
    return str(value) if isinstance(value, (int, float)) else ""


def entries(value: Any) -> Mapping[str, Any]:
    """Return the entries of a dictionary or stream; none for anything else."""
    if isinstance(value, Stream):
        return value.dictionary
    return value if isinstance(value, dict) else {}
