"""Revocation and suspension, before and after the signature."""

from __future__ import annotations

from datetime import timedelta

from tests.judge.rows.parts import (
    LEAF_2022,
    STAMPED,
    archived,
    around,
    case,
    leaf_crl,
    old_crl,
    stamped,
    telling_crl,
    unstamped,
)
from tests.judge.rows.table import Case, situation
from tests.pki import FRESH, Revoked, day, make_crl, world
from tests.pki.certificates import VALIDITY_ASSURED
from tests.pki.world import LEAF

BEFORE = day(2020, 6)
"""Before the stamp of 2021-01."""
SOON = day(2021, 3)
"""Between the stamp and the data of 2021-06."""
LATE = day(2024)


@situation
def revoked_after_stamp() -> Case:
    here = world(leaf=LEAF_2022)
    return case(stamped(here, STAMPED).dss((old_crl(here, Revoked(here.leaf, SOON)),)), *around(here))


@situation
def revoked_after_stamp_valid() -> Case:
    here = world()
    draft = archived(stamped(here, STAMPED), old_crl(here))
    return case(draft, leaf_crl(here, Revoked(here.leaf, LATE, "key_compromise")), *around(here))


@situation
def on_hold_after_stamp() -> Case:
    here = world()
    held = Revoked(here.leaf, LATE, "certificate_hold")
    return case(stamped(here, STAMPED), leaf_crl(here, held), *around(here))


@situation
def on_hold_before_stamp() -> Case:
    here = world()
    held = Revoked(here.leaf, BEFORE, "certificate_hold")
    return case(stamped(here, STAMPED), leaf_crl(here, held), *around(here))


@situation
def hold_lifted() -> Case:
    here = world()
    held = Revoked(here.leaf, FRESH - timedelta(days=22), "certificate_hold")
    earlier = leaf_crl(here, held, at=FRESH - timedelta(days=20), until=FRESH - timedelta(days=13))
    return case(stamped(here, STAMPED), earlier, leaf_crl(here), *around(here))


@situation
def ca_revoked_after_stamp() -> Case:
    here = world()
    revoked = Revoked(here.ca, LATE, "superseded")
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here, revoked))


@situation
def ca_revoked_before_leaf_crl() -> Case:
    here = world()
    revoked = Revoked(here.ca, SOON, "key_compromise")
    return case(archived(stamped(here, STAMPED), old_crl(here)), *around(here, revoked))


@situation
def ca_revoked_after_document_stamp() -> Case:
    here = world()
    early = make_crl(here.ca, day(2021, 1, 15), OLD_UNTIL)
    draft = unstamped(here).dss((early,)).document_stamp(day(2021, 2))
    return case(draft, *around(here, Revoked(here.ca, SOON, "key_compromise")))


OLD_UNTIL = day(2021, 7)


@situation
def revoked_before_stamp() -> Case:
    here = world()
    revoked = Revoked(here.leaf, BEFORE, "key_compromise")
    return case(archived(stamped(here, STAMPED), old_crl(here, revoked)), leaf_crl(here, revoked), *around(here))


@situation
def expired_and_revoked_before_stamp() -> Case:
    here = world(leaf=LEAF_2022)
    revoked = Revoked(here.leaf, BEFORE, "key_compromise")
    return case(archived(stamped(here, STAMPED), old_crl(here, revoked)), *around(here))


@situation
def ca_revoked_before_stamp() -> Case:
    here = world()
    draft = archived(stamped(here, STAMPED), old_crl(here))
    return case(draft, leaf_crl(here), *around(here, Revoked(here.ca, BEFORE, "key_compromise")))


@situation
def expired_ca_revoked_before_stamp() -> Case:
    here = world(leaf=LEAF_2022)
    draft = archived(stamped(here, STAMPED), old_crl(here))
    return case(draft, *around(here, Revoked(here.ca, BEFORE, "key_compromise")))


@situation
def tsa_revoked() -> Case:
    here = world(leaf=LEAF_2022)
    draft = archived(stamped(here, STAMPED), old_crl(here))
    fresh = here.tsa_crls(FRESH, None, Revoked(here.tsa, BEFORE, "key_compromise"))
    return case(draft, make_crl(here.root, FRESH, FRESH + timedelta(days=7)), *fresh)


@situation
def ca_revoked_leaf_assured() -> Case:
    here = world(leaf=LEAF.but(extensions=(VALIDITY_ASSURED,)))
    return case(stamped(here, STAMPED), *around(here, Revoked(here.ca, BEFORE)))


@situation
def content_stamp_after_revocation() -> Case:
    here = world()
    draft = unstamped(here, day(2021), content_stamps=(here.stamp(STAMPED),))
    return case(draft, leaf_crl(here, Revoked(here.leaf, BEFORE)), *around(here))


@situation
def content_stamp_after_expiry() -> Case:
    here = world(leaf=LEAF_2022)
    draft = unstamped(here, day(2023), content_stamps=(here.stamp(day(2023)),))
    return case(draft, telling_crl(here.ca), *around(here))
