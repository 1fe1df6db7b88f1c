"""An act is confirmed and signed through the socket."""

from __future__ import annotations

from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.signing.signer.world import SignerWorld, attributes_of, digest
from verifier.signing.records import Role, State
from verifier.signing.signer.client import SignerClient
from verifier.storage.audit import AuditFilter, Entry
from verifier.storage.scope import of


def verify(certificate: bytes, signature: bytes, data: bytes) -> None:
    public = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, data, ec.ECDSA(hashes.SHA256()))


def events(world: SignerWorld, action: str) -> tuple[Entry, ...]:
    with world.database.unit(of(world.authority.id)) as unit:
        return unit.audit.search(AuditFilter(action=action), 50)


def signed(world: SignerWorld, signer: SignerClient, mandate: UUID) -> bytes:
    world.prepared(mandate)
    return signer.sign(world.act.id, Role.PERSON, attributes_of(world.person_key.der, digest("prepared")))


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


def test_act_with_the_agency_alone_is_signed_as_prepared(world: SignerWorld) -> None:
    act = world.ordered(layout={"signatures": ["agency"]})
    with world.served() as signer:
        mandate = signer.confirm(world.token, [act.id])
        state = State.PREPARED.value
        world.change(act, state=state, mandate_id=mandate, agency_digest=digest("prepared").hex())
        attributes = attributes_of(world.agency_key.der, digest("prepared"))
        verify(world.agency_key.der, signer.sign(act.id, Role.AGENCY, attributes), attributes)


def test_the_log_tells_who_confirmed_and_what_was_signed(world: SignerWorld) -> None:
    with world.served() as signer:
        mandate = signer.confirm(world.token, [world.act.id])
        signed(world, signer, mandate)
    (confirmed,), (made,) = events(world, "acts-confirmed"), events(world, "signature-made")
    assert confirmed.event.actor.id == str(world.officer.id)
    assert confirmed.event.details["acts"] == [str(world.act.id)]
    assert made.event.subject_id == str(world.act.id)
    assert made.event.details == {
        "role": "person",
        "key": "person",
        "certificate": world.fingerprints["person"],
        "digest": digest("prepared").hex(),
        "mandate": str(mandate),
    }
    assert world.token not in confirmed.body + made.body


def test_same_digest_is_signed_again_after_a_crash(world: SignerWorld) -> None:
    with world.served() as signer:
        mandate = signer.confirm(world.token, [world.act.id])
        assert signed(world, signer, mandate)
    with world.served() as signer:  # another process
        attributes = attributes_of(world.person_key.der, digest("prepared"))
        assert signer.sign(world.act.id, Role.PERSON, attributes)
    assert len(events(world, "signature-made")) == 2


def test_batch_is_one_mandate(world: SignerWorld) -> None:
    acts = [world.ordered() for _ in range(500)]
    with world.served() as signer:
        mandate = signer.confirm(world.token, [one.id for one in acts])
        state, message = State.PREPARED.value, digest("last")
        world.change(acts[-1], state=state, mandate_id=mandate, person_digest=message.hex())
        assert signer.sign(acts[-1].id, Role.PERSON, attributes_of(world.person_key.der, message))
