from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority
from tests.appointments.conftest import WHO, WISH, Desked, at
from tests.cases.world import COPY, SIGNATURE, code_of
from verifier.accounts.roles import Role
from verifier.appointments.records import Contact
from verifier.appointments.service import Wish
from verifier.cases.kernel import Asker
from verifier.cases.keys import Key
from verifier.cases.statuses import Status
from verifier.storage.scope import SYSTEM, of

KEY = Key("k-1", b"1" * 32)


# --- booking ---------------------------------------------------------------------------------------------------------


def test_an_officer_books_for_somebody_without_a_dossier(here: Desked) -> None:
    one = here.book.book(here.world.asker(Role.CLERK), WISH, at(8))

    assert (one.desk_id, one.starts_at, one.ends_at, one.state) == (here.first.id, at(8), at(8, 15), "booked")
    assert (one.contact, one.case_id) == (WHO, None)
    assert here.actions(one) == ["appointment-booked"]
    assert [letter.template for _, letter in here.contacts] == ["appointment-booked"] * 2
    assert here.contacts[0][0] == WHO
    assert here.contacts[0][1].values["time"] == "08:00 ngày 03/03/2026"
    assert here.contacts[0][1].values["desk"] == "1 (Chứng thực)"
    assert here.contacts[1] == (Contact(), replace(here.contacts[1][1], to=f"person:{here.first.officer_id}"))
    assert here.world.told == []


def test_nothing_of_who_comes_stands_in_the_log(here: Desked) -> None:
    one = here.booked(at(8))
    [entry] = here.log(one)

    assert not any(word in entry.body for word in (WHO.name, WHO.phone, WHO.email))
    assert entry.event.details["procedure"] == COPY


def test_an_applicant_books_by_the_dossier_and_the_specialist_is_told(here: Desked) -> None:
    specialist = here.world.person(Role.SPECIALIST)
    case = here.world.case(SIGNATURE, Status.EXAMINATION, officer_id=specialist.id)
    one = here.book.book(here.applicant(case), Wish("", "originals", 2, case.id), at(8))

    assert (one.procedure, one.case_id, one.contact, one.made_by) == (SIGNATURE, case.id, Contact(), f"case:{case.id}")
    assert [(id_, letter.to) for id_, letter in here.world.told] == [
        (case.id, "applicant"),
        (case.id, f"person:{specialist.id}"),
    ]
    assert here.world.told[0][1].values["bring"] == "bản chính của 2 giấy tờ"


def test_whoever_does_it_is_not_told_of_it(here: Desked) -> None:
    here.booked(at(8), desk=here.first)

    assert [letter.to for _, letter in here.contacts] == ["applicant"]


def test_letters_to_applicants_are_in_their_language(here: Desked) -> None:
    here.book.book(here.officer, replace(WISH, contact=replace(WHO, lang="en")), at(8))

    assert here.contacts[0][1].values["time"] == "08:00 on 3 March 2026"
    assert here.contacts[0][1].values["place"].startswith("Embassy of Viet Nam")


def test_without_a_desk_the_first_free_one_is_taken_and_with_one_that_one(here: Desked) -> None:
    desks = [here.booked(at(8)).desk_id, here.booked(at(8)).desk_id, here.booked(at(9), desk=here.second).desk_id]

    assert desks == [here.first.id, here.second.id, here.second.id]
    assert code_of(lambda: here.booked(at(8, 10))) == "slot-taken"
    assert code_of(lambda: here.booked(at(9), desk=here.second)) == "slot-taken"


def at_another(here: Desked) -> object:
    case, other = here.world.case(COPY), add_authority(here.world.database)
    return here.book.book(here.applicant(case), Wish("", case_id=case.id), at(8), place=other.id)


SPOILED: dict[str, tuple[Callable[[Desked], object], str]] = {
    "lunch": (lambda here: here.book.book(here.officer, WISH, at(12)), "slot-unknown"),
    "off-grid": (lambda here: here.book.book(here.officer, WISH, at(8, 1)), "slot-unknown"),
    "past": (lambda here: here.book.book(here.officer, WISH, at(14, day=2)), "slot-unknown"),
    "weekend": (lambda here: here.book.book(here.officer, WISH, at(8, day=7)), "slot-unknown"),
    "far-ahead": (lambda here: here.book.book(here.officer, WISH, at(8) + timedelta(days=63)), "slot-unknown"),
    "desk-of-nobody": (lambda here: here.book.book(here.officer, WISH, at(8), uuid4()), "desk-unknown"),
    "desk-of-another-procedure": (
        lambda here: here.book.book(here.officer, replace(WISH, procedure=SIGNATURE), at(8), here.second.id),
        "desk-unknown",
    ),
    "procedure-of-nobody": (
        lambda here: here.book.book(here.officer, replace(WISH, procedure="dancing"), at(8)),
        "procedure-unknown",
    ),
    "procedure-of-others": (
        lambda here: here.book.book(here.officer, replace(WISH, procedure="consular-certification"), at(8)),
        "procedure-not-offered",
    ),
    "too-many-originals": (
        lambda here: here.book.book(here.officer, replace(WISH, originals=101), at(8)),
        "field-wrong",
    ),
    "no-name": (
        lambda here: here.book.book(here.officer, replace(WISH, contact=replace(WHO, name=" ")), at(8)),
        "field-missing",
    ),
    "no-way": (
        lambda here: here.book.book(here.officer, replace(WISH, contact=Contact("Mai")), at(8)),
        "contact-missing",
    ),
    "bad-email": (
        lambda here: here.book.book(here.officer, replace(WISH, contact=replace(WHO, email="x")), at(8)),
        "email-unclear",
    ),
    "hidden-letters": (
        lambda here: here.book.book(here.officer, replace(WISH, contact=replace(WHO, name="M\u202eai")), at(8)),
        "text-unclear",
    ),
    "dossier-of-nobody": (
        lambda here: here.book.book(here.officer, Wish("", case_id=uuid4()), at(8)),
        "not-found",
    ),
    "applicant-without-dossier": (
        lambda here: here.book.book(here.applicant(here.world.case(COPY)), WISH, at(8)),
        "field-missing",
    ),
    "applicant-with-another-dossier": (
        lambda here: here.book.book(
            here.applicant(here.world.case(COPY)), Wish("", case_id=here.world.case(COPY).id), at(8)
        ),
        "not-found",
    ),
    "client-with-a-dossier-of-others": (
        lambda here: here.book.book(here.client(), Wish("", case_id=here.world.case(COPY).id), at(8)),
        "not-found",
    ),
    "at-an-authority-that-never-had-it": (
        at_another,
        "not-found",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_cannot_be_booked_is_refused_and_nothing_is_stored(here: Desked, name: str) -> None:
    act, code = SPOILED[name]

    assert code_of(lambda: act(here)) == code
    with here.world.database.unit(SYSTEM) as unit:
        assert unit.appointments.booked(here.place, at(0, day=1), at(0) + timedelta(days=99)) == ()
    assert here.contacts == []
    assert here.world.told == []


def test_applicants_book_with_notice_and_officers_at_once(here: Desked) -> None:
    case = here.world.case(COPY)
    soon = at(15, 30, day=2)

    assert code_of(lambda: here.book.book(here.applicant(case), Wish("", case_id=case.id), soon)) == "slot-unknown"
    assert here.booked(soon).starts_at == soon
    assert here.book.book(here.applicant(case), Wish("", case_id=case.id), at(16, day=2)).starts_at == at(16, day=2)


def test_a_dossier_has_one_appointment_ahead(here: Desked) -> None:
    case = here.world.case(COPY)
    one = here.booked(at(8), case=case)

    assert code_of(lambda: here.booked(at(9), case=case)) == "appointment-held"
    here.book.cancel(here.officer, one.id)
    assert here.booked(at(9), case=case).state == "booked"


def test_the_applicant_of_a_forwarded_dossier_comes_to_where_it_was_filed(here: Desked) -> None:
    ministry = add_authority(here.world.database)
    case = here.world.case(COPY, authority_id=ministry.id, intake_id=here.place)
    one = here.book.book(here.applicant(case), Wish("", case_id=case.id), at(8))

    assert one.authority_id == here.place
    assert here.book.get(here.applicant(case), one.id) == one
    assert here.book.cancel(here.applicant(case), one.id).state == "cancelled"


def test_a_client_books_for_people_and_for_dossiers_that_it_filed(here: Desked) -> None:
    portal = here.client()
    case = here.world.case(COPY, filed_by=portal.id)
    own, of_case = here.book.book(portal, WISH, at(8)), here.book.book(portal, Wish("", case_id=case.id), at(9))

    assert (own.made_by, of_case.made_by) == (portal.id, portal.id)
    assert here.book.move(portal, own.id, at(10)).starts_at == at(10)


# --- a key -----------------------------------------------------------------------------------------------------------


def test_the_same_request_under_a_key_books_once(here: Desked) -> None:
    one = here.book.book(here.officer, WISH, at(8), key=KEY)
    again = here.book.book(here.officer, WISH, at(8), key=KEY)

    assert again == one
    assert here.actions(one) == ["appointment-booked"]
    changed = replace(KEY, content=b"2" * 32)
    assert code_of(lambda: here.book.book(here.officer, WISH, at(9), key=changed)) == "idempotency-key-reused"
    assert here.book.book(here.leader, WISH, at(8), key=KEY).id != one.id, "the key of another"


def test_the_same_move_and_cancellation_under_a_key_happen_once(here: Desked) -> None:
    one = here.booked(at(8))
    moves = [here.book.move(here.officer, one.id, at(9), key=KEY).moves for _ in range(2)]
    other = replace(KEY, text="k-2")
    ends = [here.book.cancel(here.officer, one.id, "bận", key=other).state for _ in range(2)]

    assert (moves, ends) == ([1, 1], ["cancelled", "cancelled"])
    assert here.actions(one) == ["appointment-booked", "appointment-moved", "appointment-cancelled"]


# --- moving, cancelling, not coming ----------------------------------------------------------------------------------


def test_an_appointment_is_moved_to_a_free_time_and_stays_at_its_desk_where_it_can(here: Desked) -> None:
    one = here.booked(at(8), desk=here.second)
    moved = here.book.move(here.leader, one.id, at(8, 10))

    assert (moved.starts_at, moved.desk_id, moved.moves, moved.version) == (at(8, 10), here.second.id, 1, 2)
    assert here.stored(one) == moved
    letter = here.contacts[-1][1]
    assert (letter.template, letter.values["was"]) == ("appointment-moved", "08:00 ngày 03/03/2026")
    here.booked(at(8), desk=here.first)
    assert code_of(lambda: here.book.move(here.officer, one.id, at(8), here.first.id)) == "slot-taken"


def test_a_cancelled_appointment_gives_its_time_back(here: Desked) -> None:
    one = here.booked(at(8), desk=here.first)
    ended = here.book.cancel(here.leader, one.id, "Tôi bận việc")

    assert (ended.state, ended.why, ended.ended_at) == ("cancelled", "Tôi bận việc", here.world.clock.now())
    assert [letter.template for _, letter in here.contacts[1:]] == ["appointment-cancelled"] * 2
    assert here.log(one)[-1].event.reason == "Tôi bận việc"
    assert here.booked(at(8), desk=here.first).id != one.id


def test_who_did_not_come_is_noted_when_the_time_is_over(here: Desked) -> None:
    one = here.booked(at(8), desk=here.first)
    here.pass_(hours=17, minutes=14)

    assert code_of(lambda: here.book.missed(here.officer, one.id)) == "not-over-yet"
    here.pass_(minutes=1)
    assert here.book.missed(here.officer, one.id).state == "missed"
    assert here.contacts[-1][1].template == "appointment-missed"
    assert code_of(lambda: here.book.missed(here.officer, one.id)) == "appointment-over"
    assert here.actions(one)[-1] == "appointment-missed"


def test_applicants_note_nothing_as_missed(here: Desked) -> None:
    case = here.world.case(COPY)
    one = here.booked(at(8), case=case)
    here.pass_(days=2)

    assert code_of(lambda: here.book.missed(here.applicant(case), one.id)) == "not-allowed"


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_what_has_begun_or_is_over_does_not_change(here: Desked, change: str) -> None:
    def act() -> object:
        if change == "move":
            return here.book.move(here.officer, one.id, at(9, day=4))
        return here.book.cancel(here.officer, one.id)

    one = here.booked(at(8))
    here.pass_(hours=17)
    assert code_of(act) == "appointment-over"
    one = here.booked(at(9))
    here.book.cancel(here.officer, one.id)
    assert code_of(act) == "appointment-over"


def test_who_saw_an_older_version_changes_nothing(here: Desked) -> None:
    one = here.booked(at(8))
    here.book.move(here.officer, one.id, at(9), version=1)

    assert code_of(lambda: here.book.move(here.officer, one.id, at(10), version=1)) == "changed-meanwhile"
    assert code_of(lambda: here.book.cancel(here.officer, one.id, version=1)) == "changed-meanwhile"


def others(here: Desked) -> dict[str, Asker]:
    """Those whose appointment it is not."""
    stranger = replace(here.officer, scope=of(add_authority(here.world.database).id))
    return {"officer": stranger, "applicant": here.applicant(here.world.case(COPY)), "client": here.client()}


@pytest.mark.parametrize("who", ["officer", "applicant", "client"])
def test_the_appointments_of_others_are_not_there(here: Desked, who: str) -> None:
    one, asker = here.booked(at(8)), others(here)[who]
    acts: tuple[Callable[[], object], ...] = (
        lambda: here.book.get(asker, one.id),
        lambda: here.book.move(asker, one.id, at(9)),
        lambda: here.book.cancel(asker, one.id),
    )

    assert [code_of(act) for act in acts] == ["not-found"] * 3


# --- looking ---------------------------------------------------------------------------------------------------------


def test_slots_begin_now_or_with_notice_and_end_with_the_days_ahead(here: Desked) -> None:
    case = here.world.case(COPY)
    today, ask = date(2026, 3, 2), Wish(COPY)
    ours = here.book.slots(here.officer, here.place, ask, today, 1)
    theirs = here.book.slots(here.applicant(case), here.place, ask, date(2026, 2, 20), 31)
    last = here.book.slots(here.officer, here.place, ask, date(2026, 4, 30), 31)

    assert (ours[0].starts_at, theirs[0].starts_at) == (at(15, day=2), at(16, day=2))
    assert last == ()  # 30/4 and 1/5 are days off, and nobody books beyond
    assert here.book.slots(here.officer, here.place, ask, date(2026, 5, 4), 1) == ()
    assert here.book.slots(here.officer, here.place, ask, date(8000, 1, 1), 31) == ()
    assert code_of(lambda: here.book.slots(here.officer, here.place, ask, today, 32)) == "field-wrong"
    assert code_of(lambda: here.book.slots(here.officer, uuid4(), ask, today, 1)) == "not-found"


def test_every_slot_that_is_offered_can_be_booked(here: Desked) -> None:
    here.booked(at(8, 10))
    for slot in here.book.slots(here.officer, here.place, WISH, date(2026, 3, 3), 1)[:12]:
        assert here.book.book(here.officer, WISH, slot.starts_at, slot.desk.id).ends_at == slot.ends_at


def test_the_list_of_a_day_shows_what_was_cancelled_too(here: Desked) -> None:
    first, second = here.booked(at(8)), here.booked(at(9))
    here.booked(at(8, day=4))
    here.book.cancel(here.officer, first.id)

    assert [one.id for one in here.book.of_day(here.officer, date(2026, 3, 3))] == [first.id, second.id]
    assert (
        here.book.of_day(replace(here.officer, scope=of(add_authority(here.world.database).id)), date(2026, 3, 3)) == ()
    )
