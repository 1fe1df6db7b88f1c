"""Imports every module of handlers, so that the registry is whole."""

from __future__ import annotations

from verifier.archive import handlers as archive
from verifier.cases import (
    completeness,
    confirming,
    decision,
    delays,
    delivery,
    examination,
    money,
    moving,
    paperwork,
    paying,
    refunds,
    replacing,
    signed,
    warning,
)
from verifier.cases.kernel import REGISTRY

__all__ = ["MODULES", "REGISTRY"]

MODULES = (
    completeness,
    confirming,
    delays,
    delivery,
    moving,
    warning,
    examination,
    decision,
    signed,
    paperwork,
    replacing,
    money,
    paying,
    refunds,
    archive,
)
"""The modules that register commands; a new one is added here."""
