from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.outside.servers import Server
from verifier.doors import doors_of, reach_of
from verifier.law.book import law_book
from verifier.outside.doors import NotTaken
from verifier.outside.fetch import Fetcher
from verifier.outside.mail import Mailer
from verifier.outside.portal import (
    HttpPortal,
    PortalFile,
    PortalMessage,
    PortalResult,
    PortalStatus,
    names,
    portal_time,
)
from verifier.outside.sms import SmsGateway, number_of
from verifier.settings import Settings

AT = datetime(2026, 11, 18, 17, 22, 5, tzinfo=UTC)
DATA = b"%PDF-1.7 result"
SHA256 = hashlib.sha256(DATA).hexdigest()
KEY = "t0p-secret"
STATUS = PortalStatus("G12-261118-0015", 9, "Đã ký", AT, AT)
MESSAGE = PortalMessage("acc-1", "G12-261118-0015", "Hồ sơ …-0015", "Đã có kết quả.", AT)
RESULT = PortalResult(
    "acc-1", "G12-261118-0015", 10, AT, (PortalFile("kết quả.pdf", "KQ.G15.000021", "application/pdf", SHA256, DATA),)
)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server({})
    yield running
    running.close()


def says(code: int, told: object = None, *, raw: bytes = b"") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = raw or (json.dumps(told).encode() if told is not None else b"")
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def sms(server: Server) -> SmsGateway:
    return SmsGateway(server.url("/sms"), KEY, Fetcher({server.host}))


def portal(server: Server) -> HttpPortal:
    return HttpPortal(server.url("/lgsp/"), KEY, Fetcher({server.host}))


def asked(server: Server) -> list[tuple[str, dict[str, str], Any]]:
    return [(path, headers, json.loads(body) if body[:1] == b"{" else body) for path, headers, body in server.asked]


def test_an_sms_goes_to_the_gateway_with_its_key(server: Server) -> None:
    server.answers["/sms"] = says(202, {"id": "sms-77"})
    assert sms(server).send("0912 000 000", "Hồ sơ …-0015 đã có kết quả.", "notice:1") == "sms-77"
    ((_, headers, body),) = asked(server)
    assert body == {"to": "+84912000000", "text": "Hồ sơ …-0015 đã có kết quả.", "id": "notice:1"}
    assert (headers["Authorization"], headers["Idempotency-Key"]) == (f"Bearer {KEY}", "notice:1")
    assert KEY not in repr(sms(server))


@pytest.mark.parametrize(
    ("status", "again"),
    [(400, False), (422, False), (410, False), (401, True), (402, True), (404, True), (408, True), (429, True),
     (500, True), (503, True), (302, True)],
)  # fmt: skip
def test_what_the_gateway_refuses_for_good_is_told_from_the_rest(server: Server, status: int, *, again: bool) -> None:
    server.answers["/sms"] = says(status, {"to": "0912000000"})
    with pytest.raises(NotTaken) as refused:
        sms(server).send("0912000000", "x", "k")
    assert refused.value.retry is again
    assert "0912" not in refused.value.trouble


def test_what_the_gateway_had_already_counts_as_sent(server: Server) -> None:
    server.answers["/sms"] = says(409, raw=b"had it")
    assert sms(server).send("0912000000", "x", "k") == ""


def test_a_gateway_that_is_down_is_asked_again() -> None:
    gone = Server({})
    gone.close()
    with pytest.raises(NotTaken) as refused:
        sms(gone).send("0912000000", "x", "k")
    assert refused.value.retry


@pytest.mark.parametrize(
    ("text", "number"),
    [("0912 000 000", "+84912000000"), ("+856 20 5551234", "+856205551234"), ("0084912000000", "+84912000000"),
     ("(024) 3799-2200", "+842437992200"), ("", ""), ("12", ""), ("abc", ""), ("+84912;0", ""), ("٠٩١٢٠٠٠٠٠٠", "")],
)  # fmt: skip
def test_numbers_are_written_as_the_world_does(text: str, number: str) -> None:
    assert number_of(text) == number


def test_what_is_no_number_is_refused_for_good(server: Server) -> None:
    with pytest.raises(NotTaken) as refused:
        sms(server).send("abc", "x", "k")
    assert (refused.value.retry, server.asked) == (False, [])


def test_a_status_goes_to_the_portal_under_its_names(server: Server) -> None:
    server.answers["/lgsp/CapNhatTienDoHoSoMC"] = says(200, {"error_code": "0", "MaBienNhan": "BN-1"})
    assert portal(server).status(STATUS, "case:1:9") == "BN-1"
    ((_, headers, body),) = asked(server)
    assert headers["Idempotency-Key"] == "case:1:9"
    assert body == {
        "MaHoSo": "G12-261118-0015",
        "TrangThai": 9,
        "NoiDungXuLy": "Đã ký",
        "ThoiDiemXuLy": "20261119002205",
        "NgayKetThucTheoQuyDinh": "20261119002205",
    }


def test_a_message_goes_to_an_account(server: Server) -> None:
    server.answers["/lgsp/ThongBao"] = says(200, {})
    assert portal(server).message(MESSAGE, "notice:1") == "notice:1"
    ((_, _, body),) = asked(server)
    assert (body["TaiKhoan"], body["NoiDung"]) == ("acc-1", "Đã có kết quả.")


def test_a_result_goes_to_the_data_store_with_its_file(server: Server) -> None:
    server.answers["/lgsp/TepTin"] = says(200, {"error_code": 0, "IdTepTin": "f-1", "HashTepTin": SHA256.upper()})
    server.answers["/lgsp/DongBoHoSoMC"] = says(200, {"error_code": "Đã tồn tại", "MaBienNhan": "BN-2"})
    assert portal(server).result(RESULT, "delivery:1") == "BN-2"
    (_, headers, data), (_, _, body) = asked(server)
    assert (data, headers["X-Content-SHA256"], headers["Content-Type"]) == (DATA, SHA256, "application/pdf")
    assert body["DanhSachGiayToKetQua"] == [
        {"TenGiayTo": "kết quả.pdf", "MaGiayToKetQua": "KQ.G15.000021", "GiayToId": "f-1"}
    ]
    assert (body["TrangThaiHoSo"], body["NgayTra"], body["LaCapNhat"]) == (10, "20261119002205", True)


def test_a_file_that_arrived_as_another_is_not_delivered(server: Server) -> None:
    server.answers["/lgsp/TepTin"] = says(200, {"IdTepTin": "f-1", "HashTepTin": "0" * 64})
    with pytest.raises(NotTaken) as refused:
        portal(server).result(RESULT, "delivery:1")
    assert refused.value.retry
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (says(200, {"error_code": "17"}), False),
        (says(200, raw=b"<html>"), True),
        (says(200, [1]), True),
        (says(400, {}), False),
        (says(503, {}), True),
    ],
    ids=["code", "html", "list", "bad", "down"],
)
def test_what_the_portal_refuses_is_told(
    server: Server, answer: Callable[[BaseHTTPRequestHandler], None], *, again: bool
) -> None:
    server.answers["/lgsp/CapNhatTienDoHoSoMC"] = answer
    with pytest.raises(NotTaken) as refused:
        portal(server).status(STATUS, "k")
    assert refused.value.retry is again


def test_the_names_of_the_portal_are_those_of_its_interface() -> None:
    words = names()
    held = next(one for one in law_book().codes.adapters if one.id == words["interface"])
    groups = {one.name: set(one.fields) for one in held.groups}
    for part in ("status", "result", "message"):
        own = set(words[part].get("own", ()))
        assert words[part]["service"] in groups["DichVu"] | own
        assert set(words[part]["fields"]) - own <= groups.get(words[part].get("group", ""), set())
    listed = words["result"]["list"]
    assert set(listed["fields"]) <= groups[listed["name"]]


def test_the_portal_counts_in_viet_nam_time() -> None:
    assert portal_time(AT) == "20261119002205"


def test_settings_open_the_doors(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "VERIFIER_SMTP_URL": "smtps://post@mail.example.vn",
            "VERIFIER_SMTP_PASSWORD": KEY,
            "VERIFIER_MAIL_FROM": "Cơ quan Thử <thong-bao@coquan.example.vn>",
            "VERIFIER_SMS_URL": "https://sms.example.vn/send",
            "VERIFIER_SMS_KEY": KEY,
            "VERIFIER_PORTAL_URL": "https://lgsp.example.vn",
            "VERIFIER_PORTAL_KEY": KEY,
        }
    )
    doors, reach = doors_of(settings), reach_of(settings)
    assert (isinstance(doors.mail, Mailer), reach.mail, reach.sms, reach.portal) == (True, True, True, True)
    assert KEY not in repr(settings)
    assert doors_of(Settings()).mail is None
    assert reach_of(Settings()).portal is False
