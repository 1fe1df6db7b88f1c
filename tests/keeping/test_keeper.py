from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from tests.accounts.support import add_authority
from tests.keeping.house import CODE, TrustHouse, code_of, write
from tests.keeping.lists import a_signed_list
from tests.pki import world
from tests.trust.lists.builder import service_ca
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.two_people import APPROVE, TwoPeople
from verifier.audit import Event
from verifier.errors import BadRequest
from verifier.keeping.desk import TrustDesk
from verifier.keeping.keeper import LOOK_AGAIN, TrustChange, TrustKeeper
from verifier.keeping.operations import carried_out, fingerprint
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.trust.archive import Archive
from verifier.trust.store import load_trust_store


def names(house: TrustHouse, keeper: TrustKeeper | None = None) -> set[str]:
    return {one.name for one in (keeper or house.keeper).snapshot().anchors}


def events(house: TrustHouse, subject: str = "trust") -> list[Event]:
    with house.database.unit(SYSTEM) as unit:
        return [one.event for one in unit.audit.chain(subject, "store", 100)]


# --- the first snapshot ------------------------------------------------------------------------------------------


def test_the_folder_is_installed_at_the_first_question(house: TrustHouse) -> None:
    assert house.keeper.in_use() is None

    snapshot = house.keeper.snapshot()

    assert snapshot == load_trust_store(house.folder)
    entry = house.entry()
    assert (entry.number, entry.snapshot_id, entry.previous_id, entry.kind) == (1, snapshot.id, "", "installed")
    assert house.archive.get(snapshot.id) == snapshot
    (told,) = events(house)
    assert (told.action, told.actor.kind, told.details["snapshot"]) == ("trust-installed", "system", snapshot.id)
    assert house.keeper.trouble() == ""


@pytest.mark.parametrize("code", ["trust-store-missing", "trust-store-empty"])
def test_nothing_is_installed_from_a_folder_that_holds_nothing(house: TrustHouse, tmp_path: Path, code: str) -> None:
    folder = tmp_path / "later"
    if code == "trust-store-empty":
        folder.mkdir()
    keeper = house.another(folder)

    assert code_of(keeper.snapshot) == keeper.trouble() == code
    assert keeper.in_use() is None
    write(folder, world().root)
    assert keeper.snapshot().anchors
    assert keeper.trouble() == ""


def test_of_two_processes_that_install_at_once_the_first_wins(house: TrustHouse) -> None:
    others = [house.another() for _ in range(4)]
    barrier, found = threading.Barrier(4), []

    def start(keeper: TrustKeeper) -> None:
        barrier.wait()
        found.append(keeper.snapshot().id)

    threads = [threading.Thread(target=start, args=(one,)) for one in others]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(house.desk.journal()) == len(events(house)) == 1


# --- the folder changes --------------------------------------------------------------------------------------------


def test_a_folder_that_changes_is_shown_and_never_used_by_itself(house: TrustHouse) -> None:
    before = house.keeper.snapshot()
    assert house.keeper.folder_difference() == ()

    write(house.folder, service_ca("New root"))
    house.timer.seconds += 10

    assert house.keeper.snapshot() == before
    assert {(one.sign, one.kind, one.name) for one in house.keeper.folder_difference()} == {("+", "anchor", "New root")}
    house.change(dict(house.keeper.folder_operation()))
    assert "New root" in names(house)
    assert house.keeper.folder_difference() == ()


def test_what_people_changed_stays_when_the_folder_is_taken_over(house: TrustHouse) -> None:
    house.change(house.anchor())
    assert house.keeper.folder_difference() == ()

    write(house.folder, service_ca("New root"))
    house.change(dict(house.keeper.folder_operation()))

    assert {"Gốc của Lào", "New root"} < names(house)
    assert house.keeper.folder_difference() == ()


def test_what_is_taken_out_of_the_folder_goes_by_a_proposal(house: TrustHouse) -> None:
    write(house.folder, service_ca("New root"))
    assert "New root" in names(house)
    (house.folder / f"{fingerprint(service_ca('New root').der)[:12]}.pem").unlink()

    assert {one.sign for one in house.keeper.folder_difference()} == {"-"}
    house.change(dict(house.keeper.folder_operation()))
    assert "New root" not in names(house)


def test_a_folder_that_became_unreadable_stops_nothing(house: TrustHouse) -> None:
    before = house.keeper.snapshot()
    (house.folder / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")

    problem = house.desk.folder().problem

    assert problem is not None
    assert problem.code == "trust-certificate-broken"
    assert house.keeper.snapshot() == before


# --- the archive --------------------------------------------------------------------------------------------------


def test_a_snapshot_that_is_gone_is_never_replaced_by_another(house: TrustHouse, tmp_path: Path) -> None:
    house.keeper.snapshot()
    write(house.folder, service_ca("New root"))
    elsewhere = Archive(tmp_path / "restored from nowhere")
    other = TrustKeeper(house.database, elsewhere, house.folder, house.clock, CODE)

    assert code_of(other.snapshot) == other.trouble() == "snapshot-unknown"
    assert len(house.desk.journal()) == 1


@pytest.mark.parametrize("left", ["", '{"pieces":[]}'])
def test_a_snapshot_that_is_gone_is_kept_anew_where_the_folder_is_the_very_same(
    house: TrustHouse, tmp_path: Path, left: str
) -> None:
    used = house.keeper.snapshot()
    elsewhere = Archive(tmp_path / "restored from nowhere")
    if left:
        (elsewhere.folder / "snapshots").mkdir(parents=True)
        (elsewhere.folder / "snapshots" / used.id).write_text(left)
    other = TrustKeeper(house.database, elsewhere, house.folder, house.clock, CODE)

    assert (other.snapshot(), other.trouble()) == (used, "")
    assert Archive(tmp_path / "restored from nowhere").get(used.id) == used
    assert len(house.desk.journal()) == 1


@pytest.mark.parametrize("part", ["", "snapshots", "pieces.pack", "certificates.pack"])
def test_an_archive_that_goes_away_under_a_service_at_work_is_noticed(
    house: TrustHouse, tmp_path: Path, part: str
) -> None:
    house.change(house.anchor())
    used = house.keeper.snapshot()
    place = house.archive.folder / part
    place.rename(tmp_path / "away")
    house.timer.seconds += LOOK_AGAIN

    assert house.keeper.trouble() == ("snapshot-unknown" if part in ("", "snapshots") else "snapshot-broken")
    (tmp_path / "away").rename(place)
    assert (house.keeper.snapshot(), house.keeper.trouble()) == (used, "")


def test_a_snapshot_that_is_gone_is_gone_where_the_folder_cannot_be_read(house: TrustHouse, tmp_path: Path) -> None:
    house.keeper.snapshot()
    other = TrustKeeper(house.database, Archive(tmp_path / "new"), tmp_path / "gone", house.clock, CODE)

    assert other.trouble() == "snapshot-unknown"


def test_looking_at_the_folder_again_writes_nothing(house: TrustHouse) -> None:
    def written() -> list[tuple[str, int]]:
        return sorted((str(one), one.stat().st_mtime_ns) for one in house.archive.folder.rglob("*"))

    house.keeper.snapshot()
    before = written()
    assert house.keeper.folder_difference() == ()
    assert written() == before

    write(house.folder, service_ca("New root"))
    shown = house.keeper.folder_difference()
    before = written()
    assert house.keeper.folder_difference() == shown
    assert written() == before


def test_a_snapshot_that_was_altered_is_not_used(house: TrustHouse, tmp_path: Path) -> None:
    kept = house.keeper.snapshot().id
    write(house.folder, service_ca("New root"))
    copy = tmp_path / "altered"
    (copy / "snapshots").mkdir(parents=True)
    (copy / "snapshots" / kept).write_text('{"pieces":[]}')
    other = TrustKeeper(house.database, Archive(copy), house.folder, house.clock, CODE)

    assert code_of(other.snapshot) == other.trouble() == "snapshot-broken"


# --- two people ---------------------------------------------------------------------------------------------------


def test_a_change_takes_effect_when_a_second_person_approves_it(house: TrustHouse) -> None:
    before = house.keeper.snapshot()
    proposal = house.propose(house.anchor(), reason="Công hàm 12 của Lào")

    assert house.keeper.snapshot() == before
    assert [one.sign for one in house.desk.differences(proposal)][:1] == ["+"]
    decided = house.approve(proposal)

    (anchor,) = [one for one in house.keeper.snapshot().anchors if one.name == "Gốc của Lào"]
    assert (anchor.origin.by, anchor.origin.approved_by) == ("Trần Văn An", "Lê Thị Bình")
    entry = house.entry()
    assert (entry.number, entry.kind, entry.previous_id) == (2, "approved", before.id)
    assert (entry.made_by, entry.approved_by, entry.reason) == ("Trần Văn An", "Lê Thị Bình", "Công hàm 12 của Lào")
    assert (entry.proposal_id, entry.authority_id) == (proposal.id, house.authority.id)
    assert entry.effect["added"] == 1
    told = next(one for one in events(house) if one.action == "trust-changed")
    assert told.details["snapshot"] == [before.id, entry.snapshot_id]
    assert told.actor.name == "Lê Thị Bình"
    assert house.desk.differences(decided) == house.desk.between(before.id, entry.snapshot_id)


def test_nobody_approves_their_own_proposal(house: TrustHouse) -> None:
    both = house.person(Role.SPECIALIST, "hoa.vu")
    both = Caller(authority=both.authority, person=both.person, roles=frozenset({Role.SPECIALIST, Role.LEADER}))
    proposal = house.propose(house.anchor(), both)

    assert code_of(lambda: house.approve(proposal, both)) == "own-proposal"
    assert len(house.desk.journal()) == 1


def test_a_leader_of_another_authority_finds_no_proposal(house: TrustHouse) -> None:
    other = add_authority(house.database)
    leader = house.person(Role.LEADER, "khac.nguoi", authority=other)
    proposal = house.propose(house.anchor())

    assert code_of(lambda: house.approve(proposal, leader)) == "not-found"


def test_another_authority_proposes_nothing(house: TrustHouse) -> None:
    other = house.person(Role.ADMINISTRATOR, "khac.nguoi", authority=add_authority(house.database))

    assert code_of(lambda: house.propose(house.anchor(), other)) == "not-allowed"
    assert code_of(lambda: house.people.propose(other, "trust", "store", 1, {}, "vì")) == "not-allowed"


@pytest.mark.parametrize("role", [Role.LEADER, Role.RECEPTION, Role.CLERK, Role.AUDITOR])
def test_other_roles_propose_nothing(house: TrustHouse, role: Role) -> None:
    who = house.person(role, "ai.do")
    assert code_of(lambda: house.propose(house.anchor(), who)) == "not-allowed"


def test_where_no_keeper_is_named_nobody_changes_anything(house: TrustHouse) -> None:
    keeper = house.another(code="")
    people = TwoPeople(house.database, house.clock, {"trust": TrustChange(keeper)})
    desk = TrustDesk(keeper, people, house.clock)

    assert code_of(lambda: desk.propose(house.specialist, house.anchor(), "vì")) == "not-allowed"
    assert code_of(lambda: people.propose(house.specialist, "trust", "store", 1, {}, "vì")) == "not-allowed"


def test_approving_needs_the_keeper_still_named(house: TrustHouse) -> None:
    proposal = house.propose(house.anchor())
    others = TwoPeople(house.database, house.clock, {"trust": TrustChange(house.another(code="G10.OTHER"))})

    assert code_of(lambda: others.decide(house.leader, proposal.id, APPROVE)) == "not-allowed"


def test_what_changes_nothing_cannot_be_proposed(house: TrustHouse) -> None:
    house.change(house.authority_entry())
    assert code_of(lambda: house.propose(house.authority_entry())) == "nothing-changed"
    assert code_of(lambda: house.propose(dict(house.keeper.folder_operation()))) == "nothing-changed"


def test_a_proposal_whose_effect_would_be_another_by_now_is_refused(house: TrustHouse) -> None:
    house.change(house.anchor())
    sha = house.anchor()["certificate"]
    house.clock.pass_(hours=1)
    sooner = house.propose({"kind": "end-anchor", "sha256": sha, "trusted_until": "2026-12-01T00:00:00+07:00"})
    later = house.propose({"kind": "end-anchor", "sha256": sha, "trusted_until": "2027-01-01T00:00:00+07:00"})
    house.approve(later)

    assert code_of(lambda: house.approve(sooner)) == "changed-meanwhile"
    assert house.people.get(house.leader, sooner.id).state == "open"


def test_a_proposal_that_others_did_not_touch_is_approved_after_them(house: TrustHouse) -> None:
    first, second = house.propose(house.anchor()), house.propose(house.authority_entry())
    house.approve(first)
    house.approve(second)

    assert "Gốc của Lào" in names(house)
    assert [one.id for one in house.keeper.snapshot().authorities] == ["la-embassy"]


def test_an_older_list_is_refused_with_its_reason(house: TrustHouse) -> None:
    house.change(house.follow())
    older = house.propose(house.a_list(a_signed_list(7)))
    house.change(house.a_list(a_signed_list(8)))

    assert code_of(lambda: house.approve(older)) == "list-older"
    assert code_of(lambda: house.propose(house.a_list(a_signed_list(6)))) == "list-older"


def test_a_list_that_ran_out_before_it_was_approved_is_refused(house: TrustHouse) -> None:
    house.change(house.follow())
    proposal = house.propose(house.a_list(a_signed_list(8)))
    house.clock.pass_(days=200)

    assert code_of(lambda: house.approve(proposal)) == "next-update-passed"
    assert house.entry().number == 2


class Failing(TrustChange):
    """Fails after the archive has the new snapshot, before anything is committed."""

    def apply(self, *given: Any, **named: Any) -> Any:
        super().apply(*given, **named)
        raise RuntimeError("power lost")


def test_a_crash_between_archive_and_commit_changes_nothing(house: TrustHouse) -> None:
    before, proposal = house.keeper.snapshot(), house.propose(house.anchor())
    people = TwoPeople(house.database, house.clock, {"trust": Failing(house.keeper)})

    with pytest.raises(RuntimeError, match="power lost"):
        people.decide(house.leader, proposal.id, APPROVE)

    assert len(house.archive.ids()) == 2
    assert house.keeper.snapshot() == before
    assert [one.number for one in house.desk.journal()] == [1]
    assert house.people.get(house.leader, proposal.id).state == "open"
    assert len(events(house)) == 1
    house.approve(proposal)
    assert house.entry().number == 2


def test_two_leaders_who_approve_at_once_make_one_change_after_the_other(house: TrustHouse) -> None:
    proposals = [house.propose(house.anchor()), house.propose(house.authority_entry())]
    barrier, met = threading.Barrier(2), []

    def approve(at: int) -> None:
        barrier.wait()
        try:
            met.append(house.approve(proposals[at]).state)
        except BadRequest as refusal:
            met.append(refusal.problem.code)

    threads = [threading.Thread(target=approve, args=(at,)) for at in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert "approved" in met
    assert set(met) <= {"approved", "changed-meanwhile"}
    journal = house.desk.journal()
    assert [one.number for one in journal] == list(range(len(journal), 0, -1))
    assert len(journal) == 1 + met.count("approved")
    assert all(after.previous_id == before.snapshot_id for after, before in pairwise(journal))


# --- several processes --------------------------------------------------------------------------------------------


def test_other_processes_follow_within_a_moment(house: TrustHouse) -> None:
    other = house.another()
    before = other.snapshot()
    house.change(house.anchor())

    assert "Gốc của Lào" in names(house)
    assert other.snapshot() is before
    house.timer.seconds += LOOK_AGAIN
    assert "Gốc của Lào" in names(house, other)


def test_the_journal_is_not_asked_at_every_question(house: TrustHouse) -> None:
    class Counting:
        asked = 0

        def unit(self, scope: Any) -> Any:
            self.asked += 1
            return house.database.unit(scope)

    counting: Any = Counting()
    keeper = TrustKeeper(counting, house.archive, house.folder, house.clock, CODE, timer=house.timer)
    keeper.snapshot()
    first = counting.asked
    for _ in range(50):
        keeper.snapshot()

    assert counting.asked == first


# --- lists that come by themselves --------------------------------------------------------------------------------


def test_a_newer_list_is_adopted_on_the_snapshot_it_was_made_from_only(house: TrustHouse) -> None:
    house.change(house.follow(refresh="automatic"))
    base = house.keeper.snapshot()
    after = carried_out(base, house.a_list(a_signed_list(7)), house.archive, house.clock.now(), "refresh")
    house.change(house.anchor())

    assert not house.keeper.adopt_refreshed(after, "vn-neac 7", house.clock.now(), base=base.id)
    assert house.entry().kind == "approved"

    now = house.keeper.snapshot()
    after = carried_out(now, house.a_list(a_signed_list(7)), house.archive, house.clock.now(), "refresh")
    assert house.keeper.adopt_refreshed(after, "vn-neac 7", house.clock.now(), base=now.id)
    entry = house.entry()
    assert (entry.kind, entry.made_by, entry.reason, entry.proposal_id) == ("refreshed", "refresh", "vn-neac 7", None)
    assert house.keeper.snapshot().id == after.id
    assert [one.action for one in events(house)].count("trust-refreshed") == 1
    assert house.keeper.folder_difference() == ()


def test_a_list_and_an_approval_at_once_make_one_change_after_the_other(house: TrustHouse) -> None:
    house.change(house.follow(refresh="automatic"))
    proposal, base, other = house.propose(house.anchor()), house.keeper.snapshot(), house.another()
    after = carried_out(base, house.a_list(a_signed_list(7)), house.archive, house.clock.now(), "refresh")
    barrier, done = threading.Barrier(2), dict[str, bool]()

    def approve() -> None:
        barrier.wait()
        try:
            done["approved"] = house.approve(proposal).state == "approved"
        except BadRequest as refusal:
            done["approved"] = refusal.problem.code != "changed-meanwhile"

    def adopt() -> None:
        barrier.wait()
        done["refreshed"] = other.adopt_refreshed(after, "vn-neac 7", house.clock.now(), base=base.id)

    threads = [threading.Thread(target=one) for one in (approve, adopt)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    journal = house.desk.journal()
    assert {one.kind for one in journal[:-2]} == {kind for kind, came in done.items() if came} != set()
    assert [one.number for one in journal] == list(range(len(journal), 0, -1))
    assert all(after.previous_id == before.snapshot_id for after, before in pairwise(journal))
    assert ("Gốc của Lào" in names(house)) is done["approved"]


def test_the_journal_is_never_rewritten(house: TrustHouse, database: Database) -> None:
    house.keeper.snapshot()
    with pytest.raises(IntegrityError), database.unit(SYSTEM) as unit:
        unit.trust.add(house.entry())
