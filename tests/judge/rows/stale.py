"""Revocation data that is missing, too old, out of scope or not the issuer's."""

from __future__ import annotations

from dataclasses import replace

from tests.judge.rows.parts import (
    FRESH_END,
    LEAF_2022,
    STAMPED,
    archived,
    around,
    case,
    leaf_crl,
    stamped,
    unstamped,
)
from tests.judge.rows.table import Case, situation
from tests.pki import FRESH, SIGNED, Draft, day, issue, make_crl, world
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF, ROOT

AFTER_EXPIRY = day(2023, 1, 10)


@situation
def stamped_after_expiry() -> Case:
    here = world(leaf=LEAF_2022)
    late = leaf_crl(here, at=day(2023, 6), until=day(2023, 12))
    return case(stamped(here, AFTER_EXPIRY), late, *around(here))


@situation
def stamped_after_expiry_long_crl() -> Case:
    here = world(leaf=LEAF_2022)
    long = leaf_crl(here, at=day(2021, 12), until=day(2024))
    return case(stamped(here, AFTER_EXPIRY), long, *around(here))


@situation
def crl_before_signature() -> Case:
    here = world(leaf=LEAF_2022)
    early = leaf_crl(here, at=day(2019, 6), until=day(2019, 12))
    return case(archived(stamped(here, STAMPED), early), *around(here))


@situation
def expired_unstamped_no_data() -> Case:
    return case(unstamped(world(leaf=LEAF_2022)))


@situation
def expired_stamped_no_data() -> Case:
    here = world(leaf=LEAF_2022)
    return case(stamped(here, STAMPED), *around(here))


@situation
def valid_stamped_no_data() -> Case:
    here = world()
    return case(stamped(here, STAMPED), *around(here))


@situation
def stale_crl() -> Case:
    here = world()
    return case(stamped(here, SIGNED), leaf_crl(here, at=day(2020), until=day(2020, 2)), *around(here))


@situation
def forged_issuer_same_name() -> Case:
    here = world()
    false_root = issue(ROOT.but(key=ec_key("false root")))
    false_ca = issue(CA.but(key=ec_key("false ca")), false_root)
    there = replace(here, leaf=issue(LEAF, false_ca))
    draft = Draft(there).sign(SIGNED, there.cms(certificates=(there.leaf, false_ca, here.ca)))
    return case(draft, leaf_crl(here), *around(here))


@situation
def crl_by_other_key() -> Case:
    here = world()
    foreign = make_crl(here.ca, FRESH, FRESH_END, key=ec_key("other"))
    return case(stamped(here, STAMPED), foreign, *around(here))


@situation
def crl_without_next_update() -> Case:
    here = world()
    return case(stamped(here, STAMPED), make_crl(here.ca, FRESH, None), *around(here))
