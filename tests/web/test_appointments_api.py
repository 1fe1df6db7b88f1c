from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from tests.accounts.support import add_authority, add_person
from tests.appointments.conftest import ToldContacts
from tests.cases.world import COPY, TOKEN
from tests.web.accounts_support import token_in
from tests.web.case_api_site import Calls, CaseApiSite, case_api_site, code, told
from verifier.accounts.roles import Role
from verifier.accounts.scopes import READ_CASES
from verifier.appointments.office import Desks
from verifier.appointments.service import Appointments
from verifier.cases.records import Case
from verifier.cases.secrecy import identity_of
from verifier.storage.database import Database
from verifier.web.api import appointment_schemas as schemas

API = "/api/v1/appointments"
CONTACT = {"name": "Mai Văn Đến", "phone": "0905000000", "email": "den@example.vn", "lang": "vi"}


def at(hour: int, minute: int = 0, day: int = 3) -> str:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).isoformat()


BOOKING: dict[str, Any] = {"starts_at": at(8), "procedure": COPY, "contact": CONTACT}


class DeskSite(CaseApiSite):
    """The site with desks."""

    contacts: ToldContacts

    def desked(self) -> DeskSite:
        self.contacts, house = ToldContacts(), self.world.house
        parts = cast("SimpleNamespace", self.work)
        parts.appointments, parts.desks = Appointments(house, self.contacts), Desks(house, self.contacts)
        self.world.competent(COPY)
        for number in (1, 2):
            answer = self.officer(Role.LEADER)("POST", f"{API}/desks", json={"number": number})
            assert answer.status_code == 201, answer.text
        return self

    def case_and_holder(self) -> tuple[Case, Calls]:
        case = self.world.case(COPY)
        return case, self.holder(case.code, TOKEN)


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[DeskSite]:
    with case_api_site(database, tmp_path) as made:
        yield DeskSite(made.world).desked()


@pytest.fixture
def officer(site: DeskSite) -> Calls:
    return site.officer(Role.RECEPTION)


def booked(calls: Calls, **changes: Any) -> dict[str, Any]:
    answer = calls("POST", API, json={**BOOKING, **changes})
    assert answer.status_code == 201, answer.text
    return told(answer)


def test_an_officer_books_reads_moves_and_cancels(site: DeskSite, officer: Calls) -> None:
    free = told(officer("GET", f"{API}/slots?procedure={COPY}&from=2026-03-03&days=1"))["slots"]
    made = officer("POST", API, json={**BOOKING, "starts_at": free[0]["starts_at"]}, key="k")
    again = officer("POST", API, json={**BOOKING, "starts_at": free[0]["starts_at"]}, key="k")
    one = told(made)
    moved = officer("POST", f"{one['href']}/move", json={"starts_at": at(9)}, version=1)
    late = officer("POST", f"{one['href']}/move", json={"starts_at": at(10)}, version=1)
    ended = told(officer("POST", f"{one['href']}/cancel", json={"why": "bận"}, version=2))

    assert (made.status_code, made.headers["Location"], made.headers["ETag"]) == (201, one["href"], '"1"')
    assert told(again) == one
    assert (one["contact"], one["starts_at"], one["desk_number"]) == (CONTACT, "2026-03-03T00:00:00Z", 1)
    assert (told(moved)["starts_at"], moved.headers["ETag"]) == ("2026-03-03T02:00:00Z", '"2"')
    assert code(late) == (412, "precondition-failed")
    assert (ended["state"], ended["why"], ended["version"]) == ("cancelled", "bận", 3)
    assert told(officer("GET", f"{API}?day=2026-03-03"))["appointments"] == [ended]
    assert officer("GET", one["href"], headers={"If-None-Match": '"3"'}).status_code == 304
    for answer in (one, ended):
        assert schemas.AppointmentNote.model_validate(answer).model_dump(mode="json") == answer


def test_an_applicant_does_the_same_by_code_and_token(site: DeskSite) -> None:
    case, holder = site.case_and_holder()
    slots = told(holder("GET", f"{API}/slots?from=2026-03-03&days=1"))["slots"]
    one = told(holder("POST", API, json={"starts_at": slots[0]["starts_at"], "dossier": str(case.id)}))
    file = holder("GET", one["calendar"])

    assert (one["dossier"], one["contact"], one["procedure"]) == (str(case.id), None, COPY)
    assert file.content_type == "text/calendar; charset=utf-8"
    assert b"DTSTART:20260303T000000Z" in file.data
    assert [each["id"] for each in told(holder("GET", f"{API}?dossier={case.id}"))["appointments"]] == [one["id"]]
    assert told(holder("POST", f"{one['href']}/move", json={"starts_at": at(9)}, version=1))["moves"] == 1
    assert told(holder("POST", f"{one['href']}/cancel", version=2))["state"] == "cancelled"
    assert code(holder("POST", f"{one['href']}/no-show"))[0] == 401


def test_an_electronic_identity_reaches_its_own_appointments_alone(site: DeskSite) -> None:
    digest = identity_of(site.world.house.ring, "012345678901")
    case = site.world.case(COPY, identity=digest)
    strange = booked(site.officer(Role.RECEPTION), starts_at=at(10))
    until = site.world.clock.now().replace(minute=20).isoformat()
    calls = signed_in(site, digest, until)
    one = told(calls("POST", API, json={"starts_at": at(8), "dossier": str(case.id)}))

    assert told(calls("GET", one["href"]))["id"] == one["id"]
    assert code(calls("GET", strange["href"])) == (404, "not-found")
    assert code(calls("POST", API, json={"starts_at": at(8)})) == (422, "field-missing")


def signed_in(site: DeskSite, digest: bytes, until: str) -> Calls:
    """The script of an applicant who signed in by electronic identity."""
    client = site.app.test_client()
    with client.session_transaction() as session:
        session["applicant"] = {"identities": [digest.hex()], "until": until}
    page = token_in(client.get("/account/sign-in").text)
    with client.session_transaction() as session:
        cookie = dict(session)
    return Calls(site.app, {"X-CSRF-Token": page, "Sec-Fetch-Site": "same-origin"}, cookie)


def test_a_client_books_for_somebody_without_a_dossier(site: DeskSite) -> None:
    portal = site.portal()
    one = booked(portal)

    assert site.contacts[0][0].name == CONTACT["name"]
    assert told(portal("GET", one["href"]))["id"] == one["id"]
    assert code(site.portal()("GET", one["href"])) == (404, "not-found")


def test_a_client_sees_nobody_elses_appointments(site: DeskSite, officer: Calls) -> None:
    booked(officer)
    portal = site.portal()

    assert code(portal("GET", f"{API}?day=2026-03-03")) == (403, "not-allowed")
    assert code(portal("GET", f"{API}/waiting")) == (403, "not-allowed")


def test_nobody_is_booked_here_who_asked_for_another_authority(site: DeskSite, officer: Calls) -> None:
    other = add_authority(site.world.database).code

    assert code(officer("POST", API, json={**BOOKING, "authority": other})) == (404, "not-found")
    assert code(site.portal()("POST", API, json={**BOOKING, "authority": other})) == (404, "not-found")
    assert booked(officer, authority=site.world.authority.code)["dossier"] is None


def test_refusals_name_the_field_as_it_was_sent(site: DeskSite, officer: Calls) -> None:
    _, holder = site.case_and_holder()
    unclear = officer("POST", API, json={**BOOKING, "contact": {"name": "Mai Văn Đến", "email": "den"}})
    nameless = holder("POST", API, json={"starts_at": at(8)})

    assert (told(unclear)["code"], told(unclear)["params"]["field"]) == ("email-unclear", "contact.email")
    assert (told(nameless)["code"], told(nameless)["params"]["field"]) == ("field-missing", "dossier")


def test_reading_clients_book_nothing(site: DeskSite) -> None:
    reader = site.portal(READ_CASES)

    assert reader("GET", f"{API}/slots?procedure={COPY}").status_code == 200
    assert code(reader("POST", API, json=BOOKING)) == (403, "not-allowed")


REFUSED: dict[str, tuple[Callable[[Calls], Any], tuple[int, str]]] = {
    "taken": (lambda calls: calls("POST", API, json=BOOKING), (409, "slot-taken")),
    "lunch": (lambda calls: calls("POST", API, json={**BOOKING, "starts_at": at(12)}), (422, "slot-unknown")),
    "zone": (
        lambda calls: calls("POST", API, json={**BOOKING, "starts_at": "2026-03-03T08:00:00"}),
        (400, "time-without-zone"),
    ),
    "field": (lambda calls: calls("POST", API, json={**BOOKING, "x": 1}), (422, "field-unknown")),
    "kind": (lambda calls: calls("POST", API, json={**BOOKING, "originals": "1"}), (422, "field-wrong")),
    "phone": (
        lambda calls: calls("POST", API, json={**BOOKING, "contact": {"name": "Mai Văn Đến", "phone": "abc"}}),
        (422, "field-wrong"),
    ),
    "no-json": (lambda calls: calls("POST", API, data=b"{", content_type="application/json"), (400, "bad-request")),
    "form": (lambda calls: calls("POST", API, data={"a": "b"}), (415, "json-expected")),
    "desk": (lambda calls: calls("POST", API, json={**BOOKING, "desk": str(uuid4())}), (404, "desk-unknown")),
    "place": (lambda calls: calls("GET", f"{API}/slots?procedure={COPY}&authority=G99"), (404, "not-found")),
    "day": (lambda calls: calls("GET", f"{API}/slots?procedure={COPY}&from=morgen"), (400, "bad-option")),
    "year": (lambda calls: calls("GET", f"{API}?day=9999-12-31"), (400, "bad-option")),
    "days": (lambda calls: calls("GET", f"{API}/slots?procedure={COPY}&days=99"), (422, "field-wrong")),
    "number": (lambda calls: calls("GET", f"{API}/slots?procedure={COPY}&days=-1"), (400, "bad-option")),
    "procedure": (lambda calls: calls("GET", f"{API}/slots?procedure=dancing"), (404, "procedure-unknown")),
    "lang": (lambda calls: calls("GET", f"{calls_first(calls)}/calendar?lang=xx"), (400, "bad-option")),
    "missed-early": (lambda calls: calls("POST", f"{calls_first(calls)}/no-show", version=1), (409, "not-over-yet")),
    "tag": (
        lambda calls: calls("POST", f"{calls_first(calls)}/cancel", headers={"If-Match": "*"}),
        (428, "precondition-required"),
    ),
    "unmatched-move": (
        lambda calls: calls("POST", f"{calls_first(calls)}/move", json={"starts_at": at(9)}),
        (428, "precondition-required"),
    ),
    "unmatched-cancel": (
        lambda calls: calls("POST", f"{calls_first(calls)}/cancel"),
        (428, "precondition-required"),
    ),
    "unmatched-no-show": (
        lambda calls: calls("POST", f"{calls_first(calls)}/no-show"),
        (428, "precondition-required"),
    ),
    "reason": (lambda calls: calls("GET", f"{API}/slots?procedure={COPY}&reason=x"), (422, "field-wrong")),
}


def calls_first(calls: Calls) -> str:
    return str(told(calls("GET", f"{API}?day=2026-03-03"))["appointments"][0]["href"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_right_is_refused(site: DeskSite, officer: Calls, name: str) -> None:
    for _ in range(2):
        booked(officer)
    act, wanted = REFUSED[name]
    answer = act(officer)

    assert code(answer) == wanted


def test_desks_and_closures_are_for_leaders_and_administrators(site: DeskSite, officer: Calls) -> None:
    leader = site.officer(Role.LEADER)
    [first, _] = told(officer("GET", f"{API}/desks"))["desks"]
    one = booked(officer)
    span = {"starts_at": at(7), "ends_at": at(11), "desk": first["id"]}
    plan = told(leader("POST", f"{API}/closures/plan", json=span))
    closed = leader("POST", f"{API}/closures", json={**span, "reason": "Cúp điện", "seal": plan["seal"]})
    changed = leader("POST", f"{API}/desks/{first['id']}", json={"version": 1, "open": True, "name": "Chứng thực"})

    assert [each["appointment"]["id"] for each in plan["moved"]] == [one["id"]]
    assert closed.status_code == 201
    assert told(officer("GET", one["href"]))["desk_number"] == 2
    assert told(officer("GET", f"{API}/closures"))["closures"] == [told(closed)]
    assert told(changed)["name"] == "Chứng thực"
    lifting = f"{API}/closures/{told(closed)['id']}/lifting"
    assert code(officer("POST", lifting)) == (403, "not-allowed")
    assert told(leader("POST", lifting))["lifted_at"]
    assert code(officer("POST", f"{API}/desks", json={"number": 3})) == (403, "not-allowed")
    assert code(officer("POST", f"{API}/closures/plan", json=span)) == (403, "not-allowed")
    for schema, answer in (
        (schemas.ClosurePlan, plan),
        (schemas.ClosureNote, told(closed)),
        (schemas.DeskNote, told(changed)),
    ):
        assert schema.model_validate(answer).model_dump(mode="json") == answer


def test_who_waits_is_listed_and_may_leave(site: DeskSite, officer: Calls) -> None:
    leader = site.officer(Role.LEADER)
    span = {"starts_at": at(0), "ends_at": at(0, day=4)}
    seal = told(leader("POST", f"{API}/closures/plan", json=span))["seal"]
    leader("POST", f"{API}/closures", json={**span, "reason": "Họp", "seal": seal})
    case, holder = site.case_and_holder()
    days = {"first": "2026-03-03", "last": "2026-03-03"}
    entry = told(holder("POST", f"{API}/waiting", json={**days, "dossier": str(case.id)}))

    assert told(officer("GET", f"{API}/waiting"))["waiting"] == [entry]
    assert told(holder("POST", f"{API}/waiting/{entry['id']}/withdrawal"))["state"] == "withdrawn"
    assert told(officer("GET", f"{API}/waiting"))["waiting"] == []
    assert schemas.WaitingNote.model_validate(entry).model_dump(mode="json") == entry
    assert code(holder("GET", f"{API}/waiting"))[0] == 401


def test_slots_are_as_their_schema_tells(officer: Calls) -> None:
    answer = told(officer("GET", f"{API}/slots?procedure={COPY}&from=2026-03-03&days=1"))

    assert TypeAdapter(schemas.Slots).validate_python(answer).model_dump(mode="json") == answer
    assert answer["slots"][0]["starts_at"] == "2026-03-03T07:00:00+07:00"


def test_the_appointments_of_another_authority_are_not_there(site: DeskSite, officer: Calls) -> None:
    one = booked(officer)
    other = add_authority(site.world.database, code="G10.OTHER")
    stranger = add_person(site.world.database, other, Role.RECEPTION, login="la.mat")

    calls = site.officer(Role.RECEPTION, stranger)
    assert [code(calls("GET", one["href"])), code(calls("POST", f"{one['href']}/cancel"))] == [(404, "not-found")] * 2
    assert told(calls("GET", f"{API}?day=2026-03-03"))["appointments"] == []
