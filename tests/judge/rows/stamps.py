"""Time stamps that come too early, too late, in the wrong order, or are no good."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.judge.rows.parts import (
    ARCHIVED,
    FRESH_END,
    LEAF_2022,
    LONG_AGO,
    OLD,
    OLD_END,
    STAMPED,
    around,
    case,
    leaf_crl,
    old_crl,
    stamped,
    telling_crl,
    unstamped,
)
from tests.judge.rows.table import Case, situation
from tests.pki import FRESH, SIGNED, Draft, Revoked, day, issue, make_crl, world
from tests.pki.certificates import Spec
from tests.pki.keys import ec_key
from tests.pki.messages import stamp
from tests.pki.world import LEAF, TSA, TSA2, TSA_CA


@situation
def stamped_before_issuance() -> Case:
    here = world(leaf=LEAF.but(not_before=day(2024)))
    return case(stamped(here, day(2023)), leaf_crl(here), *around(here))


@situation
def not_yet_valid() -> Case:
    here = world(leaf=LEAF.but(not_before=day(2027)))
    return case(unstamped(here, SIGNED), leaf_crl(here), *around(here))


@situation
def earliest_stamp_before_issuance() -> Case:
    here = world(leaf=LEAF.but(not_before=day(2020)))
    return case(stamped(here, STAMPED, day(2019, 6)), leaf_crl(here), *around(here))


@situation
def stamps_out_of_order() -> Case:
    here = world()
    draft = stamped(here, STAMPED, content_stamps=(here.stamp(day(2021, 2, 10)),))
    return case(draft, leaf_crl(here), *around(here))


@situation
def stamps_within_accuracy() -> Case:
    here = world()
    later = here.stamp(STAMPED + timedelta(seconds=30), accuracy_seconds=60)
    return case(stamped(here, STAMPED, content_stamps=(later,)), leaf_crl(here), *around(here))


@situation
def wrong_imprint() -> Case:
    here = world()
    draft = unstamped(here, stamps=(here.stamp(STAMPED, imprint=bytes(32)),))
    return case(draft, leaf_crl(here), *around(here))


@situation
def unknown_tsa() -> Case:
    here = world(leaf=LEAF_2022)
    foreign_ca = issue(TSA_CA.but(name="Foreign TSA CA", key=ec_key("foreign tsa ca")))
    foreign = issue(TSA.but(name="Foreign TSA", key=ec_key("foreign tsa")), foreign_ca)
    draft = unstamped(here, stamps=(stamp(foreign, STAMPED, chain=(foreign_ca,)),))
    return case(draft, telling_crl(here.ca), *around(here))


@situation
def stamp_too_late() -> Case:
    here = world()
    return case(stamped(here, STAMPED, claimed=day(2021)), leaf_crl(here), *around(here))


@situation
def delay_without_claim() -> Case:
    here = world()
    draft = Draft(here).sign(None, here.cms(stamps=(here.stamp(STAMPED),)))
    return case(draft, leaf_crl(here), *around(here))


@situation
def tsa_without_usage() -> Case:
    return _stamped_by(TSA.but(extended=()))


@situation
def tsa_usage_not_critical() -> Case:
    return _stamped_by(TSA.but(extended_critical=False))


def _stamped_by(tsa: Spec) -> Case:
    here = world(leaf=LEAF_2022, tsa=tsa)
    return case(stamped(here, STAMPED), telling_crl(here.ca), *around(here))


@situation
def second_document_stamp_broken() -> Case:
    here = world(leaf=LEAF_2022)
    draft = unstamped(here, OLD).dss((old_crl(here),)).document_stamp(ARCHIVED)
    draft.document_stamp(day(2021, 9), key=ec_key("other"))
    return case(draft, *around(here))


@situation
def document_stamp_too_short() -> Case:
    here = world(leaf=LEAF_2022)
    draft = unstamped(here, OLD).dss((old_crl(here),))
    draft.pdf.sign(here.stamp(ARCHIVED), name="T", kind="DocTimeStamp", sub_filter="ETSI.RFC3161", cut=6)
    return case(draft, *around(here))


@situation
def signed_between_document_stamps() -> Case:
    here = world(leaf=LEAF_2022.but(not_before=day(2020, 6)))
    draft = Draft(here).document_stamp(day(2020)).sign(OLD).dss((old_crl(here),)).document_stamp(ARCHIVED)
    return case(draft, *around(here))


def _revoked_since(tsa: Spec, leaf: Spec, end: datetime) -> Case:
    """Stamped 2021-01 by one that is revoked 2022, leaf revoked at `end`, archived 2021-07 by another TSA."""
    here = world(tsa=tsa, leaf=leaf)
    revoked = Revoked(here.leaf, end)
    then = (revoked,) if end < OLD else ()
    lists = (*here.signer_crls(OLD, day(2028), *then), *here.tsa_crls(OLD, day(2028)))
    draft = stamped(here, STAMPED).dss(lists).document_stamp(ARCHIVED, tsa=here.tsa2)
    now = (make_crl(here.root, FRESH, FRESH_END), *here.tsa_crls(FRESH, FRESH_END, Revoked(here.tsa, day(2022))))
    return case(draft, leaf_crl(here, revoked), *now)


@situation
def tsa_revoked_since() -> Case:
    return _revoked_since(TSA, LEAF, day(2021, 3))


@situation
def tsa_without_usage_revoked_since() -> Case:
    return _revoked_since(TSA.but(extended=()), LEAF, day(2021, 3))


@situation
def leaf_without_non_repudiation_revoked_since() -> Case:
    return _revoked_since(TSA, LEAF.but(usage=frozenset({"digital_signature"})), day(2022))


@situation
def tsa_expired_before_its_stamp() -> Case:
    here = world(tsa=TSA.but(not_after=day(2020)))
    revoked = Revoked(here.leaf, day(2021, 3))
    told = make_crl(here.tsa_ca, OLD, OLD_END, expired_certs_since=LONG_AGO)
    lists = (*here.signer_crls(OLD, day(2028), revoked), told, make_crl(here.tsa_root, OLD, day(2028)))
    draft = stamped(here, STAMPED).dss(lists).document_stamp(ARCHIVED, tsa=issue(TSA2, here.root))
    return case(draft, leaf_crl(here, revoked), make_crl(here.root, FRESH, FRESH_END))
