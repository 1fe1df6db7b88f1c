from __future__ import annotations

import io
from pathlib import Path

from flask import Blueprint, Flask, request

from tests.web.conftest import MakeApp
from verifier.web.access import EVERYBODY
from verifier.web.limits import FIELD_BYTES, TEXT_FORM
from verifier.web.site import Site

ADDRESS = "/api/v1/validations"


def test_too_many_files_are_answered_with_when_to_come_again(make_app: MakeApp) -> None:
    client = make_app(rate_limit="2 per minute").test_client()
    made = [client.post(ADDRESS, data=b"x") for _ in range(2)]

    refused = client.post(ADDRESS, data=b"x")

    assert [answer.status_code for answer in made] == [201, 201]
    assert (refused.status_code, refused.json and refused.json["code"]) == (429, "rate-limited")
    assert refused.content_type == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert refused.json is not None
    assert refused.headers["Retry-After"] in refused.json["next_step"]


def test_pages_and_api_share_one_count(make_app: MakeApp) -> None:
    client = make_app(rate_limit="2 per minute").test_client()
    client.post(ADDRESS, data=b"x")
    client.post("/verify")

    refused = client.post("/verify")

    assert (refused.status_code, refused.content_type) == (429, "text/html; charset=utf-8")
    assert "Retry-After" in refused.headers


def test_reading_is_not_limited_and_others_are_not_held_up(make_app: MakeApp) -> None:
    client = make_app(rate_limit="1 per minute").test_client()
    place = client.post(ADDRESS, data=b"x").headers["Location"]

    assert [client.get(place).status_code for _ in range(5)] == [200] * 5
    assert client.get("/verify").status_code == 200
    other = client.post(ADDRESS, data=b"x", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 201


def test_proofs_are_tried_a_few_times_a_minute_by_each_address(make_app: MakeApp) -> None:
    account = Blueprint("account", __name__)
    account.add_url_rule("/tried", "tried", lambda: "tried", methods=["GET", "POST"])
    rules = {"account.tried": EVERYBODY}
    client = make_app(blueprints=[account], access=rules, pages=Blueprint("none", "none")).test_client()

    tried = [client.post("/tried").status_code for _ in range(31)]

    assert tried == [200] * 30 + [429]
    assert client.get("/tried").status_code == 200
    assert client.post("/tried", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_asking_the_identity_provider_is_limited_too(make_app: MakeApp) -> None:
    account = Blueprint("account", __name__)
    for name in ("identity", "returned"):
        account.add_url_rule(f"/{name}", name, lambda: "asked")
    rules = {"account.identity": EVERYBODY, "account.returned": EVERYBODY}
    client = make_app(blueprints=[account], access=rules, pages=Blueprint("none", "none")).test_client()

    for path in ("/identity", "/returned"):
        asked = [client.get(path).status_code for _ in range(15)] + [client.head(path).status_code for _ in range(16)]
        assert asked == [200] * 30 + [429]


def from_address(app: Flask, forwarded: str) -> int:
    return app.test_client().post(ADDRESS, data=b"x", headers={"X-Forwarded-For": forwarded}).status_code


def test_without_proxies_a_forged_address_changes_nothing(make_app: MakeApp) -> None:
    app = make_app(rate_limit="1 per minute")

    assert [from_address(app, f"192.0.2.{n}") for n in range(3)] == [201, 429, 429]


def test_behind_a_proxy_each_caller_has_a_count_of_its_own(make_app: MakeApp) -> None:
    app = make_app(rate_limit="1 per minute", trusted_proxies=1)

    assert [from_address(app, f"192.0.2.{n}") for n in (1, 2, 1)] == [201, 201, 429]
    assert from_address(app, "198.51.100.9, 192.0.2.2") == 429  # what stands before the proxy's own word is a claim


def test_addresses_of_one_ipv6_network_share_one_count(make_app: MakeApp) -> None:
    app = make_app(rate_limit="1 per minute", trusted_proxies=1)

    asked = ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1", "2001:db8:0:1::1%eth0", "nobody:")
    assert [from_address(app, one) for one in asked] == [201, 429, 201, 429, 201]
    mapped = ("::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1")
    assert [from_address(app, one) for one in mapped] == [201, 201, 429]


def test_a_proxy_says_the_scheme_but_never_the_host(make_app: MakeApp) -> None:
    headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    seen = []
    for count in (1, 0):
        app = make_app(trusted_proxies=count)
        app.add_url_rule("/seen", view_func=lambda: f"{request.scheme} {request.host}")
        seen.append(app.test_client().get("/seen", headers=headers).text)

    assert seen == ["https localhost", "http localhost"]


def test_a_file_in_a_form_waits_on_the_disk_of_the_service(make_app: MakeApp, folder: Path) -> None:
    app = make_app(rate_limit="9 per minute")
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    seen: list[str] = []

    def look() -> str:
        file = request.files["file"].stream
        file.fileno()
        seen.extend(
            path.name for path in Path("/proc/self/fd").iterdir() if str(path.readlink()).startswith(str(folder))
        )
        return "seen"

    app.add_url_rule("/look", view_func=look, methods=["POST"])
    app.test_client().post("/look", data={"file": (io.BytesIO(b"x" * 100_000), "a.pdf")})

    assert len(seen) == 1


def test_a_form_without_a_file_is_small(make_app: MakeApp) -> None:
    app = make_app(rate_limit="9 per minute", site=Site("Cơ quan", "Authority", upload_bytes=4_000_000))
    app.add_url_rule("/taken", view_func=lambda: str(len(request.form)), methods=["POST"])
    app.view_functions["pages.upload"] = lambda: str(len(request.form))
    app.view_functions["api.create"] = lambda: str(len(request.data))
    browser = app.test_client()

    assert browser.post("/taken", data={"a": "x" * 200_000}).text == "1"
    for path, kind in (("/taken", TEXT_FORM), ("/taken", "multipart/form-data; boundary=b"), ("/verify", TEXT_FORM)):
        refused = browser.post(path, data=b"a=&" * 100_000, content_type=kind)
        assert (path, kind, refused.status_code) == (path, kind, 413)
    assert browser.post(ADDRESS, data=b"x" * 300_000).text == "300000"


def test_a_form_with_files_has_few_fields_and_short_ones(make_app: MakeApp) -> None:
    app = make_app()
    app.add_url_rule("/taken", view_func=lambda: str(len(request.form)), methods=["POST"])

    def sent(fields: dict[str, str]) -> int:
        return app.test_client().post("/taken", data=fields, content_type="multipart/form-data").status_code

    assert [sent({f"f{n}": "" for n in range(count)}) for count in (100, 101)] == [200, 413]
    assert [sent({"f": "x" * length}) for length in (FIELD_BYTES, FIELD_BYTES + 1)] == [200, 413]


def test_files_of_many_blocks_are_taken_whatever_is_in_them(make_app: MakeApp) -> None:
    app = make_app(rate_limit="9 per minute", site=Site("Cơ quan", "Authority", upload_bytes=4_000_000))

    def lengths() -> str:
        found = request.files.getlist("file")
        told = str([len(one.read()) for one in found])
        for one in found:
            one.close()
        return told

    app.view_functions["pages.upload"] = lengths
    files = [(io.BytesIO(b"\n" * size), f"{size}.pdf") for size in (1, 30_000, 65_536, 300_000)]

    answer = app.test_client().post("/verify", data={"file": files})

    assert (answer.status_code, answer.text) == (200, "[1, 30000, 65536, 300000]")
