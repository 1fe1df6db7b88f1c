"""Lists of lists: whose lists they point to, and how their own signers change (ETSI TS 119 612 5.3.13, EU pivots).

A *pivot* is a list of lists whose entry for itself announces other certificates than before. It is signed by a
certificate that was announced earlier, so that a chain of pivots leads from a pinned certificate to the present one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from verifier.errors import BadRequest
from verifier.snapshot import Origin, Scheme
from verifier.trust.lists.checking import checked, fingerprint
from verifier.trust.lists.inspection import inspect
from verifier.trust.lists.model import ListKind, ListProblem, Pointer, Text, TrustedList

XML_TYPES = frozenset({"application/vnd.etsi.tsl+xml", "application/xml", "text/xml"})
_UNSAID = frozenset({"", "application/octet-stream"})
_ENDINGS = (".xml", ".xtsl", ".tsl")
ID = re.compile(r"(?=.{1,64}\Z)[a-z0-9]+(-[a-z0-9]+)*")
"""What the id of a scheme looks like."""
_TERRITORY = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?")
MAX_DEPTH = 2
"""Lists of lists within each other; below that only lists are followed."""


@dataclass(frozen=True)
class Followed:
    """What a list of lists that was accepted means for schemes."""

    pins: tuple[bytes, ...]
    """Certificates that may sign its next list."""
    children: tuple[Scheme, ...]
    """The lists it points to."""
    gone: tuple[Scheme, ...]
    """The lists it no longer points to; without certificates, so that no list is taken over for them."""
    problems: tuple[ListProblem, ...]


def said(texts: Iterable[Text]) -> str:
    """Return a text in Vietnamese, else in English, else the first one that says anything."""
    known = {one.language: one.value for one in reversed(tuple(texts)) if one.value}
    return known.get("vi") or known.get("en") or next(iter(reversed(known.values())), "")


def pivot_addresses(content: TrustedList) -> tuple[str, ...]:
    """Return where the pivots stand that a list of lists names, the oldest first.

    Among the pages on the scheme they are those whose address ends as a list's does; the newest stands first.
    """
    named = dict.fromkeys(one.value for one in content.scheme_pages if _ends_as_list(one.value))
    return tuple(reversed(named))


def after_pivots(scheme: Scheme, pivots: Iterable[bytes], at: datetime) -> Scheme:
    """Return the scheme as these pivots leave it, given in any order: who may sign its list, and what is older.

    Each is checked as a list of the scheme at its own time, with the certificates that the one before announced. Those
    not newer than the list in use are left out, as its entry for itself counts already. BadRequest `pivot-broken`.
    """
    told = [(inspect(one, at).content, one) for one in pivots]
    found = sorted(((content.number if content else None) or 0, data) for content, data in told)
    current = scheme
    for number, data in found:
        if scheme.sequence is not None and number <= scheme.sequence:
            continue
        current = _after(current, data, at)
    return current


def follow(scheme: Scheme, content: TrustedList, schemes: Sequence[Scheme]) -> Followed:
    """Return what the accepted list of lists of `scheme` makes of its own certificates and of the lists below it."""
    own = own_entry(scheme, content)
    pins = own.certificates if own is not None and own.certificates else scheme.pins
    known = {one.id: one for one in schemes if one.parent == scheme.id}
    taken = {one.id for one in schemes if one.parent != scheme.id}
    problems: list[ListProblem] = []
    if own is not None and not own.certificates:
        problems.append(ListProblem("own-entry-without-certificates", "its entry for itself names no certificate"))
    above = _above(scheme, schemes)
    pointers = [one for one in _lists(content, problems) if not _is_own(one, scheme)]
    children: dict[str, Scheme] = {}
    for pointer, id_ in _with_ids(scheme, pointers, known):
        if problem := _refused(pointer, id_, taken, above):
            problems.append(problem)
            continue
        before = known.get(id_) or _new(id_, scheme)
        children[id_] = _child(before, scheme, pointer)
        if not pointer.certificates:
            problems.append(ListProblem("operator-certificate-missing", f"the entry of {id_} names no certificate"))
    gone = tuple(
        replace(one, pins=(), origin=_origin(one, scheme)) for id_, one in sorted(known.items()) if id_ not in children
    )
    problems += [ListProblem("no-longer-pointed-to", one.id) for one in gone]
    return Followed(pins, tuple(children.values()), gone, tuple(problems))


def own_entry(scheme: Scheme, content: TrustedList) -> Pointer | None:
    """Return the entry of a list of lists for itself, with the certificates of all where it has several."""
    found = [one for one in content.pointers if _is_xml(one) and _is_own(one, scheme)]
    if not found:
        return None
    certificates = tuple(dict.fromkeys(der for one in found for der in one.certificates))
    return replace(found[0], certificates=certificates)


# --- pivots ----------------------------------------------------------------------------------------------------------


def _after(scheme: Scheme, data: bytes, at: datetime) -> Scheme:
    """Return the scheme as a pivot leaves it; the pivot is judged at its own instant of issue."""
    told = inspect(data, at).content
    issued = told.issued if told and told.issued else at
    try:
        found = checked(data, scheme, min(issued, at)).content
    except BadRequest as refused:
        problem = refused.problem
        raise BadRequest("pivot-broken", f"{problem.code}: {problem.detail}", scheme=scheme.id) from None
    own = own_entry(scheme, found) if found else None
    if found is None or own is None or not own.certificates:
        raise BadRequest("pivot-broken", "a pivot announces no certificates for its own list", scheme=scheme.id)
    after = replace(scheme, pins=own.certificates, sequence=found.number, issued=found.issued)
    return replace(after, sha256=fingerprint(data))


# --- the lists below -------------------------------------------------------------------------------------------------


def _lists(content: TrustedList, problems: list[ListProblem]) -> list[Pointer]:
    """Return the entries for lists that a program reads; others are told, but for editions for people."""
    found = []
    for pointer in content.pointers:
        if _is_xml(pointer):
            found.append(pointer)
        elif pointer.mime_type.lower() != "application/pdf":
            problems.append(
                ListProblem("pointer-not-understood", f"{pointer.location}: {pointer.mime_type or 'no type'}")
            )
    return found


def _is_xml(pointer: Pointer) -> bool:
    kind = pointer.mime_type.lower().partition(";")[0].strip()
    return kind in XML_TYPES or (kind in _UNSAID and _ends_as_list(pointer.location))


def _ends_as_list(address: str) -> bool:
    try:
        return urlsplit(address).path.lower().endswith(_ENDINGS)
    except ValueError:
        return False


def _is_lists(pointer: Pointer) -> bool:
    return pointer.list_type.lower().endswith("listofthelists")


def _is_own(pointer: Pointer, scheme: Scheme) -> bool:
    same = pointer.territory.upper() == scheme.territory.upper()
    return (_is_lists(pointer) and same) or (bool(scheme.location) and pointer.location == scheme.location)


def _with_ids(scheme: Scheme, pointers: Iterable[Pointer], known: Mapping[str, Scheme]) -> list[tuple[Pointer, str]]:
    """Give each entry the id of its list: `<list of lists>-<territory>`, and a number where a territory has several.

    An entry whose address is known keeps its id; one with a new address takes a free one, as a list that has moved.
    Entries with the same address are one, with the certificates of all.
    """
    merged: dict[tuple[str, str], Pointer] = {}
    for one in pointers:
        key = (one.territory.lower(), one.location)
        before = merged.get(key)
        both = one if before is None else replace(before, certificates=before.certificates + one.certificates)
        merged[key] = replace(both, certificates=tuple(dict.fromkeys(both.certificates)))
    ids = {(one.territory.lower(), one.location): id_ for id_, one in known.items()}
    used = {ids[key] for key in merged if key in ids}
    tried: Counter[str] = Counter()
    found = []
    for key, pointer in merged.items():
        id_ = ids.get(key) or _free(f"{scheme.id}-{key[0]}", used, tried)
        used.add(id_)
        found.append((pointer, id_))
    return found


def _free(base: str, used: set[str], tried: Counter[str]) -> str:
    """Return the first id that is free; `tried` says how many of each base were looked at, as none becomes free."""
    while True:
        tried[base] += 1
        name = base if tried[base] == 1 else f"{base}-{tried[base]}"
        if name not in used:
            return name


def _refused(pointer: Pointer, id_: str, taken: set[str], above: Sequence[Scheme]) -> ListProblem | None:
    """Return why an entry is not followed."""
    if not _TERRITORY.fullmatch(pointer.territory):
        return ListProblem("pointer-territory-unclear", f"{pointer.location}: {pointer.territory[:40]!r}")
    if not ID.fullmatch(id_):
        return ListProblem("scheme-id-too-long", f"{pointer.location}: {id_}")
    if id_ in taken:
        return ListProblem("scheme-id-taken", f"a scheme {id_} is kept by hand already")
    if any(one.location and one.location == pointer.location for one in above):
        return ListProblem("pointer-upwards", f"{pointer.location} is a list of lists above")
    if _is_lists(pointer) and len(above) >= MAX_DEPTH:
        return ListProblem("lists-too-deep", f"{pointer.location} is a list of lists, too many levels down")
    return None


def _above(scheme: Scheme, schemes: Sequence[Scheme]) -> list[Scheme]:
    """Return the scheme and those above it."""
    by_id = {one.id: one for one in schemes}
    found, parent = [scheme], by_id.get(scheme.parent)
    while parent is not None and parent not in found:
        found.append(parent)
        parent = by_id.get(parent.parent)
    return found


def _new(id_: str, parent: Scheme) -> Scheme:
    return Scheme(id_, "", "", "", parent.branch, (), parent=parent.id)


def _child(before: Scheme, parent: Scheme, pointer: Pointer) -> Scheme:
    return replace(
        before,
        name=said(pointer.operators) or pointer.territory,
        location=pointer.location,
        territory=pointer.territory,
        branch=parent.branch,
        pins=pointer.certificates,
        kind=(ListKind.LIST_OF_LISTS if _is_lists(pointer) else ListKind.LIST).value,
        refresh=parent.refresh,
        origin=_origin(before, parent),
    )


def _origin(child: Scheme, parent: Scheme) -> Origin:
    """Return where a scheme comes from: its list, or that which points to it while it has none."""
    return parent.origin if child.sequence is None else child.origin
