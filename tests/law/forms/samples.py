"""Values as a real dossier has them, by form; new and old editions share them where they have the same fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from tests.law.forms.samples_more import SAMPLES as MORE
from verifier.law.forms import Form, Forms

HANOI = timezone(timedelta(hours=7))
RECEIVED = datetime(2026, 11, 23, 9, 5, tzinfo=HANOI)
DUE = datetime(2026, 11, 25, 17, 0, tzinfo=HANOI)
HEAD: Mapping[str, Any] = {
    "parent": "ỦY BAN NHÂN DÂN THÀNH PHỐ HẢI PHÒNG",
    "authority": "SỞ NGOẠI VỤ",
    "place": "Hải Phòng",
    "issued": date(2026, 11, 23),
}
COMMUNE: Mapping[str, Any] = {**HEAD, "parent": "THÀNH PHỐ HẢI PHÒNG", "authority": "ỦY BAN NHÂN DÂN PHƯỜNG LÊ CHÂN"}
WHO: Mapping[str, Any] = {
    "applicant": "Nguyễn Thị Bích Ngọc",
    "address": "Số 12, ngõ 34, phố Trần Nguyên Hãn, phường Lê Chân, thành phố Hải Phòng",
    "phone": "0912 345 678",
    "email": "bichngoc@example.vn",
    "request": "Chứng nhận lãnh sự giấy tờ, tài liệu",
}
CODE = "G08.09-261123-0001"
FEE_LINES: tuple[Mapping[str, Any], ...] = (
    {
        "what": "Chứng nhận lãnh sự",
        "count": 3,
        "unit": 30_000,
        "amount": 90_000,
        "citation": "Thông tư 157/2016/TT-BTC Điều 5 khoản 1 điểm a",
    },
    {
        "what": "Cấp bản sao giấy tờ, tài liệu",
        "count": 1,
        "unit": 5_000,
        "amount": 5_000,
        "citation": "Thông tư 157/2016/TT-BTC Điều 5 khoản 1 điểm c",
    },
)
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    **MORE,
    "receipt": {
        **HEAD,
        **WHO,
        "dossier": CODE,
        "desk": "Sở Ngoại vụ thành phố Hải Phòng",
        "components": [
            "Tờ khai chứng nhận lãnh sự",
            "Bằng tốt nghiệp đại học số 123456 (bản điện tử)",
            "Giấy khai sinh số 78/2001 (bản điện tử)",
        ],
        "sets": 1,
        "term": "02",
        "received": RECEIVED,
        "due": DUE,
        "delivery": "Cổng Dịch vụ công quốc gia",
        "fee": 60_000,
        "book": "02/2026",
        "entry": "1407",
        "applicant-name": "Nguyễn Thị Bích Ngọc",
        "officer": "Trần Quốc Việt",
    },
    "supplement-request": {
        **HEAD,
        **WHO,
        "dossier": CODE,
        "missing": [
            "Bản dịch giấy khai sinh ra tiếng Việt hoặc tiếng Anh",
            "Bản điện tử của bằng tốt nghiệp có chữ ký số hợp lệ của cơ sở đào tạo; tệp đã nộp là ảnh chụp",
        ],
        "reason": "Hồ sơ chưa đủ giấy tờ theo quy định; tệp ảnh chụp không phải là bản điện tử của giấy tờ.",
        "contact": "ông Trần Quốc Việt",
        "contact-phone": "0225 3 123 456",
        "officer": "Trần Quốc Việt",
    },
    "refusal": {
        **HEAD,
        **WHO,
        "dossier": CODE,
        "reasons": ["Bằng tốt nghiệp có dòng ngày cấp bị tẩy xóa (Nghị định 111/2011/NĐ-CP Điều 10 khoản 1)."],
        "contact": "Bộ phận tiếp nhận và trả kết quả, điện thoại 0225 3 123 456",
        "applicant-name": "Nguyễn Thị Bích Ngọc",
        "officer": "Trần Quốc Việt",
    },
    "apology": {
        **HEAD,
        "dossier": CODE,
        "reference": "15/XL-SNgV",
        "applicant": "Bà Nguyễn Thị Bích Ngọc",
        "received": date(2026, 11, 23),
        "request": "chứng nhận lãnh sự",
        "due": DUE,
        "state": "Đang chờ cơ quan cấp giấy tờ trả lời xác minh.",
        "reason": "Chữ ký trên bằng tốt nghiệp chưa có mẫu đã giới thiệu, phải xác minh tại cơ sở đào tạo.",
        "new-due": datetime(2026, 12, 2, 17, 0, tzinfo=HANOI),
        "leader-title": "GIÁM ĐỐC",
        "leader": "Phạm Văn Thụy",
    },
    "stop-notice": {
        **HEAD,
        "dossier": CODE,
        "reference": "03/TB-SNgV",
        "applicant": "Bà Nguyễn Thị Bích Ngọc",
        "request": WHO["request"],
        "received": RECEIVED,
        "asked": date(2026, 11, 24),
        "reason": "Người nộp không còn nhu cầu sử dụng giấy tờ ở nước ngoài.",
        "stage": "Đang thẩm định, chưa có quyết định",
        "stopped": datetime(2026, 11, 24, 10, 30, tzinfo=HANOI),
        "money": "Theo quy định về phí chứng nhận lãnh sự",
        "returned": ["Bằng tốt nghiệp đại học số 123456", "Giấy khai sinh số 78/2001"],
        "leader-title": "GIÁM ĐỐC",
        "leader": "Phạm Văn Thụy",
    },
    "control-sheet": {
        **HEAD,
        "dossier": CODE,
        "agency": "Phòng Lãnh sự",
        "partner": "Văn phòng Sở",
        "moves": [
            {
                "from": "Bộ phận tiếp nhận",
                "to": "Phòng Lãnh sự",
                "handed": RECEIVED,
                "taken": datetime(2026, 11, 23, 9, 40, tzinfo=HANOI),
                "giver": "Trần Quốc Việt",
                "taker": "Lê Thu Hà",
                "outcome": "on-time",
            },
            {
                "from": "Phòng Lãnh sự",
                "to": "Lãnh đạo Sở",
                "handed": datetime(2026, 11, 23, 14, 0, tzinfo=HANOI),
                "taken": datetime(2026, 11, 23, 14, 10, tzinfo=HANOI),
                "giver": "Lê Thu Hà",
                "taker": "Phạm Văn Thụy",
                "outcome": "before",
                "note": "Ký số",
            },
        ],
    },
    "tracking-book": {
        **HEAD,
        "year": "2026",
        "book": "02/2026",
        "entries": [
            {
                "number": number,
                "code": f"G08.09-261123-{number:04}",
                "procedure": procedure,
                "sets": 1,
                "applicant": applicant,
                "contact": "Phường Lê Chân, Hải Phòng; 0912 345 678",
                "agency": "Phòng Lãnh sự",
                "received": RECEIVED,
                "due": DUE,
                "forwarded": RECEIVED + timedelta(hours=1),
                "back": DUE - timedelta(hours=2),
                "given": date(2026, 11, 25),
                "way": "Cổng DVC quốc gia",
            }
            for number, (procedure, applicant) in enumerate(
                [
                    ("Chứng nhận lãnh sự", "Nguyễn Thị Bích Ngọc"),
                    ("Hợp pháp hóa lãnh sự", "Công ty TNHH Đường Thịnh"),
                    ("Chứng nhận lãnh sự", "Vũ Hoàng Ngỡi"),
                ],
                start=1,
            )
        ],
    },
    "fee-notice": {
        **HEAD,
        "dossier": CODE,
        "reference": "121/TB-SNgV",
        "applicant": "Bà Nguyễn Thị Bích Ngọc",
        "request": WHO["request"],
        "lines": FEE_LINES,
        "total": 95_000,
        "ways": ["Trực tuyến trên Cổng Dịch vụ công quốc gia", "Tại Bộ phận tiếp nhận và trả kết quả"],
        "account": f"{CODE} NGUYEN THI BICH NGOC",
        "until": datetime(2026, 11, 30, 17, 0, tzinfo=HANOI),
        "contact": "0225 3 123 456",
        "leader": "Trần Quốc Việt",
    },
    "fee-receipt": {
        **COMMUNE,
        "dossier": "H24.15-261123-0042",
        "number": "0000421",
        "payer": "Nguyễn Thị Bích Ngọc",
        "address": WHO["address"],
        "request": "Chứng thực bản sao từ bản chính",
        "lines": [
            {
                "what": "Trang 1 và 2 của bản chính, 5 bản sao",
                "count": 10,
                "unit": 2_000,
                "amount": 20_000,
                "citation": "Thông tư 226/2016/TT-BTC Điều 4",
            },
            {
                "what": "Từ trang 3 của bản chính, 5 bản sao",
                "count": 5,
                "unit": 1_000,
                "amount": 5_000,
                "citation": "Thông tư 226/2016/TT-BTC Điều 4",
            },
        ],
        "total": 25_000,
        "method": "cash",
        "paid": date(2026, 11, 23),
        "payer-name": "Nguyễn Thị Bích Ngọc",
        "collector": "Lê Thu Hà",
    },
}


def sample(form: Form) -> dict[str, Any]:
    """What a real dossier says, of the fields that this edition has."""
    return {name: value for name, value in SAMPLES[form.id].items() if form.field(name)}


def editions(forms: Forms) -> Iterator[Form]:
    """All editions of all forms."""
    days = {date(2015, 5, 4), date(2020, 5, 4), date(2025, 10, 31), date(2025, 11, 1), date(2026, 11, 23)}
    found = {(form.id, form.entry.since): form for day in sorted(days) for form in forms.at(day)}
    yield from (found[key] for key in sorted(found, key=str))
