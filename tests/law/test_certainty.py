"""A mark of certainty is never higher than what the citation itself says was read."""

import re

import pytest

from verifier.law.listing import Listed, listed
from verifier.law.source import Source

LAW = re.compile(
    r"Nghị định|Thông tư|[Ll]uật|Nghị quyết|Quyết định|Công ước|Công văn|Thông báo|Quy trình nội bộ|[Ll]ịch nghỉ"
)
NOT_READ = re.compile(
    r"chưa đọc|chưa thấy|chưa đối chiếu|theo trí nhớ|mới đọc tên|áp dụng tương tự|theo báo chí|Suy từ"
)
NOT_OFFICIAL = ("293/2026", "03/2026/TT-BNG", "Điều 15a", "66.7/2025", "118/2025", "11/2025/TT-BNG")
ENTRIES = listed(Source())


def named(entries: list[Listed]) -> list[str]:
    return [f"{one.file}: {one.path}: {one.citation}" for one in entries]


def test_nothing_that_rests_on_a_portal_alone_is_verified() -> None:
    found = [one for one in ENTRIES if one.status == "verified" and not LAW.search(one.citation)]
    assert named([one for one in found if not one.path.endswith(" 2.000815")]) == []


def test_nothing_whose_text_was_not_read_is_verified() -> None:
    assert named([one for one in ENTRIES if one.status == "verified" and NOT_READ.search(one.citation)]) == []


@pytest.mark.parametrize("decree", NOT_OFFICIAL)
def test_what_was_read_in_a_report_or_transcription_is_not_verified(decree: str) -> None:
    alone = [one for one in ENTRIES if one.status == "verified" and re.match(rf"[^;]*{decree}[^;]*$", one.citation)]
    assert named(alone) == []


def test_articles_that_decree_196_may_have_amended_are_not_verified() -> None:
    consular = [one for one in ENTRIES if one.file.startswith("procedures/consular-") and "111/2011" in one.citation]
    articles = [one for one in consular if "Điều" in one.citation]
    assert articles
    assert named([one for one in articles if one.status == "verified"]) == []
