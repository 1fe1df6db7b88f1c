"""From the status history of a service to the stretches of time in which it is trusted; whatever is unclear gives none.

A status holds from its start until the next one starts (ETSI TS 119 612 5.5.5, 5.6). No trust:
* where the present status begins at no clear instant: from the start of the latest clear one on;
* where an earlier status begins at no clear instant: before the start of the present one, as it may lie anywhere there;
* where an earlier status begins after the present one: from the start of the present one on, as both cannot be true;
* where a status speaks of another certificate, or does not say of which.

Of statuses that begin at the same instant the first one counts, the later one: lists name the latest first, and
published ones do have statuses that held for no time. So does `Service.state_at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import groupby, pairwise

from verifier.snapshot import AnchorUse, Span
from verifier.trust.lists.meanings import Meanings, not_understood
from verifier.trust.lists.model import Identity, ListProblem, Service, ServiceState
from verifier.x509 import Certificate


def trusted_spans(
    service: Service, certificate: bytes, meanings: Meanings, until: datetime | None = None
) -> Mapping[AnchorUse, tuple[Span, ...]]:
    """Return for each use when a certificate (DER) is trusted for it; in order, apart from each other, none empty.

    `until`: the first instant from which the list as a whole says nothing more; None where it goes on.
    """
    stretches = _stretches(service) if usable(certificate) else []
    found: dict[AnchorUse, tuple[Span, ...]] = {}
    for use in AnchorUse:
        held = [
            span for span, state in stretches if use in meanings.uses(state) and speaks_of(state.identity, certificate)
        ]
        if joined := _joined(span for span in (_cut(one, until) for one in held) if span is not None):
            found[use] = joined
    return found


def doubts(service: Service, meanings: Meanings, issued: datetime | None) -> Iterator[ListProblem]:
    """Yield what is unclear about a service, and so gives no trust; also what is yet to come."""
    for state in service.states:
        yield from _doubts_on_state(state, meanings, issued)
    yield from _doubts_on_time(service)
    present, *past = service.states
    certificates = present.identity.certificates
    if not all(map(usable, certificates)):
        yield ListProblem("certificate-unusable", "a certificate is too odd to be used, and gives no anchor")
    if certificates and not all(any(speaks_of(state.identity, one) for one in certificates) for state in past):
        yield ListProblem(
            "identity-changed", "an earlier status speaks of another certificate, or does not say of which"
        )
    if not certificates and any(map(meanings.uses, service.states)):
        yield ListProblem(
            "service-without-certificate", "a service is named without a certificate, and gives no anchor"
        )


def _doubts_on_state(state: ServiceState, meanings: Meanings, issued: datetime | None) -> Iterator[ListProblem]:
    if state.status not in meanings.statuses:
        yield ListProblem("status-unknown", state.status)
    if state.service_type not in meanings.types:
        yield ListProblem("service-type-unknown", state.service_type)
    if not_understood(state):
        yield ListProblem("critical-extension-gives-no-trust", state.status)
    if issued and state.since and state.since > issued:
        yield ListProblem("status-to-come", f"a status begins on {state.since:%Y-%m-%d}, after the list was issued")


def _doubts_on_time(service: Service) -> Iterator[ListProblem]:
    present, *past = service.states
    if any(state.since is None for state in service.states):
        yield ListProblem("history-unclear", "a status begins at no clear instant")
    starts = [state.since for state in service.states if state.since]
    if present.since and any(state.since and state.since > present.since for state in past):
        yield ListProblem("history-contradictory", "an earlier status begins after the present one")
    if len(set(starts)) < len(starts):
        yield ListProblem("history-doubled", "two statuses begin at the same instant; the first one counts")


def speaks_of(identity: Identity, certificate: bytes) -> bool:
    """Whether an identity is that of a certificate: it holds it, or one of the same name and key, else its key's id.

    A name alone is not enough: names are written in many ways, and two keys may share one (clause 5.5.3).
    """
    if identity.certificates:
        return certificate in identity.certificates or any(
            _entity(one) == _entity(certificate) for one in identity.certificates
        )
    return bool(identity.key_ids) and any(key in identity.key_ids for key in _key_ids(certificate))


def _stretches(service: Service) -> list[tuple[Span, ServiceState]]:
    """Return which state holds when, where that is clear."""
    present, *past = service.states
    dated = sorted((state for state in service.states if state.since), key=_start)
    if present.since is None:
        end = dated[-1].since if dated else None
    else:
        end = present.since if any(state.since and state.since > present.since for state in past) else None
    begin = present.since if any(state.since is None for state in past) else None
    if present.since is None and (not dated or len(dated) < len(past)):
        return []
    held = [next(group) for _, group in groupby(dated, key=_start)]
    bounds = [(state.since, after.since) for state, after in pairwise(held)] + [(held[-1].since, None)]
    found = []
    for (start, after), state in zip(bounds, held, strict=True):
        span = _cut(Span(start, after), end)
        if span is not None and start is not None and (begin is None or start >= begin):
            found.append((span, state))
    return found


def _start(state: ServiceState) -> float:
    return state.since.timestamp() if state.since else 0.0


def _cut(span: Span, until: datetime | None) -> Span | None:
    """Return what of a stretch lies before an instant; None for nothing."""
    if until is None:
        return span
    if span.start is not None and span.start >= until:
        return None
    return Span(span.start, until if span.end is None else min(span.end, until))


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join stretches of which one begins where the other ends."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].end == span.start:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return tuple(found)


def cut_spans(spans: Iterable[Span], until: datetime) -> tuple[Span, ...]:
    """Return what of these stretches lies before an instant."""
    return tuple(span for span in (_cut(one, until) for one in spans) if span is not None)


@lru_cache(maxsize=8192)
def _entity(der: bytes) -> tuple[str, bytes]:
    """Name and key of a certificate; the certificate itself where it cannot be used."""
    certificate = usable(der)
    return ("", der) if certificate is None else (certificate.subject_key, certificate.public_key)


@lru_cache(maxsize=8192)
def _key_ids(der: bytes) -> tuple[bytes, ...]:
    """Key identifiers of a certificate: the one it names, and the SHA-1 of its key (RFC 5280 4.2.1.2, method 1)."""
    certificate = usable(der)
    if certificate is None:
        return ()
    return (*filter(None, (certificate.key_identifier,)), bytes(certificate.asn1.public_key.sha1))


def usable(der: bytes) -> Certificate | None:
    """Return a certificate that judging can use; None where it is too odd for that, and so gives no anchor."""
    try:
        return Certificate.parse(der)
    except ValueError:
        return None
