"""The trust store folder beside what is in use: what an operator changed in it, and how that is taken over."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import structlog

from verifier.errors import BadRequest, CouldNotJudge, Problem
from verifier.snapshot import TrustSnapshot
from verifier.trust.register import check_register
from verifier.trust.store import load_trust_store, snapshot_of

log = structlog.get_logger("verifier.keeping")

_Look = tuple[tuple[str, int, int], ...]
"""Every file of a folder with its time of change and size: equal looks, equal content."""


class Folder:
    """The folder of the trust store, compiled again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._read: tuple[_Look, TrustSnapshot | Problem] | None = None

    def compiled(self) -> TrustSnapshot:
        """Return what the folder holds; CouldNotJudge as `load_trust_store`."""
        with self._lock:
            look = _look(self._path)
            if self._read is None or self._read[0] != look:
                self._read = (look, self._load())
            found = self._read[1]
        if isinstance(found, Problem):
            raise CouldNotJudge(found.code, found.detail, **found.params)
        return found

    def _load(self) -> TrustSnapshot | Problem:
        try:
            return load_trust_store(self._path)
        except CouldNotJudge as refusal:
            log.warning("the trust store cannot be used", code=refusal.problem.code, detail=refusal.problem.detail)
            return refusal.problem


def merged(current: TrustSnapshot, base: TrustSnapshot, wanted: TrustSnapshot) -> TrustSnapshot:
    """Return what is in use with the changes that turned the folder from `base` into `wanted`.

    What people changed here meanwhile stays, but for lists that changed in the folder: those are taken as a whole.
    BadRequest `list-older` where such a list is older than the one in use; as `register.check_register` where the
    folder's authorities contradict those of people here.
    """
    lists = _changed(_by_id(base.schemes), _by_id(wanted.schemes))
    _refuse_rollback(current, wanted, lists)
    parts: dict[str, Any] = {
        name: _merged_part(getattr(current, name), getattr(base, name), getattr(wanted, name), lists)
        for name in ("anchors", "schemes", "services", "authorities")
    }
    if tuple(parts["authorities"]) != current.authorities:
        check_register(parts["authorities"])
    helpers = (set(current.intermediates) - set(base.intermediates)) | set(wanted.intermediates)
    suites = dict(current.suites)
    for name in _changed(base.suites, wanted.suites):
        suites.pop(name, None)
        suites |= {name: wanted.suites[name]} if name in wanted.suites else {}
    return snapshot_of(intermediates=helpers, suites=suites, **parts)


def _merged_part(
    current: Iterable[Any], base: Iterable[Any], wanted: Iterable[Any], lists: frozenset[str]
) -> list[Any]:
    """Of what is kept by hand the changes are taken over one by one, of a list that changed all that it brings."""
    used, told = tuple(current), tuple(wanted)
    result = {_key(one): one for one in used if not _scheme_of(one)}
    old, new = ({_key(one): one for one in both if not _scheme_of(one)} for both in (base, told))
    for key in _changed(old, new):
        result.pop(key, None)
        result |= {key: new[key]} if key in new else {}
    kept = [one for one in used if _scheme_of(one) and _scheme_of(one) not in lists]
    return [*result.values(), *kept, *(one for one in told if _scheme_of(one) in lists)]


def _refuse_rollback(current: TrustSnapshot, wanted: TrustSnapshot, lists: frozenset[str]) -> None:
    used, told = _by_id(current.schemes), _by_id(wanted.schemes)
    for id_ in sorted(lists & used.keys() & told.keys()):
        now, then = used[id_].sequence, told[id_].sequence
        if now is not None and (then is None or then < now):
            raise BadRequest("list-older", f"{id_}: {then} after {now}", scheme=id_, sequence=str(then), used=str(now))


def _changed(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> frozenset[Any]:
    return frozenset(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def _by_id(found: Iterable[Any]) -> dict[str, Any]:
    return {one.id: one for one in found}


def _key(one: Any) -> object:
    """What makes an entry the same entry: its id; of an anchor kept by hand its certificate, branch and uses."""
    certificate = getattr(one, "certificate", None)
    if certificate is None:
        return one.id
    return hashlib.sha256(certificate).hexdigest(), one.branch, one.uses


def _scheme_of(one: Any) -> str:
    """The list that an entry comes from; empty for a scheme itself and for what is kept by hand."""
    return "" if hasattr(one, "pins") else str(getattr(one, "scheme", "") or one.origin.scheme)


def _look(folder: Path) -> _Look:
    return tuple(sorted(one for path in folder.rglob("*") if (one := _glance(path))))


def _glance(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:  # it went away while we looked
        return None
    return (str(path), found.st_mtime_ns, found.st_size)
