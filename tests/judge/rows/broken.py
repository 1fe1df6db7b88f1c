"""Broken bytes and signed attributes that do not fit."""

from __future__ import annotations

from typing import Any

from asn1crypto import cms

from tests.judge.rows.parts import STAMPED, around, case, leaf_crl, stamped
from tests.judge.rows.table import Case, known, situation
from tests.pki import Draft, Ess, PolicyId, Revoked, day, spoil, world


def _valid(**options: Any) -> Case:
    here = world()
    return case(stamped(here, STAMPED, **options), leaf_crl(here), *around(here))


@situation
def signed_byte_changed() -> Case:
    sound = _valid()
    return Case(spoil.flip_signed_byte(sound.document), sound.evidence)


@situation
def signed_byte_changed_revoked() -> Case:
    here = world()
    document = spoil.flip_signed_byte(stamped(here, STAMPED).data)
    return Case(document, known(here, leaf_crl(here, Revoked(here.leaf, day(2020, 6))), *around(here)))


@situation
def value_changed() -> Case:
    sound = _valid()
    info = cms.ContentInfo.load(spoil.contents(sound.document))["content"]["signer_infos"][0]
    return Case(spoil.change_value(sound.document, info["signature"].native), sound.evidence)


@situation
def contents_no_cms() -> Case:
    sound = _valid()
    return Case(spoil.replace_contents(sound.document, b"no CMS at all"), sound.evidence)


@situation
def two_signer_infos() -> Case:
    return _valid(signer_infos=2)


@situation
def byte_range_gap() -> Case:
    here = world()
    return case(Draft(here).sign(skip=2), leaf_crl(here), *around(here))


@situation
def ess_names_other() -> Case:
    return _valid(ess=(Ess(world().ca.certificate),))


@situation
def ess_issuer_serial_wrong() -> Case:
    here = world()
    return _valid(ess=(Ess(here.leaf.certificate, issuer_serial=(here.root.name, 999)),))


@situation
def no_ess() -> Case:
    return _valid(ess=())


@situation
def ess_outside_path() -> Case:
    here = world()
    return _valid(ess=(Ess(here.leaf.certificate), Ess(here.tsa.certificate)))


@situation
def no_certificate() -> Case:
    return _valid(certificates=())


@situation
def signature_policy() -> Case:
    return _valid(policy=PolicyId())
