"""An act is confirmed and signed through the socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.signing.signer.world import SignerWorld, attributes_of, digest
from verifier.signing.records import Role, State
from verifier.storage.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> SignerWorld:
    return SignerWorld(database, tmp_path)


def verify(certificate: bytes, signature: bytes, data: bytes) -> None:
    public = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, data, ec.ECDSA(hashes.SHA256()))


def test_confirmed_act_gets_both_signatures(world: SignerWorld) -> None:
    with world.served() as signer:
        held = signer.keys()
        mandate = signer.confirm(world.token, [world.act.id])
        world.prepared(mandate)
        attributes = attributes_of(world.person_key.der, digest("prepared"))
        verify(world.person_key.der, signer.sign(world.act.id, Role.PERSON, attributes), attributes)
        world.change(world.act, state=State.PERSON_SIGNED.value, agency_digest=digest("again").hex())
        attributes = attributes_of(world.agency_key.der, digest("again"))
        verify(world.agency_key.der, signer.sign(world.act.id, Role.AGENCY, attributes), attributes)
    assert [(one.name, one.problem) for one in held] == [("person", ""), ("agency", "")]
    assert held[0].certificate == world.person_key.der
    assert len(held[0].chain) == 1
