"""Layer 3 of the verdict: for which authority of the register a signature speaks, beside the indication of layer 2."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from verifier.blocks.basic import Basic
from verifier.blocks.material import Material
from verifier.snapshot import Anchor, Filing, Scheme
from verifier.trust.authority import authority_of, not_tried
from verifier.verdict import AuthorityVerdict
from verifier.x509 import Certificate

_NOWHERE = "ZZ"
"""Of a list that is not followed any more: a code that ISO 3166-1 gives to no state."""


def authority_verdict(
    material: Material, basic: Basic, certificate: Certificate | None, best: datetime, filing: Filing | None
) -> AuthorityVerdict:
    """Say whom the certificate names at the best signature time; not checked where no register is held.

    It is asked of every signature, one that failed too: layer 2 says whether it holds, this layer whose it says to be.
    """
    register = material.trust.authorities
    if not register:
        return AuthorityVerdict()
    if basic.xcv is None and certificate is not None:
        return not_tried()
    path, anchor = _vouched(material, basic, best)
    if anchor is None:
        path = () if certificate is None else (certificate,)
        return authority_of(path, None, best, filing, register)
    return authority_of(path, anchor, best, filing, register, _territory(material.trust.schemes, anchor))


def _vouched(material: Material, basic: Basic, best: datetime) -> tuple[Sequence[Certificate], Anchor | None]:
    """Return the accepted path; nothing where there is none, or where it breaks the rules of RFC 5280 6.1.

    A CA that goes beyond its name constraints does not vouch for the names it writes.
    """
    chain = basic.xcv.chain if basic.xcv else None
    if chain is None or (len(chain.path) > 1 and material.path_problem(chain)):
        return (), None
    return chain.path, chain.anchor_at(best)


def _territory(schemes: Iterable[Scheme], anchor: Anchor) -> str:
    """Return the territory of the list that brought an anchor; empty for one kept by hand."""
    if not anchor.origin.scheme:
        return ""
    return next((one.territory for one in schemes if one.id == anchor.origin.scheme), _NOWHERE)
