from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from tests.cases.test_examination import FACTS, GROUND, propose, refused
from tests.cases.world import CONSULAR, PDF
from tests.web.case_api_site import API, PAPER, Calls, CaseApiSite, case_api_site, code, told
from verifier.accounts.roles import Role
from verifier.audit import Place, linked
from verifier.cases.decision import Approve
from verifier.cases.kernel import REGISTRY
from verifier.cases.statuses import Status
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.web.api.case_commands import commands, schema_of
from verifier.web.api.case_schemas import (
    Dossier,
    DossierDeadline,
    DossierLog,
    DossierPapers,
    Dossiers,
    FiledDossier,
    Offers,
    Specialists,
    UploadNote,
)
from verifier.web.api.delivery_schemas import DossierDeliveries
from verifier.web.api.schemas import Wire


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseApiSite]:
    with case_api_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def portal(site: CaseApiSite) -> Calls:
    return site.portal()


@pytest.fixture
def reception(site: CaseApiSite) -> Calls:
    return site.officer(Role.RECEPTION)


def fits(kind: type[Wire], answer: TestResponse) -> None:
    assert kind.model_validate(answer.json).model_dump(mode="json", by_alias=True) == answer.json


# --- the way of a dossier --------------------------------------------------------------------------------------------


def test_a_dossier_goes_its_way_between_portal_and_officers(site: CaseApiSite, portal: Calls, reception: Calls) -> None:
    filed = portal.filed(external="CDVC-1")
    place, version = filed["dossier"]["href"], filed["dossier"]["version"]
    assert (filed["dossier"]["status"], filed["dossier"]["portal_status"], len(filed["token"])) == ("filed", 1, 43)
    assert filed["dossier"]["office"] is None

    items = {"items": [{"what": "Bản dịch", "why": "Giấy tờ bằng tiếng Lào"}]}
    asked = reception("POST", f"{place}/ask-supplement", json=items, version=version)
    assert (asked.status_code, told(asked)["status"]) == (200, "supplement")
    wanted = told(portal("GET", place))["supplement"]
    assert (wanted["items"], wanted["until"]) == (items["items"], told(asked)["supplement_due"])
    assert portal("GET", wanted["form_href"]).content_type == "application/pdf"
    fits(Dossier, portal("GET", place))
    again = {"papers": [{**PAPER, "name": "Bảng điểm", "file": portal.upload()}]}
    brought = portal("POST", f"{place}/supplement", json=again, headers={"If-Match": asked.headers["ETag"]})
    assert (brought.status_code, told(brought)["status"], told(brought)["supplement"]) == (200, "filed", None)
    whole = reception("POST", f"{place}/confirm-complete", json={}, headers={"If-Match": brought.headers["ETag"]})
    assert (told(whole)["status"], told(whole)["office"]["filed_by"].partition(":")[0]) == ("payment", "client")
    holder = site.holder_of(filed)
    gone = holder("POST", f"{place}/withdraw", json={"reason": "Đổi ý"}, headers={"If-Match": whole.headers["ETag"]})
    assert (gone.status_code, told(gone)["status"], told(gone)["final"]) == (200, "withdrawn", True)

    log = told(reception("GET", f"{place}/log"))["events"]
    assert [one["action"] for one in log] == [
        "case-filed", "supplement-asked", "supplemented", "completeness-confirmed", "case-withdrawn",
    ]  # fmt: skip
    assert [one["by"] for one in log] == ["client", "person", "client", "person", "visitor"]
    assert len(told(holder("GET", f"{place}/papers"))["papers"]) == 2


def test_every_answer_is_as_its_schema_tells(site: CaseApiSite, portal: Calls, reception: Calls) -> None:
    brought = portal("POST", f"{API}/uploads", data=PDF)
    made = portal("POST", json=portal.filing())
    place = told(made)["dossier"]["href"]

    fits(UploadNote, brought)
    fits(FiledDossier, made)
    for who in (portal, reception, site.holder_of(told(made))):
        fits(Dossier, who("GET", place))
        fits(DossierPapers, who("GET", f"{place}/papers"))
        fits(DossierLog, who("GET", f"{place}/log"))
        fits(DossierDeadline, who("GET", f"{place}/deadline"))
        fits(DossierDeliveries, who("GET", f"{place}/deliveries"))
        fits(Offers, who("GET", f"{place}/offers"))
    for lines in (portal("GET"), reception("GET"), site.holder_of(told(made))("GET", f"{API}/mine")):
        fits(Dossiers, lines)
        [line] = told(lines)["dossiers"]
        assert (line["portal_status"], line["status_vi"], line["status_en"]) == (
            1, told(made)["dossier"]["status_vi"], told(made)["dossier"]["status_en"],
        )  # fmt: skip


def test_the_log_can_be_reckoned_by_whoever_reads_it(portal: Calls, reception: Calls) -> None:
    filed = portal.filed()
    place = filed["dossier"]["href"]
    reception("POST", f"{place}/confirm-complete", json={}, version=1)

    events = told(reception("GET", f"{place}/log"))["events"]

    previous = bytes(32)
    for one in events:
        assert one["previous"] == previous.hex()
        where = Place(one["log_number"], bytes.fromhex(one["log_previous"]), one["number"], previous)
        assert linked(one["body"], where).hex() == one["hash"]
        previous = bytes.fromhex(one["hash"])
    assert [one["number"] for one in events] == [1, 2]
    assert {one["body"] for one in told(portal("GET", f"{place}/log"))["events"]} == {None}


def test_the_deadline_comes_with_its_steps_and_citations(site: CaseApiSite, portal: Calls) -> None:
    case = site.world.case(status=Status.EXAMINATION)
    place = f"{API}/{case.id}"

    office = told(site.officer(Role.SPECIALIST)("GET", f"{place}/deadline"))
    own = told(site.holder(case.code, "a-secret-token-of-the-applicant")("GET", f"{place}/deadline"))

    assert office["law"]["citation"]
    assert office["law"]["due"]
    assert office["law"]["steps"]
    assert own["law"]["steps"] == []
    assert own["law"]["due"] == office["law"]["due"]


# --- versions --------------------------------------------------------------------------------------------------------


def test_who_holds_the_newest_gets_nothing_twice(portal: Calls) -> None:
    place = portal.filed()["dossier"]["href"]
    tag = portal("GET", place).headers["ETag"]

    for address in (place, f"{place}/papers", f"{place}/log"):
        assert portal("GET", address, headers={"If-None-Match": tag}).status_code == 304
        assert portal("GET", address, headers={"If-None-Match": '"0"'}).status_code == 200


MATCHES: tuple[tuple[dict[str, str], tuple[int, str]], ...] = (
    ({}, (428, "precondition-required")),
    ({"If-Match": "*"}, (428, "precondition-required")),
    ({"If-Match": '"2"'}, (412, "precondition-failed")),
    ({"If-Match": 'W/"1"'}, (412, "precondition-failed")),
    ({"If-Match": '"1", "2"'}, (412, "precondition-failed")),
    ({"If-Match": '"one"'}, (412, "precondition-failed")),
    ({"If-Match": '"99999999999999"'}, (412, "precondition-failed")),
)


def test_a_command_names_the_version_that_was_read(portal: Calls, reception: Calls) -> None:
    place = portal.filed()["dossier"]["href"]

    for header, wanted in MATCHES:
        assert code(reception("POST", f"{place}/confirm-complete", json={}, headers=header)) == wanted, header
    assert told(reception("GET", place))["version"] == 1


def test_a_command_on_what_has_changed_does_nothing(portal: Calls, reception: Calls) -> None:
    place = portal.filed()["dossier"]["href"]
    assert reception("POST", f"{place}/confirm-complete", json={}, version=1).status_code == 200

    late = portal("POST", f"{place}/withdraw", json={}, version=1)

    assert code(late) == (412, "precondition-failed")
    assert told(portal("GET", place))["status"] == "payment"


# --- the same again --------------------------------------------------------------------------------------------------


def test_the_same_filing_again_gives_the_same_dossier_and_token(portal: Calls) -> None:
    filing = portal.filing()

    first, second = (portal("POST", json=filing, key="k-1") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert first.headers["Location"] == second.headers["Location"]
    assert len(told(portal("GET"))["dossiers"]) == 1


def test_a_key_is_for_one_content(portal: Calls) -> None:
    filing = portal.filing()
    portal("POST", json=filing, key="k-1")

    assert code(portal("POST", json={**filing, "note": "khác"}, key="k-1")) == (409, "idempotency-key-reused")


def test_a_command_under_one_key_is_done_once(portal: Calls, reception: Calls) -> None:
    place = portal.filed()["dossier"]["href"]

    first, second = (reception("POST", f"{place}/confirm-complete", json={}, version=1, key="k") for _ in range(2))
    other = reception("POST", f"{place}/confirm-complete", json={"shown": ["paper"]}, version=1, key="k")

    assert (first.status_code, second.status_code, first.json) == (200, 200, second.json)
    assert code(other) == (409, "idempotency-key-reused")
    done = [one["action"] for one in told(reception("GET", f"{place}/log"))["events"]]
    assert done == ["case-filed", "completeness-confirmed"]


def test_a_key_of_one_caller_is_nothing_to_another(site: CaseApiSite, portal: Calls) -> None:
    place = portal.filed()["dossier"]["href"]
    first = site.officer(Role.RECEPTION)("POST", f"{place}/confirm-complete", json={}, version=1, key="k")
    colleague = site.officer(Role.RECEPTION, site.world.another(Role.RECEPTION))

    assert first.status_code == 200
    late = colleague("POST", f"{place}/confirm-complete", json={}, version=1, key="k")
    assert code(late) == (412, "precondition-failed")


def test_a_key_that_is_none_is_refused(portal: Calls) -> None:
    for key in ("x" * 256, "\xe9"):
        assert code(portal("POST", json=portal.filing(), key=key)) == (400, "bad-option")


@pytest.mark.parametrize("key", ["", "one"])
def test_a_double_click_has_one_effect(site: CaseApiSite, portal: Calls, key: str) -> None:
    place = portal.filed()["dossier"]["href"]
    callers = [site.officer(Role.RECEPTION) for _ in range(2)]
    start, found = threading.Barrier(2), []

    def click(who: Calls) -> None:
        start.wait()
        found.append(who("POST", f"{place}/confirm-complete", json={}, version=1, key=key).status_code)

    threads = [threading.Thread(target=click, args=(one,)) for one in callers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(found) == ([200, 200] if key else [200, 412])
    events = told(callers[0]("GET", f"{place}/log"))["events"]
    assert [one["action"] for one in events] == ["case-filed", "completeness-confirmed"]


def test_two_filings_under_one_key_at_once_are_one(site: CaseApiSite, portal: Calls) -> None:
    filing, start, found = portal.filing(), threading.Barrier(2), []

    def send() -> None:
        start.wait()
        found.append(portal("POST", json=filing, key="one"))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    made = [one for one in found if one.status_code == 201]
    assert made
    assert len({one.headers["Location"] for one in made}) == 1
    assert len(told(portal("GET"))["dossiers"]) == 1
    assert portal("POST", json=filing, key="one").headers["Location"] == made[0].headers["Location"]


def test_one_reference_filed_twice_at_once_is_one_dossier(site: CaseApiSite, portal: Calls) -> None:
    filings, start, found = [portal.filing(external="A-1") for _ in range(2)], threading.Barrier(2), []

    def send(filing: dict[str, Any]) -> None:
        start.wait()
        found.append(portal("POST", json=filing).status_code)

    threads = [threading.Thread(target=send, args=(one,)) for one in filings]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(found) == [201, 409]
    assert code(portal("POST", json=portal.filing(external="A-1"))) == (409, "external-known")


def test_a_missing_file_is_told_with_the_basis_of_what_is_asked_alone(portal: Calls) -> None:
    """For others one files without a power of attorney: its basis says nothing here."""
    answer = portal("POST", json=portal.filing(papers=[PAPER]))

    assert code(answer) == (422, "paper-file-missing")
    assert "Điều 15a" in told(answer)["params"]["citation"]
    assert "ủy quyền" not in told(answer)["params"]["citation"]


def test_a_refusal_is_told_with_the_words_of_the_law_and_what_was_found(site: CaseApiSite) -> None:
    world = site.world
    case = world.case()
    propose(world, case, refused(world.papers(case)[0]))
    applicant = site.holder(case.code, "a-secret-token-of-the-applicant")
    place = f"{API}/{case.id}/papers"
    [before] = told(applicant("GET", place))["papers"]
    world.do(Role.LEADER, case, Approve())

    answer = applicant("GET", place)

    fits(DossierPapers, answer)
    [paper] = told(answer)["papers"]
    [ground] = paper["result"]["refusal"]["grounds"]
    assert before["result"]["refusal"] is None
    assert (ground["id"], paper["result"]["refusal"]["facts"]) == (GROUND, FACTS)
    assert ground["text"]
    assert ground["text_en"]
    assert "Điều 10" in ground["citation"]


def test_a_leader_finds_to_whom_a_dossier_may_be_assigned(site: CaseApiSite, portal: Calls) -> None:
    world = site.world
    case, specialist = world.case(status=Status.ACCEPTED), world.person(Role.SPECIALIST)
    leader = site.officer(Role.LEADER)

    answer = leader("GET", f"{API}/specialists")

    fits(Specialists, answer)
    assert told(answer)["specialists"] == [{"id": str(specialist.id), "name": specialist.name}]
    body = {"officer": told(answer)["specialists"][0]["id"]}
    assert leader("POST", f"{API}/{case.id}/assign", json=body, version=case.version).status_code == 200
    assert code(portal("GET", f"{API}/specialists"))[0] == 403
    assert code(site.holder(case.code, "a-secret-token-of-the-applicant")("GET", f"{API}/specialists"))[0] in (401, 403)


def test_what_is_not_decided_has_no_outcome(portal: Calls, reception: Calls) -> None:
    filed = portal.filed()["dossier"]

    for who in (portal, reception):
        [paper] = told(who("GET", f"{filed['href']}/papers"))["papers"]
        assert (paper["result"]["outcome"], told(who("GET", filed["href"]))["outcome"]) == (None, None)


# --- what is offered -------------------------------------------------------------------------------------------------


def test_what_is_offered_is_said_with_its_schema_and_what_is_not_with_why(portal: Calls, reception: Calls) -> None:
    place = portal.filed()["dossier"]["href"]

    offers = {one["command"]: one for one in told(reception("GET", f"{place}/offers"))["commands"]}

    assert offers["confirm-complete"]["offered"]
    assert offers["confirm-complete"]["schema"]["additionalProperties"] is False
    assert offers["receive"]["why_not"]["code"] == "case-not-now"
    assert offers["receive"]["why_not"]["title_vi"]
    assert offers["note-refund"]["why_not"]["code"] == "refund-unknown"
    assert "assign" not in offers
    own = {one["command"] for one in told(portal("GET", f"{place}/offers"))["commands"]}
    assert own == {one.name for one in commands() if "applicant" in one.by}


def test_roles_give_their_own_commands_alone(site: CaseApiSite) -> None:
    case = site.world.case(status=Status.EXAMINATION)

    for role in (Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK):
        officer = site.officer(role)
        for spec in commands():
            answer = officer("POST", f"{API}/{case.id}/{spec.name}", json={"no such field": 1}, version=1)
            assert (code(answer) == (403, "not-allowed")) == (role.value not in spec.by), (role, spec.name)


def test_every_command_has_an_address_of_its_own_unless_only_the_service_gives_it(site: CaseApiSite) -> None:
    case = site.world.case(status=Status.FILED)
    leader = site.officer(Role.LEADER)

    for name, spec in REGISTRY.items():
        answer = code(leader("POST", f"{API}/{case.id}/{name}", json={}))
        if spec.secret:
            assert answer == (404, "not-found"), name
        else:
            assert answer == ((428, "precondition-required") if "leader" in spec.by else (403, "not-allowed")), name
            assert schema_of(cast("Hashable", spec.kind))["type"] == "object", name


def test_no_command_is_found_under_another_name(reception: Calls, site: CaseApiSite) -> None:
    case = site.world.case(status=Status.FILED)

    assert code(reception("POST", f"{API}/{case.id}/bribe", json={}, version=1)) == (404, "not-found")


def test_what_needs_a_fresh_proof_says_where(site: CaseApiSite) -> None:
    case = site.world.case(status=Status.WITHDRAWN)
    unproved = site.officer(Role.LEADER, proved=False)

    offers = {one["command"]: one for one in told(unproved("GET", f"{API}/{case.id}/offers"))["commands"]}
    offer = offers["decide-keeping"]

    assert (offer["offered"], offer["step_up"]) == (True, True)
    assert offer["prove_at"].endswith("/step-up")


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_go_page_by_page(site: CaseApiSite, portal: Calls, reception: Calls) -> None:
    made = {portal.filed()["dossier"]["id"] for _ in range(3)}

    for who in (portal, reception):
        seen, address = [], f"{API}?limit=2"
        while address:
            page = told(who("GET", address))
            seen += [one["id"] for one in page["dossiers"]]
            address = page["next"]
        assert (len(seen), set(seen)) == (3, made)


def test_a_client_finds_a_dossier_by_its_own_reference(portal: Calls) -> None:
    one, _ = portal.filed(external="A-1"), portal.filed(external="A-2")

    found = told(portal("GET", f"{API}?external=A-1"))["dossiers"]

    assert [line["id"] for line in found] == [one["dossier"]["id"]]
    assert told(portal("GET", f"{API}?status=payment"))["dossiers"] == []


def test_officers_narrow_their_list(site: CaseApiSite, portal: Calls, reception: Calls) -> None:
    filed = portal.filed()["dossier"]
    other = site.world.case(
        status=Status.EXAMINATION, officer_id=site.world.person(Role.SPECIALIST).id, code="G10.TEST-260302-0900"
    )

    def found(query: str, who: Calls = reception) -> list[str]:
        return [one["id"] for one in told(who("GET", f"{API}?{query}"))["dossiers"]]

    assert found("status=filed") == [filed["id"]]
    assert set(found("status=filed&status=examination")) == {filed["id"], str(other.id)}
    assert found("officer=me", site.officer(Role.SPECIALIST)) == [str(other.id)]
    assert found(f"procedure={CONSULAR}&status=filed") == [filed["id"]]
    assert found("procedure=apostille") == []
    assert found("due=1990-01-01T00:00:00Z") == []
    assert set(found("q=Đỗ+Thị+Bưởi")) == {filed["id"], str(other.id)}
    assert found(f"q={filed['code']}") == [filed["id"]]


def test_a_list_that_is_asked_for_wrongly_is_refused(reception: Calls, portal: Calls) -> None:
    for query, wanted in {
        "limit=0": "bad-option",
        "limit=x": "bad-option",
        "status=x": "bad-option",
        "whose=x": "bad-option",
        "officer=x": "bad-option",
        "procedure=%00": "bad-option",
        "after=x": "bad-option",
        "q=a&status=filed": "bad-option",
        "due=x": "bad-instant",
        "due=2026-01-01T00:00:00": "bad-instant",
        "stauts=filed": "parameter-unknown",
        "external=x": "parameter-unknown",
    }.items():
        assert code(reception("GET", f"{API}?{query}")) == (400, wanted), query
    for query in ("whose=all", "q=a", "after=x", "status=filed&status=payment"):
        assert portal("GET", f"{API}?{query}").status_code == 400, query


# --- stored files ----------------------------------------------------------------------------------------------------


def records(who: Calls, place: str) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in told(who("GET", f"{place}/papers"))["records"]}


def test_a_stored_file_comes_as_a_download_and_its_reader_is_noted(
    site: CaseApiSite, portal: Calls, reception: Calls
) -> None:
    filed = portal.filed()["dossier"]
    one = records(reception, filed["href"])["paper"]

    answer = reception("GET", one["href"])

    assert answer.data == PDF
    assert hashlib.sha256(answer.data).hexdigest() == one["sha256"]
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Repr-Digest"].startswith("sha-256=:")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with site.world.database.unit(SYSTEM) as unit:
        (event,) = unit.audit.chain("case-record", one["id"], 10)
    assert (event.event.action, event.event.reads, event.event.actor.kind) == ("record-read", ("file",), "person")
    assert event.event.details == {"case": filed["id"], "kind": "paper"}
    assert [one["action"] for one in told(reception("GET", f"{filed['href']}/log"))["events"]] == ["case-filed"]


def test_applicants_get_what_is_theirs_and_no_more(site: CaseApiSite, portal: Calls, reception: Calls) -> None:
    filed = portal.filed()
    case = site.world.cases.by_token(filed["dossier"]["code"], filed["token"])
    for kind, form in (("report", ""), ("evidence", ""), ("answer", ""), ("form", "control-sheet"), ("result", "")):
        site.world.record(case, kind.encode(), kind, form=form)
    site.world.record(case, b"form", "letter", form="supplement-request")
    hidden = {one["id"] for one in told(reception("GET", f"{filed['dossier']['href']}/papers"))["records"]}

    for who in (portal, site.holder_of(filed)):
        shown = told(who("GET", f"{filed['dossier']['href']}/papers"))["records"]
        kinds = {one["kind"] for one in shown}
        assert {"paper", "letter"} <= kinds
        assert not {"report", "evidence", "answer", "result"} & kinds
        assert "control-sheet" not in {one["form"] for one in shown}
        for one in hidden - {seen["id"] for seen in shown}:
            assert code(who("GET", f"{filed['dossier']['href']}/records/{one}")) == (404, "not-found")
    site.world.change(case, delivered_at=site.world.clock.now())
    assert "result" in records(portal, filed["dossier"]["href"])


def test_a_file_that_was_removed_is_gone(site: CaseApiSite, portal: Calls, reception: Calls) -> None:
    filed = portal.filed()["dossier"]
    one = records(reception, filed["href"])["paper"]
    with site.world.database.unit(SYSTEM) as unit:
        unit.cases.blank_record(UUID(one["id"]))

    assert code(reception("GET", one["href"])) == (410, "record-removed")
    assert records(reception, filed["href"])["paper"]["href"] is None


def test_a_record_of_another_dossier_is_not_found(portal: Calls, reception: Calls) -> None:
    one, other = portal.filed()["dossier"], portal.filed()["dossier"]
    record = records(reception, other["href"])["paper"]["id"]

    assert code(reception("GET", f"{one['href']}/records/{record}")) == (404, "not-found")
    assert code(reception("GET", f"{one['href']}/records/{uuid4()}")) == (404, "not-found")


def test_no_answer_is_kept_by_anybody(portal: Calls) -> None:
    filed = portal.filed()["dossier"]

    for address in (API, filed["href"], f"{filed['href']}/papers", records(portal, filed["href"])["paper"]["href"]):
        assert "no-store" in portal("GET", address).headers["Cache-Control"]
    assert json.dumps(filed).count("token") == 0


def test_a_client_looks_for_nothing_that_no_text_can_hold(portal: Calls) -> None:
    assert code(portal("GET", f"{API}?external=%00")) == (400, "bad-option")
