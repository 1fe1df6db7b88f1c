from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from tests.cases.world import PDF
from tests.pki.pdf import plain_pdf
from tests.web.case_api_site import API, PAPER, Calls, CaseApiSite, case_api_site, code, told
from verifier.accounts.roles import Role
from verifier.cases.delays import Apologise
from verifier.cases.intake import Filing
from verifier.cases.statuses import Status
from verifier.cases.uploads import MOST_UNUSED
from verifier.errors import BadRequest
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.web.api.case_body import MOST_BYTES, read
from verifier.web.api.case_commands import commands
from verifier.web.problem_statuses import STATUSES

FILE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseApiSite]:
    with case_api_site(database, tmp_path) as made:
        yield made


def filing(**changes: Any) -> dict[str, Any]:
    plain = {"procedure": "consular-certification", "channel": "portal", "applicant": {"name": "Bưởi"}}
    return {**plain, "papers": [{**PAPER, "file": FILE}], **changes}


def refused(body: object) -> tuple[str, str]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(BadRequest) as refusal:
        read(Filing, data)
    return refusal.value.problem.code, refusal.value.problem.params.get("field", "")


# --- bodies ----------------------------------------------------------------------------------------------------------


def test_a_filing_is_read_with_its_texts_in_order() -> None:
    found = read(Filing, json.dumps(filing(note="  Đỗ   Bưởi ", facts={"language": " other"})).encode())

    assert (found.note, found.facts, found.papers[0].countries) == ("Đỗ Bưởi", {"language": "other"}, ("LA",))
    assert found.papers[0].name == PAPER["name"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"note": 1}, ("field-wrong", "note")),
        ({"nóte": "x"}, ("field-unknown", "nóte")),
        ({"papers": {}}, ("field-wrong", "papers")),
        ({"papers": [{**PAPER, "copies": "2"}]}, ("field-wrong", "papers.0.copies")),
        ({"papers": [{**PAPER, "copies": 1.0}]}, ("field-wrong", "papers.0.copies")),
        ({"papers": [{**PAPER, "copies": True}]}, ("field-wrong", "papers.0.copies")),
        ({"papers": [{**PAPER, "copies": 2**31}]}, ("field-wrong", "papers.0.copies")),
        ({"papers": [{**PAPER, "copies": 10**30}]}, ("field-wrong", "papers.0.copies")),
        ({"papers": [{**PAPER, "pages": None, "extra": None}]}, ("field-unknown", "papers.0.extra")),
        ({"papers": [{**PAPER, "signed_on": "30/06/2025"}]}, ("field-wrong", "papers.0.signed_on")),
        ({"papers": [{**PAPER, "signed_on": "0001-01-01"}]}, ("field-wrong", "papers.0.signed_on")),
        ({"papers": [{**PAPER, "signed_on": 20250630}]}, ("field-wrong", "papers.0.signed_on")),
        ({"papers": [{**PAPER, "file": "x"}]}, ("field-wrong", "papers.0.file")),
        ({"papers": [{}]}, ("field-missing", "papers.0.name")),
        ({"papers": [PAPER] * 1001}, ("field-wrong", "papers")),
        ({"note": "a\0b"}, ("text-unclear", "note")),
        ({"note": "a\u202eb"}, ("text-unclear", "note")),
        ({"note": "x" * 1001}, ("text-unclear", "note")),
        ({"facts": {"a\0": "b"}}, ("text-unclear", "facts")),
        ({"facts": {"a": "\u200b"}}, ("text-unclear", "facts.a")),
        ({"facts": {"a": 1}}, ("field-wrong", "facts.a")),
        ({"applicant": {"name": "\x07"}}, ("text-unclear", "applicant.name")),
        ({"applicant": None}, ("field-wrong", "applicant")),
    ],
)
def test_what_a_filing_does_not_say_rightly_is_refused_by_field(
    changes: dict[str, Any], wanted: tuple[str, str]
) -> None:
    assert refused(filing(**changes)) == wanted


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"papers": [{**PAPER, "signed_on": "30/06/2025"}]}, "YYYY-MM-DD"),
        ({"papers": [{**PAPER, "signed_on": 20250630}]}, "YYYY-MM-DD"),
        ({"papers": [{**PAPER, "copies": "2"}]}, "whole number"),
        ({"papers": [{**PAPER, "file": "x"}]}, "UUID"),
        ({"papers": [{**PAPER, "countries": "LA"}]}, "list"),
        ({"papers": {}}, "list"),
        ({"note": 1}, "text"),
        ({"applicant": None}, "object"),
        ({"facts": []}, "object"),
    ],
)
def test_what_may_stand_there_is_said_for_people(changes: dict[str, Any], wanted: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        read(Filing, json.dumps(filing(**changes)).encode())
    assert refusal.value.problem.params["allowed"] == wanted


@pytest.mark.parametrize("at", ["soon", 5])
def test_an_instant_is_asked_for_with_its_zone(at: object) -> None:
    with pytest.raises(BadRequest) as refusal:
        read(Apologise, json.dumps({"new_due": at, "reason": "x"}).encode())
    assert refusal.value.problem.params["allowed"] == "YYYY-MM-DDThh:mm:ss+07:00"


def test_a_text_that_is_too_long_is_told_how_long_it_may_be() -> None:
    with pytest.raises(BadRequest) as refusal:
        read(Filing, json.dumps(filing(note="x" * 1001)).encode())
    assert refusal.value.problem.params == {"field": "note", "limit": "1000"}


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"1", b'"x"', b"null", b"{}, {}", b"{}] [", b"{", b"\xff", b'{"note": "\\ud800"}', b"\0", b"{'a': 1}",
        b"[" * 100_000, b'{"papers": ' * 5000, b"\xef\xbb\xbf{}",
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    assert refused(body)[0] == "bad-request"


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ('"note": "a", "note": "b"', "note"),
        ('"note": "a", "note": "a"', "note"),
        ('"note": "a", "n\\u006fte": "b"', "note"),
        ('"facts": {"language": "vi", "language": "other"}', "language"),
        ('"papers": [{"name": "Bằng", "holder": "A", "holder": "B"}]', "holder"),
        ('"note": "a", "papers": [], "papers": []', "papers"),
    ],
    ids=["texts", "equal", "escaped", "mapping", "inside", "list"],
)
def test_a_name_that_stands_twice_is_refused(place: str, name: str) -> None:
    """Of two values nobody knows which was meant, and whoever looked at it before may have seen the other."""
    start = '{"procedure": "consular-certification", "channel": "portal", "applicant": {"name": "Bưởi"}, '
    more = "" if '"papers"' in place else '"papers": [], '
    assert refused(f"{start}{more}{place}}}".encode()) == ("field-twice", name)


def test_a_refusal_repeats_nothing_that_was_sent() -> None:
    with pytest.raises(BadRequest) as refusal:
        read(Filing, json.dumps(filing(papers=[{**PAPER, "signed_on": "số 5 phố Chợ"}])).encode())

    assert "phố" not in str(refusal.value.problem)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([one.name for one in commands()]), st.data())
def test_whatever_is_sent_as_a_command_is_read_or_refused_by_a_known_code(name: str, data: st.DataObject) -> None:
    spec = next(one for one in commands() if one.name == name)
    names = st.sampled_from([*spec.kind.__dataclass_fields__, "x"])  # type: ignore[attr-defined]
    body = data.draw(st.dictionaries(names, VALUES, max_size=4) | VALUES)
    found = ""
    try:
        read(spec.kind, json.dumps(body).encode())
    except BadRequest as refusal:
        found = refusal.problem.code

    assert found in {"", *STATUSES}


def test_bodies_that_are_too_large_or_no_json_do_nothing(site: CaseApiSite) -> None:
    portal, reception = site.portal(), site.officer(Role.RECEPTION)
    place = portal.filed()["dossier"]["href"]

    def sent(data: bytes, kind: str = "application/json") -> tuple[int, str]:
        return code(reception("POST", f"{place}/confirm-complete", data=data, content_type=kind, version=1))

    assert sent(b"{" + b" " * MOST_BYTES + b"}") == (413, "body-too-large")
    assert sent(b"{}", "text/plain") == (415, "json-expected")
    assert sent(b"shown=paper", "application/x-www-form-urlencoded") == (415, "json-expected")
    assert sent(b"[]") == (400, "bad-request")
    assert sent(b'{"shown": ["paper"], "x": 1}') == (422, "field-unknown")
    assert sent(b'{"shown": "paper"}') == (422, "field-wrong")
    assert sent(b'{"shown": ["a\\u0000"]}') == (422, "text-unclear")
    assert sent(b'{"shown": ["paper"], "shown": []}') == (422, "field-twice")
    assert told(reception("GET", place))["version"] == 1
    assert reception("POST", f"{place}/confirm-complete", version=1).status_code == 200


def test_what_a_filing_is_refused_for_leaves_nothing_behind(site: CaseApiSite) -> None:
    portal = site.portal()
    ready = portal.filing()

    for changes, wanted in (
        ({"procedure": "bribery"}, (404, "procedure-unknown")),
        ({"procedure": "apostille"}, None),
        ({"channel": "pigeon"}, (422, "channel-not-offered")),
        ({"papers": []}, (422, "field-wrong")),
        ({"papers": [{**PAPER, "file": FILE}]}, None),
        ({"applicant": {"name": "Bưởi"}}, (422, "contact-missing")),
    ):
        answer = portal("POST", json={**ready, **changes})
        assert 400 <= answer.status_code < 500, (changes, answer.text)
        assert wanted is None or code(answer) == wanted
        if wanted == (422, "channel-not-offered"):
            assert "Nghị định 111/2011/NĐ-CP" in told(answer)["params"]["citation"]
    assert told(portal("GET"))["dossiers"] == []
    assert portal("POST", json=ready).status_code == 201


# --- uploads ---------------------------------------------------------------------------------------------------------


def brought(who: Calls, data: bytes, name: str = "a.pdf", **more: Any) -> dict[str, Any]:
    answer = who("POST", f"{API}/uploads", data=data, headers={"X-File-Name": name}, **more)
    assert answer.status_code == 201, answer.text
    return told(answer)


def test_a_file_is_looked_at_by_its_outside(site: CaseApiSite) -> None:
    portal = site.portal()
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)

    for data, wanted in (
        (PDF, ("pdf", "application/pdf", 1, [])),
        (plain_pdf()[:300], ("pdf", "application/pdf", None, ["pdf-truncated"])),
        (b"%PDF-1.7 " + b"x" * 2000 + b"%%EOF", ("pdf", "application/pdf", None, ["pdf-unreadable"])),
        (png, ("scan", "image/png", None, [])),
        (b"<html><script>", ("html", "application/octet-stream", None, ["not-a-pdf"])),
        (b"MZ\0\0\1", ("unknown", "application/octet-stream", None, ["not-a-pdf"])),
    ):
        found = brought(portal, data)
        assert (found["kind"], found["media_type"], found["pages"], found["problems"]) == wanted, data[:20]
        assert found["size"] == len(data)


def test_an_encrypted_file_is_kept_and_told(site: CaseApiSite) -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(PDF)))
    writer.encrypt(owner_pass="owner", user_pass="secret")
    out = io.BytesIO()
    writer.write(out)

    assert brought(site.portal(), out.getvalue())["problems"] == ["pdf-encrypted"]


def test_a_file_comes_in_a_form_too_and_its_name_is_made_harmless(site: CaseApiSite) -> None:
    form = {"file": (io.BytesIO(PDF), "../../b\u202eằng.pdf")}

    answer = site.portal()("POST", f"{API}/uploads", data=form)

    assert told(answer)["name"] == "b�ằng.pdf"
    assert brought(site.portal(), PDF, "")["name"] == "unnamed"


def test_files_that_cannot_be_kept_are_refused(site: CaseApiSite) -> None:
    portal = site.portal()
    small = site.site(site=site.app.extensions["site"].__class__("a", "b", upload_bytes=1000))

    assert code(portal("POST", f"{API}/uploads", data=b"")) == (422, "empty-file")
    assert code(portal("POST", f"{API}/uploads", data={"x": "y"}))[0] in (400, 415)
    assert code(portal("POST", f"{API}/uploads?dossier=x", data=b"x")) == (400, "bad-option")
    assert code(Calls(small, portal.headers)("POST", f"{API}/uploads", data=bytes(1001))) == (413, "too-large")
    with site.world.database.unit(SYSTEM) as unit:
        assert unit.cases.drop_uploads_before(site.world.clock.now().replace(year=2100)) == ()


def test_an_upload_is_named_once_and_by_who_brought_it(site: CaseApiSite) -> None:
    portal, other = site.portal(), site.portal()
    ready = portal.filing()

    assert code(other("POST", json=ready))[1] == "upload-unknown"
    assert portal("POST", json=ready).status_code == 201
    assert code(portal("POST", json={**ready, "note": "lần hai"}))[1] == "upload-unknown"


def test_an_applicant_does_not_fill_the_store(site: CaseApiSite) -> None:
    filed = site.portal().filed()
    case = site.world.cases.by_token(filed["dossier"]["code"], filed["token"])
    holder = site.holder_of(filed)
    first = brought(holder, PDF)
    with site.world.database.unit(SYSTEM) as unit:
        one = unit.cases.take_upload(UUID(first["id"]), [f"case:{case.id}"])
        assert one
        for _ in range(MOST_UNUSED):
            unit.cases.add_upload(replace(one, id=uuid4()))

    assert code(holder("POST", f"{API}/uploads", data=PDF)) == (409, "uploads-unused")


def test_a_holder_brings_what_was_asked_for(site: CaseApiSite) -> None:
    filed = site.portal().filed()
    place, reception, holder = filed["dossier"]["href"], site.officer(Role.RECEPTION), site.holder_of(filed)
    items = {"items": [{"what": "Bản dịch", "why": "Giấy tờ bằng tiếng Lào"}]}
    asked = reception("POST", f"{place}/ask-supplement", json=items, version=1)

    file = brought(holder, PDF)["id"]
    said = {"files": [{"paper": 1, "file": file, "translation": True}]}
    answer = holder("POST", f"{place}/supplement", json=said, headers={"If-Match": asked.headers["ETag"]})

    assert (answer.status_code, told(answer)["status"]) == (200, Status.FILED.value)
    assert {one["kind"] for one in told(holder("GET", f"{place}/papers"))["records"]} >= {"paper", "translation"}


def test_a_refusal_says_on_what_law_it_rests(site: CaseApiSite) -> None:
    case = site.world.case(status=Status.SUPPLEMENT, resume=Status.FILED.value, supplements=1)
    site.world.change(case, status=Status.FILED.value)
    said = {"items": [{"what": "Bản dịch", "why": "Thiếu"}]}

    again = site.officer(Role.RECEPTION)("POST", f"{API}/{case.id}/ask-supplement", json=said, version=2)

    assert code(again) == (409, "second-supplement")
    assert told(again)["params"]["citation"]
    late = site.officer(Role.LEADER)("POST", f"{API}/{case.id}/approve", json={}, version=2)
    assert "citation" not in told(late)["params"]
