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
from tests.pki import FRESH, Revoked, World, day, make_crl, world
from tests.pki.certificates import VALIDITY_ASSURED
from tests.pki.world import LEAF

BEFORE = day(2020, 6)
"""Before the stamp of 2021-01."""
SOON = day(2021, 3)
"""Between the stamp and the data of 2021-06."""
PROVED = day(2021, 2)
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
    draft = unstamped(here).dss((_early_crl(here),)).document_stamp(PROVED)
    return case(draft, *around(here, Revoked(here.ca, SOON, "key_compromise")))


def _early_crl(here: World) -> bytes:
    return make_crl(here.ca, day(2021, 1, 15), day(2021, 7))


@situation
def ca_revoked_leaf_crl_unproved() -> Case:
    here = world()
    draft = unstamped(here).document_stamp(PROVED)
    return case(draft, _early_crl(here), *around(here, Revoked(here.ca, SOON, "key_compromise")))


@situation
def ca_revoked_certificate_unproved() -> Case:
    here = world()
    draft = unstamped(here, certificates=()).dss((_early_crl(here),)).document_stamp(PROVED)
    certificates = tuple(one.der for one in here.signer_chain)
    return case(draft, *around(here, Revoked(here.ca, SOON, "key_compromise")), certificates=certificates)


@situation
def document_stamp_before_dss() -> Case:
    here = world(leaf=LEAF_2022)
    draft = unstamped(here, day(2021, 6)).document_stamp(day(2021, 7)).dss((old_crl(here),))
    return case(draft, *around(here, Revoked(here.ca, day(2022), "key_compromise")))


@situation
def hold_lifted_archived() -> Case:
    here = world(leaf=LEAF_2022)
    held = Revoked(here.leaf, day(2021, 2), "certificate_hold")
    holding = leaf_crl(here, held, at=day(2021, 2, 2), until=day(2021, 4))
    return case(archived(unstamped(here), holding, old_crl(here)), *around(here))


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


@situation
def content_stamp_before_revocation() -> Case:
    here = world()
    draft = unstamped(here, day(2020), content_stamps=(here.stamp(day(2020)),))
    return case(draft, leaf_crl(here, Revoked(here.leaf, BEFORE)), *around(here))


@situation
def content_stamp_before_expiry() -> Case:
    here = world(leaf=LEAF_2022)
    draft = unstamped(here, content_stamps=(here.stamp(STAMPED),))
    return case(draft, telling_crl(here.ca), *around(here))


@situation
def revocation_forgotten() -> Case:
    here = world()
    revoked = Revoked(here.leaf, BEFORE, "key_compromise")
    earlier = leaf_crl(here, revoked, at=FRESH - timedelta(days=20), until=FRESH - timedelta(days=13))
    return case(stamped(here, STAMPED), earlier, leaf_crl(here), *around(here))


@situation
def ca_and_leaf_revoked() -> Case:
    here = world()
    leaf, ca = Revoked(here.leaf, BEFORE, "key_compromise"), Revoked(here.ca, BEFORE, "key_compromise")
    return case(stamped(here, STAMPED), leaf_crl(here, leaf), *around(here, ca))
