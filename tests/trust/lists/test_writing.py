from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.trust.lists import builder
from tests.trust.lists.test_sealing import NOW, signer
from verifier.errors import BadRequest
from verifier.snapshot import (
    Anchor,
    AnchorUse,
    Notification,
    NotifiedAuthority,
    Origin,
    Power,
    Scheme,
    ServiceStatus,
    Span,
    Specimen,
    SubjectRule,
    TrustService,
    TrustSnapshot,
)
from verifier.trust.lists.entries import authorities_in
from verifier.trust.lists.inspection import Inspection, inspect
from verifier.trust.lists.model import Service
from verifier.trust.lists.sealing import seal
from verifier.trust.lists.taking import Took, took, with_scheme
from verifier.trust.lists.writing import ENDED, TRUSTED, TYPES, About, list_of
from verifier.trust.register import table_of
from verifier.trust.store import snapshot_of
from verifier.x509 import Certificate

CA = builder.service_ca().der
OTHER_CA = builder.service_ca("Other CA").der
GRANTED = builder.GRANTED
ANCHOR = Anchor(CA, "Gốc & <trust>", frozenset({AnchorUse.SIGNATURE}), branch="foreign")
SERVICE = TrustService(
    id="0" * 16,
    scheme="eu-de",
    territory="DE",
    provider="Provider",
    name="Service",
    certificates=(OTHER_CA,),
    history=(
        ServiceStatus(builder.WITHDRAWN, NOW - timedelta(days=9), builder.CA_QC),
        ServiceStatus(GRANTED, NOW - timedelta(days=99), builder.CA_QC, ("https://example/qualifier",)),
    ),
)
MINISTRY = NotifiedAuthority(
    id="la-mfa",
    country="LA",
    kind="ministry_of_foreign_affairs",
    names=(("lo", "ກະຊວງການຕ່າງປະເທດ"), ("vi", "Bộ Ngoại giao Lào"), ("en", "Ministry of Foreign Affairs")),
    specimens=(
        Specimen("seal-2026", "seal", SubjectRule(certificate_sha256=(Certificate.parse(CA).sha256,)), valid_from=NOW),
        Specimen("person", "signature", SubjectRule(issuer_sha256=("ab" * 32,), common_name=("A B",)), holder="A B"),
    ),
    powers=(Power(),),
    notification=Notification("note_verbale", "12/2026", NOW.date()),
)


def about(**changes: object) -> About:
    return replace(
        About(
            operator=(("vi", "Bộ Ngoại giao"), ("en", "Ministry of Foreign Affairs")),
            scheme=(("en", "Authorities recognised in consular matters"),),
            territory="VN",
            street="1 Ton That Dam",
            locality="Ha Noi",
            postal_code="",
            email="trust@example.vn",
            website="https://trust.example.vn/",
            location="https://trust.example.vn/list.xml",
            sequence=3,
            issued=NOW,
            next_update=NOW + timedelta(days=90),
        ),
        **changes,  # type: ignore[arg-type]
    )


def published(snapshot: TrustSnapshot) -> Inspection:
    key, certificate = signer()
    return inspect(seal(list_of(snapshot, about()), key, certificate, NOW), NOW, (certificate,))


def services_of(found: Inspection) -> tuple[Service, ...]:
    assert found.content is not None
    return found.content.services


def test_a_published_list_is_without_fault() -> None:
    found = published(snapshot_of([ANCHOR], services=[SERVICE], authorities=[MINISTRY]))

    assert found.problems == ()
    assert (found.signature.state, found.signature.pinned) == ("intact", True)
    assert found.content is not None
    assert (found.content.version, found.content.territory, found.content.sequence) == ("6", "VN", "3")


def test_an_anchor_is_a_service_for_each_use_with_its_stretches() -> None:
    ended = replace(ANCHOR, uses=frozenset(AnchorUse), trusted_until=NOW, spans=(Span(None, NOW),))

    services = services_of(published(snapshot_of([ended])))

    start = Certificate.parse(CA).not_before
    assert {one.states[0].service_type for one in services} == set(TYPES.values())
    for one in services:
        assert one.states[0].identity.certificates == (CA,)
        assert [(state.status, state.since) for state in one.states] == [(ENDED, NOW), (TRUSTED, start)]


def test_a_followed_service_keeps_its_history() -> None:
    (service,) = services_of(published(snapshot_of([], services=[SERVICE])))

    told = [(state.status, state.since, state.service_type) for state in service.states]
    assert told == [(one.status, one.since, one.service_type) for one in SERVICE.history]
    assert service.states[1].extensions[0].values == SERVICE.history[1].qualifiers


def test_an_anchor_of_a_followed_service_is_written_once() -> None:
    derived = replace(ANCHOR, certificate=OTHER_CA, service=SERVICE.id)

    assert len(services_of(published(snapshot_of([derived], services=[SERVICE])))) == 1


def test_authorities_come_back_as_they_were() -> None:
    found = published(snapshot_of([ANCHOR], authorities=[MINISTRY]))
    origin = Origin("list", scheme="friends")

    assert found.content is not None
    assert authorities_in(found.content.entries, origin) == (replace(MINISTRY, origin=origin),)


def brought(*, allowed: bool, anchor: Anchor = ANCHOR, authority: NotifiedAuthority = MINISTRY) -> Took:
    key, certificate = signer()
    sealed = seal(list_of(snapshot_of([anchor], authorities=[authority]), about()), key, certificate, NOW)
    scheme = Scheme("friends", "Friends", "", "VN", "foreign", (certificate,), brings_authorities=allowed)
    return took(with_scheme(snapshot_of([]), scheme), "friends", sealed, NOW)


def test_what_is_published_is_taken_over_elsewhere() -> None:
    there = brought(allowed=True).snapshot

    assert [(one.certificate, one.uses, one.trusted_until) for one in there.anchors] == [(CA, ANCHOR.uses, None)]
    assert [one.id for one in there.authorities] == ["la-mfa"]
    assert there.authorities[0].origin.scheme == "friends"
    assert there.authorities[0].specimens == MINISTRY.specimens


@pytest.mark.parametrize(("allowed", "branch"), [(True, "vn-government"), (False, "foreign")])
def test_the_branch_of_an_anchor_travels_where_authorities_may(*, allowed: bool, branch: str) -> None:
    there = brought(allowed=allowed, anchor=replace(ANCHOR, branch="vn-government")).snapshot

    assert [one.branch for one in there.anchors] == [branch]


def test_specimens_without_a_certificate_are_no_cause_for_worry() -> None:
    person = MINISTRY.specimens[1:]
    ended = replace(MINISTRY, specimens=person, valid_until=NOW - timedelta(days=1), valid_from=NOW - timedelta(days=9))

    assert brought(allowed=True, authority=ended).problems == ()


def test_a_list_brings_authorities_only_where_its_scheme_may() -> None:
    done = brought(allowed=False)

    assert done.snapshot.authorities == ()
    assert "authorities-not-taken" in {one.code for one in done.problems}


def test_a_list_does_not_bring_an_authority_that_is_known_from_elsewhere() -> None:
    key, certificate = signer()
    sealed = seal(list_of(snapshot_of([ANCHOR], authorities=[MINISTRY]), about()), key, certificate, NOW)
    scheme = Scheme("friends", "Friends", "", "VN", "foreign", (certificate,), brings_authorities=True)
    here = with_scheme(snapshot_of([], authorities=[MINISTRY]), scheme)

    with pytest.raises(BadRequest) as refused:
        took(here, "friends", sealed, NOW)

    assert refused.value.problem.code == "authority-twice"


@pytest.mark.parametrize("broken", ["{", "[1]", '"text"', "[" * 100_000], ids=["open", "list", "text", "deep"])
def test_a_broken_entry_refuses_the_list(broken: str) -> None:
    with pytest.raises(BadRequest) as refused:
        authorities_in([json.dumps(table_of(MINISTRY)), broken])

    assert refused.value.problem.code == "list-entry-broken"


def test_an_entry_that_breaks_the_rules_of_the_register_refuses_the_list() -> None:
    with pytest.raises(BadRequest):
        authorities_in([json.dumps(table_of(MINISTRY) | {"country": "QQ"})])


# --- what a list of another state may say -----------------------------------------------------------------------------


def from_abroad(*authorities: NotifiedAuthority, anchor: Anchor = ANCHOR, territory: str = "LA") -> Took:
    key, certificate = signer()
    told = list_of(snapshot_of([anchor], authorities=authorities), about(territory=territory))
    scheme = Scheme("la", "Laos", "", territory, "foreign", (certificate,), brings_authorities=True)
    return took(with_scheme(snapshot_of([]), scheme), "la", seal(told, key, certificate, NOW), NOW)


def test_a_list_of_another_state_brings_its_own_authorities_as_known_by_a_list() -> None:
    (one,) = from_abroad(MINISTRY).snapshot.authorities

    assert (one.id, one.notification.channel, one.notification.number) == ("la-mfa", "list", "12/2026")
    assert {specimen.rule.branch for specimen in one.specimens} == {("foreign",)}


@pytest.mark.parametrize(
    "other",
    [
        replace(MINISTRY, country="VN"),
        replace(MINISTRY, country="TH"),
        replace(
            MINISTRY,
            specimens=(
                replace(MINISTRY.specimens[0], rule=SubjectRule(branch=("vn-government",), organization=("Bộ Y",))),
            ),
        ),
    ],
    ids=["ours", "of-a-third-state", "claims-our-branch"],
)
def test_a_list_of_another_state_brings_nobody_else(other: NotifiedAuthority) -> None:
    done = from_abroad(MINISTRY, replace(other, id="x", names=(("en", "X"),)))

    assert [one.id for one in done.snapshot.authorities] == ["la-mfa"]
    assert "authorities-of-others" in {one.code for one in done.problems}


def test_a_list_of_another_state_puts_nobody_under_our_law() -> None:
    done = from_abroad(anchor=replace(ANCHOR, branch="vn-government"))

    assert [one.branch for one in done.snapshot.anchors] == ["foreign"]
