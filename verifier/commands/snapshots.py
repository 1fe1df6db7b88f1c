"""What the commands on trust snapshots share: the one in use, those that are kept, and how they are named."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path

from verifier.commands.shared import Surroundings
from verifier.errors import BadRequest, CouldNotJudge
from verifier.settings import Settings
from verifier.snapshot import TrustSnapshot
from verifier.trust.archive import MIN_PREFIX, Archive
from verifier.trust.journal import loaded
from verifier.trust.store import archive_of, load_trust_store

OF_THE_SERVICE = "trust"
"""Folder of VERIFIER_DATA in which the service keeps every snapshot that was in use."""
_PREFIX = re.compile(rf"[0-9a-f]{{{MIN_PREFIX},64}}")


def current(settings: Settings, around: Surroundings) -> TrustSnapshot:
    """Return what the trust store says now, and note in its journal if that is something else than before."""
    return loaded(settings.trust_store, around.clock.now(), login_name())


def named(text: str, settings: Settings) -> TrustSnapshot:
    """Return the kept snapshot whose id begins so, of the trust store or of the service.

    BadRequest `bad-option` for what is no beginning of an id, or of several; CouldNotJudge as `Archive.get`.
    """
    prefix = text.lower()
    if not _PREFIX.fullmatch(prefix):
        raise _bad(f"{text}: a snapshot is named by {MIN_PREFIX} to 64 digits of its id")
    archives = (archive_of(settings.trust_store), Archive(settings.data / OF_THE_SERVICE))
    found = {name: archive for archive in archives for name in archive.ids() if name.startswith(prefix)}
    if len(found) > 1:
        raise _bad(f"{text}: {len(found)} snapshots have ids that begin so")
    if not found:
        raise CouldNotJudge("snapshot-unknown", f"no trust snapshot {prefix} is kept", id=prefix)
    ((name, archive),) = found.items()
    return archive.get(name)


def named_or_folder(text: str, settings: Settings) -> TrustSnapshot:
    """Return the kept snapshot whose id begins so, or that of a trust store folder; errors as `named`."""
    if _PREFIX.fullmatch(text.lower()) or not Path(text).is_dir():
        return named(text, settings)
    return load_trust_store(Path(text))


def login_name() -> str:
    """Return the login name of the operating system, or the number of the user where there is none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _bad(detail: str) -> BadRequest:
    return BadRequest("bad-option", detail, option="ID")
