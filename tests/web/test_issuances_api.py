from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.machines import ENDPOINT, add_machine
from tests.signing.acts.ports import DOCUMENT
from tests.web.accounts_support import accounts_of, token_in
from tests.web.contract import held
from tests.web.issuing_site import NEW, IssuingSite, issuing_site
from verifier.accounts.roles import Role
from verifier.errors import Problem
from verifier.signing.records import Level
from verifier.storage.database import Database
from verifier.web.api.issuance_schemas import IssuanceNote, Issuances

API = "/api/v1/issuances"
Call = Callable[..., TestResponse]


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[IssuingSite]:
    with issuing_site(database, tmp_path) as made:
        made.issuing.close()
        made.issuing = made.begun(workers=1)
        made.app = made.site(wait_seconds=20)
        yield made


@pytest.fixture
def call(site: IssuingSite) -> Call:
    return calls_of(site.client())


def calls_of(client: FlaskClient) -> Call:
    """The API as an officer's script sees it: cookie and form token."""
    token = token_in(client.get("/account").text)

    def call(method: str, address: str = API, **more: Any) -> TestResponse:
        headers = {"X-CSRF-Token": token, "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return held(client.open(address, method=method, headers=headers, buffered=True, **more), more.get("json"))

    return call


def asked(data: bytes = DOCUMENT, **form: Any) -> dict[str, Any]:
    told = {"kind": "certified-ecopy", "particulars": '{"remarks": "chép"}', **form}
    return {**told, "file": (io.BytesIO(data), "bản sao.pdf")}


def code(answer: TestResponse) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json", answer.text
    assert answer.json is not None
    return answer.status_code, answer.json["code"]


def test_a_document_is_issued_in_one_call(site: IssuingSite, call: Call) -> None:
    made = call("POST", data=asked(dossier="G12", level="B-LT"))

    assert made.status_code == 201, made.text
    assert made.json
    assert IssuanceNote.model_validate(made.json).model_dump(mode="json") == made.json
    assert (made.json["state"], made.json["number"], made.json["level"]) == ("released", "01", "B-LT")
    assert made.headers["Location"] == made.json["href"]
    read = call("GET", made.headers["Location"])
    assert read.json == made.json
    assert call("GET", made.headers["Location"], headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    document = call("GET", made.json["document"])
    assert hashlib.sha256(document.data).hexdigest() == made.json["released_sha256"]
    assert call("GET", made.json["sheet"]).data.startswith(b"%PDF")


def test_who_will_not_wait_comes_back(site: IssuingSite, call: Call) -> None:
    made = call("POST", data=asked(), headers={"Prefer": "respond-async"})

    assert made.status_code in {201, 202}
    site.issuing.wait(site.caller(), site.acts()[0].id, 20)
    assert (call("GET", made.headers["Location"]).json or {})["state"] == "released"


# --- who -------------------------------------------------------------------------------------------------------------


def test_a_cookie_counts_only_beside_the_form_token(site: IssuingSite) -> None:
    client = site.client()

    for method in ("GET", "POST"):
        assert code(client.open(API, method=method, data=asked())) == (401, "not-signed-in")
        wrong = client.open(API, method=method, data=asked(), headers={"X-CSRF-Token": "x"})
        assert code(wrong) == (400, "form-expired")
    assert site.acts() == []


def test_a_token_of_another_session_is_none(site: IssuingSite) -> None:
    other = token_in(site.colleague(Role.LEADER).get("/account").text)

    assert code(site.client().get(API, headers={"X-CSRF-Token": other})) == (400, "form-expired")


def test_another_sites_page_is_refused(site: IssuingSite, call: Call) -> None:
    assert code(call("POST", data=asked(), headers={"Sec-Fetch-Site": "cross-site"})) == (400, "form-expired")
    assert site.acts() == []


def test_a_cookie_opens_no_other_part_of_the_api(call: Call) -> None:
    assert code(call("GET", "/api/v1/validations")) == (401, "not-signed-in")


def test_a_machine_client_issues_nothing(site: IssuingSite, database: Database) -> None:
    site.accounts = accounts_of(database, site.clock, audience=ENDPOINT)
    app = site.site()
    machine = add_machine(database, site.authority)
    granted = app.test_client().post("/oauth/token", data=machine.form()).json
    assert granted

    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    for method in ("GET", "POST"):
        assert code(app.test_client().open(API, method=method, headers=headers)) == (403, "not-allowed")


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST, Role.CLERK])
def test_other_officers_read_and_issue_nothing(site: IssuingSite, role: Role) -> None:
    call = calls_of(site.colleague(role))

    assert call("GET").status_code == 200
    assert code(call("POST", data=asked())) == (403, "not-allowed")


def test_without_a_fresh_proof_it_is_said_where_to_prove(site: IssuingSite, call: Call) -> None:
    site.unproved()

    answer = call("POST", data=asked())

    assert code(answer) == (403, "step-up-needed")
    assert answer.json
    assert answer.json["params"]["prove_at"].endswith("/step-up")
    assert site.acts() == []


# --- what ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"kind": "bribe"}, (400, "bad-option")),
        ({"level": "B-T"}, (400, "bad-option")),
        ({"placement": "roof"}, (400, "bad-option")),
        ({"replaces": "x"}, (400, "bad-option")),
        ({"particulars": "["}, (400, "bad-option")),
        ({"particulars": '["a"]'}, (400, "bad-option")),
        ({"particulars": '{"remarks": 1}'}, (400, "bad-option")),
        ({"particulars": '{"remarks": "a", "remarks": "b"}'}, (400, "bad-option")),
    ],
)
def test_what_is_not_understood_is_refused(
    site: IssuingSite, call: Call, form: dict[str, Any], told: tuple[int, str]
) -> None:
    assert code(call("POST", data=asked(**form))) == told
    assert site.acts() == []


def test_a_call_needs_a_file(site: IssuingSite, call: Call) -> None:
    assert code(call("POST", data={"kind": "apostille"})) == (400, "file-missing")
    assert code(call("POST", data=asked(b""))) == (422, "empty-file")


def test_where_the_act_is_refused_no_order_is_left_behind(site: IssuingSite, call: Call) -> None:
    site.fitness.trouble = Problem("certificate-revoked")

    assert code(call("POST", data=asked())) == (409, "certificate-revoked")
    assert [(one.state, one.number) for one in site.acts()] == [("cancelled", None)]


def test_an_act_that_comes_to_nothing_says_why(site: IssuingSite, call: Call) -> None:
    site.completes.short = True

    answer = call("POST", data=asked())

    assert code(answer) == (409, "would-not-last")
    assert answer.json
    assert answer.json["params"]["issuance"] == str(site.acts()[0].id)


# --- the same again --------------------------------------------------------------------------------------------------


def test_the_same_key_leads_to_the_same_act(site: IssuingSite, call: Call) -> None:
    made = [call("POST", data=asked(), headers={"Idempotency-Key": "one"}) for _ in range(2)]

    assert [one.status_code for one in made] == [201, 201]
    assert made[0].headers["Location"] == made[1].headers["Location"]
    assert len(site.acts()) == 1
    assert call("POST", data=asked(), headers={"Idempotency-Key": "two"}).json["number"] == "02"  # type: ignore[index]


def test_a_key_outlives_the_process(site: IssuingSite, call: Call) -> None:
    first = call("POST", data=asked(), headers={"Idempotency-Key": "one"})

    again = calls_of(site.client(app=site.site(wait_seconds=20)))(
        "POST", data=asked(), headers={"Idempotency-Key": "one"}
    )

    assert again.headers["Location"] == first.headers["Location"]


@pytest.mark.parametrize("form", [{"dossier": "X"}, {"level": "B-LT"}, {"particulars": "{}"}])
def test_a_key_is_for_one_content(site: IssuingSite, call: Call, form: dict[str, Any]) -> None:
    call("POST", data=asked(), headers={"Idempotency-Key": "one"})

    answer = call("POST", data=asked(**form), headers={"Idempotency-Key": "one"})

    assert code(answer) == (409, "idempotency-key-reused")
    assert len(site.acts()) == 1


@pytest.mark.parametrize("key", ["x" * 256, "\xe9"])
def test_a_key_that_is_none_is_refused(call: Call, key: str) -> None:
    assert code(call("POST", data=asked(), headers={"Idempotency-Key": key})) == (400, "bad-option")


def test_what_was_refused_may_be_asked_again_under_its_key(site: IssuingSite, call: Call) -> None:
    site.fitness.trouble = Problem("certificate-expired")
    call("POST", data=asked(), headers={"Idempotency-Key": "one"})
    site.fitness.trouble = None

    assert call("POST", data=asked(), headers={"Idempotency-Key": "one"}).status_code == 201


def test_two_calls_at_once_make_one_act(site: IssuingSite) -> None:
    calls, found = [calls_of(site.client()) for _ in range(2)], []

    def ask(call: Call) -> None:
        found.append(call("POST", data=asked(), headers={"Idempotency-Key": "one"}).headers["Location"])

    threads = [threading.Thread(target=ask, args=(one,)) for one in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(set(found)) == 1
    assert [act.number for act in site.acts()] == [1]


# --- afterwards ------------------------------------------------------------------------------------------------------


def test_a_document_is_annulled(site: IssuingSite, call: Call) -> None:
    place = call("POST", data=asked()).headers["Location"]

    missing = call("POST", f"{place}/annulment", json={"ground": "sai"})
    made = call("POST", f"{place}/annulment", json={"ground": "sai", "decision": "7/QĐ"})

    assert missing.status_code >= 400
    assert made.status_code == 200
    assert made.json
    assert (made.json["standing"], made.json["decision"]) == ("annulled", "7/QĐ")
    site.unproved()
    assert code(call("POST", f"{place}/annulment", json={})) == (403, "step-up-needed")


SAID = {"ground": "sai", "decision": "7/QĐ"}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"ground": None}, (422, "field-wrong")),
        ({"decision": 7}, (422, "field-wrong")),
        ({"decison": "7/QĐ"}, (422, "field-unknown")),
        ({"ground": "s" * 1001}, (422, "text-unclear")),
    ],
)
def test_an_annulment_that_is_not_as_told_annuls_nothing(
    call: Call, changes: dict[str, Any], wanted: tuple[int, str]
) -> None:
    place = call("POST", data=asked()).headers["Location"]

    assert code(call("POST", f"{place}/annulment", json={**SAID, **changes})) == wanted
    assert code(call("POST", f"{place}/annulment", data=SAID)) == (415, "json-expected")
    assert (call("GET", place).json or {})["standing"] == "in-force"


def test_an_act_that_is_not_released_is_cancelled(site: IssuingSite, call: Call) -> None:
    act = site.order()

    twice = b'{"reason": "a", "reason": "b"}'
    sent = call("POST", f"{API}/{act.id}/cancellation", data=twice, content_type="application/json")
    made = call("POST", f"{API}/{act.id}/cancellation", json={"reason": "nhầm"})

    assert code(sent) == (422, "field-twice")
    assert made.json
    assert made.json["state"] == "cancelled"
    assert code(call("POST", f"{API}/{act.id}/cancellation", json=["x"])) == (400, "bad-request")


def test_the_list_is_paged(site: IssuingSite, call: Call) -> None:
    for _ in range(4):
        site.house.ordered(wanted={"said": {}}, layout={})
    seen, address = [], f"{API}?limit=2&kind=certified-ecopy"
    while address:
        told = call("GET", address).json
        assert told
        Issuances.model_validate(told)
        seen += [one["id"] for one in told["issuances"]]
        address = told["next"]

    assert (len(seen), len(set(seen))) == (5, 5)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=101", "after=x", "state=x", "kind=x"])
def test_a_list_that_is_asked_for_wrongly_is_refused(call: Call, query: str) -> None:
    answer = call("GET", f"{API}?{query}")

    assert answer.status_code == 400


def test_where_nothing_is_issued_the_api_says_so(site: IssuingSite) -> None:
    call = calls_of(site.client(app=site.site(issuing=None)))

    assert code(call("GET")) == (501, "issuing-off")
    assert code(call("POST", data=asked())) == (501, "issuing-off")


def test_a_key_of_an_officer_is_told_nowhere(site: IssuingSite, call: Call) -> None:
    call("POST", data=asked(), headers={"Idempotency-Key": "a-word-of-mine"})

    assert "a-word-of-mine" not in json.dumps(dict(site.acts()[0].wanted))


def test_the_level_is_that_of_the_settings_where_nobody_says_another(database: Database, tmp_path: Path) -> None:
    with issuing_site(database, tmp_path, level=Level.B_LT) as site:
        form = site.client().get(f"{NEW}/certified-ecopy").text
        made = calls_of(site.client())("POST", data=asked())

    assert made.json is not None
    assert made.json["level"] == "B-LT"
    assert re.search(r'value="B-LT" checked', form)
