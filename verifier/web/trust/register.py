"""The routes on the register of authorities: the list with its search, one entry, and a signature held beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, request, url_for

from verifier.errors import BadRequest
from verifier.plain import visible
from verifier.snapshot import Notification, NotifiedAuthority, Specimen, SubjectRule
from verifier.trust.folding import folded, same
from verifier.web.access import caller, offered
from verifier.web.chrome import forward, page, say, words
from verifier.web.public.owner import owner
from verifier.web.public.services import service
from verifier.web.refusals import hide
from verifier.web.trust.authority_form import KIND_CODES
from verifier.web.trust.base import blueprint, desk, how, may_propose, told
from verifier.web.trust.entry_history import steps_of

MOST = 200
"""Authorities on one page; a search finds the others."""

RECENT = 50
"""Validations among which one is chosen to be held beside an entry."""


@dataclass(frozen=True)
class Row:
    """One line of a comparison."""

    name: str
    register: str
    certificate: str
    look: str
    word: str


@blueprint.get("/authorities")
@hide
def authorities() -> Response:
    """List the register: by name, country and kind, and whether an entry is still in force."""
    snapshot, now = desk().keeper.snapshot(), desk().clock.now()
    asked = {name: request.args.get(name, "").strip() for name in ("name", "country", "kind", "state")}
    found = [one for one in snapshot.authorities if _fits(one, asked, now)]
    found.sort(key=lambda one: one.name(words().lang).casefold())
    return page(
        "trust/authorities.html",
        found=[(one, in_force(one, now)) for one in found[:MOST]],
        count=len(found),
        asked=asked,
        countries=sorted({one.country for one in snapshot.authorities}),
        kinds=[(one, say(f"trust-authority-kind-{one}")) for one in KIND_CODES],
        kind_name=kind_name,
        span=span,
        most=MOST,
        may_propose=may_propose(),
    )


@blueprint.get("/authorities/<entry>")
@hide
def authority(entry: str) -> Response:
    """Show one entry with its names, powers and specimens, and how it changed."""
    found, now = _entry(entry), desk().clock.now()
    return page(
        "trust/authority.html",
        entry=found,
        in_force=in_force(found, now),
        specimens=[(one, tuple(rule_of(one.rule)), in_force(one, now)) for one in found.specimens],
        kind_name=kind_name,
        notified=notified,
        span=span,
        may_propose=may_propose(),
        recent=_recent() if offered("trust.compare") and found.specimens else (),
        steps=steps_of(found.id),
        how=how,
    )


@blueprint.get("/authorities/<entry>/compare")
@hide
def choose_signature(entry: str) -> Response:
    """Lead to the signature that was chosen on the entry's page."""
    _entry(entry)
    try:
        wanted = UUID(request.args.get("validation", ""))
    except ValueError:
        raise BadRequest("not-found") from None
    number = request.args.get("number", 1, type=int)
    return forward(url_for(".compare", entry=entry, validation=wanted, number=max(1, min(number, MOST))))


@blueprint.get("/authorities/<entry>/compare/<uuid:validation>/<int:number>")
@hide
def compare(entry: str, validation: UUID, number: int) -> Response:
    """Show the entry beside the certificate of a signature, row by row (specimen view)."""
    found = _entry(entry)
    kept = service().read(str(validation), owner())
    signatures = (kept.report or {}).get("signatures", []) if kept and kept.report_text else []
    if kept is None or not 0 < number <= len(signatures):
        raise BadRequest("not-found")
    signature = signatures[number - 1]
    parts = [(one, tuple(compared(one, signature))) for one in found.specimens]
    return page("trust/compare.html", entry=found, parts=parts, kept=kept, number=number, notified=notified, span=span)


def in_force(one: NotifiedAuthority | Specimen, now: datetime) -> bool:
    """Tell whether an entry holds now."""
    return (one.valid_from is None or one.valid_from <= now) and (one.valid_until is None or now < one.valid_until)


def kind_name(kind: str) -> str:
    """Name a kind of authority."""
    return told(f"trust-authority-kind-{kind}", kind)


def span(first: datetime | None, end: datetime | None) -> str:
    """Write a stretch of time in words."""
    begins, ends = (one and _day(one) for one in (first, end))
    if begins and ends:
        return say("trust-span-both", first=begins, end=ends)
    if begins or ends:
        return say("trust-span-from", first=begins) if begins else say("trust-span-until", end=ends)
    return say("trust-span-always")


def notified(one: Notification) -> str:
    """Say how something became known."""
    channel = told(f"trust-channel-{one.channel}", one.channel) if one.channel else ""
    parts = (channel, visible(one.number), words().date(one.dated) if one.dated else "", visible(one.note))
    return ", ".join(part for part in parts if part) or say("trust-not-told")


def rule_of(rule: SubjectRule) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the parts of a rule that are given: code, name, values."""
    for one in fields(rule):
        if values := getattr(rule, one.name):
            yield one.name, say(f"trust-rule-{one.name}"), values


def compared(specimen: Specimen, signature: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of one specimen beside a signature of a report: fits, differs, or is not told."""
    signer: Mapping[str, Any] = signature.get("signer") or {}
    for name in ("country", "organization", "common_name"):
        yield _row(say(f"trust-rule-{name}"), getattr(specimen.rule, name), str(signer.get(name) or ""))
    if specimen.holder:
        yield _row(say("trust-specimen-holder"), (specimen.holder,), str(signer.get("common_name") or ""))
    yield _time_row(specimen, signature)


def _recent() -> list[tuple[str, str]]:
    """The newest validations of the caller's authority that were judged, for a choice."""
    found = service().of_authority(caller().scope, RECENT)
    return [(str(one.id), f"{one.file_name}, {words().when(one.received_at)}") for one in found if one.conclusion]


def _row(name: str, wanted: Sequence[str], found: str) -> Row:
    register = "; ".join(map(visible, wanted))
    if not wanted or not found:
        return Row(name, register, visible(found), "none", say("trust-compare-none"))
    return Row(name, register, visible(found), *_look(fits=any(same(one, found) for one in wanted)))


def _time_row(specimen: Specimen, signature: Mapping[str, Any]) -> Row:
    name, register = say("trust-compare-time"), span(specimen.valid_from, specimen.valid_until)
    at = str(signature.get("best_signature_time") or signature.get("claimed_signing_time") or "")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        return Row(name, register, "", "none", say("trust-compare-none"))
    return Row(name, register, words().when(instant), *_look(fits=in_force(specimen, instant)))


def _look(*, fits: bool) -> tuple[str, str]:
    return ("ok", say("trust-compare-fits")) if fits else ("bad", say("trust-compare-differs"))


def _entry(id_: str) -> NotifiedAuthority:
    found = next((one for one in desk().keeper.snapshot().authorities if one.id == id_), None)
    if found is None:
        raise BadRequest("not-found")
    return found


def _fits(one: NotifiedAuthority, asked: Mapping[str, str], now: datetime) -> bool:
    names = " ".join([one.id, *(name for _, name in one.names)])
    return (
        folded(asked["name"]) in folded(names)
        and asked["country"] in ("", one.country)
        and asked["kind"] in ("", one.kind)
        and (asked["state"] not in ("now", "over") or in_force(one, now) == (asked["state"] == "now"))
    )


def _day(one: date) -> str:
    return words().date(one.astimezone(words().zone) if isinstance(one, datetime) else one)
