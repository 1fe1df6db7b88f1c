"""Dates and pieces that many situations share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.judge.rows.table import Case, known
from tests.pki import FRESH, Draft, Revoked, World, day, make_crl
from tests.pki.certificates import Identity
from tests.pki.world import LEAF

STAMPED = day(2021, 1, 10)
OLD, OLD_END = day(2021, 6), day(2021, 12)
ARCHIVED = day(2021, 7)
FRESH_END = FRESH + timedelta(days=7)
EXPIRY = day(2022, 6)
LONG_AGO = day(2010)
LEAF_2022 = LEAF.but(not_after=EXPIRY)
"""Leaf that has expired."""


def stamped(here: World, *times: datetime, claimed: datetime | None = None, **cms: Any) -> Draft:
    """Document signed at the first of `times`, with a signature time stamp of each."""
    stamps = tuple(here.stamp(one) for one in times)
    return Draft(here).sign(claimed or times[0], here.cms(stamps=stamps, **cms))


def unstamped(here: World, claimed: datetime = STAMPED, **cms: Any) -> Draft:
    """Document signed without a time stamp."""
    return Draft(here).sign(claimed, here.cms(**cms))


def leaf_crl(here: World, *revoked: Revoked, at: datetime = FRESH, until: datetime = FRESH_END) -> bytes:
    """CRL of the issuing CA."""
    return make_crl(here.ca, at, until, *revoked)


def old_crl(here: World, *revoked: Revoked) -> bytes:
    """CRL of the issuing CA of 2021-06, stale since 2021-12."""
    return make_crl(here.ca, OLD, OLD_END, *revoked)


def telling_crl(issuer: Identity, *revoked: Revoked) -> bytes:
    """Fresh CRL that goes on listing expired certificates (expiredCertsOnCRL)."""
    return make_crl(issuer, FRESH, FRESH_END, *revoked, expired_certs_since=LONG_AGO)


def around(here: World, *ca_revoked: Revoked) -> tuple[bytes, ...]:
    """Fresh CRLs for all but the leaf: the issuing CA, the TSAs, their CA."""
    return (make_crl(here.root, FRESH, FRESH_END, *ca_revoked), *here.tsa_crls(FRESH))


def archived(draft: Draft, *crls: bytes) -> Draft:
    """Add a DSS with these CRLs and a document time stamp of 2021-07 over it."""
    return draft.dss(crls).document_stamp(ARCHIVED)


def case(draft: Draft, *crls: bytes, **more: Any) -> Case:
    """Judge this document with these CRLs at hand."""
    return Case(draft.data, known(draft.world, *crls, **more))
