"""`verifier trust import`: takes trusted lists and lists of lists over into the folder `lists/` of a trust store."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verifier.commands.progress import Progress
from verifier.commands.shared import ALL_PASSED, NOT_JUDGED, NOT_PASSED, Surroundings, instant_of, settings_of
from verifier.commands.snapshots import current
from verifier.commands.trust_inspect import bytes_of, pins_of
from verifier.errors import BadRequest, CouldNotJudge, Problem
from verifier.outside.fetch import Fetcher, FetchFailed, FetchLimits
from verifier.plain import escape_json, visible
from verifier.settings import Settings
from verifier.trust.diff import Difference, diff
from verifier.trust.lists.folder import LISTS, alone, listed, save
from verifier.trust.lists.following import ID
from verifier.trust.lists.importing import Brought, Imports, Result, Wanted
from verifier.trust.lists.model import ListProblem
from verifier.trust.lists.xml import MAX_BYTES
from verifier.trust.register import FOLDER as AUTHORITIES
from verifier.trust.register import read_register
from verifier.trust.snapshots import snapshot_of
from verifier.trust.store import ANCHORS, is_full

FETCH_SECONDS = 60.0
"""For one list from the network; the largest have a few megabytes."""
LINES = 40
"""Differences of one list that are written out; the rest is counted."""


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Say of each file whether it is taken over and what that changes, and do so unless it is only tried.

    0 where all were taken over, 1 where some were refused, 3 where some could not be read.
    """
    settings = settings_of(around, args.trust_store)
    wanted = _wanted(args)
    now = around.clock.now()
    at = instant_of(args.at) if args.at is not None else now
    folder = _folder(settings.trust_store)
    files = [_brought(one, settings) for one in args.files]
    with contextlib.nullcontext() if args.dry_run else _held(folder):
        before = listed(folder)
        register = (*read_register(settings.trust_store / AUTHORITIES), *before.authorities)
        start = snapshot_of(before.anchors, (), {}, before.schemes, before.services, register)
        imports = Imports(start, wanted, at, now, args.by)
        taken = _told(imports, files, args, around)
        if imports.accepted and not args.dry_run:
            _saved(folder, imports)
        for lines in taken:  # only now is it true
            print(lines, file=around.out, flush=True)
    if imports.accepted and not args.dry_run:
        with contextlib.suppress(CouldNotJudge):  # that another part of the store is out of order is told elsewhere
            current(settings, around)  # leaves its trace in the journal
    return _exit_code(imports)


def _told(imports: Imports, files: list[Brought], args: argparse.Namespace, around: Surroundings) -> list[str]:
    """Look at each file and say what comes of it; return what is true only once the lists are kept."""
    progress = Progress(len(files), around.err)
    taken: list[str] = []

    def done(result: Result) -> None:
        progress.clear()
        differences = diff(result.before, result.after)
        lines = _json(result, differences) if args.format == "json" else _text(result, differences, dry=args.dry_run)
        if taken or (result.accepted and not args.dry_run):
            taken.append(lines)
        else:
            print(lines, file=around.out, flush=True)
        progress.done(result.brought.file)

    imports.run(files, done)
    progress.clear()
    return taken


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise CouldNotJudge("trust-store-unreadable", f"{folder.name}: {error.strerror}", file=folder.name) from None
    with alone(folder):
        yield


def _saved(folder: Path, imports: Imports) -> None:
    try:
        save(folder, imports.snapshot, imports.accepted, imports.pivots)
    except OSError as error:
        raise CouldNotJudge("trust-store-unreadable", f"{folder.name}: {error.strerror}", file=folder.name) from None


def _exit_code(imports: Imports) -> int:
    if any(one.content is None for one in imports.results):
        return NOT_JUDGED
    return ALL_PASSED if all(one.accepted for one in imports.results) else NOT_PASSED


# --- what was asked --------------------------------------------------------------------------------------------------


def _wanted(args: argparse.Namespace) -> Wanted:
    if args.scheme and not ID.fullmatch(args.scheme):
        raise BadRequest("bad-option", "--scheme is small letters, digits and hyphens, as eu-de", option="--scheme")
    pins = tuple(dict.fromkeys(der for file in args.pin for der in pins_of(file)))
    return Wanted(
        id=args.scheme,
        name=args.name,
        location=args.location,
        territory=args.territory.upper(),
        branch=args.branch,
        refresh=args.refresh,
        brings_authorities=args.brings_authorities,
        pins=pins,
    )


def _folder(store: Path) -> Path:
    if not store.is_dir():
        raise CouldNotJudge("trust-store-missing", f"no such folder: {store.name}", path=str(store))
    if not is_full(store):
        raise BadRequest("trust-store-plain", f"{store.name} is a plain folder of certificates, without {ANCHORS}/")
    return store / LISTS


def _brought(file: str, settings: Settings) -> Brought:
    if not file.lower().startswith(("https://", "http://")):
        found = bytes_of(Path(file))
        if isinstance(found, ListProblem):
            return Brought(file, problem=Problem(found.code, found.detail))
        return Brought(file, found)
    if not settings.fetch:
        return Brought(file, problem=Problem("file-unreadable", "nothing is fetched: VERIFIER_FETCH is off"))
    try:
        data = Fetcher(settings.fetch_allow_hosts).get(file, limits=FetchLimits(MAX_BYTES, FETCH_SECONDS))
    except FetchFailed as failed:
        return Brought(file, problem=Problem("file-unreadable", failed.reason))
    return Brought(file, data, address=file)


# --- what is said ----------------------------------------------------------------------------------------------------


def _counts(result: Result) -> tuple[int, int]:
    """Return how many services and anchors the scheme has after it."""
    services = sum(one.scheme == result.scheme for one in result.after.services)
    return services, sum(bool(one.service) and one.origin.scheme == result.scheme for one in result.after.anchors)


def _json(result: Result, differences: tuple[Difference, ...]) -> str:
    services, anchors = _counts(result) if result.scheme else (0, 0)
    content, took = result.content, result.took
    fields: dict[str, Any] = {
        "file": result.brought.file,
        "scheme": result.scheme or None,
        "accepted": result.accepted,
        "problem": result.problem.code if result.problem else None,
        "detail": (result.problem.detail if result.problem else "") or None,
        "kind": content.kind if content else None,
        "sequence": (content and content.sequence) or None,
        "services": services,
        "anchors": anchors,
        "differences": dict.fromkeys("+~-", 0) | _signs(differences),
        "problems": [{"code": one.code, "detail": one.detail} for one in took.problems] if took else [],
    }
    return escape_json(json.dumps(fields, ensure_ascii=False))


def _signs(differences: tuple[Difference, ...]) -> dict[str, int]:
    """Return how many entries come, change and go."""
    return dict(Counter(sign for sign, _, _ in {(one.sign, one.kind, one.id) for one in differences}))


def _text(result: Result, differences: tuple[Difference, ...], *, dry: bool) -> str:
    return "\n".join(map(visible, _lines(result, differences, dry=dry)))


def _lines(result: Result, differences: tuple[Difference, ...], *, dry: bool) -> Iterator[str]:
    file = result.brought.file
    if result.problem is not None:
        yield f"{file}: not taken over: {result.problem.code}: {result.problem.detail}"
        return
    if result.took is None:
        yield f"{file}: pivot of {result.scheme}"
        return
    if result.after is result.before:
        yield f"{file}: in use already for {result.scheme}"
        return
    services, anchors = _counts(result)
    number = result.content.sequence if result.content else "?"
    what = "would be taken over" if dry else "taken over"
    yield f"{file}: {what} for {result.scheme}: no. {number}, {services} services, {anchors} anchors"
    yield from (f"  {one.code}: {one.detail}" for one in result.took.problems)
    told = [one for one in differences if one.sign == "~"]
    whole = dict.fromkeys((one.sign, one.kind, one.name, one.id) for one in differences if one.sign != "~")
    lines = [f"  {sign} {kind} {name} ({_short(id_)})" for sign, kind, name, id_ in whole]
    lines += [f"  ~ {one.kind} {one.name} ({_short(one.id)}) {one.field}: {one.before} -> {one.after}" for one in told]
    yield from lines[:LINES]
    if len(lines) > LINES:
        yield f"  and {len(lines) - LINES} more"


def _short(id_: str) -> str:
    """Return the beginning of a fingerprint; other ids are names, and stand as they are."""
    return id_[:16] if len(id_) == 64 and set(id_) <= set("0123456789abcdef") else id_
