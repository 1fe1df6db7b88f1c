"""Values as real wordings, registers, requests and applications have them, by form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

HANOI = timezone(timedelta(hours=7))
WORDING: Mapping[str, Any] = {
    "made": datetime(2026, 3, 15, 9, 5, tzinfo=HANOI),
    "where": "office",
    "place": "trụ sở Ủy ban nhân dân phường Lê Chân, thành phố Hải Phòng",
    "officer": "Trần Thị Thu Hà",
    "officer-title": "Phó Chủ tịch Ủy ban nhân dân phường Lê Chân",
    "requester": "Nguyễn Thị Bích Ngọc",
    "paper": "passport",
    "paper-number": "C1234567",
    "number": "07",
    "volume": "01/2026",
}
COMMUNE: Mapping[str, Any] = {
    "parent": "THÀNH PHỐ HẢI PHÒNG",
    "authority": "ỦY BAN NHÂN DÂN PHƯỜNG LÊ CHÂN",
    "place": "Hải Phòng",
    "issued": date(2026, 3, 31),
}
CONSULAR: Mapping[str, Any] = {**COMMUNE, "parent": "BỘ NGOẠI GIAO", "authority": "CỤC LÃNH SỰ", "place": "Hà Nội"}
NAMES = ("Nguyễn Thị Bích Ngọc", "Vũ Hoàng Ngỡi", "Đặng Quốc Huy")
PAPERS = ("Bằng tốt nghiệp đại học", "Giấy khai sinh", "Giấy chứng nhận kết hôn")
SIGNED = "Nguyễn Hữu Đức, Hiệu trưởng\nTrường Đại học Bách khoa Hà Nội"


def entries(count: int, *, identity: bool = False) -> list[dict[str, Any]]:
    """Rows of a register of certification."""
    return [
        {
            "number": f"{place:02d}",
            "date": date(2026, 3, 1 + place % 28),
            "requester": NAMES[place % 3] + ("\nHộ chiếu C1234567" if identity else ""),
            "document": PAPERS[place % 3],
            "officer": "Trần Thị Thu Hà, Phó Chủ tịch",
            "count": 1 + place % 4,
            "fee": 4_000 * (1 + place % 4),
        }
        for place in range(1, count + 1)
    ]


REGISTER: Mapping[str, Any] = {
    **COMMUNE,
    "volume": "01/2026",
    "year": "2026",
    "scope": "month",
    "month": "3",
    "opened": date(2026, 1, 2),
    "entries": entries(9),
    "acts": 9,
    "copies": 23,
    "fees": 92_000,
    "officer": "Trần Thị Thu Hà",
    "keeper": "Lê Thu Hà",
}
CLOSING: Mapping[str, Any] = {
    **COMMUNE,
    "volume": "01/2026",
    "year": "2026",
    "scope": "year",
    "opened": date(2026, 1, 2),
    "closed": date(2026, 12, 31),
    "months": [
        {"month": str(one), "first": f"{one * 50 - 49:02d}", "last": f"{one * 50:02d}", "acts": 50, "copies": 120,
         "fees": 480_000}
        for one in range(1, 13)
    ],
    "pages": 96,
    "first": "01",
    "last": "600",
    "year-acts": 600,
    "year-copies": 1_440,
    "year-fees": 5_760_000,
    "officer": "Trần Thị Thu Hà",
}  # fmt: skip
"""The closing page at the end of the year."""
BOOK: Mapping[str, Any] = {
    **CONSULAR,
    "book": "cnls",
    "year": "2026",
    "since": date(2026, 10, 1),
    "until": date(2026, 10, 31),
    "issued": date(2026, 10, 31),
    "acts": 2,
    "officer": "Hoàng Anh Tuấn",
    "keeper": "Lê Thu Hà",
}
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "wording-copy": {**WORDING, "made": date(2026, 3, 15)},
    "wording-signature-one": WORDING,
    "wording-signature-one-desk": {**WORDING, "intake": "Lê Minh Đức"},
    "wording-signature-several": {
        **WORDING,
        "act": "sign",
        "people": [
            {"name": "Nguyễn Thị Bích Ngọc", "paper": "Hộ chiếu", "paper-number": "C1234567"},
            {"name": "Vũ Hoàng Ngỡi", "paper": "Thẻ căn cước", "paper-number": "031087012345"},
        ],
    },
    "wording-fingerprint": {**WORDING, "where": "outside", "finger": "right-index"},
    "wording-cannot-sign": {**WORDING, "where": "outside", "why": "liệt hai tay sau tai nạn"},
    "wording-translator": {**WORDING, "from-language": "Anh", "to-language": "Việt"},
    "certificate-presented": {
        **CONSULAR,
        "number": "07",
        "volume": "01/2026",
        "document": "Bằng tốt nghiệp đại học, số B 001234",
        "dossier": "G08-260316-0042",
        "officer": "Hoàng Anh Tuấn",
        "officer-title": "Phó Cục trưởng Cục Lãnh sự",
    },
    "register-copies": {**REGISTER, "volume": "01/2026-SCT/BS"},
    "register-signatures": {**REGISTER, "entries": entries(9, identity=True)},
    "register-cover": {
        "authority": "ỦY BAN NHÂN DÂN PHƯỜNG LÊ CHÂN",
        "kind": "SỔ CHỨNG THỰC BẢN SAO TỪ BẢN CHÍNH",
        "volume": "01/2026-SCT/BS",
        "opened": date(2026, 1, 2),
        "closed": date(2026, 12, 31),
        "first": "01",
        "last": "4182",
    },
    "register-closing": {
        "authority": "ỦY BAN NHÂN DÂN PHƯỜNG LÊ CHÂN",
        "kind": "SỔ CHỨNG THỰC BẢN SAO TỪ BẢN CHÍNH",
        "volume": "01/2026-SCT/BS",
        "year": "2026",
        "opened": date(2026, 1, 2),
        "months": [
            {"month": "1", "first": "01", "last": "300", "acts": 298, "copies": 700, "fees": 1_400_000},
            {"month": "2", "first": "301", "last": "420", "acts": 120, "copies": 150, "fees": 300_000},
        ],
        "first": "01",
        "last": "420",
        "entries": 420,
        "acts": 418,
        "cancelled": 2,
        "annulled": 1,
        "replaced": 0,
        "corrections": 3,
        "copies": 850,
        "fees": 1_700_000,
        "chain": "3b7e" * 16,
        "officer": "Hoàng Anh Tuấn",
    },
    "register-consular": {
        **BOOK,
        "entries": [
            {
                "number": f"{place:02d}",
                "date": date(2026, 10, place),
                "dossier": f"G08-26100{place}-0001",
                "applicant": NAMES[place],
                "document": f"{PAPERS[place]}\nSố 123/2019",
                "signed": SIGNED,
                "country": "Liên bang Nga",
                "officer": "Hoàng Anh Tuấn",
            }
            for place in (1, 2)
        ],
    },
    "register-apostille": {
        **BOOK,
        "entries": [
            {
                "number": f"{place:02d}\n0{place}/10/2026",
                "signed": SIGNED,
                "form": "paper",
                "validity": "Còn hiệu lực",
                "copy": f"apostille-{place:02d}.pdf",
                "management": f"VN-2026-{place:06d}",
            }
            for place in (1, 2)
        ],
    },
    "confirmation-request": {
        **CONSULAR,
        "number": "128/LS-HPH",
        "dossier": "G08-260316-0042",
        "to": "vietnamese",
        "recipient": "Trường Đại học Bách khoa Hà Nội",
        "papers": [
            {
                "name": "Bằng tốt nghiệp đại học",
                "sign": "QH-2019/0421",
                "signed": date(2019, 6, 30),
                "signer": "Nguyễn Hữu Đức",
                "title": "Hiệu trưởng",
                "authority": "Trường Đại học Bách khoa Hà Nội",
            }
        ],
        "points": [
            "Giấy tờ trên có do Quý cơ quan cấp hay không.",
            "Chữ ký, chức danh và con dấu trên giấy tờ có đúng là của người ký và của Quý cơ quan hay không.",
        ],
        "doubt": "Mẫu con dấu trên giấy tờ khác mẫu đã được giới thiệu.",
        "attached": ["Bản chụp giấy tờ (02 trang)"],
        "contact": "Cục Lãnh sự, Hà Nội; thư điện tử lanhsu@example.vn",
        "officer-title": "CỤC TRƯỞNG",
        "officer": "Hoàng Anh Tuấn",
    },
    "consular-application": {
        "applicant": "NGUYỄN THỊ BÍCH NGỌC",
        "identity": "C1234567",
        "phone": "0912 345 678",
        "email": "bichngoc@example.vn",
        "address": "Số 12, ngõ 34, phố Trần Nguyên Hãn, phường Lê Chân, Hải Phòng",
        "papers": [
            {
                "name": name,
                "type": kind,
                "holder": "Nguyễn Thị Bích Ngọc",
                "total": total,
                "number": number,
                "authority": "Ủy ban nhân dân phường Lê Chân",
                "signer": "Trần Thị Thu Hà",
                "title": "Phó Chủ tịch",
                "signed": date(2026, 3, 10),
                "work": "CNLS",
            }
            for name, kind, total, number in (
                ("Bằng tốt nghiệp đại học", "Bản sao", 2, "QH-2019/0421"),
                ("Giấy khai sinh", "Bản trích lục", 1, "45/TLKS-BS"),
            )
        ],
        "countries": "Liên bang Nga, Ấn Độ",
        "purpose": "Du học",
        "post": "post",
        "place": "Hải Phòng",
        "filed": date(2026, 3, 15),
    },
}
