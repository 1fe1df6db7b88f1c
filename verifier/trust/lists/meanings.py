"""What statuses, types and purposes of trust services mean for trust (ETSI TS 119 612 5.5.1, 5.5.4, 5.5.9), as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from verifier.snapshot import AnchorUse
from verifier.trust.lists.model import ServiceState
from verifier.trust.lists.services import UNDERSTOOD
from verifier.trust.strict import Key, check_table, parse_toml, texts, unreadable

FILE = "meanings.toml"
_KEYS = {"status": Key(list), "type": Key(list), "purpose": Key(list)}
_STATUS = {"uri": Key(str), "trusted": Key(bool), "clause": Key(str), "note": Key(str)}
_TYPE = {"uri": Key(str), "uses": Key(list), "clause": Key(str)}
_PURPOSE = {"uri": Key(str), "signature": Key(bool), "clause": Key(str)}


@dataclass(frozen=True)
class Meanings:
    """What the words of a list mean here; what stands in none of them gives no trust."""

    statuses: Mapping[str, bool]
    """Whether a service is trusted, by URI."""
    types: Mapping[str, frozenset[AnchorUse]]
    """What an anchor is for, by URI; empty for types that give none."""
    purposes: Mapping[str, bool]
    """Whether the certificates of a service are for signatures and seals, by URI in lower case."""

    def uses(self, state: ServiceState) -> frozenset[AnchorUse]:
        """Return what a service is trusted for in a state, whoever it is; empty where it is not trusted."""
        if not self.statuses.get(state.status, False) or not_understood(state):
            return frozenset()
        uses = self.types.get(state.service_type, frozenset())
        purposes = [self.purposes[uri] for uri in map(str.lower, _information(state)) if uri in self.purposes]
        return uses - {AnchorUse.SIGNATURE} if purposes and not any(purposes) else uses


@cache
def meanings() -> Meanings:
    """Return the meanings of this release."""
    return parse_meanings((resources.files("verifier.trust.lists") / FILE).read_bytes())


def parse_meanings(data: bytes) -> Meanings:
    """Read meanings from TOML; CouldNotJudge `trust-store-unreadable` where they cannot be used."""
    table = check_table(parse_toml(data, FILE), _KEYS, FILE)
    statuses = [check_table(one, _STATUS, FILE) for one in table["status"]]
    types = [check_table(one, _TYPE, FILE) for one in table["type"]]
    purposes = [check_table(one, _PURPOSE, FILE) for one in table["purpose"]]
    for group in (statuses, types, purposes):
        if len({one["uri"] for one in group}) < len(group):
            raise unreadable(FILE, "a URI stands twice")
    return Meanings(
        statuses={one["uri"]: one["trusted"] for one in statuses},
        types={one["uri"]: frozenset(map(AnchorUse, texts(one["uses"], FILE))) for one in types},
        purposes={one["uri"].lower(): one["signature"] for one in purposes},
    )


def not_understood(state: ServiceState) -> bool:
    """Whether the state has a critical extension that this program does not know (clause 5.5.9)."""
    return any(one.critical and one.kind not in UNDERSTOOD for one in state.extensions)


def _information(state: ServiceState) -> list[str]:
    return [uri for one in state.extensions if one.kind == "AdditionalServiceInformation" for uri in one.values]
