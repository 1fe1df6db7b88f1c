"""QR codes of check addresses, refused where they would be too fine to read."""

from __future__ import annotations

import re

import segno

from verifier.errors import CouldNotIssue
from verifier.law.qr import QUIET, coded, picture

__all__ = ["LEAST_MM", "QUIET", "matrix", "picture"]

MODULE_MM = 0.33
"""Smallest module that an office scanner and a telephone read from paper."""
LEAST_MM = 16.0
"""Smallest edge of a code with its quiet zone."""
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")


def matrix(address: str, edge_mm: float) -> tuple[bytes, ...]:
    """Return the rows of modules (1 is dark) of the code for an address, at error correction M or better.

    CouldNotIssue: `qr-too-long` where its modules would be smaller than `MODULE_MM` at this edge (params `length`),
    `mark-unprintable` (param `field`) where it is no http address in ASCII.
    """
    if not _ADDRESS.fullmatch(address):
        raise CouldNotIssue("mark-unprintable", "the check address is no http address in ASCII", field="address")
    try:
        rows = coded(address)
    except segno.DataOverflowError:
        raise _too_long(address) from None
    if max(edge_mm, LEAST_MM) / (len(rows) + 2 * QUIET) < MODULE_MM:
        raise _too_long(address)
    return rows


def _too_long(address: str) -> CouldNotIssue:
    return CouldNotIssue("qr-too-long", f"an address of {len(address)} characters", length=str(len(address)))
