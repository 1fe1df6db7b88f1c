"""What workers are asked to do for the placing of marks; quick to load, so that whoever asks need not load it all."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from verifier.signing.records import Place
from verifier.signing.space.records import Covered, Leaf


def covering(path: Path, place: Place) -> Covered:
    """As `layout.covering`."""
    found: Covered = _part("layout").covering(path, place)
    return found


def leaf(path: Path, number: int) -> Leaf:
    """As `looking.leaf`."""
    found: Leaf = _part("looking").leaf(path, number)
    return found


def mark_picture(pdf: bytes, width_px: int) -> bytes:
    """As `looking.mark_picture`."""
    found: bytes = _part("looking").mark_picture(pdf, width_px)
    return found


def _part(name: str) -> Any:
    return importlib.import_module(f"verifier.signing.space.{name}")
