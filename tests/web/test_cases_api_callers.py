from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.accounts.machines import add_machine
from tests.accounts.support import Clock, add_authority
from tests.cases.world import CONSULAR, CaseWorld
from tests.web.accounts_support import token_in
from tests.web.case_api_site import API, Calls, CaseApiSite, case_api_site, code, told
from verifier.accounts.roles import Role
from verifier.accounts.scopes import FILE_CASES, READ_CASES
from verifier.cases.statuses import Status
from verifier.outside.identity import Begun, Identity, Pending
from verifier.storage.authorities import Authority, Competence
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.web.applicant import LASTS
from verifier.web.limits import CLAIMED

NOT_FOUND = (404, "not-found")
PARTS = ("", "/papers", "/log", "/deadline", "/offers")


@dataclass
class Provider:
    """Vouches for one subject."""

    clock: Clock
    subject: str = "079123"
    name: str = "VNeID"

    def begin(self, *, fresh: bool = False) -> Begun:
        return Begun("https://id.example.vn/authorize", Pending("s", "n", "v", self.clock.now(), fresh))

    def finish(self, pending: Pending, query: Mapping[str, str]) -> Identity:
        return Identity("https://id.example.vn", self.subject, "", "", self.clock.now(), ())


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseApiSite]:
    clock = Clock()
    with case_api_site(database, tmp_path, Provider(clock), clock=clock) as made:
        yield made


def elsewhere(site: CaseApiSite) -> CaseApiSite:
    """The same service, asked by officers and clients of another authority."""
    other = CaseWorld(site.world.database, site.world.folder, clock=site.world.clock, blobs=site.world.blobs,
                      authority=add_authority(site.world.database))  # fmt: skip
    found = CaseApiSite(other)
    found.app, found.accounts = site.app, site.accounts
    return found


# --- authorities and clients -----------------------------------------------------------------------------------------


def test_officers_of_another_authority_find_nothing(site: CaseApiSite) -> None:
    filed = site.portal().filed()["dossier"]
    record = told(site.officer(Role.RECEPTION)("GET", f"{filed['href']}/papers"))["records"][0]["id"]
    other = elsewhere(site)
    stranger = other.officer(Role.RECEPTION, other.world.another(Role.RECEPTION, "khach"))

    for part in (*PARTS, f"/records/{record}"):
        theirs, nobodys = (stranger("GET", f"{API}/{id_}{part}") for id_ in (filed["id"], uuid4()))
        assert (code(theirs), theirs.json) == (NOT_FOUND, nobodys.json), part
    assert code(stranger("POST", f"{filed['href']}/withdraw", json={}, version=1)) == NOT_FOUND
    assert code(stranger("POST", f"{API}/uploads?dossier={filed['id']}", data=b"x")) == NOT_FOUND
    assert told(stranger("GET"))["dossiers"] == []
    assert told(stranger("GET", f"{API}?q={filed['code']}"))["dossiers"] == []


def test_a_client_reaches_what_it_filed_and_nothing_else(site: CaseApiSite) -> None:
    filed = site.portal().filed()["dossier"]
    colleague = site.portal()

    for part in PARTS:
        assert code(colleague("GET", filed["href"] + part)) == NOT_FOUND
    assert code(colleague("POST", f"{filed['href']}/withdraw", json={}, version=1)) == NOT_FOUND
    assert told(colleague("GET"))["dossiers"] == []


def test_a_client_gives_the_commands_of_applicants_alone(site: CaseApiSite) -> None:
    portal = site.portal()
    place = portal.filed()["dossier"]["href"]

    assert code(portal("POST", f"{place}/confirm-complete", json={}, version=1)) == (403, "not-allowed")
    assert portal("POST", f"{place}/withdraw", json={}, version=1).status_code == 200


def test_a_scope_is_for_what_it_says(site: CaseApiSite) -> None:
    machine = add_machine(site.world.database, site.world.authority, scopes=(FILE_CASES, READ_CASES))
    whole = site.portal(machine=machine)
    place = whole.filed()["dossier"]["href"]
    reader, filer = site.portal(READ_CASES), site.portal(FILE_CASES)

    assert code(reader("POST", json={})) == (403, "not-allowed")
    assert code(reader("POST", f"{API}/uploads", data=b"x")) == (403, "not-allowed")
    assert code(reader("POST", f"{place}/withdraw", json={}, version=1)) == (403, "not-allowed")
    assert code(filer("GET")) == (403, "not-allowed")
    assert code(filer("GET", place)) == (403, "not-allowed")
    assert code(whole("GET", f"{API}/mine")) == (403, "not-allowed")


def test_a_cookie_counts_only_beside_the_form_token(site: CaseApiSite) -> None:
    reception = site.officer(Role.RECEPTION)
    bare = Calls(site.app, {}, reception.cookie)
    foreign = Calls(site.app, {**reception.headers, "Sec-Fetch-Site": "cross-site"}, reception.cookie)

    assert code(bare("GET")) == (401, "not-signed-in")
    assert code(bare("GET", headers={"X-CSRF-Token": "x"})) == (400, "form-expired")
    assert code(foreign("POST", json={})) == (400, "form-expired")


def test_nobody_without_proof_of_any_kind_comes_in(site: CaseApiSite) -> None:
    place = site.portal().filed()["dossier"]["href"]
    nobody = Calls(site.app, {})

    for address in (API, f"{API}/mine", *(place + part for part in PARTS)):
        assert code(nobody("GET", address)) == (401, "not-signed-in")
    for address in (API, f"{API}/uploads", f"{place}/withdraw"):
        assert code(nobody("POST", address, json={})) == (401, "not-signed-in")


# --- forwarded -------------------------------------------------------------------------------------------------------


def forwarded(site: CaseApiSite) -> tuple[CaseApiSite, dict[str, Any], Calls]:
    """A dossier that the portal filed and reception forwarded to another authority, under a key."""
    other, world = elsewhere(site), site.world
    told_ = Competence(uuid4(), other.world.authority.id, CONSULAR, "decide", date(2020, 1, 1), None, "test")
    own = Competence(uuid4(), world.authority.id, CONSULAR, "receive", date(2020, 1, 1), None, "test")
    with world.database.unit(SYSTEM) as unit:
        unit.authorities.set_competences(other.world.authority.id, [told_])
        unit.authorities.set_competences(world.authority.id, [own])
        unit.authorities.change(with_target(world, other))
    portal = site.portal()
    filed = portal.filed()
    world.change(world.cases.by_token(filed["dossier"]["code"], filed["token"]), status=Status.ACCEPTED.value)
    reception = site.officer(Role.RECEPTION)
    done = [reception("POST", f"{filed['dossier']['href']}/forward", json={}, version=2, key="once") for _ in range(2)]
    assert [one.status_code for one in done] == [200, 200], done[0].text
    return other, filed, portal


def with_target(world: CaseWorld, other: CaseApiSite) -> Authority:
    with world.database.unit(SYSTEM) as unit:
        now = unit.authorities.get(world.authority.id)
    assert now
    return replace(now, forwards_to=other.world.authority.id)


def test_after_forwarding_the_other_authority_works_and_the_first_one_looks(site: CaseApiSite) -> None:
    other, filed, portal = forwarded(site)
    place = filed["dossier"]["href"]
    here = site.officer(Role.RECEPTION)
    there = other.officer(Role.RECEPTION, other.world.another(Role.RECEPTION, "noi.nhan"))

    for who in (here, there, portal, site.holder_of(filed)):
        for part in PARTS:
            assert who("GET", place + part).status_code == 200, part
    assert told(there("GET", place))["authority"]["id"] == str(other.world.authority.id)
    assert told(there("GET", place))["intake"]["id"] == str(site.world.authority.id)
    assert code(here("POST", f"{place}/withdraw", json={"reason": "x"}, version=3)) == (409, "case-elsewhere")
    offers = {one["command"]: one for one in told(here("GET", f"{place}/offers"))["commands"]}
    assert offers["withdraw"]["why_not"]["code"] == "case-elsewhere"
    received = there("POST", f"{place}/receive", json={}, version=3)
    assert (received.status_code, told(received)["status"]) == (200, "accepted")
    gone = portal("POST", f"{place}/withdraw", json={}, headers={"If-Match": received.headers["ETag"]})
    assert (gone.status_code, told(gone)["status"]) == (200, "withdrawn")


def test_files_for_a_forwarded_dossier_go_where_it_is(site: CaseApiSite) -> None:
    _, filed, portal = forwarded(site)
    place, case = filed["dossier"]["href"], site.world.cases.by_token(filed["dossier"]["code"], filed["token"])
    site.world.change(case, status=Status.SUPPLEMENT.value, resume=Status.EXAMINATION.value)
    lost, brought = portal.upload(), told(portal("POST", f"{API}/uploads?dossier={case.id}", data=b"%PDF-1.7 x"))["id"]

    wrong = portal("POST", f"{place}/supplement", json={"files": [{"paper": 1, "file": lost}]}, version=4)
    right = portal("POST", f"{place}/supplement", json={"files": [{"paper": 1, "file": brought}]}, version=4)

    assert code(wrong)[1] == "upload-unknown"
    assert (right.status_code, told(right)["status"]) == (200, "examination")


# --- code and token --------------------------------------------------------------------------------------------------


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    found: list[str] = []

    def note(*told: Any) -> None:
        found.append(str(told[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_whatever_is_wrong_with_the_pair_the_answer_and_the_work_are_the_same(site: CaseApiSite) -> None:
    one, other = site.portal().filed(), site.portal().filed()
    code_, token = one["dossier"]["code"], one["token"]
    pairs = [
        (code_, other["token"]), (other["dossier"]["code"], token), (code_, token[:-1]), (code_, ""), ("", token),
        ("G99.NONE-260302-0001", token), (code_, "A" * 43), (code_, "x" * 5000), ("\xe9", "\xe9"),
        (code_, token.swapcase()),
    ]  # fmt: skip
    found = set()

    for pair in pairs:
        with statements(site.world.database) as asked:
            answer = site.holder(*pair)("GET", one["dossier"]["href"])
        found.add((answer.status_code, answer.text, tuple(asked)))
        assert code(site.holder(*pair)("POST", f"{one['dossier']['href']}/withdraw", json={}, version=1)) == NOT_FOUND
        assert code(site.holder(*pair)("GET", f"{API}/mine")) == NOT_FOUND

    assert len(found) == 1
    assert site.holder(code_.lower(), token)("GET", one["dossier"]["href"]).status_code == 200


def test_a_token_opens_its_own_dossier_alone(site: CaseApiSite) -> None:
    one, other = site.portal().filed(), site.portal().filed()
    holder = site.holder_of(one)

    assert code(holder("GET", other["dossier"]["href"])) == NOT_FOUND
    assert code(holder("POST", f"{other['dossier']['href']}/withdraw", json={}, version=1)) == NOT_FOUND
    assert code(holder("POST", f"{API}/uploads?dossier={other['dossier']['id']}", data=b"x")) == NOT_FOUND
    assert [line["id"] for line in told(holder("GET", f"{API}/mine"))["dossiers"]] == [one["dossier"]["id"]]
    assert code(holder("GET")) == (401, "not-signed-in")
    assert code(holder("POST", json={})) == (401, "not-signed-in")
    assert code(holder("GET", "/api/v1/validations")) == (401, "not-signed-in")


def test_a_bearer_token_goes_before_code_and_token(site: CaseApiSite) -> None:
    filed = site.portal().filed()
    both = Calls(site.app, {**site.holder_of(filed).headers, **site.portal().headers})
    spoilt = Calls(site.app, {**site.holder_of(filed).headers, "Authorization": "Bearer x"})

    assert code(both("GET", filed["dossier"]["href"])) == NOT_FOUND
    assert code(spoilt("GET", filed["dossier"]["href"])) == (401, "token-invalid")


def test_pairs_are_tried_only_so_often(site: CaseApiSite) -> None:
    filed = site.portal().filed()
    guess = site.holder(filed["dossier"]["code"], "x")
    most = int(CLAIMED.partition(" ")[0])

    answers = [guess("GET", f"{API}/mine") for _ in range(most + 1)]

    assert {one.status_code for one in answers[:-1]} == {404}
    assert code(answers[-1]) == (429, "rate-limited")
    assert code(site.holder_of(filed)("GET", filed["dossier"]["href"])) == (429, "rate-limited")


def test_a_dossier_that_was_removed_opens_to_nobody_outside(site: CaseApiSite) -> None:
    portal = site.portal()
    filed = portal.filed()
    case = site.world.cases.by_token(filed["dossier"]["code"], filed["token"])
    now = site.world.clock.now()
    site.world.change(case, archived_at=now, removed_at=now)

    assert code(site.holder_of(filed)("GET", filed["dossier"]["href"])) == NOT_FOUND
    assert code(portal("GET", filed["dossier"]["href"])) == NOT_FOUND
    assert told(portal("GET"))["dossiers"] == []


# --- electronic identity ---------------------------------------------------------------------------------------------


def applicant(site: CaseApiSite, subject: str = "079123") -> tuple[FlaskClient, Calls]:
    """A browser that signed in by electronic identity, and its script."""
    site.accounts.identity.subject = subject  # type: ignore[union-attr]
    browser = site.app.test_client()
    assert browser.get("/own-dossiers/sign-in").location == "https://id.example.vn/authorize"
    assert browser.get("/sign-in/identity/return?code=c&state=s").location == "/own-dossiers"
    page = token_in(browser.get("/own-dossiers").text)
    with browser.session_transaction() as session:
        return browser, Calls(site.app, {"X-CSRF-Token": page}, dict(session))


def test_a_person_signed_in_by_identity_sees_the_own_dossiers_without_an_account(site: CaseApiSite) -> None:
    portal = site.portal()
    own, other = portal.filed(identity="079123"), portal.filed(identity="079999")
    nobodys = portal.filed()
    browser, me = applicant(site)

    assert [one["id"] for one in told(me("GET", f"{API}/mine"))["dossiers"]] == [own["dossier"]["id"]]
    assert own["dossier"]["code"] in browser.get("/own-dossiers").text
    assert other["dossier"]["code"] not in browser.get("/own-dossiers").text
    for part in PARTS:
        assert me("GET", own["dossier"]["href"] + part).status_code == 200
        assert code(me("GET", other["dossier"]["href"] + part)) == NOT_FOUND
        assert code(me("GET", nobodys["dossier"]["href"] + part)) == NOT_FOUND
    assert code(me("GET")) == (401, "not-signed-in")
    assert code(me("POST", f"{API}/uploads", data=b"x")) == (400, "bad-option")
    assert me("POST", f"{API}/uploads?dossier={own['dossier']['id']}", data=b"x").status_code == 201
    gone = me("POST", f"{own['dossier']['href']}/withdraw", json={}, version=1)
    assert told(gone)["status"] == "withdrawn"


def test_only_a_client_vouches_for_an_identity(site: CaseApiSite) -> None:
    reception = site.officer(Role.RECEPTION)

    assert code(reception("POST", json=reception.filing(identity="079123"))) == (422, "field-unknown")


def test_the_session_of_an_applicant_ends(site: CaseApiSite) -> None:
    site.portal().filed(identity="079123")
    browser, me = applicant(site)

    site.world.clock.pass_(seconds=LASTS.total_seconds())

    assert code(me("GET", f"{API}/mine")) == (401, "not-signed-in")
    assert "own-dossiers/sign-in" in browser.get("/own-dossiers").text


def test_signing_out_forgets_the_applicant(site: CaseApiSite) -> None:
    site.portal().filed(identity="079123")
    browser, _ = applicant(site)

    page = token_in(browser.get("/own-dossiers").text)
    assert browser.post("/own-dossiers/sign-out", data={"csrf_token": page}).status_code == 303

    assert "own-dossiers/sign-in" in browser.get("/own-dossiers").text


def test_an_applicants_cookie_opens_no_page_of_officers_and_the_form_token_is_asked_for(site: CaseApiSite) -> None:
    browser, me = applicant(site)

    assert browser.get("/officer/cases").status_code == 303
    assert browser.get("/account").status_code == 303
    assert code(Calls(site.app, {}, me.cookie)("GET", f"{API}/mine")) == (401, "not-signed-in")
    assert browser.post("/own-dossiers/sign-out").status_code == 400
    assert code(me("GET", "/api/v1/issuances")) == (401, "not-signed-in")


def test_an_officers_session_ends_where_an_applicants_begins(site: CaseApiSite) -> None:
    before, token = site.world.session(site.world.person(Role.LEADER))
    browser = site.app.test_client()
    with browser.session_transaction() as session:
        session["token"] = token
    browser.get("/own-dossiers/sign-in")

    browser.get("/sign-in/identity/return?code=c&state=s")

    with browser.session_transaction() as session:
        assert "token" not in session
    with site.world.database.unit(SYSTEM) as unit:
        found = unit.sessions.by_token(token)
    assert found
    assert (found.id, found.end_reason) == (before.id, "signed-out")
    assert browser.get("/officer/cases").status_code == 303
