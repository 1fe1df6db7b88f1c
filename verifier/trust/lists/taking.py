"""Taking a list over: what a trusted list makes of a snapshot; pure, and fail closed wherever a list is unclear."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from verifier.countries import VIET_NAM
from verifier.errors import BadRequest
from verifier.snapshot import (
    Anchor,
    AnchorUse,
    Branch,
    NotifiedAuthority,
    Origin,
    Scheme,
    ServiceStatus,
    Span,
    TrustService,
    TrustSnapshot,
)
from verifier.trust.lists.checking import CLOSED, checked, fingerprint
from verifier.trust.lists.entries import as_its_state_may_say, authorities_in
from verifier.trust.lists.following import after_pivots, follow, said
from verifier.trust.lists.history import cut_spans, doubts, trusted_spans
from verifier.trust.lists.inspection import Inspection
from verifier.trust.lists.meanings import meanings
from verifier.trust.lists.model import BRANCH, ListKind, ListProblem, Provider, Service, ServiceState, TrustedList
from verifier.trust.lists.values import Notebook
from verifier.trust.matching import state_of
from verifier.trust.register import check_register
from verifier.trust.snapshots import snapshot_of


@dataclass(frozen=True)
class Taken:
    """What one accepted list stands for."""

    scheme: Scheme
    """With the particulars of the list in use."""
    services: tuple[TrustService, ...]
    anchors: tuple[Anchor, ...]
    problems: tuple[ListProblem, ...]
    """What gives no trust, and why."""
    authorities: tuple[NotifiedAuthority, ...] = ()
    """Those that the list brings along, where its scheme is allowed to."""


@dataclass(frozen=True)
class Took:
    """What taking a list over did."""

    snapshot: TrustSnapshot
    origin: Origin
    """Of the list."""
    inspection: Inspection
    problems: tuple[ListProblem, ...]
    """Of the list, of its services and of the lists it points to; none of them refuses the list."""


def take(
    snapshot: TrustSnapshot,
    scheme_id: str,
    data: bytes,
    at: datetime,
    by: str = "",
    approved_by: str = "",
    *,
    pivots: Sequence[bytes] = (),
) -> TrustSnapshot:
    """Return the snapshot with a list taken over at the instant `at`: services and anchors of its scheme replaced.

    `pivots`: lists of lists that announce the certificates with which this one is signed. BadRequest `scheme-unknown`,
    `pivot-broken` and those of `checking.checked`.
    """
    return took(snapshot, scheme_id, data, at, by, approved_by, pivots=pivots).snapshot


def took(
    snapshot: TrustSnapshot,
    scheme_id: str,
    data: bytes,
    at: datetime,
    by: str = "",
    approved_by: str = "",
    *,
    pivots: Sequence[bytes] = (),
    came_at: datetime | None = None,
) -> Took:
    """Do what `take` does, and tell what is to be said about it.

    `came_at`: when the list came, for the record, where it is judged as if it were another instant.
    """
    scheme = scheme_of(snapshot, scheme_id)
    scheme = after_pivots(scheme, [one for one in pivots if one != data], at)
    inspection = checked(data, scheme, at)
    content = inspection.content
    if content is None:  # refused above
        raise BadRequest("not-a-list", "nothing could be read", scheme=scheme_id)
    origin = Origin(
        kind="list",
        name=scheme.location or scheme.name,
        scheme=scheme.id,
        sequence=content.number,
        sha256=fingerprint(data),
        issued=content.issued,
        next_update=content.next_update,
        came_at=(came_at or at).astimezone(UTC),
        by=by,
        approved_by=approved_by,
    )
    new = taken(scheme, content, origin)
    problems = inspection.problems + new.problems
    changed = _replaced(snapshot, new)
    if content.kind is ListKind.LIST_OF_LISTS:
        changed, more = _followed(changed, new.scheme, content)
        problems += more
    return Took(_arranged(changed), origin, inspection, problems)


def taken(scheme: Scheme, content: TrustedList, origin: Origin, until: datetime | None = None) -> Taken:
    """Return what the list stands for; it was checked before. Trust ends at `until`, where that is given.

    Of a closed list (NextUpdate null) trust ends when it was issued: nobody will tell anything more of its services.
    """
    if any(problem.code == CLOSED for problem in content.problems):
        until = min(until, content.issued) if until and content.issued else content.issued
    notes = Notebook()
    services: list[TrustService] = []
    anchors: list[Anchor] = []
    seen: Counter[str] = Counter()
    for provider, service in _services(content):
        told = _trust_service(scheme, provider, service, origin, seen)
        services.append(told)
        for doubt in doubts(service, meanings(), content.issued):
            notes.note(doubt.code, f"{told.name or told.id}: {doubt.detail}")
        anchors += _anchors(told, service, scheme, until)
    used = replace(
        scheme,
        sequence=origin.sequence,
        sha256=origin.sha256,
        issued=origin.issued,
        next_update=origin.next_update,
        origin=origin,
    )
    authorities = _authorities(scheme, content, origin, notes)
    if content.entries and not scheme.brings_authorities:
        notes.note("authorities-not-taken", f"{len(content.entries)} register entries stand in it and are left out")
    return Taken(used, tuple(services), tuple(anchors), notes.problems(), authorities)


def _authorities(
    scheme: Scheme, content: TrustedList, origin: Origin, notes: Notebook
) -> tuple[NotifiedAuthority, ...]:
    """Return what the list says of authorities, as far as it is for its state to say; the rest is noted."""
    if not scheme.brings_authorities:
        return ()
    found = authorities_in(content.entries, origin)
    kept = tuple(one for told in found if (one := as_its_state_may_say(told, scheme)))
    if left := len(found) - len(kept):
        notes.note("authorities-of-others", f"{left} register entries are not for {scheme.territory} to make")
    return kept


def scheme_of(snapshot: TrustSnapshot, scheme_id: str) -> Scheme:
    """Return a scheme of the snapshot; BadRequest `scheme-unknown`."""
    for scheme in snapshot.schemes:
        if scheme.id == scheme_id:
            return scheme
    raise BadRequest("scheme-unknown", f"no scheme has the id {scheme_id!r}", scheme=scheme_id)


def with_scheme(snapshot: TrustSnapshot, scheme: Scheme) -> TrustSnapshot:
    """Return the snapshot with this scheme, in place of one with its id; its services stay."""
    others = (one for one in snapshot.schemes if one.id != scheme.id)
    return _arranged(replace(snapshot, schemes=(*others, scheme)))


def ended(anchors: Iterable[Anchor], until: datetime) -> Iterator[Anchor]:
    """Yield the anchors with trust that ends at an instant at the latest; those without any before it are left out."""
    for anchor in anchors:
        if spans := cut_spans(anchor.spans, until):
            yield replace(anchor, spans=spans, trusted_until=spans[-1].end)


# --- the snapshot ----------------------------------------------------------------------------------------------------


def _replaced(snapshot: TrustSnapshot, new: Taken) -> TrustSnapshot:
    id_ = new.scheme.id
    return replace(
        snapshot,
        anchors=(*(one for one in snapshot.anchors if one.origin.scheme != id_ or not one.service), *new.anchors),
        schemes=(*(one for one in snapshot.schemes if one.id != id_), new.scheme),
        services=(*(one for one in snapshot.services if one.scheme != id_), *new.services),
        authorities=_registered(snapshot.authorities, new),
    )


def _registered(known: Iterable[NotifiedAuthority], new: Taken) -> tuple[NotifiedAuthority, ...]:
    """Return the register with the authorities of a list in place of those that it brought before."""
    found = (*(one for one in known if one.origin.scheme != new.scheme.id), *new.authorities)
    if new.authorities:
        check_register(found)
    return found


def _followed(
    snapshot: TrustSnapshot, scheme: Scheme, content: TrustedList
) -> tuple[TrustSnapshot, tuple[ListProblem, ...]]:
    """Bring the schemes below a list of lists up to date.

    Nobody vouches any more for a list that is no longer pointed to. Its scheme stays, so that it can be seen, without
    certificates, so that no list comes for it; trust in its services ends when the list of lists was issued. What was
    signed before is judged as ever. Pointed to again, it is trusted from the next time its list is taken over, be it
    the same one: for that its `sha256` is empty.
    """
    told = follow(scheme, content, snapshot.schemes)
    gone = tuple(replace(one, sha256="") for one in told.gone)
    changed = {one.id: one for one in (replace(scheme, pins=told.pins), *told.children, *gone)}
    below = _below({one.id for one in gone}, snapshot.schemes)
    anchors: list[Anchor] = [one for one in snapshot.anchors if not one.service or one.origin.scheme not in below]
    if content.issued is not None:
        anchors += ended(
            (one for one in snapshot.anchors if one.service and one.origin.scheme in below), content.issued
        )
    others = [
        replace(one, pins=(), sha256="") if one.id in below else one
        for one in snapshot.schemes
        if one.id not in changed
    ]
    return replace(snapshot, anchors=tuple(anchors), schemes=(*others, *changed.values())), told.problems


def _below(ids: set[str], schemes: Iterable[Scheme]) -> set[str]:
    """Return these ids and those of all schemes below them."""
    found, before = set(ids), -1
    while len(found) != before:
        before = len(found)
        found |= {one.id for one in schemes if one.parent in found}
    return found


def _arranged(snapshot: TrustSnapshot) -> TrustSnapshot:
    """Return a snapshot that was put together here, with its id."""
    return snapshot_of(
        snapshot.anchors,
        snapshot.intermediates,
        snapshot.suites,
        snapshot.schemes,
        snapshot.services,
        snapshot.authorities,
    )


# --- services and anchors --------------------------------------------------------------------------------------------


def _services(content: TrustedList) -> Iterator[tuple[Provider, Service]]:
    return ((provider, service) for provider in content.providers for service in provider.services)


def _trust_service(
    scheme: Scheme, provider: Provider, service: Service, origin: Origin, seen: Counter[str]
) -> TrustService:
    """Return the record of a service; `seen` counts those that say the same of themselves, which keeps ids apart."""
    present = service.states[0]
    identity, provider_name, name = present.identity, said(provider.names), said(present.names)
    parts = [scheme.id, provider_name, name, present.service_type, *identity.subjects]
    parts += sorted(hashlib.sha256(der).hexdigest() for der in identity.certificates)
    parts += sorted(key.hex() for key in identity.key_ids)
    base = "\0".join(parts)
    seen[base] += 1
    numbered = base if seen[base] == 1 else f"{base}\0{seen[base]}"
    return TrustService(
        id=hashlib.sha256(numbered.encode()).hexdigest()[:16],
        scheme=scheme.id,
        territory=scheme.territory,
        provider=provider_name,
        name=name,
        certificates=identity.certificates,
        history=tuple(map(_status, service.states)),
        key_ids=identity.key_ids,
        subjects=identity.subjects,
        origin=origin,
    )


def _status(state: ServiceState) -> ServiceStatus:
    qualifiers = tuple(dict.fromkeys(value for one in state.extensions for value in one.values))
    return ServiceStatus(state.status, state.since, state.service_type, qualifiers)


def _anchors(told: TrustService, service: Service, scheme: Scheme, until: datetime | None) -> Iterator[Anchor]:
    """Yield the anchors of a service: one for each certificate, or several where uses have other stretches of trust."""
    for der in told.certificates:
        uses: dict[tuple[Span, ...], set[AnchorUse]] = {}
        for use, spans in trusted_spans(service, der, meanings(), until).items():
            uses.setdefault(spans, set()).add(use)
        for spans, group in uses.items():
            yield Anchor(
                certificate=der,
                name=told.name,
                uses=frozenset(group),
                trusted_until=spans[-1].end,
                branch=_branch(scheme, told),
                source=scheme.name,
                spans=spans,
                service=told.id,
                origin=told.origin,
            )


def _branch(scheme: Scheme, service: TrustService) -> str:
    """Return whose rules a service falls under: its scheme's, or, in a Vietnamese list of our own form, what it says.

    A list of another state does not put anybody under Vietnamese law.
    """
    said_so = {one.removeprefix(BRANCH) for one in service.history[0].qualifiers if one.startswith(BRANCH)}
    known = said_so & set(Branch)
    own_form = scheme.brings_authorities and state_of(scheme.territory) == VIET_NAM
    return known.pop() if own_form and len(said_so) == len(known) == 1 else scheme.branch
