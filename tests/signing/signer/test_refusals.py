"""Nothing is sealed or signed that was not confirmed so: start valid, spoil one thing, expect one code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from asn1crypto import cms
from sqlalchemy import text

from tests.accounts.support import add_authority, add_person
from tests.pki.keys import ec_key
from tests.signing.keys.files import identity
from tests.signing.signer.world import BOTH, HERE, LIMITS, SignerWorld, attributes_of, digest
from verifier.accounts.roles import Role as Held
from verifier.accounts.sessions import begin
from verifier.errors import CouldNotIssue
from verifier.signing.records import Role, State
from verifier.signing.signer.checks import Checks
from verifier.signing.signer.mandates import Seal
from verifier.storage.scope import SYSTEM

Spoil = Callable[[SignerWorld], Any]


@contextmanager
def checks(world: SignerWorld) -> Iterator[Checks]:
    keys = world.chain()
    try:
        yield world.checks(keys)
    finally:
        keys.close()


def code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except CouldNotIssue as refusal:
        return refusal.problem.code
    return ""


def execute(world: SignerWorld, statement: str, **told: Any) -> None:
    """Change a row as its owner would: somebody with the database in hand."""
    with world.database.unit(SYSTEM) as unit:
        unit.signing._session.execute(text(statement), told)


def end_grants(world: SignerWorld, role: str) -> None:
    with world.database.unit(SYSTEM) as unit:
        for one in unit.signing.grants():
            if one.role == role:
                unit.signing.end_grant(one.id, world.clock.now())


def close_account(world: SignerWorld) -> None:
    with world.database.unit(SYSTEM) as unit:
        person = unit.people.get(world.officer.id)
        assert person is not None
        unit.people.change(replace(person, disabled_at=world.clock.now()))


def no_leader(world: SignerWorld) -> None:
    """A specialist who is nothing else."""
    with world.database.unit(SYSTEM) as unit:
        (grant,) = unit.people.grants(world.officer.id)
        unit.people.end_grant(grant.id, world.clock.now())
        unit.people.grant(replace(grant, id=uuid4(), role=Held.SPECIALIST.value, valid_from=world.clock.now()))


def end_session(world: SignerWorld) -> None:
    with world.database.unit(SYSTEM) as unit:
        unit.sessions.end_all(world.officer.id, world.clock.now(), "signed-out")


def other_officer(world: SignerWorld) -> None:
    other = add_person(world.database, world.authority, Held.LEADER, login="khac")
    world.token = world.signed_in(other)


def stranger(world: SignerWorld) -> None:
    place = add_authority(world.database, code="G10.OTHER")
    world.token = world.signed_in(add_person(world.database, place, Held.LEADER, login="xa.la"))


def unproved(world: SignerWorld) -> None:
    with world.database.unit(SYSTEM) as unit:
        now = world.clock.now()
        world.token = begin(unit, world.officer, "open", "password", HERE, now, LIMITS.absolute).token


def half_signed_in(world: SignerWorld) -> None:
    execute(world, "update session set stage = 'second_factor'")


def other_certificate(world: SignerWorld) -> None:
    world.keys.entries.clear()
    world.keys.soft("person", own=identity(ec_key("newer")))
    world.keys.soft("agency", Role.AGENCY, own=world.agency_key)


def without_key(world: SignerWorld) -> None:
    world.keys.entries[:] = [one for one in world.keys.entries if one["name"] == "agency"]
    world.keys.write()


def entry(world: SignerWorld, name: str, **told: Any) -> None:
    for one in world.keys.entries:
        if one["name"] == name:
            one.update(told)
    world.keys.write()


def regrant(world: SignerWorld, **told: Any) -> None:
    end_grants(world, "person")
    world.grant("person", world.person_key.der, Role.PERSON, **told)


def over(world: SignerWorld) -> None:
    """The officer's own key has a certificate that is over."""
    own = identity(ec_key("signer"), not_after=world.clock.now() - timedelta(seconds=1))
    world.keys.entries.clear()
    world.keys.soft("person", own=own)
    world.keys.soft("agency", Role.AGENCY, own=world.agency_key)
    end_grants(world, "person")
    world.grant("person", own.der, Role.PERSON)


BEFORE = timedelta(days=2)
CONFIRM: dict[str, tuple[str, Spoil]] = {
    "unknown token": ("session-over", lambda world: setattr(world, "token", "guessed")),
    "ended": ("session-over", end_session),
    "idle": ("session-over", lambda world: world.clock.pass_(minutes=31)),
    "waits for the second factor": ("session-over", half_signed_in),
    "account closed": ("session-over", close_account),
    "no step-up": ("step-up-needed", unproved),
    "step-up is old": ("step-up-needed", lambda world: world.clock.pass_(minutes=5, seconds=1)),
    "step-up to come": ("step-up-needed", lambda world: world.clock.pass_(seconds=-1)),
    "no leader": ("not-allowed", no_leader),
    "another's act": ("not-found", other_officer),
    "another authority": ("not-found", stranger),
    "confirmed already": ("wrong-state", lambda world: world.change(world.act, state=State.CONFIRMED.value)),
    "released": ("wrong-state", lambda world: world.change(world.act, state=State.CANCELLED.value)),
    "no signatures laid down": ("wrong-state", lambda world: world.change(world.act, layout={})),
    "signatures empty": ("wrong-state", lambda world: world.change(world.act, layout={"signatures": []})),
    "signature unknown": ("wrong-state", lambda world: world.change(world.act, layout={"signatures": ["clerk"]})),
    "signature twice": (
        "wrong-state",
        lambda world: world.change(world.act, layout={"signatures": ["person", "person"]}),
    ),
    "no grant as person": ("not-allowed", lambda world: end_grants(world, "person")),
    "no grant as agency": ("not-allowed", lambda world: end_grants(world, "agency")),
    "grant to come": ("not-allowed", lambda world: regrant(world, valid_from=world.clock.now() + BEFORE)),
    "grant over": ("not-allowed", lambda world: regrant(world, valid_until=world.clock.now())),
    "grant of another kind": ("not-allowed", lambda world: regrant(world, kinds=["apostille"])),
    "certificate renewed": ("key-unavailable", other_certificate),
    "key not held": ("key-unavailable", without_key),
    "key of another authority": ("key-unavailable", lambda world: entry(world, "person", authority="G10.OTHER")),
    "key of another role": ("key-unavailable", lambda world: entry(world, "person", role="agency")),
    "key broken": ("secret-open", lambda world: (world.folder / "agency.p12").chmod(0o644)),
    "certificate over": ("certificate-expired", over),
}


@pytest.mark.parametrize("case", list(CONFIRM))
def test_confirm_refused(case: str, world: SignerWorld) -> None:
    code, spoil = CONFIRM[case]
    spoil(world)
    with checks(world) as own:
        assert code_of(lambda: own.confirm(world.token, [world.act.id])) == code
    with world.database.unit(SYSTEM) as unit:
        assert unit.signing._session.execute(text("select count(*) from signing_mandate")).scalar_one() == 0


def test_confirm_unspoilt(world: SignerWorld) -> None:
    with checks(world) as own:
        assert own.confirm(world.token, [world.act.id])
        world.clock.pass_(minutes=5)
        assert own.confirm(world.token, [world.act.id])


@pytest.mark.parametrize("acts", [[], [UUID(int=7)]])
def test_confirm_what_is_not_there(acts: list[UUID], world: SignerWorld) -> None:
    with checks(world) as own:
        assert code_of(lambda: own.confirm(world.token, acts)) == "not-found"


def test_one_act_that_may_not_be_confirmed_stops_all(world: SignerWorld) -> None:
    other = world.ordered(kind="apostille")
    regrant(world, kinds=[world.act.kind])
    with checks(world) as own:
        assert code_of(lambda: own.confirm(world.token, [world.act.id, other.id])) == "not-allowed"


def forged(world: SignerWorld, **changes: Any) -> None:
    """Put a mandate of one's own into the row, without the secret."""
    with world.database.unit(SYSTEM) as unit:
        act = unit.issuances.get(world.act.id)
        assert act is not None
        assert act.mandate_id is not None
        found = unit.signing.mandate(act.mandate_id)
        assert found is not None
        made = replace(found, id=uuid4(), **changes)
        unit.signing.add_mandate(Seal(bytes(32)).sealed(made))
        unit.issuances.change(act, mandate_id=made.id)


def other_mandate(world: SignerWorld) -> None:
    other = world.ordered()
    with checks(world) as own:
        world.change(world.act, mandate_id=own.confirm(world.token, [other.id]))


SIGN: dict[str, tuple[str, Spoil]] = {
    "no mandate": ("no-mandate", lambda world: world.change(world.act, mandate_id=None)),
    "mandate of another act": ("no-mandate", other_mandate),
    "mandate of another hand": ("no-mandate", forged),
    "kind changed": ("no-mandate", lambda world: world.change(world.act, kind="apostille")),
    "document changed": ("no-mandate", lambda world: world.change(world.act, input_sha256=digest("other").hex())),
    "mandate over": ("mandate-over", lambda world: world.clock.pass_(hours=24)),
    "mandate to come": ("mandate-over", lambda world: world.clock.pass_(seconds=-1)),
    "not prepared": ("wrong-state", lambda world: world.change(world.act, state=State.NUMBERED.value)),
    "signed already": ("wrong-state", lambda world: world.change(world.act, state=State.PERSON_SIGNED.value)),
    "cancelled": ("wrong-state", lambda world: world.change(world.act, state=State.CANCELLED.value)),
    "signatures changed": ("no-mandate", lambda world: world.change(world.act, layout={"signatures": ["person"]})),
    "place changed": ("no-mandate", lambda world: world.change(world.act, layout={"signatures": BOTH, "places": {}})),
    "cover for page": ("no-mandate", lambda world: world.change(world.act, placement="allonge")),
    "particulars changed": ("no-mandate", lambda world: world.change(world.act, wanted={"said": {"signed_by": "x"}})),
    "level changed": ("no-mandate", lambda world: world.change(world.act, level="B-LT")),
    "dossier changed": ("no-mandate", lambda world: world.change(world.act, dossier="x")),
    "check code changed": ("no-mandate", lambda world: world.change(world.act, check_sha256=bytes(32))),
    "another digest": ("digest-mismatch", lambda world: world.change(world.act, person_digest=digest("x").hex())),
    "no digest": ("digest-mismatch", lambda world: world.change(world.act, person_digest="")),
    "grant taken back": ("not-allowed", lambda world: end_grants(world, "person")),
    "account closed": ("not-allowed", close_account),
    "no leader any more": ("not-allowed", no_leader),
}


def ready(world: SignerWorld, own: Checks) -> bytes:
    """Bring the act to where it is signed; return the attributes."""
    world.prepared(own.confirm(world.token, [world.act.id]))
    return attributes_of(world.person_key.der, digest("prepared"))


@pytest.mark.parametrize("case", list(SIGN))
def test_sign_refused(case: str, world: SignerWorld) -> None:
    code, spoil = SIGN[case]
    with checks(world) as own:
        attributes = ready(world, own)
        spoil(world)
        assert code_of(lambda: own.sign(world.act.id, Role.PERSON, attributes)) == code


def test_sign_unspoilt(world: SignerWorld) -> None:
    with checks(world) as own:
        attributes = ready(world, own)
        end_session(world)
        world.clock.pass_(hours=23)
        assert own.sign(world.act.id, Role.PERSON, attributes)


def test_a_role_that_the_act_does_not_have(world: SignerWorld) -> None:
    world.act = world.change(world.act, layout={"signatures": ["agency"]})
    with checks(world) as own:
        attributes = ready(world, own)
        assert code_of(lambda: own.sign(world.act.id, Role.PERSON, attributes)) == "not-allowed"


def test_key_renewed_since(world: SignerWorld) -> None:
    with checks(world) as own:
        attributes = ready(world, own)
    other_certificate(world)
    with checks(world) as own:
        assert code_of(lambda: own.sign(world.act.id, Role.PERSON, attributes)) == "key-unavailable"


def test_agency_before_the_person(world: SignerWorld) -> None:
    with checks(world) as own:
        ready(world, own)
        world.change(world.act, agency_digest=digest("prepared").hex())
        attributes = attributes_of(world.agency_key.der, digest("prepared"))
        assert code_of(lambda: own.sign(world.act.id, Role.AGENCY, attributes)) == "wrong-state"


def test_second_digest_for_the_same_act(world: SignerWorld) -> None:
    with checks(world) as own:
        attributes = ready(world, own)
        own.sign(world.act.id, Role.PERSON, attributes)
        world.change(world.act, person_digest=digest("second").hex())
        attributes = attributes_of(world.person_key.der, digest("second"))
        assert code_of(lambda: own.sign(world.act.id, Role.PERSON, attributes)) == "digest-mismatch"


def test_act_that_is_not_there(world: SignerWorld) -> None:
    with checks(world) as own:
        attributes = ready(world, own)
        assert code_of(lambda: own.sign(uuid4(), Role.PERSON, attributes)) == "not-found"


def double(der: bytes, name: str) -> bytes:
    found = cms.CMSAttributes.load(der)
    again = [one for one in found if one["type"].native == name]
    return bytes(cms.CMSAttributes([*found, *again]).dump())


def unsorted(der: bytes) -> bytes:
    found = [one.dump() for one in cms.CMSAttributes.load(der)]
    head = len(der) - sum(len(one) for one in found)
    return der[:head] + b"".join(reversed(found))


HOUR = datetime(2026, 3, 2, 8, tzinfo=UTC)
OTHER = identity(ec_key("another"))
ATTRIBUTES: dict[str, tuple[str, Callable[[bytes, bytes], bytes]]] = {
    "nothing": ("attributes-unclear", lambda _, der: b""),
    "no DER": ("attributes-unclear", lambda _, der: b"\x31\x80\x00\x00"),
    "cut off": ("attributes-unclear", lambda _, der: der[:-1]),
    "length in more octets than it takes": (
        "attributes-unclear",
        lambda _, der: b"\x31\x82\x00" + der[2:] if der[1] == 0x81 else b"\x31\x81" + der[1:],
    ),
    "octets behind": ("attributes-unclear", lambda _, der: der + b"\0"),
    "not in order": ("attributes-unclear", lambda _, der: unsorted(der)),
    "a digest twice": ("attributes-unclear", lambda _, der: double(der, "message_digest")),
    "no digest": ("attributes-unclear", lambda own, _: attributes_of(own, b"", message_digest=None)),
    "no content type": ("attributes-unclear", lambda own, _: attributes_of(own, digest("prepared"), content_type=None)),
    "other content": (
        "attributes-unclear",
        lambda own, _: attributes_of(own, digest("prepared"), content_type="tst_info"),
    ),
    "no certificate": (
        "attributes-unclear",
        lambda own, _: attributes_of(own, digest("prepared"), signing_certificate_v2=None),
    ),
    "another attribute": (
        "attributes-unclear",
        lambda own, _: attributes_of(own, digest("prepared"), signing_time=cms.Time({"utc_time": HOUR})),
    ),
    "a policy": (
        "attributes-unclear",
        lambda own, _: attributes_of(
            own,
            digest("prepared"),
            signing_certificate_v2={
                "certs": [{"cert_hash": hashlib.sha256(own).digest()}],
                "policies": [{"policy_identifier": "1.2.3"}],
            },
        ),
    ),
    "a short digest": ("attributes-unclear", lambda own, _: attributes_of(own, b"\1" * 20)),
    "other digest": ("digest-mismatch", lambda own, _: attributes_of(own, digest("other"))),
    "other certificate": ("key-mismatch", lambda _, der: attributes_of(OTHER.der, digest("prepared"))),
}


@pytest.mark.parametrize("case", list(ATTRIBUTES))
def test_attributes_refused(case: str, world: SignerWorld) -> None:
    code, spoil = ATTRIBUTES[case]
    with checks(world) as own:
        attributes = spoil(world.person_key.der, ready(world, own))
        assert code_of(lambda: own.sign(world.act.id, Role.PERSON, attributes)) == code


def test_attributes_of_rfc_6211_are_allowed(world: SignerWorld) -> None:
    protected = {"digest_algorithm": {"algorithm": "sha256"}, "signature_algorithm": {"algorithm": "sha256_ecdsa"}}
    with checks(world) as own:
        ready(world, own)
        attributes = attributes_of(world.person_key.der, digest("prepared"), cms_algorithm_protection=protected)
        assert own.sign(world.act.id, Role.PERSON, attributes)
