"""Chains: anchors without trust, responders and CAs out of their validity, certificates with wrong contents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.judge.rows.parts import (
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
)
from tests.judge.rows.table import Case, situation
from tests.pki import FRESH, Identity, Spec, World, day, issue, make_crl, make_ocsp, trust_snapshot, world
from tests.pki.certificates import CA_USAGE, NOCHECK
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF

YEARS_LATER = day(2028)


@situation
def root_not_trusted() -> Case:
    here = world()
    sound = case(stamped(here, STAMPED), leaf_crl(here), *around(here))
    trust = trust_snapshot(here)
    others = tuple(anchor for anchor in trust.anchors if anchor.certificate != here.root.der)
    without = replace(trust, id="0" * 64, anchors=others)
    return Case(sound.document, replace(sound.evidence, trust=without))


@situation
def sunset() -> Case:
    here = world(sunset=day(2025))
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here))


@situation
def sunset_archived() -> Case:
    here = world(sunset=day(2025))
    # the root's own list must speak for the CA up to the sunset date, or time slides back to it
    root_list = make_crl(here.root, OLD, YEARS_LATER)
    return case(archived(stamped(here, STAMPED), old_crl(here), root_list), leaf_crl(here), *around(here))


RESPONDER = Spec(
    "Responder", ec_key("responder"), day(2020), day(2030), extended=("ocsp_signing",), extensions=(NOCHECK,)
)


def _responder(here: World, until: datetime) -> Identity:
    return issue(RESPONDER.but(not_after=until), here.ca)


@situation
def responder_of_unknown_status() -> Case:
    return _answered_by(RESPONDER.but(extensions=()))


@situation
def responder_without_usage() -> Case:
    return _answered_by(RESPONDER.but(extended=()))


def _answered_by(responder: Spec) -> Case:
    here = world()
    answer = make_ocsp(here.leaf, here.ca, FRESH, YEARS_LATER, responder=issue(responder, here.ca))
    return case(stamped(here, STAMPED), *around(here), ocsps=(answer,))


@situation
def responder_expired() -> Case:
    here = world()
    answer = make_ocsp(here.leaf, here.ca, OLD, YEARS_LATER, responder=_responder(here, day(2022)))
    return case(stamped(here, STAMPED).dss(ocsps=(answer,)), *around(here))


@situation
def responder_expired_archived() -> Case:
    here = world()
    answer = make_ocsp(here.leaf, here.ca, OLD, YEARS_LATER, responder=_responder(here, day(2022)))
    draft = stamped(here, STAMPED).dss(ocsps=(answer,)).document_stamp(day(2021, 7))
    return case(draft, *around(here))


@situation
def ocsp_produced_outside() -> Case:
    here = world()
    responder = _responder(here, day(2022))
    answer = make_ocsp(here.leaf, here.ca, OLD, YEARS_LATER, produced_at=day(2023), responder=responder)
    return case(stamped(here, STAMPED).dss(ocsps=(answer,)), *around(here))


@situation
def ocsp_unknown() -> Case:
    here = world()
    answer = make_ocsp(here.leaf, here.ca, FRESH, YEARS_LATER, responder=_responder(here, day(2030)), unknown=True)
    return case(stamped(here, STAMPED), *around(here), ocsps=(answer,))


def _expired_ca(leaf: Spec) -> World:
    return world(ca=CA.but(not_after=day(2024)), leaf=leaf)


@situation
def ca_expired() -> Case:
    here = _expired_ca(LEAF)
    long = leaf_crl(here, at=OLD, until=YEARS_LATER)
    return case(stamped(here, STAMPED).dss((long,)), telling_crl(here.root), *around(here))


@situation
def ca_expired_archived() -> Case:
    here = _expired_ca(LEAF)
    long = leaf_crl(here, at=OLD, until=YEARS_LATER)
    return case(archived(stamped(here, STAMPED), long), telling_crl(here.root), *around(here))


@situation
def leaf_and_ca_expired_archived() -> Case:
    here = _expired_ca(LEAF_2022)
    return case(archived(stamped(here, STAMPED), old_crl(here)), telling_crl(here.root), *around(here))


@situation
def ca_without_cert_sign() -> Case:
    here = world(ca=CA.but(usage=CA_USAGE - {"key_cert_sign"}))
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here))


@situation
def ca_without_ca_flag() -> Case:
    here = world(ca=CA.but(ca=False))
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here))


@situation
def leaf_without_non_repudiation() -> Case:
    here = world(leaf=LEAF.but(usage=frozenset({"digital_signature"})))
    return case(stamped(here, STAMPED), leaf_crl(here), *around(here))


@situation
def sunset_crl_before_signature() -> Case:
    here = world(sunset=day(2025))
    early = leaf_crl(here, at=day(2019, 6), until=day(2019, 12))
    draft = archived(stamped(here, STAMPED), early, make_crl(here.root, OLD, YEARS_LATER))
    return case(draft, *around(here))


@situation
def sunset_leaf_crl_unproved() -> Case:
    here = world(sunset=day(2025))
    draft = archived(stamped(here, STAMPED), make_crl(here.root, OLD, YEARS_LATER))
    return case(draft, leaf_crl(here, at=day(2024), until=YEARS_LATER), *around(here))


@situation
def stamped_after_sunset() -> Case:
    here = world(sunset=day(2025))
    draft = stamped(here, day(2025, 6)).dss(here.signer_crls(day(2025, 6, 2), YEARS_LATER))
    return case(draft.document_stamp(day(2025, 7)), *around(here))


@situation
def responder_expired_archived_late() -> Case:
    here = world()
    answer = make_ocsp(here.leaf, here.ca, OLD, YEARS_LATER, responder=_responder(here, day(2022)))
    draft = stamped(here, STAMPED).dss(ocsps=(answer,)).document_stamp(day(2022, 7))
    return case(draft, *around(here))


@situation
def stamped_after_ca_expiry() -> Case:
    here = world(ca=CA.but(not_after=day(2020)))
    answer = make_ocsp(here.leaf, here.ca, OLD, YEARS_LATER, responder=_responder(here, day(2030)))
    draft = stamped(here, STAMPED).dss(ocsps=(answer,)).document_stamp(day(2021, 7))
    return case(draft, telling_crl(here.root), *around(here))
