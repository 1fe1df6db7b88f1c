"""Files that are there as a whole or not at all, whenever the power is lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

DRAFT = ".new-"
"""Begins the name of a file that is being written."""
FOR_ALL = 0o644
"""Mode of files that everybody may read."""


def replace_file(path: Path, pieces: Iterable[bytes], mode: int = 0o600) -> None:
    """Write a file in the place of another, or of none; OSError where it cannot be, and then nothing has changed."""
    number, name = tempfile.mkstemp(prefix=DRAFT, dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:  # an interrupt too must not leave the draft behind; it goes on
        Path(name).unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
