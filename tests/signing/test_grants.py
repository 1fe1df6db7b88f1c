"""Two people give and take back the use of a key: start valid, spoil one thing, expect one code."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from tests.accounts.support import add_authority, add_person
from tests.signing.granting import ENDS, WHY, GrantHouse, png
from tests.web.accounts_support import caller_of
from verifier.accounts.roles import Role as Held
from verifier.errors import BadRequest, CouldNotIssue, VerifierError
from verifier.signing.grant_pictures import LARGEST, cleaned
from verifier.signing.grants import HeldState, fingerprint
from verifier.signing.records import Kind, Role
from verifier.storage.audit import AuditFilter
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM, of

ECOPY, LEGALIZATION = Kind.CERTIFIED_ECOPY.value, Kind.CONSULAR_LEGALIZATION.value


@pytest.fixture
def house(database: Database) -> GrantHouse:
    return GrantHouse(database)


def code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except VerifierError as refusal:
        return refusal.problem.code
    return ""


def test_proposed_approved_and_taken_back(house: GrantHouse) -> None:
    house.approved(house.proposed(kinds=(ECOPY, LEGALIZATION), picture=png(), picture_mm="35,5"))
    (grant,) = house.grants()
    assert (grant.person_id, grant.key_name, grant.role) == (house.officer.id, "ky-huong", "person")
    assert grant.certificate_sha256 == fingerprint(house.signer.held[0])
    assert grant.kinds == sorted([ECOPY, LEGALIZATION])
    assert grant.valid_from == house.clock.now()
    assert grant.valid_until == datetime(2026, 12, 31, 17, tzinfo=UTC)
    assert grant.picture_mm == 35.5
    assert grant.picture is not None
    assert grant.holds(ECOPY, house.clock.now())

    house.approved(house.desk.propose_end(house.admin, grant.id, WHY))
    (grant,) = house.grants()
    assert grant.ended_at == house.clock.now()
    assert not grant.holds(ECOPY, house.clock.now())


def test_the_log_tells_both(house: GrantHouse) -> None:
    house.approved(house.proposed())
    (grant,) = house.grants()
    house.approved(house.desk.propose_end(house.admin, grant.id, WHY))
    with house.database.unit(of(house.authority.id)) as unit:
        after, before = unit.audit.search(AuditFilter(action="signing-grant-changed"), 10)
    assert before.event.details["grant-person"] == ["", "Trần Thị Hương"]
    assert before.event.details["grant-kinds"] == ["", ECOPY]
    assert after.event.details["grant-person"] == ["Trần Thị Hương", ""]
    assert before.event.subject_id == after.event.subject_id == str(grant.id)


def test_no_last_day_means_the_end_of_the_certificate(house: GrantHouse) -> None:
    house.approved(house.proposed(last=""))
    assert [one.valid_until for one in house.grants()] == [ENDS]


def test_last_day_may_be_that_of_the_certificate(house: GrantHouse) -> None:
    house.approved(house.proposed(last="2027-03-05"))
    assert [one.valid_until for one in house.grants()] == [ENDS]


def test_a_grant_to_come(house: GrantHouse) -> None:
    house.approved(house.proposed(first="2026-05-01"))
    assert [one.valid_from for one in house.grants()] == [datetime(2026, 4, 30, 17, tzinfo=UTC)]


def elsewhere(house: GrantHouse) -> str:
    place = add_authority(house.database)
    return str(add_person(house.database, place, Held.LEADER, login="xa.la", password="", secret="").id)


def clerk(house: GrantHouse) -> str:
    return str(house.person(Held.CLERK, "van.thu", "Văn Thư").id)


PROPOSED: dict[str, tuple[str, Callable[[GrantHouse], dict[str, Any]]]] = {
    "unknown key": ("key-not-held", lambda _: {"key": "other"}),
    "unknown person": ("person-not-leader", lambda _: {"person": str(uuid4())}),
    "no person": ("operation-unclear", lambda _: {"person": ""}),
    "no leader": ("person-not-leader", lambda house: {"person": clerk(house)}),
    "person of another authority": ("person-not-leader", lambda house: {"person": elsewhere(house)}),
    "no kind": ("nothing-chosen", lambda _: {"kinds": ()}),
    "unknown kind": ("operation-unclear", lambda _: {"kinds": ("anything",)}),
    "no first day": ("bad-date", lambda _: {"first": ""}),
    "no day": ("bad-date", lambda _: {"last": "31/12"}),
    "last before first": ("bad-date", lambda _: {"first": "2026-06-02", "last": "2026-06-01"}),
    "over": ("bad-date", lambda _: {"first": "2026-02-01", "last": "2026-03-01"}),
    "beyond the certificate": ("until-after-certificate", lambda _: {"last": "2027-03-06"}),
    "picture is none": ("picture-unreadable", lambda _: {"picture": b"GIF89a", "picture_mm": "30"}),
    "picture without transparency": ("picture-opaque", lambda _: {"picture": png(mode="RGB"), "picture_mm": "30"}),
    "picture is a JPEG": ("picture-unreadable", lambda _: {"picture": png(mode="RGB", form="JPEG"), "picture_mm": "3"}),
    "picture too long": ("picture-too-large", lambda _: {"picture": png((3000, 20)), "picture_mm": "30"}),
    "picture too heavy": ("picture-too-large", lambda _: {"picture": bytes(LARGEST + 1), "picture_mm": "30"}),
    "picture too small": ("picture-unreadable", lambda _: {"picture": png((3, 3)), "picture_mm": "30"}),
    "picture cut off": ("picture-unreadable", lambda _: {"picture": png()[:-30], "picture_mm": "30"}),
    "picture without width": ("picture-width", lambda _: {"picture": png()}),
    "picture too wide": ("picture-width", lambda _: {"picture": png(), "picture_mm": "200"}),
    "width is none": ("picture-width", lambda _: {"picture": png(), "picture_mm": "nan"}),
}


@pytest.mark.parametrize("case", list(PROPOSED))
def test_proposal_refused(case: str, house: GrantHouse) -> None:
    code, spoil = PROPOSED[case]
    assert code_of(lambda: house.proposed(**spoil(house))) == code
    assert house.accounts.proposals.recent(house.admin) == ()


def test_key_of_another_authority(house: GrantHouse) -> None:
    house.signer.held[0] = replace(house.signer.held[0], authority="G10.OTHER")
    assert code_of(house.proposed) == "key-not-held"


def test_no_reason(house: GrantHouse) -> None:
    assert code_of(lambda: house.desk.propose(house.admin, house.wanted(), "")) == "reason-missing"


def test_no_signer(house: GrantHouse) -> None:
    house.signer.absent = True
    assert code_of(house.proposed) == "signer-absent"
    assert house.desk.held(house.admin).problem == CouldNotIssue("signer-absent").problem


def test_only_administrators_propose(house: GrantHouse) -> None:
    assert code_of(lambda: house.desk.propose(house.leader, house.wanted(), WHY)) == "not-allowed"


def test_whoever_gains_does_not_approve(house: GrantHouse) -> None:
    proposal = house.proposed()
    gaining = caller_of(house.officer, house.authority, Held.LEADER, proved=True)
    assert code_of(lambda: house.approved(proposal, gaining)) == "own-grant"
    assert house.grants() == ()
    house.approved(proposal)
    assert len(house.grants()) == 1


def close(house: GrantHouse) -> None:
    with house.database.unit(SYSTEM) as unit:
        person = unit.people.get(house.officer.id)
        assert person is not None
        unit.people.change(replace(person, disabled_at=house.clock.now()))


def demote(house: GrantHouse) -> None:
    with house.database.unit(SYSTEM) as unit:
        (role,) = unit.people.grants(house.officer.id)
        unit.people.end_grant(role.id, house.clock.now())


def renew(house: GrantHouse) -> None:
    house.signer.held[0] = house.key("ky-huong", Role.PERSON, "newer")


MEANWHILE: dict[str, tuple[str, Callable[[GrantHouse], Any]]] = {
    "key gone": ("key-not-held", lambda house: house.signer.held.pop(0)),
    "certificate renewed": ("changed-meanwhile", renew),
    "key of another role": (
        "role-mismatch",
        lambda house: house.signer.held.__setitem__(0, replace(house.signer.held[0], role=Role.AGENCY)),
    ),
    "account closed": ("person-not-leader", close),
    "no leader any more": ("person-not-leader", demote),
    "period over": ("bad-date", lambda house: house.clock.pass_(days=400)),
    "given already": ("grant-overlaps", lambda house: house.approved(house.proposed(last="2026-04-01"))),
    "signer away": ("signer-absent", lambda house: setattr(house.signer, "absent", True)),
}


@pytest.mark.parametrize("case", list(MEANWHILE))
def test_approval_refused(case: str, house: GrantHouse) -> None:
    code, spoil = MEANWHILE[case]
    proposal = house.proposed()
    spoil(house)
    before = house.grants()
    assert code_of(lambda: house.approved(proposal)) == code
    assert house.grants() == before
    assert house.accounts.proposals.get(house.admin, proposal.id).state == "open"


OVERLAPS: dict[str, tuple[str, dict[str, Any]]] = {
    "same": ("grant-overlaps", {}),
    "within": ("grant-overlaps", {"first": "2026-05-01", "last": "2026-05-02"}),
    "touching": ("grant-overlaps", {"first": "2026-12-31", "last": ""}),
    "after": ("", {"first": "2027-01-01", "last": ""}),
    "other kind": ("", {"kinds": (LEGALIZATION,)}),
    "one kind in common": ("grant-overlaps", {"kinds": (LEGALIZATION, ECOPY)}),
    "other role": ("", {"key": "dau-co-quan"}),
}


@pytest.mark.parametrize("case", list(OVERLAPS))
def test_overlap(case: str, house: GrantHouse) -> None:
    code, changes = OVERLAPS[case]
    house.approved(house.proposed())
    assert code_of(lambda: house.proposed(**changes)) == code


def test_grant_for_an_old_certificate_stands_in_nobodys_way(house: GrantHouse) -> None:
    house.approved(house.proposed())
    renew(house)
    house.approved(house.proposed())
    held = house.desk.held(house.leader)
    assert {one.state for one in house.desk.grants(house.leader, held)} == {"holds", "renewed"}


def test_taking_back_needs_no_signer(house: GrantHouse) -> None:
    house.approved(house.proposed())
    house.signer.absent = True
    house.approved(house.desk.propose_end(house.admin, house.grants()[0].id, WHY))
    assert [one.state for one in house.desk.grants(house.admin, HeldState())] == ["ended"]


def test_taking_back_twice(house: GrantHouse) -> None:
    house.approved(house.proposed())
    id_ = house.grants()[0].id
    first, second = (house.desk.propose_end(house.admin, id_, WHY) for _ in range(2))
    house.approved(first)
    assert code_of(lambda: house.approved(second)) == "changed-meanwhile"
    assert code_of(lambda: house.desk.propose_end(house.admin, id_, WHY)) == "changed-meanwhile"


def test_another_authority_sees_and_ends_nothing(house: GrantHouse) -> None:
    house.approved(house.proposed(picture=png(), picture_mm="30"))
    place = add_authority(house.database)
    person = add_person(house.database, place, Held.ADMINISTRATOR, login="xa.la", password="", secret="")
    stranger = caller_of(person, place, Held.ADMINISTRATOR)
    assert house.desk.grants(stranger, HeldState()) == ()
    assert house.desk.held(stranger) == HeldState()
    assert house.desk.leaders(stranger) == ()
    assert code_of(lambda: house.desk.propose_end(stranger, house.grants()[0].id, WHY)) == "not-found"


def test_nobody_else_looks(house: GrantHouse) -> None:
    clerk_ = house.caller(Held.CLERK, "van.thu", "Văn Thư")
    for look in (house.desk.held, house.desk.leaders, lambda one: house.desk.grants(one, HeldState())):
        assert code_of(lambda look=look: look(clerk_)) == "not-allowed"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("days", "state"), [(-1, "coming"), (0, "holds"), (364, "over")], ids=["before", "within", "behind"]
)
def test_states(days: int, state: str, house: GrantHouse) -> None:
    house.approved(house.proposed(first="2026-03-03" if days < 0 else "2026-03-02"))
    house.clock.instant += timedelta(days=max(days, 0))
    assert [one.state for one in house.desk.grants(house.leader, house.desk.held(house.leader))] == [state]


def test_leaders(house: GrantHouse) -> None:
    assert {one.login for one in house.desk.leaders(house.admin)} == {"binh.le", "huong.tran"}
    close(house)
    assert {one.login for one in house.desk.leaders(house.admin)} == {"binh.le"}


def test_difference_and_picture(house: GrantHouse) -> None:
    proposal = house.proposed(picture=png(), picture_mm="30")
    told = house.desk.difference(house.leader, proposal)
    assert told["grant-person"] == ["", "Trần Thị Hương"]
    assert told["grant-picture"] == ["", "30 mm"]
    assert house.desk.picture(house.leader, proposal.id).startswith(b"\x89PNG")
    house.approved(proposal)
    ending = house.desk.propose_end(house.admin, house.grants()[0].id, WHY)
    assert house.desk.difference(house.leader, ending)["grant-key"] == ["ky-huong", ""]
    assert code_of(lambda: house.desk.picture(house.leader, ending.id)) == "not-found"


def test_what_came_along_with_a_picture_is_left_out() -> None:
    plain = Image.new("RGBA", (40, 40), (200, 0, 0, 120))
    written = io.BytesIO()
    plain.save(written, "PNG", exif=b"Exif\0\0hidden", icc_profile=b"hidden")
    assert b"hidden" not in cleaned(written.getvalue())
    with Image.open(io.BytesIO(cleaned(written.getvalue()))) as found:
        assert found.getpixel((5, 5)) == (200, 0, 0, 120)


def test_a_bomb_is_refused() -> None:
    with pytest.raises(BadRequest, match="picture-too-large"):
        cleaned(png((2001, 2001), "LA"))
