"""Evidence records (RFC 4998) over a file, grown stamp by stamp; written with ASN.1 definitions of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core

from tests.pki.certificates import Identity
from tests.pki.keys import digest_of
from tests.pki.messages import make_token
from tests.pki.world import World


class PartialHashtree(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.OctetString


class ReducedHashtree(core.SequenceOf):  # type: ignore[misc]
    _child_spec = PartialHashtree


class ArchiveTimeStamp(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", cms.CMSAttributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", ReducedHashtree, {"implicit": 2, "optional": True}),
        ("time_stamp", core.Any),
    ]


class Ready(core.SequenceOf):  # type: ignore[misc]
    """ArchiveTimeStampChain and ArchiveTimeStampSequence, of members in DER."""

    _child_spec = core.Any


class DigestAlgorithms(core.SequenceOf):  # type: ignore[misc]
    _child_spec = algos.DigestAlgorithm


class EncryptionInfo(core.Sequence):  # type: ignore[misc]
    _fields = [("type", core.ObjectIdentifier), ("value", core.Any)]  # noqa: RUF012


class EvidenceRecord(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("digest_algorithms", DigestAlgorithms),
        ("crypto_infos", cms.CMSAttributes, {"implicit": 0, "optional": True}),
        ("encryption_info", EncryptionInfo, {"implicit": 1, "optional": True}),
        ("archive_time_stamp_sequence", Ready),
    ]


@dataclass
class EvidenceRecordBuilder:
    """A record in the making; every stamp protects what it should, unless spoiled by its options."""

    world: World
    document: bytes
    version: int = 1
    encrypted: bool = False
    chains: list[list[bytes]] = field(default_factory=list)
    """DER of every ArchiveTimeStamp."""
    algorithms: list[str] = field(default_factory=list)
    """Of each chain."""
    token: bytes = b""
    """The latest."""

    def start(self, at: datetime, digest: str = "sha256", **options: Any) -> EvidenceRecordBuilder:
        """Begin a chain: the initial one, then each by hash-tree renewal; options as for `renew`."""
        data = digest_of(self.document, digest)
        if self.chains:
            older = _ready(map(_ready, self.chains))
            data = digest_of(data + digest_of(older, digest), digest)
        self.chains.append([])
        self.algorithms.append(digest)
        return self._add(data, at, **options)

    def renew(self, at: datetime, **options: Any) -> EvidenceRecordBuilder:
        """Add a stamp over the one before (time-stamp renewal).

        `tree` is the reduced hash tree without the value protected; `declared` writes digestAlgorithm; `tsa`, and
        further options as for `make_token`.
        """
        return self._add(digest_of(self.token, self.algorithms[-1]), at, **options)

    def _add(
        self,
        value: bytes,
        at: datetime,
        *,
        tree: Sequence[Sequence[bytes]] = (),
        declared: str = "",
        tsa: Identity | None = None,
        **options: Any,
    ) -> EvidenceRecordBuilder:
        digest = self.algorithms[-1]
        lists = [[*tree[0], value], *map(list, tree[1:])] if tree else []
        options = {"imprint": _root(value, lists, digest), "imprint_digest": digest, **options}
        self.token = make_token(tsa or self.world.tsa, at, b"", chain=(self.world.tsa_ca,), **options)
        fields: dict[str, Any] = {"time_stamp": core.Any.load(self.token)}
        if lists:
            fields["reduced_hashtree"] = [sorted(one) for one in lists]
        if declared:
            fields["digest_algorithm"] = {"algorithm": declared}
        self.chains[-1].append(ArchiveTimeStamp(fields).dump())
        return self

    @property
    def data(self) -> bytes:
        """The record in DER."""
        fields: dict[str, Any] = {
            "version": self.version,
            "digest_algorithms": [{"algorithm": name} for name in dict.fromkeys(self.algorithms)],
            "archive_time_stamp_sequence": Ready.load(_ready(map(_ready, self.chains))),
        }
        if self.encrypted:
            fields["encryption_info"] = {"type": "1.2.3", "value": core.Null()}
        return bytes(EvidenceRecord(fields).dump())


def _ready(members: Iterable[bytes]) -> bytes:
    return bytes(Ready([core.Any.load(one) for one in members]).dump())


def _root(value: bytes, lists: list[list[bytes]], digest: str) -> bytes:
    for one in lists:
        members = one if value in one else [*one, value]
        value = members[0] if len(members) == 1 else digest_of(b"".join(sorted(members)), digest)
    return value
