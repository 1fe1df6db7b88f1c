"""Evidence records (RFC 4998): what each archive time stamp protects; verifies digests, no signature."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verifier.pades import ber, digests
from verifier.pades.cms import DigestOf
from verifier.pades.facts import TokenFacts
from verifier.pades.tokens import read_token
from verifier.verdict import TimestampKind

MAX_STAMPS = 100
"""Archive time stamps read in one record; real ones are renewed every few years."""

HashTree = tuple[tuple[bytes, ...], ...]
"""A reduced hash tree: lists of hash values, from the leaves up."""

_VERSION_1 = b"\x01"
_ENCRYPTION_INFO = 0xA1
_DIGEST_ALGORITHM, _REDUCED_HASHTREE = 0xA0, 0xA2
_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError)


@dataclass(frozen=True)
class ArchiveStamp:
    """One ArchiveTimeStamp (clause 4.1)."""

    token: TokenFacts
    """Its imprint matches where the hash tree leads to it from the file or from the archive time stamp before."""
    fault: str
    """Why it does not protect what it should, for people; empty where it does or where the token is unreadable."""


@dataclass(frozen=True)
class EvidenceRecordFacts:
    """One EvidenceRecord (clause 3.1), held against one file."""

    sha256: str
    stamps: tuple[ArchiveStamp, ...]
    """Of all chains, in the order of the record, which should be oldest first; at least one."""


@dataclass(frozen=True)
class _Fields:
    """The parts of an EvidenceRecord that are used; cryptoInfos are protected by nothing and left aside."""

    algorithms: tuple[ber.Element, ...]
    encrypted: bool
    chains: tuple[ber.Element, ...]


@dataclass(frozen=True)
class _Parts:
    """The parts of an ArchiveTimeStamp."""

    algorithm: str
    """Declared digest of the hash tree; empty where it is that of the time stamp."""
    tree: HashTree
    time_stamp: ber.Element


def read_evidence_record(blob: bytes, file_digests: Mapping[str, bytes]) -> EvidenceRecordFacts:
    """Read `blob` as an evidence record over the file of which `file_digests` are the digests, by algorithm.

    Raises ValueError where it cannot be read. A record over another file can be read: its first stamp has a fault.
    """
    try:
        stamps = tuple(_stamps(_fields(blob), file_digests))
    except _UNREADABLE as error:
        why = str(error).split("\n", maxsplit=1)[0][:200]
        raise ValueError(f"not an evidence record: {why}") from None
    return EvidenceRecordFacts(hashlib.sha256(blob).hexdigest(), stamps)


def digest_algorithms(blobs: Iterable[bytes]) -> tuple[str, ...]:
    """Return the digests of the file that these records rest on (`digestAlgorithms`), sorted; unreadable ones add none.

    `reader.read_document` computes them on demand.
    """
    found: set[str] = set()
    for blob in blobs:
        try:
            found.update(digests.algorithm_name(one.to_der()) for one in _fields(blob).algorithms)
        except _UNREADABLE:
            continue
    return tuple(sorted(found))


def _fields(blob: bytes) -> _Fields:
    root = ber.read(blob)
    if root.tag != ber.SEQUENCE:
        raise ValueError("not an ASN.1 SEQUENCE")
    version, algorithms, *rest = root.children()
    if version.tag != ber.INTEGER or version.content != _VERSION_1:
        raise ValueError("its version is not 1")
    tagged = {part.tag: part for part in rest}
    chains = tagged[ber.SEQUENCE].children()
    return _Fields(tuple(algorithms.children()), _ENCRYPTION_INFO in tagged, tuple(chains))


def _stamps(record: _Fields, file_digests: Mapping[str, bytes]) -> list[ArchiveStamp]:
    if record.encrypted:
        raise ValueError("it covers an encrypted form of the file")
    chains = [chain.children() for chain in record.chains]
    if not chains or not all(chains):
        raise ValueError("it has no archive time stamp, or an empty chain of them")
    if sum(map(len, chains)) > MAX_STAMPS:
        raise ValueError(f"it has more than {MAX_STAMPS} archive time stamps")
    found: list[ArchiveStamp] = []
    for number, members in enumerate(chains):
        start = _renewed(record.chains[:number], file_digests) if number else file_digests.get
        found += _chain(members, start)
    return found


def _chain(members: list[ber.Element], start: DigestOf) -> list[ArchiveStamp]:
    """Read one chain: its first member protects what `start` digests, every other one the time stamp before."""
    found: list[ArchiveStamp] = []
    leaf = start
    for member in members:
        parts = _parts(member)
        found.append(_stamp(parts, leaf))
        leaf = _digest_of(parts.time_stamp)
    if len({one.token.imprint_algorithm for one in found if one.token.imprint_algorithm}) > 1:
        raise ValueError("one chain uses several hash algorithms")
    return found


def _renewed(older: tuple[ber.Element, ...], file_digests: Mapping[str, bytes]) -> DigestOf:
    """Hash-tree renewal (clause 5.2): the digest of the file's digest and that of all older chains, in this order."""
    sequence = ber.encode(b"\x30", b"".join(chain.raw for chain in older))

    def start(algorithm: str) -> bytes | None:
        data, before = file_digests.get(algorithm), digests.digest(algorithm, (sequence,))
        return None if data is None or before is None else digests.digest(algorithm, (data, before))

    return start


def _digest_of(element: ber.Element) -> DigestOf:
    """Time-stamp renewal (clause 5.2): the digest of the whole timeStamp field."""
    return lambda algorithm: digests.digest(algorithm, (element.raw,))


def _parts(member: ber.Element) -> _Parts:
    *tagged, time_stamp = member.children()
    fields = {part.tag: part for part in tagged}
    algorithm = fields.get(_DIGEST_ALGORITHM)
    tree = fields.get(_REDUCED_HASHTREE)
    return _Parts(
        algorithm=digests.algorithm_name(ber.encode(b"\x30", algorithm.content)) if algorithm else "",
        tree=tuple(tuple(value.octets() for value in level.children()) for level in tree.children()) if tree else (),
        time_stamp=time_stamp,
    )


def _stamp(parts: _Parts, leaf: DigestOf) -> ArchiveStamp:
    def stands_on(algorithm: str) -> bytes | None:
        start = leaf(algorithm) if parts.algorithm in ("", algorithm) else None
        return None if start is None else _root(start, parts.tree, algorithm)

    token = read_token(parts.time_stamp.raw, TimestampKind.DOCUMENT, stands_on)
    readable = token.problem is None and not token.imprint_matches
    return ArchiveStamp(token, _fault(parts, leaf, token.imprint_algorithm) if readable else "")


def _fault(parts: _Parts, leaf: DigestOf, algorithm: str) -> str:
    if parts.algorithm not in ("", algorithm):
        return f"its hash tree uses {parts.algorithm}, its time stamp {algorithm}"
    start = leaf(algorithm)
    if start is None:
        return f"the {algorithm} digest of the file is not known"
    if parts.tree and start not in parts.tree[0]:
        return "its hash tree does not hold the digest of what it should protect"
    return "its time stamp does not stand on what it should protect"


def _root(start: bytes, tree: HashTree, algorithm: str) -> bytes | None:
    """Return the root to which a hash tree leads from `start` (clause 4.3); None where its first list lacks it."""
    if not tree:
        return start
    if start not in tree[0]:
        return None
    node = _node(tree[0], algorithm)
    for level in tree[1:]:
        if node is None:
            return None
        node = _node((*level, node), algorithm)
    return node


def _node(values: tuple[bytes, ...], algorithm: str) -> bytes | None:
    """Return the node above a list of values in binary ascending order; a value alone is carried up as it is."""
    return values[0] if len(values) == 1 else digests.digest(algorithm, sorted(values))
