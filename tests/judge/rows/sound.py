"""Sound signatures whose certificates or data may have aged."""

from __future__ import annotations

from datetime import timedelta

from tests.judge.rows.parts import (
    ARCHIVED,
    LEAF_2022,
    OLD,
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
from tests.pki import FRESH, SIGNED, Draft, day, world
from tests.pki.certificates import NO_REV_AVAIL, VALIDITY_ASSURED
from tests.pki.evidence_record import EvidenceRecordBuilder
from tests.pki.world import TSA


@situation
def valid_unstamped() -> Case:
    here = world()
    return case(unstamped(here, SIGNED), leaf_crl(here), *around(here))


@situation
def valid_stamped() -> Case:
    here = world()
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here))


@situation
def valid_archived() -> Case:
    here = world()
    draft = stamped(here, FRESH - timedelta(hours=3)).dss((leaf_crl(here), *around(here)))
    return case(draft.document_stamp(FRESH + timedelta(hours=6)))


@situation
def expired_since() -> Case:
    here = world(leaf=LEAF_2022)
    return case(archived(stamped(here, STAMPED), old_crl(here)), *around(here))


@situation
def expired_since_known() -> Case:
    here = world(leaf=LEAF_2022)
    return case(archived(stamped(here, STAMPED), old_crl(here)), telling_crl(here.ca), *around(here))


@situation
def expired_since_crl_out_of_scope() -> Case:
    here = world(leaf=LEAF_2022)
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here))


@situation
def document_stamp_only() -> Case:
    here = world()
    return case(archived(unstamped(here), old_crl(here)), leaf_crl(here), *around(here))


@situation
def expired_document_stamp_only() -> Case:
    here = world(leaf=LEAF_2022)
    return case(archived(unstamped(here, OLD), old_crl(here)), *around(here))


@situation
def tsa_expired_valid_leaf() -> Case:
    here = world(tsa=TSA.but(not_after=day(2023)))
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here))


@situation
def tsa_expired_archived() -> Case:
    here = world(leaf=LEAF_2022, tsa=TSA.but(not_after=day(2023)))
    draft = stamped(here, STAMPED).dss((old_crl(here),)).document_stamp(ARCHIVED, tsa=here.tsa2)
    return case(draft, telling_crl(here.ca), telling_crl(here.tsa_ca), *around(here))


@situation
def validity_assured_expired() -> Case:
    return _nothing_to_ask(VALIDITY_ASSURED)


@situation
def no_rev_avail_expired() -> Case:
    return _nothing_to_ask(NO_REV_AVAIL)


def _nothing_to_ask(extension: str) -> Case:
    here = world(leaf=LEAF_2022.but(extensions=(extension,)))
    return case(stamped(here, STAMPED), *around(here))


@situation
def received_in_time() -> Case:
    here = world(leaf=LEAF_2022)
    return case(unstamped(here), telling_crl(here.ca), *around(here), received_at=STAMPED)


@situation
def evidence_record() -> Case:
    here = world(leaf=LEAF_2022)
    draft = unstamped(here, OLD).dss((old_crl(here),))
    record = EvidenceRecordBuilder(here, draft.data).start(ARCHIVED).data
    return case(draft, *around(here), evidence_records=(record,))


@situation
def ed25519() -> Case:
    from tests.pki.keys import ed25519_key
    from tests.pki.world import LEAF

    here = world(leaf=LEAF.but(key=ed25519_key("leaf")))
    draft = Draft(here).sign(SIGNED, here.cms(digest="sha512"))
    return case(draft, leaf_crl(here), *around(here))
