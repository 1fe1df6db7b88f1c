"""Anchors whose trust has a history: the status at the time of signing counts, not today's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.judge.rows.parts import (
    ARCHIVED,
    OLD,
    STAMPED,
    archived,
    around,
    case,
    leaf_crl,
    old_crl,
    stamped,
    unstamped,
)
from tests.judge.rows.table import Case, situation
from tests.pki import Draft, Identity, Revoked, World, day, issue, make_crl, world
from tests.pki.world import TSA, TSA2
from verifier.snapshot import Anchor, Span

YEARS_LATER = day(2028)
HOLE = (Span(None, day(2022)), Span(day(2024), None))
LATE = (Span(day(2022), None),)
TWICE_ENDED = (Span(None, day(2022)), Span(day(2023), day(2025)))


def _with(sound: Case, anchors: tuple[Anchor, ...]) -> Case:
    """The same, where `anchors` stand in place of those with the same certificates."""
    replaced = {anchor.certificate for anchor in anchors}
    kept = tuple(one for one in sound.evidence.trust.anchors if one.certificate not in replaced)
    trust = replace(sound.evidence.trust, id="0" * 64, anchors=(*kept, *anchors))
    return Case(sound.document, replace(sound.evidence, trust=trust))


def _anchor(identity: Identity, spans: tuple[Span, ...], until: datetime | None = None) -> Anchor:
    return Anchor(identity.der, "Listed", trusted_until=spans[-1].end if spans else until, spans=spans)


def _signed(at: datetime, spans: tuple[Span, ...]) -> Case:
    """Signed and stamped at `at`, under a root with this history."""
    here = world()
    return _with(case(stamped(here, at), leaf_crl(here), *around(here)), (_anchor(here.root, spans),))


def _kept(draft: Draft, at: datetime) -> Draft:
    """Archive a month later, with lists of the day after that stay current for long."""
    here = draft.world
    lists = here.signer_crls(day(at.year, at.month, at.day + 1), YEARS_LATER)
    return draft.dss(lists).document_stamp(day(at.year, at.month + 1))


@situation
def hole_stamped_before() -> Case:
    return _signed(STAMPED, HOLE)


@situation
def hole_stamped_within() -> Case:
    return _signed(day(2023), HOLE)


@situation
def hole_stamped_within_archived() -> Case:
    here = world()
    draft = _kept(stamped(here, day(2023)), day(2023))
    return _with(case(draft, leaf_crl(here), *around(here)), (_anchor(here.root, HOLE),))


@situation
def hole_cured_by_older_stamp() -> Case:
    here = world(tsa=TSA.but(not_after=day(2024)))
    stamps = (here.stamp(STAMPED), here.stamp(day(2023), tsa=here.tsa2))
    draft = Draft(here).sign(STAMPED, here.cms(stamps=stamps))
    draft.dss((*here.tsa_crls(day(2023, 2), YEARS_LATER), *here.signer_crls(day(2023, 2), YEARS_LATER)))
    draft.document_stamp(day(2023, 3), tsa=here.tsa2)
    return _with(case(draft, leaf_crl(here), *around(here)), (_anchor(here.root, HOLE),))


@situation
def trusted_later() -> Case:
    return _signed(STAMPED, LATE)


@situation
def trusted_later_stamped_since() -> Case:
    return _signed(day(2023), LATE)


@situation
def trusted_later_archived_before() -> Case:
    here = world()
    draft = archived(unstamped(here), leaf_crl(here, at=OLD, until=YEARS_LATER))
    return _with(case(draft, leaf_crl(here), *around(here)), (_anchor(here.root, LATE),))


@situation
def not_trusted_yet() -> Case:
    here = world()
    return _with(case(unstamped(here), leaf_crl(here), *around(here)), (_anchor(here.root, (Span(day(2030), None),)),))


@situation
def ended_twice_archived_in_first() -> Case:
    here = world()
    draft = archived(stamped(here, STAMPED), old_crl(here), make_crl(here.root, OLD, YEARS_LATER))
    return _with(case(draft, leaf_crl(here), *around(here)), (_anchor(here.root, TWICE_ENDED),))


@situation
def ended_twice_archived_between() -> Case:
    here = world()
    draft = _kept(stamped(here, day(2022, 6)), day(2022, 6))
    return _with(case(draft, leaf_crl(here), *around(here)), (_anchor(here.root, TWICE_ENDED),))


@situation
def ended_twice_proved_between() -> Case:
    here = world()
    draft = _kept(unstamped(here), day(2022, 6))
    return _with(case(draft, leaf_crl(here), *around(here)), (_anchor(here.root, TWICE_ENDED),))


@situation
def two_lists_one_withdrawn() -> Case:
    here = world()
    both = (_anchor(here.root, (), day(2020)), _anchor(here.root, ()))
    return _with(case(stamped(here, STAMPED), leaf_crl(here), *around(here)), both)


@situation
def two_lists_one_after_the_other() -> Case:
    here = world()
    both = (_anchor(here.root, (HOLE[1],)), _anchor(here.root, (HOLE[0],)))
    return _with(case(stamped(here, STAMPED), leaf_crl(here), *around(here)), both)


@situation
def two_lists_neither_then() -> Case:
    here = world()
    both = (_anchor(here.root, (HOLE[1],)), _anchor(here.root, (HOLE[0],)))
    return _with(case(stamped(here, day(2023)), leaf_crl(here), *around(here)), both)


@situation
def listed_ca_under_trusted_root() -> Case:
    here = world()
    return _with(
        case(stamped(here, day(2023)), leaf_crl(here), *around(here)),
        (_anchor(here.ca, HOLE), _anchor(here.root, ())),
    )


@situation
def listed_ca_ended_and_root_since() -> Case:
    here = world()
    draft = archived(stamped(here, STAMPED), old_crl(here))
    since = (Span(day(2023), day(2025)),)
    return _with(
        case(draft, leaf_crl(here), *around(here)),
        (_anchor(here.root, since), _anchor(here.ca, (Span(None, day(2022)),))),
    )


@situation
def listed_ca_ended_before_its_root() -> Case:
    here = world()
    anchors = (_anchor(here.ca, (), day(2022)), _anchor(here.root, (), day(2025)))
    draft = stamped(here, STAMPED).dss(here.signer_crls(day(2023), YEARS_LATER)).document_stamp(day(2023, 7))
    return _with(case(draft, leaf_crl(here), *around(here)), anchors)


@situation
def two_lists_both_ended() -> Case:
    here = world()
    anchors = (_anchor(here.root, (), day(2022)), _anchor(here.root, (), day(2025)))
    draft = stamped(here, STAMPED).dss(here.signer_crls(day(2023), YEARS_LATER)).document_stamp(day(2023, 7))
    return _with(case(draft, leaf_crl(here), *around(here)), anchors)


@situation
def stamp_proved_while_its_authority_was_not_trusted() -> Case:
    here = world()
    other = issue(TSA2, here.ca)
    revoked = Revoked(here.leaf, day(2022, 3))
    lists = (*here.signer_crls(day(2022, 5), YEARS_LATER, revoked), *here.tsa_crls(day(2022, 5), YEARS_LATER))
    draft = stamped(here, STAMPED).dss(lists).document_stamp(day(2022, 6), tsa=other)
    return _with(case(draft, leaf_crl(here, revoked), *around(here)), (_anchor(here.tsa_root, TWICE_ENDED),))


@situation
def trusted_later_revoked_since() -> Case:
    here = world(tsa=TSA.but(not_after=day(2024)))
    stamps = (here.stamp(STAMPED), here.stamp(day(2023), tsa=here.tsa2))
    revoked = Revoked(here.leaf, day(2022, 6))
    lists = (*here.tsa_crls(day(2023, 2), YEARS_LATER), *here.signer_crls(day(2023, 2), YEARS_LATER, revoked))
    draft = Draft(here).sign(STAMPED, here.cms(stamps=stamps)).dss(lists).document_stamp(day(2023, 3), tsa=here.tsa2)
    return _with(case(draft, leaf_crl(here, revoked), *around(here)), (_anchor(here.root, LATE),))


def _stamped_by(spans: tuple[Span, ...], at: datetime = STAMPED) -> Case:
    here: World = world()
    sound = case(stamped(here, at), leaf_crl(here), *around(here))
    return _with(sound, (_anchor(here.tsa_root, spans),))


@situation
def stamp_before_its_authority_was_trusted() -> Case:
    return _stamped_by(LATE)


@situation
def stamp_while_its_authority_was_not_trusted() -> Case:
    return _stamped_by(HOLE, day(2023))


@situation
def stamp_while_its_authority_was_trusted() -> Case:
    return _stamped_by(HOLE)


@situation
def archive_stamp_while_its_authority_was_not_trusted() -> Case:
    here = world(sunset=day(2025))
    root_list = make_crl(here.root, OLD, YEARS_LATER)
    sound = case(archived(stamped(here, STAMPED), old_crl(here), root_list), leaf_crl(here), *around(here))
    hole = (Span(None, day(2021, 6)), Span(day(2021, 8), None))
    assert not hole[0].holds(ARCHIVED)
    return _with(sound, (_anchor(here.tsa_root, hole),))
