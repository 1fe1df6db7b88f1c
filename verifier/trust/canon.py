"""The canonical content of a trust snapshot: one text for one content, whose SHA-256 is the snapshot's id; pure.

JSON in ASCII, keys sorted, no blanks. Certificates stand by their SHA-256; origins once, in a table, by a name that
outlasts a newer list; instants as ISO 8601 in UTC. Anchors, intermediates, schemes, services, authorities, suites and
their rules are sets: their order says nothing and is normalised; what stands inside a record keeps its order. What is
empty by default is left out: a field that is added to a record later leaves the ids of older snapshots as they are.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from verifier.snapshot import (
    BY_HAND,
    AlgorithmRule,
    AlgorithmSuite,
    Anchor,
    NotifiedAuthority,
    Origin,
    Scheme,
    TrustService,
    TrustSnapshot,
)

FORMAT = "verifier-trust-1"
ENTRIES: Mapping[str, type] = {
    "anchors": Anchor,
    "schemes": Scheme,
    "services": TrustService,
    "authorities": NotifiedAuthority,
}
"""Fields of a snapshot that hold records of their own, in any order."""
CERTIFICATES = frozenset({(Anchor, "certificate"), (Scheme, "pins"), (TrustService, "certificates")})
"""Fields that hold certificates in DER; other bytes stand in the text itself, hexadecimal."""

_PLAIN = (str, int, bool)
"""Types that JSON has itself."""

R = TypeVar("R")
Json = Any
CertificateOf = Callable[[str], bytes]
"""Returns the certificate with this SHA-256 (hexadecimal) in DER."""


def canonical(snapshot: TrustSnapshot) -> bytes:
    """Return the canonical content of a snapshot, whatever its id says and in whatever order it holds its entries."""
    return _Writer(snapshot).content


def arranged(snapshot: TrustSnapshot) -> TrustSnapshot:
    """Return a snapshot with its entries in canonical order, each once, and with its true id."""
    writer = _Writer(snapshot)
    return replace(writer.snapshot, id=hashlib.sha256(writer.content).hexdigest())


def arranged_suite(suite: AlgorithmSuite) -> AlgorithmSuite:
    """Return a suite with its rules in canonical order, each once."""
    return replace(suite, rules=tuple(sorted(set(suite.rules), key=_rule_order)))


def content_of(snapshot: TrustSnapshot) -> tuple[bytes, Mapping[str, bytes]]:
    """Return the canonical content, and every certificate it names (DER by SHA-256)."""
    writer = _Writer(snapshot)
    return writer.content, {name: der for der, name in writer.names.items()}


def read(data: bytes, certificate_of: CertificateOf) -> TrustSnapshot:
    """Return the snapshot whose canonical content this is; its id is the SHA-256 of these very bytes.

    ValueError, KeyError, TypeError or AttributeError where it is none, or was written by a later release; what
    `certificate_of` raises.
    """
    return _read(data, json.loads(data), certificate_of)


def read_lean(data: bytes, certificate_of: CertificateOf) -> TrustSnapshot:
    """Return the snapshot as `read`, but for its services, which are most of it and no part of judging."""
    start, end = _services(data)
    return _read(data, json.loads(data[:start] + b"[]" + data[end:]), certificate_of)


def read_services(data: bytes, certificate_of: CertificateOf) -> tuple[TrustService, ...]:
    """Return the services that `read_lean` left out."""
    start, end = _services(data)
    reader = _Reader(certificate_of, json.loads(data[:start] + b"[]" + data[end:])["origins"])
    return tuple(map(reader.decoder(TrustService), json.loads(data[start:end])))


def _read(data: bytes, table: Json, certificate_of: CertificateOf) -> TrustSnapshot:
    if table["format"] != FORMAT:
        raise ValueError(f"format {str(table['format'])[:40]} is not known")
    reader = _Reader(certificate_of, table["origins"])
    entries: dict[str, Any] = {name: tuple(map(reader.decoder(kind), table[name])) for name, kind in ENTRIES.items()}
    return TrustSnapshot(
        id=hashlib.sha256(data).hexdigest(),
        intermediates=tuple(map(certificate_of, table["intermediates"])),
        suites={key: reader.decoder(AlgorithmSuite)(suite) for key, suite in table["suites"].items()},
        **entries,
    )


def _services(data: bytes) -> tuple[int, int]:
    """Return where the list of services begins and ends: no text can hold its key, no record has such a field."""
    key, after = b',"services":', b',"suites":'
    start = data.index(key) + len(key)
    return start, data.index(after, start)


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- writing -----------------------------------------------------------------------------------------------------


class _Writer:
    """Writes one snapshot; keeps what it met on the way."""

    def __init__(self, snapshot: TrustSnapshot) -> None:
        self.names: dict[bytes, str] = {}
        """SHA-256 by certificate."""
        self._origins: dict[Origin, str] = {}
        parts = {"format": _text(FORMAT), "origins": _text(self._table(snapshot))}
        ordered: dict[str, Any] = {}
        for name, kind in ENTRIES.items():
            encode = self._encoder(kind)
            texts = {_text(encode(record)): record for record in getattr(snapshot, name)}
            parts[name] = _array(sorted(texts))
            ordered[name] = tuple(texts[text] for text in sorted(texts))
        helpers = tuple(sorted(set(snapshot.intermediates), key=self._certificate))
        parts["intermediates"] = _text([self._certificate(der) for der in helpers])
        suites = {key: arranged_suite(suite) for key, suite in sorted(snapshot.suites.items())}
        encode = self._encoder(AlgorithmSuite)
        parts["suites"] = _text({key: encode(suite) for key, suite in suites.items()})
        self.content = ("{" + ",".join(f'"{name}":{parts[name]}' for name in sorted(parts)) + "}").encode("ascii")
        self.snapshot = replace(snapshot, intermediates=helpers, suites=suites, **ordered)

    def _table(self, snapshot: TrustSnapshot) -> dict[str, Json]:
        """Name the origins: by their scheme, where one list of it is in use, else by their content."""
        encode = self._encoder(Origin, nested=False)
        found = {entry.origin for name in ENTRIES for entry in getattr(snapshot, name)} - {BY_HAND}
        texts = {origin: _text(encode(origin)) for origin in found}
        of_scheme = Counter(origin.scheme for origin in found if origin.kind == "list")
        for origin, text in texts.items():
            alone = origin.kind == "list" and of_scheme[origin.scheme] == 1
            self._origins[origin] = (
                origin.scheme if alone and origin.scheme else "#" + _sha256(text.encode("ascii"))[:32]
            )
        return {self._origins[origin]: encode(origin) for origin in found}

    def _certificate(self, der: bytes) -> str:
        name = self.names.get(der)
        if name is None:
            name = self.names[der] = _sha256(der)
        return name

    def _encoder(self, kind: type, *, nested: bool = True) -> Callable[[Any], Json]:
        """Return what turns a record of this kind into JSON."""
        if kind is Origin and nested:
            return self._origins.__getitem__
        steps = [
            (one.name, self._encoder_of(kind, one.name, hint), _left_out(one)) for one, hint in _typed_fields(kind)
        ]

        def encode(record: Any) -> Json:
            table = {}
            for name, step, left_out in steps:
                value = getattr(record, name)
                if left_out is _NEVER or value != left_out:
                    table[name] = value if step is None else step(value)
            return table

        return encode

    def _encoder_of(self, owner: type, name: str, hint: Any) -> Callable[[Any], Json] | None:
        return self._step(hint, self._certificate if (owner, name) in CERTIFICATES else bytes.hex)

    def _step(self, hint: Any, of_bytes: Callable[[bytes], str]) -> Callable[[Any], Json] | None:
        """Return what turns a value of this type into JSON; None where it is JSON already."""
        hint, optional = _without_none(hint)
        shape, parts = get_origin(hint), get_args(hint)
        step: Callable[[Any], Json] | None
        if hint in _PLAIN:
            return None
        if hint is bytes:
            step = of_bytes
        elif hint is datetime:
            step = _instant
        elif hint is date:
            step = date.isoformat
        elif is_dataclass(hint):
            step = self._encoder(cast("type", hint))
        elif shape is frozenset:
            step = sorted
        elif shape is tuple:
            step = _each(self._step(parts[0], of_bytes))
        else:
            raise TypeError(f"no canonical form for {hint}")
        return _unless_none(step) if optional else step


_NEVER = object()
"""Stands for no default that may be left out."""


def _left_out(one: Field[Any]) -> object:
    """Return the value with which a field is left out: its default, where that says nothing."""
    default: Any = one.default if one.default_factory is MISSING else one.default_factory()
    said = default if default is MISSING or not is_dataclass(default) else default != _kind(default)()
    return _NEVER if said else default


def _kind(record: Any) -> type:
    return type(record)


def _rule_order(rule: AlgorithmRule) -> tuple[str, int, bool, float, str]:
    end = rule.until.timestamp() if rule.until else 0.0
    return rule.algorithm, rule.min_bits, rule.until is None, end, rule.with_digest


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("an instant without its offset from UTC")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _array(texts: Iterable[str]) -> str:
    return "[" + ",".join(texts) + "]"


def _each(step: Callable[[Any], Json] | None) -> Callable[[Sequence[Any]], Json]:
    return list if step is None else lambda values: [step(value) for value in values]


def _unless_none(step: Callable[[Any], R]) -> Callable[[Any], R | None]:
    return lambda value: None if value is None else step(value)


# --- reading -----------------------------------------------------------------------------------------------------


class _Reader:
    """Reads records of one snapshot."""

    def __init__(self, certificate_of: CertificateOf, origins: Mapping[str, Json]) -> None:
        self._certificate_of = certificate_of
        read_origin = self.decoder(Origin, nested=False)
        self._origins: dict[str, Origin] = {name: read_origin(table) for name, table in origins.items()}

    def decoder(self, kind: type, *, nested: bool = True) -> Callable[[Any], Any]:
        """Return what makes a record of this kind from JSON; from an origin's name, where it is nested."""
        if kind is Origin and nested:
            return self._origins.__getitem__
        steps = []
        for one, hint in _typed_fields(kind):
            of_bytes = self._certificate_of if (kind, one.name) in CERTIFICATES else bytes.fromhex
            step = self._step(hint, of_bytes)
            if step is not None:
                steps.append((one.name, step))

        def decode(table: dict[str, Json]) -> Any:
            for name, step in steps:
                if name in table:
                    table[name] = step(table[name])
            return kind(**table)

        return decode

    def _step(self, hint: Any, of_bytes: Callable[[str], bytes]) -> Callable[[Json], Any] | None:
        """Return what makes a value of this type from JSON; None where it is one already."""
        hint, optional = _without_none(hint)
        shape, parts = get_origin(hint), get_args(hint)
        step: Callable[[Json], Any]
        if hint in _PLAIN:
            return None
        if hint is bytes:
            step = of_bytes
        elif hint in (datetime, date):
            step = hint.fromisoformat
        elif is_dataclass(hint):
            step = self.decoder(cast("type", hint))
        elif shape is frozenset:
            step = _members(parts[0])
        elif shape is tuple:
            step = _tuple(self._step(parts[0], of_bytes))
        else:
            raise TypeError(f"no canonical form for {hint}")
        return _unless_none(step) if optional else step


def _tuple(step: Callable[[Json], Any] | None) -> Callable[[Sequence[Json]], tuple[Any, ...]]:
    return tuple if step is None else lambda values: tuple([step(value) for value in values])


def _members(kind: type[Enum]) -> Callable[[Sequence[str]], frozenset[Enum]]:
    known: dict[str, frozenset[Enum]] = {}

    def members(values: Sequence[str]) -> frozenset[Enum]:
        key = ",".join(values)
        if key not in known:
            known[key] = frozenset(map(kind, values))
        return known[key]

    return members


# --- types -------------------------------------------------------------------------------------------------------


@cache
def _typed_fields(kind: type) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple((one, hints[one.name]) for one in fields(kind))


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Return a type without `None`, and whether it had that."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    (kind,) = (one for one in get_args(hint) if one is not type(None))
    return kind, True
