"""The public pages without a browser: routes, words, escaping, guards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.reports.samples import HOSTILE, SAMPLES
from tests.web.pages import FILE_NAME, PaintedPictures, ReadyService, job, ready_service, site_of
from verifier.errors import CouldNotJudge
from verifier.reports.sentences import headline
from verifier.storage.blobs import StoredFile
from verifier.storage.keys import CannotOpen
from verifier.verdict import DocumentVerdict
from verifier.web.jobs import NOBODY, Owner
from verifier.web.uploads import MIB, Readable

PDF = b"%PDF-1.7 something"


class Busy(ReadyService):
    def submit(
        self, stream: Readable, file_name: str, lang: str, passwords: tuple[str, ...] = (), owner: Owner = NOBODY
    ) -> str:
        raise CouldNotJudge("busy", seconds="20")


@dataclass(frozen=True)
class Broken(PaintedPictures):
    fault: Exception = field(default_factory=FileNotFoundError)

    def pages(self, document: StoredFile) -> tuple[Any, ...]:
        raise self.fault


@pytest.fixture
def service() -> ReadyService:
    return ready_service()


@pytest.fixture
def client(service: ReadyService, tmp_path: Path) -> FlaskClient:
    return site_of(service, tmp_path, PaintedPictures()).test_client()


@pytest.mark.parametrize(
    ("code", "vi", "en"),
    [
        ("trust-store-empty", "Không thể kiểm tra: kho tin cậy trống", "the trust store is empty"),
        ("trust-store-missing", "Không thể kiểm tra: kho tin cậy trống", "the trust store is empty"),
        ("trust-certificate-broken", "Không thể kiểm tra: kho tin cậy không đọc được", "trust store cannot be read"),
    ],
)
def test_the_upload_page_says_so_while_nothing_can_be_checked(
    service: ReadyService, tmp_path: Path, code: str, vi: str, en: str
) -> None:
    found = [code]
    client = site_of(service, tmp_path, troubles={"trust": lambda: found[0]}).test_client()
    shown = client.get("/verify").text
    assert vi in shown
    assert code in shown
    assert '<div class="notice none">' in shown
    assert en in client.get("/verify?lang=en").text
    found[0] = ""
    assert '<div class="notice none">' not in client.get("/verify").text


def send(
    client: FlaskClient, *files: tuple[str, bytes], headers: dict[str, str] | None = None, **form: str
) -> TestResponse:
    data: dict[str, Any] = {**form, "file": [(BytesIO(content), name) for name, content in files]}
    return client.post("/verify", data=data, headers=headers)


class Outline(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_root_leads_to_the_upload_form(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/verify"


def test_upload_form_says_the_limits_and_needs_no_script(client: FlaskClient) -> None:
    html = client.get("/verify").text
    assert "tối đa 1 MB" in html
    form = next(attrs for tag, attrs in Outline(html).tags if tag == "form" and attrs.get("id") == "upload")
    assert (form["method"], form["enctype"], form["action"]) == ("post", "multipart/form-data", "/verify")


def test_one_file_leads_to_its_result(client: FlaskClient, service: ReadyService) -> None:
    answer = send(client, ("a.pdf", PDF), password="mật khẩu")
    assert answer.status_code == 303
    assert service.taken == [("a.pdf", PDF, ("mật khẩu",))]
    assert "a.pdf" in client.get(answer.headers["Location"]).text


def test_several_files_lead_to_their_list(client: FlaskClient) -> None:
    answer = send(client, ("a.pdf", PDF), ("b.pdf", PDF))
    assert answer.status_code == 303
    listed = client.get(answer.headers["Location"]).text
    assert "a.pdf" in listed
    assert "b.pdf" in listed
    assert listed.count("Hợp lệ về chữ ký") == 2


def test_no_file_is_said_in_words(client: FlaskClient) -> None:
    answer = client.post("/verify", data={})
    assert answer.status_code == 422
    assert "Chưa có tệp" in answer.text
    assert "<title>Lỗi: " in answer.text


def test_an_empty_file_is_caught_at_once_and_nothing_else_is_kept(client: FlaskClient, service: ReadyService) -> None:
    before = set(service.jobs)
    answer = send(client, ("good.pdf", PDF), ("empty.pdf", b""))
    assert answer.status_code == 422
    assert "empty.pdf: Tệp rỗng (0 byte)." in answer.text
    assert set(service.jobs) == before


def test_a_body_over_the_limit_is_said_in_words(client: FlaskClient) -> None:
    form = "multipart/form-data; boundary=edge"
    answer = client.post("/verify", data=b"x" * (12 * MIB), content_type=form)
    assert answer.status_code == 413
    assert "1 MB" in answer.text


def test_too_many_files(client: FlaskClient, service: ReadyService) -> None:
    answer = send(client, *[(f"{n}.pdf", PDF) for n in range(11)])
    assert answer.status_code == 422
    assert not service.taken


def test_busy_says_when_to_come_again(tmp_path: Path) -> None:
    answer = send(site_of(Busy(), tmp_path).test_client(), ("a.pdf", PDF))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")
    assert "thử lại sau 20 giây" in answer.text


def test_a_script_gets_the_address_or_the_words(client: FlaskClient) -> None:
    script = {"X-Requested-With": "XMLHttpRequest"}
    taken = send(client, ("a.pdf", PDF), headers=script)
    assert taken.status_code == 201
    assert taken.get_json()["address"].endswith(taken.get_json()["token"])
    refused = send(client, ("a.pdf", b""), headers=script)
    assert refused.status_code == 422
    assert "Tệp rỗng" in refused.get_json()["error"]


def test_rate_limit_is_a_page_that_blames_no_one(tmp_path: Path) -> None:
    client = site_of(ready_service(), tmp_path, rate="1 per minute").test_client()
    send(client, ("a.pdf", PDF))
    answer = send(client, ("a.pdf", PDF))
    assert answer.status_code == 429
    assert "<h1" in answer.text
    assert "Kết quả này" not in answer.text


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_prints_its_headline_first(client: FlaskClient, name: str, lang: str) -> None:
    answer = client.get(f"/verify/{name}?lang={lang}")
    assert answer.status_code == 200
    words = headline(SAMPLES[name], lang)
    html = answer.text
    assert f'<h2 class="word" id="word">{words.word}</h2>' in html
    assert html.index(words.word) < html.index("evidence") if "evidence" in html else True
    tags = Outline(html).tags
    assert sum(tag == "h1" for tag, _ in tags) == 1
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    anchors = [attrs.get("href") or "" for tag, attrs in tags if tag == "a"]
    assert {a[1:] for a in anchors if a.startswith("#")} <= set(ids)
    assert not [attrs for _, attrs in tags if "style" in attrs or any(key.startswith("on") for key in attrs)]
    assert not [1 for tag, attrs in tags if tag == "style" or (tag == "script" and "src" not in attrs)]


def test_no_green_headline_without_a_passed_verdict(client: FlaskClient) -> None:
    for name, outcome in SAMPLES.items():
        green = 'class="verdict ok"' in client.get(f"/verify/{name}").text
        assert not green or (isinstance(outcome, DocumentVerdict) and outcome.conclusion == "TOTAL_PASSED"), name


def test_hostile_names_are_text(client: FlaskClient) -> None:
    html = client.get("/verify/hostile").text
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert HOSTILE[:20] not in html


def test_claimed_and_proven_time_have_their_own_labels(client: FlaskClient) -> None:
    html = client.get("/verify/passed").text
    assert "người ký khai" in html
    assert "được chứng minh" in html
    assert html.count("02/10/2026 09:15") >= 1
    assert html.count("02/10/2026 09:16") >= 1


def test_failed_checks_come_first_and_passed_ones_are_folded(client: FlaskClient) -> None:
    html = client.get("/verify/sub-REVOKED_NO_POE").text
    assert html.index("XCV_REVOCATION") < html.index("FC_PROCESSABLE")
    assert re.search(r"<details class=\"fold\"><summary>Các mục đạt.*9 mục", html, re.DOTALL)


def test_boxes_lie_where_the_widget_is(client: FlaskClient) -> None:
    html = client.get("/verify/passed").text
    assert '<rect x="100.0" y="692.0" width="150.5" height="50.0"' in html
    assert 'href="#sig-1"' in html
    assert 'href="#box-sig-1"' in html


@pytest.mark.parametrize(
    "fault",
    [CouldNotJudge("budget-exhausted", limit="time"), CannotOpen("sealed-data-broken"), FileNotFoundError()],
    ids=["budget", "broken", "gone"],
)
def test_pages_that_cannot_be_drawn_do_not_hide_the_verdict(tmp_path: Path, fault: Exception) -> None:
    html = site_of(ready_service(), tmp_path, Broken(fault=fault)).test_client().get("/verify/passed").text
    assert "Không dựng được hình" in html
    assert "Hợp lệ về chữ ký" in html


def test_pictures_are_webp_and_private(client: FlaskClient) -> None:
    answer = client.get("/verify/passed/pages/1.webp")
    assert answer.mimetype == "image/webp"
    assert answer.data[8:12] == b"WEBP"
    assert "private" in answer.headers["Cache-Control"]


def test_the_picture_of_a_file_deleted_in_this_moment_is_not_there(tmp_path: Path) -> None:
    client = site_of(ready_service(), tmp_path, Broken()).test_client()
    assert client.get("/verify/passed/pages/1.webp").status_code == 404


def test_a_broken_file_is_told_without_its_picture(tmp_path: Path) -> None:
    broken = Broken(fault=CannotOpen("sealed-data-broken", "A stored file does not open."))
    answer = site_of(ready_service(), tmp_path, broken).test_client().get("/verify/passed/pages/1.webp")
    assert answer.status_code == 500
    assert "Dữ liệu lưu trữ không mở được" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/verify/nobody",
        "/verify/" + "A" * 32,
        "/verify/nobody/report.json",
        "/verify/nobody/evidence.zip",
        "/verify/nobody/pages/1.webp",
        "/verify/passed/pages/9.webp",
        "/verify/no-such-%E2%80%AE",
    ],
)
def test_what_is_not_there_is_one_page(client: FlaskClient, path: str) -> None:
    first, other = client.get(path), client.get("/verify/nobody")
    assert first.status_code == 404

    def bare(answer: TestResponse) -> str:
        return re.sub(r'(href|value)="[^"]*"', "", answer.text)

    assert bare(first) == bare(other)


def test_progress_says_nothing_where_nothing_changed(client: FlaskClient) -> None:
    assert client.get("/verify/gathering/progress?seen=judging-3").status_code == 204
    news = client.get("/verify/gathering/progress?seen=judging-2")
    assert news.status_code == 200
    assert "Bước 3/4: Thu thập chứng cứ" in news.text
    assert 'value="judging-3"' in news.text


@pytest.mark.parametrize("token", ["passed", "nobody"])
def test_polling_ends_with_a_reload(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/verify/{token}/progress?seen=judging-3")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (286, "true")


def test_the_waiting_page_reloads_without_script(client: FlaskClient) -> None:
    html = client.get("/verify/waiting").text
    assert '<noscript><meta http-equiv="refresh"' in html
    assert 'role="status"' in html
    assert "Bước 1/4" in html


def test_report_and_bundle_are_given_to_the_byte(client: FlaskClient, service: ReadyService) -> None:
    report = client.get("/verify/passed/report.json")
    assert report.text == service.jobs["passed"].report_text
    assert "attachment" in report.headers["Content-Disposition"]
    assert client.get("/verify/passed/evidence.zip").data == b"PKbundle"


def test_deleting_deletes_and_says_so(client: FlaskClient, service: ReadyService) -> None:
    answer = client.post("/verify/passed/delete")
    assert answer.status_code == 303
    assert "passed" not in service.jobs
    assert "Đã xóa tệp và kết quả" in client.get(answer.headers["Location"]).text
    assert client.post("/verify/passed/delete").status_code == 404


def test_language_is_remembered(client: FlaskClient) -> None:
    assert '<html lang="vi"' in client.get("/verify").text
    assert '<html lang="en"' in client.get("/verify?lang=en").text
    assert '<html lang="en"' in client.get("/verify").text
    assert '<html lang="en"' in client.get("/verify?lang=xx").text


def test_theme_is_remembered_and_leads_back(client: FlaskClient) -> None:
    answer = client.post("/preferences", data={"theme": "dark", "next": "/verify/passed"})
    assert answer.headers["Location"] == "/verify/passed"
    assert 'data-theme="dark"' in client.get("/verify").text


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_preferences_lead_nowhere_else(client: FlaskClient, to: str) -> None:
    assert client.post("/preferences", data={"theme": "dark", "next": to}).headers["Location"] == "/verify"


def test_density_is_remembered(client: FlaskClient) -> None:
    before = client.get("/verify").text
    client.post("/preferences", data={"density": "roomy"})

    assert "data-density" not in before
    assert 'data-density="roomy"' in client.get("/verify").text


def test_an_unknown_theme_is_not_taken(client: FlaskClient) -> None:
    assert not client.post("/preferences", data={"theme": 'x" onload="'}).headers.getlist("Set-Cookie")


def test_static_files_may_be_kept_by_fingerprint(client: FlaskClient) -> None:
    html = client.get("/verify").text
    sheets = [attrs["href"] or "" for tag, attrs in Outline(html).tags if attrs.get("rel") == "stylesheet"]
    assert len(sheets) == 5
    for sheet in sheets:
        with client.get(sheet) as answer:
            assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_pages_of_verdicts_are_not_kept_by_browsers(client: FlaskClient) -> None:
    assert "no-store" in client.get("/verify/passed").headers["Cache-Control"]


def test_first_view_is_light(client: FlaskClient) -> None:
    static = Path(__file__).parents[2] / "verifier" / "web" / "static"
    pages = [client.get(path).text for path in ("/verify", "/verify/passed")]
    parts = {part for html in pages for tag, attrs in Outline(html).tags if (part := linked(tag, attrs))}
    linked_files = {kind: [static / kind / name for at, name in parts if at == kind] for kind in ("css", "js")}
    own = [one for one in linked_files["js"] if not one.name.startswith("htmx")]
    everything = [*linked_files["css"], *linked_files["js"], *static.glob("fonts/*.woff2")]
    assert {"site.js", "upload.js", "viewer.js"} <= {one.name for one in own}
    assert size_of(own) <= 15_000
    assert size_of(linked_files["css"]) <= 35_000
    assert size_of(everything) + len(pages[0].encode()) <= 300_000


def linked(tag: str, attrs: dict[str, str | None]) -> tuple[str, str] | None:
    """Folder and name of the static file that an element loads."""
    address = attrs.get("src") if tag == "script" else attrs.get("href") if tag == "link" else None
    found = re.search(r"/(css|js)/([^/?]+)", address or "")
    return (found[1], found[2]) if found else None


def size_of(files: list[Path]) -> int:
    return sum(one.stat().st_size for one in files)


def test_a_name_that_is_not_pdf_keeps_its_own_words(tmp_path: Path) -> None:
    service = ReadyService({"scan": job(SAMPLES["not-a-pdf-scan"], file_name="ảnh.jpg")})
    html = site_of(service, tmp_path).test_client().get("/verify/scan").text
    assert "Đây là bản quét" in html
    assert "Kết quả này không nói gì về tài liệu." in html
    assert "ảnh.jpg" in html
    assert FILE_NAME not in html


def test_red_is_kept_for_what_is_proved(client: FlaskClient) -> None:
    assert 'class="tag bad' not in client.get("/verify/sub-REVOKED_NO_POE").text
    assert 'class="tag bad' in client.get("/verify/sub-REVOKED").text
