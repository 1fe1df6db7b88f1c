"""Which certificates and revocation data keep a signature valid, and no more: OCSP responses before long lists (CRLs).

For every certificate on the path of a signature or a time stamp one piece of status information is kept:
  1. an OCSP response before a CRL, since it stays small however many certificates are revoked;
  2. of these the latest: best it is issued after the signature is proved to have existed;
  3. with the certificates that signed it, and where they need a status themselves, that too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from verifier.blocks.freshness import fresh
from verifier.blocks.material import RESPONDER_DEPTH, Status
from verifier.blocks.material import Material as Known
from verifier.blocks.xcv import chain_status
from verifier.evidence import AnyCrl, crl_bytes, crl_sha256
from verifier.signing.records import Material
from verifier.trust.ocsp import parse_ocsp
from verifier.trust.path import Chain
from verifier.trust.revocation import RevocationData
from verifier.x509 import Certificate

COSTLY = 1024 * 1024
"""Bytes from which a CRL is not kept for somebody else's signature, which was as it is when it came to us."""


@dataclass
class Kept:
    """What is kept, each object once, in the order in which it was found."""

    known: Known
    certificates: dict[bytes, None] = field(default_factory=dict)
    data: dict[str, None] = field(default_factory=dict)
    """SHA-256 of CRLs and OCSP responses."""

    def chain(self, chain: Chain, at: datetime, *, own: bool, frugal: bool = True) -> None:
        """Keep what a path needs; without `frugal` all that is known of its status."""
        self.certificates.update(dict.fromkeys(one.der for one in chain.path))
        for certificate, _issuer, status in chain_status(self.known, chain).statuses:
            path = chain.path[chain.path.index(certificate) + 1 :]
            for datum in self._chosen(status, at, own=own) if frugal else status.data:
                self._datum(datum, path, at, depth=0)

    def _chosen(self, status: Status, at: datetime, *, own: bool) -> Iterator[RevocationData]:
        good = [one for one in status.data if one.status == "good"]
        current = [one for one in good if fresh(one, at, self.known.policy)] or good
        small = [one for one in current if one.kind == "ocsp"]
        for one in (small or current)[:1]:
            if own or self._size(one) < COSTLY:
                yield one

    def _datum(self, datum: RevocationData, path: Sequence[Certificate], at: datetime, depth: int) -> None:
        """Keep one piece of status information and what makes its signer believable (RFC 6960 4.2.2.2.1)."""
        for part in datum.objects:
            self.data[part.sha256] = None
            signer, *vouching = part.signer_path
            if signer in path or depth >= RESPONDER_DEPTH:
                continue
            self.certificates[signer.der] = None
            if (part.kind == "ocsp" and signer.ocsp_nocheck) or signer.revocation_unneeded or not vouching:
                continue
            if vouching[0] in path:
                above = tuple(path[list(path).index(vouching[0]) :])
                for one in self._chosen(self.known.status(signer, above, depth + 1), at, own=True):
                    self._datum(one, above, at, depth + 1)

    def _size(self, datum: RevocationData) -> int:
        return sum(len(crl_bytes(one)) for one in self._crls(part.sha256 for part in datum.objects))

    def _crls(self, names: Iterable[str]) -> list[AnyCrl]:
        wanted = set(names)
        return [one for one in self.known.crls if crl_sha256(one) in wanted]

    def material(self) -> Material:
        """Return it all in DER."""
        ocsps = tuple(one for one in self.known.ocsps if _name(one) in self.data)
        inside = {certificate.der for one in ocsps for certificate in parse_ocsp(one).certificates}
        certificates = tuple(one for one in self.certificates if one not in inside)
        return Material(certificates, tuple(map(crl_bytes, self._crls(self.data))), ocsps)


def _name(data: bytes) -> str:
    """Return the name by which a response is known; empty where it cannot be read."""
    try:
        return parse_ocsp(data).sha256
    except ValueError:
        return ""


def lacking(material: Material, held: Iterable[bytes]) -> Material:
    """Return what of it is not held already."""
    there = set(held)
    return Material(
        tuple(one for one in material.certificates if one not in there),
        tuple(one for one in material.crls if one not in there),
        tuple(one for one in material.ocsps if one not in there),
    )
