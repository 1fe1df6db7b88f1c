"""Algorithms that were strong once."""

from __future__ import annotations

from tests.judge.rows.parts import around, case, leaf_crl, stamped, telling_crl, unstamped
from tests.judge.rows.table import Case, situation
from tests.pki import Draft, World, day, make_crl, world
from tests.pki.keys import rsa_key
from tests.pki.world import CA, LEAF

IN_TIME, LATE = day(2011, 6), day(2013, 6)
"""SHA-1 was reliable until 2012-08-01."""
PROVED = day(2012)


def _long_lived() -> World:
    return world(leaf=LEAF.but(key=rsa_key(), not_before=day(2010), not_after=day(2040)))


@situation
def sha1_stamped_in_time() -> Case:
    here = _long_lived()
    return case(stamped(here, IN_TIME, digest="sha1"), leaf_crl(here), *around(here))


@situation
def sha1_stamped_late() -> Case:
    here = _long_lived()
    return case(stamped(here, LATE, digest="sha1"), leaf_crl(here), *around(here))


@situation
def sha1_content_stamp_late() -> Case:
    here = _long_lived()
    draft = unstamped(here, LATE, digest="sha1", content_stamps=(here.stamp(LATE),))
    return case(draft, leaf_crl(here), *around(here))


def _weak_ca() -> World:
    return world(ca=CA.but(digest="sha1"), leaf=LEAF.but(not_before=day(2010), not_after=day(2040)))


@situation
def sha1_ca() -> Case:
    here = _weak_ca()
    return case(stamped(here, IN_TIME), leaf_crl(here), *around(here))


@situation
def sha1_ca_archived() -> Case:
    here = _weak_ca()
    # time slides back to the end of SHA-1, so the leaf's status must be proved from before it
    proved = leaf_crl(here, at=day(2011, 12), until=LATE)
    draft = stamped(here, IN_TIME).dss((proved,), certificates=(here.ca.der,)).document_stamp(PROVED)
    return case(draft, leaf_crl(here), *around(here))


@situation
def sha1_token_archived() -> Case:
    here = world(leaf=LEAF.but(not_before=day(2010), not_after=day(2013)))
    draft = Draft(here).sign(IN_TIME, here.cms(stamps=(here.stamp(IN_TIME, digest="sha1"),)))
    draft.dss(certificates=(here.ca.der,)).document_stamp(PROVED)
    return case(draft, telling_crl(here.ca), *around(here))


@situation
def sha1_crl_archived_late() -> Case:
    here = world(leaf=LEAF.but(not_before=day(2010), not_after=day(2014)))
    weak = make_crl(here.ca, day(2013), day(2013, 7), digest="sha1")
    return case(unstamped(here, day(2013)).dss((weak,)).document_stamp(day(2013, 2)), *around(here))
