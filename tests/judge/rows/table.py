"""The table as data, and the registry of what builds each situation."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.pki import World, trust_snapshot, world
from verifier.evidence import Evidence
from verifier.policy import Policy, make_policy
from verifier.verdict import Indication, ProcessResult, SubIndication

TABLE = Path(__file__).parent / "table.toml"

FAILED = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED,
        SubIndication.EXPIRED,
        SubIndication.NOT_YET_VALID,
    }
)


@dataclass(frozen=True)
class Case:
    """A document and what is known besides."""

    document: bytes
    evidence: Evidence


@dataclass(frozen=True)
class Row:
    """One situation with what each process must say."""

    id: str
    name: str
    situation: str
    cells: tuple[str, str, str]
    """Basic, with time, archival: `PASSED` or the sub-indication."""
    reason: str
    policy: dict[str, Any] = field(default_factory=dict)
    build: str = ""
    debatable: str = ""
    """Why another answer could be defended."""

    @property
    def label(self) -> str:
        """Name of the test."""
        return f"{self.id}-{self.name}"

    @property
    def case(self) -> Case:
        """The situation, built once."""
        return build(self.build or self.name)

    def make_policy(self) -> Policy:
        """Policy of this row."""
        return make_policy(name="rows", **self.policy)

    @property
    def expected(self) -> tuple[ProcessResult, ProcessResult, ProcessResult]:
        """Return the three results."""
        first, second, third = (result_of(cell) for cell in self.cells)
        return first, second, third


BUILDERS: dict[str, Callable[[], Case]] = {}


def situation(make: Callable[[], Case]) -> Callable[[], Case]:
    """Register a builder under the name by which the table calls it."""
    BUILDERS[make.__name__.replace("_", "-")] = make
    return make


@cache
def build(name: str) -> Case:
    """Build the situation `name` once a process."""
    return BUILDERS[name]()


def result_of(cell: str) -> ProcessResult:
    """Read one cell."""
    if cell == "PASSED":
        return ProcessResult(Indication.PASSED)
    sub = SubIndication(cell)
    return ProcessResult(Indication.FAILED if sub in FAILED else Indication.INDETERMINATE, sub)


@cache
def read_table() -> tuple[Row, ...]:
    """All rows, in order."""
    raw = tomllib.loads(TABLE.read_text("utf-8"))
    return tuple(Row(**{**row, "cells": tuple(row["cells"])}) for row in raw["row"])


def known(used: World | None = None, *crls: bytes, **more: Any) -> Evidence:
    """Evidence with these CRLs and the trust snapshot of the world."""
    return Evidence(trust_snapshot(used or world()), crls=crls, **more)
