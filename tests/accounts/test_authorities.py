from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.accounts.support import AT, Clock, add_authority, add_person
from verifier.accounts.authorities import AuthorityChange, AuthorityDesk, payload_of
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.two_people import APPROVE, REJECT, WITHDRAW, Decision, TwoPeople
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM, of

COPY = {
    "procedure": "certified-copy",
    "capacity": "decide",
    "valid_from": "2025-07-01",
    "valid_until": "",
    "citation": "Nghị định 23/2015/NĐ-CP, Điều 5",
}


@dataclass
class House:
    database: Database
    desk: AuthorityDesk
    proposals: TwoPeople
    authority: Authority
    admin: Caller
    leader: Caller

    def payload(self, **changes: Any) -> dict[str, Any]:
        return payload_of(self.authority, ()) | changes

    def caller(self, role: Role, login: str, authority: Authority | None = None) -> Caller:
        place = authority or self.authority
        person = add_person(self.database, place, role, login=login, password="", secret="")
        return Caller(authority=place, person=person, roles=frozenset({role}))

    def now(self) -> Authority:
        with self.database.unit(SYSTEM) as unit:
            found = unit.authorities.get(self.authority.id)
        assert found
        return found


@pytest.fixture
def house(database: Database) -> House:
    proposals = TwoPeople(database, Clock(), {"authority": AuthorityChange()})
    authority = add_authority(database)
    made = House(database, AuthorityDesk(database, proposals), proposals, authority, Caller(), Caller())
    made.admin, made.leader = made.caller(Role.ADMINISTRATOR, "an.tran"), made.caller(Role.LEADER, "binh.le")
    return made


def code(attempt: Callable[[], object]) -> str:
    with pytest.raises(BadRequest) as refused:
        attempt()
    return refused.value.problem.code


def test_a_change_takes_effect_when_a_leader_approves_it(house: House) -> None:
    wanted = house.payload(seal_name="Tổng Lãnh sự quán", competences=[COPY])
    proposal = house.desk.propose(house.admin, 1, wanted, "  Quyết định 12/QĐ  ngày 1/3/2026 ")
    before = house.now()
    told = house.desk.difference(house.leader, proposal)
    decided = house.proposals.decide(house.leader, proposal.id, APPROVE)

    assert before == house.authority
    assert proposal.reason == "Quyết định 12/QĐ ngày 1/3/2026"
    assert told["seal_name"] == ["Đại sứ quán", "Tổng Lãnh sự quán"]
    assert (decided.state, decided.decided_by, decided.decided_at) == ("approved", house.leader.id, AT)
    assert (house.now().seal_name, house.now().version) == ("Tổng Lãnh sự quán", 2)
    _, competences = house.desk.get(house.leader, house.authority.id)
    assert [(one.procedure, one.citation) for one in competences] == [("certified-copy", COPY["citation"])]


def test_proposal_decision_and_change_stand_in_the_log(house: House, database: Database) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), "Đổi dấu")
    house.proposals.decide(house.leader, proposal.id, APPROVE)

    with database.engine.begin() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        rows = connection.execute(
            text("select subject_kind, subject_id, action, actor_name, body from audit_event order by number")
        ).all()
    assert [row[2] for row in rows] == ["change-proposed", "change-approved", "authority-changed"]
    assert rows[2][:2] == ("authority", str(house.authority.id))
    assert rows[2][3] == house.leader.person.name  # type: ignore[union-attr]
    assert '"seal_name":["\\u0110\\u1ea1i s\\u1ee9 qu\\u00e1n","M\\u1edbi"]' in rows[2][4]


def test_a_mission_says_to_which_states_it_is_sent(house: House) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(states=" fr,LA  FR"), "Kiêm nhiệm")
    told = house.desk.difference(house.leader, proposal)
    house.proposals.decide(house.leader, proposal.id, APPROVE)

    assert told == {"states": ["", "FR, LA"]}
    assert house.now().states == ("FR", "LA")


def test_what_says_nothing_of_states_leaves_them(house: House) -> None:
    house.proposals.decide(
        house.leader, house.desk.propose(house.admin, 1, house.payload(states="FR"), "x").id, APPROVE
    )
    payload = {name: told for name, told in house.payload(seal_name="Mới").items() if name != "states"}
    house.proposals.decide(house.leader, house.desk.propose(house.admin, 2, payload, "x").id, APPROVE)

    assert (house.now().seal_name, house.now().states) == ("Mới", ("FR",))


def test_only_missions_are_sent_to_states(house: House, database: Database) -> None:
    other = add_authority(database, kind="ministry")
    admin = house.caller(Role.ADMINISTRATOR, "chi.vo", other)

    assert code(lambda: house.desk.propose(admin, 1, payload_of(other, ()) | {"states": "FR"}, "x")) == "bad-states"


def spoiled(house: House, **changes: Any) -> Callable[[], object]:
    return lambda: house.desk.propose(house.admin, 1, house.payload(**changes), "vì thế")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name_vi": " "}, "text-missing"),
        ({"name_vi": "Đại sứ quán\u200b"}, "text-unclear"),
        ({"address_vi": "1 Phố\u202e"}, "text-unclear"),
        ({"seal_name": "x" * 1001}, "text-unclear"),
        ({"time_zone": "Asia/Hanoi"}, "bad-zone"),
        ({"time_zone": "../etc/passwd"}, "bad-zone"),
        ({"states": "FR, XX"}, "bad-states"),
        ({"states": "France"}, "bad-states"),
        ({"states": "VN"}, "bad-states"),
        ({"valid_from": ""}, "bad-date"),
        ({"valid_from": "31/12/2025"}, "bad-date"),
        ({"valid_until": "2019-12-31"}, "bad-date"),
        ({"competences": [COPY | {"citation": ""}]}, "text-missing"),
        ({"competences": [COPY | {"procedure": "apostille"}]}, "competence-without-law"),
        ({"competences": [COPY, COPY]}, "competence-overlaps"),
        ({"valid_from": "2025-07-02", "competences": [COPY]}, "competence-outside"),
        ({}, "nothing-changed"),
    ],
)
def test_a_spoiled_proposal_is_refused(house: House, changes: dict[str, Any], expected: str) -> None:
    assert code(spoiled(house, **changes)) == expected


def test_a_proposal_needs_a_reason(house: House) -> None:
    assert code(lambda: house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), " ")) == "reason-missing"


def test_a_proposal_on_an_older_version_is_refused(house: House) -> None:
    assert code(lambda: house.desk.propose(house.admin, 2, house.payload(seal_name="Mới"), "x")) == "changed-meanwhile"


def test_of_two_proposals_on_one_version_the_second_is_not_carried_out(house: House) -> None:
    first = house.desk.propose(house.admin, 1, house.payload(seal_name="Một"), "x")
    second = house.desk.propose(house.admin, 1, house.payload(seal_name="Hai"), "x")
    house.proposals.decide(house.leader, first.id, APPROVE)

    assert code(lambda: house.proposals.decide(house.leader, second.id, APPROVE)) == "changed-meanwhile"
    assert house.proposals.get(house.leader, second.id).state == "open"
    assert house.now().seal_name == "Một"


@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.CLERK, Role.AUDITOR, Role.RECEPTION, Role.LEADER])
def test_only_an_administrator_proposes(house: House, role: Role) -> None:
    other = house.caller(role, "chi.vo")
    assert code(lambda: house.desk.propose(other, 1, house.payload(seal_name="Mới"), "x")) == "not-allowed"


@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.CLERK, Role.AUDITOR, Role.RECEPTION, Role.ADMINISTRATOR])
@pytest.mark.parametrize("decision", [APPROVE, REJECT])
def test_only_a_leader_decides(house: House, role: Role, decision: Decision) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), "x")
    other = house.caller(role, "chi.vo")

    assert code(lambda: house.proposals.decide(other, proposal.id, decision, "x")) == "not-allowed"
    assert house.now() == house.authority


def test_nobody_approves_what_they_proposed_even_with_both_roles(house: House, database: Database) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), "x")
    both = Caller(authority=house.authority, person=house.admin.person, roles=frozenset(Role))

    assert code(lambda: house.proposals.decide(both, proposal.id, APPROVE)) == "own-proposal"
    assert both.id
    with pytest.raises(IntegrityError, match="proposal_two_people"), database.unit(SYSTEM) as unit:
        unit.proposals.decide(proposal.id, "approved", both.id, AT, "")


@pytest.mark.parametrize("spoil", ["account-closed", "role-ended"])
def test_what_somebody_proposed_who_may_not_any_more_is_not_approved(house: House, spoil: str) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Dấu khác"), "vì")
    person = house.admin.person
    assert person
    with house.database.unit(SYSTEM) as unit:
        if spoil == "account-closed":
            assert unit.people.change(replace(person, disabled_at=AT))
        else:
            (grant,) = unit.people.grants(person.id)
            assert unit.people.end_grant(grant.id, AT)

    assert code(lambda: house.proposals.decide(house.leader, proposal.id, APPROVE)) == "proposer-gone"
    assert house.now().seal_name == house.authority.seal_name
    assert house.proposals.decide(house.leader, proposal.id, REJECT, "vì").state == "rejected"


def test_a_rejection_says_why_and_changes_nothing(house: House) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), "x")

    assert code(lambda: house.proposals.decide(house.leader, proposal.id, REJECT, " ")) == "reason-missing"
    decided = house.proposals.decide(house.leader, proposal.id, REJECT, "Thiếu căn cứ")
    assert (decided.state, decided.decision_reason) == ("rejected", "Thiếu căn cứ")
    assert house.now() == house.authority


def test_only_the_proposer_withdraws(house: House) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), "x")
    other = house.caller(Role.ADMINISTRATOR, "chi.vo")

    assert code(lambda: house.proposals.decide(other, proposal.id, WITHDRAW)) == "not-allowed"
    assert house.proposals.decide(house.admin, proposal.id, WITHDRAW).state == "withdrawn"
    assert code(lambda: house.proposals.decide(house.leader, proposal.id, APPROVE)) == "already-decided"


def test_another_authority_neither_sees_nor_decides(house: House, database: Database) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), "x")
    stranger = house.caller(Role.LEADER, "kha.do", add_authority(database))

    assert house.proposals.recent(stranger) == ()
    assert code(lambda: house.proposals.get(stranger, proposal.id)) == "not-found"
    assert code(lambda: house.proposals.decide(stranger, proposal.id, APPROVE)) == "not-found"


def test_the_database_too_keeps_an_authority_from_changing_another(house: House, database: Database) -> None:
    other = add_authority(database)
    with database.unit(of(house.authority.id)) as unit:
        assert not unit.authorities.change(other)
        assert unit.authorities.change(house.authority)


def test_two_leaders_who_approve_at_once_carry_it_out_once(house: House) -> None:
    proposal = house.desk.propose(house.admin, 1, house.payload(seal_name="Mới"), "x")
    leaders = [house.leader, house.caller(Role.LEADER, "chi.vo")]
    found: list[str] = []
    start = threading.Barrier(2)

    def approve(leader: Caller) -> None:
        start.wait()
        try:
            found.append(house.proposals.decide(leader, proposal.id, APPROVE).state)
        except BadRequest as refusal:
            found.append(refusal.problem.code)

    threads = [threading.Thread(target=approve, args=(one,)) for one in leaders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["already-decided", "approved"]
    assert house.now().version == 2


def test_what_is_not_there_is_not_found(house: House) -> None:
    assert code(lambda: house.proposals.get(house.leader, uuid4())) == "not-found"
    assert code(lambda: house.desk.get(house.leader, uuid4())) == "not-found"
