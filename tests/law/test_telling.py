from __future__ import annotations

from datetime import UTC, date, datetime

from verifier.law import telling
from verifier.law.answers import DeadlineAsk
from verifier.law.book import law_book
from verifier.law.branches import Paper
from verifier.law.records import Words


def test_a_deadline_is_told_by_the_law_of_the_day_in_the_authoritys_zone() -> None:
    told = telling.deadline(law_book(), "apostille", DeadlineAsk(datetime(2026, 9, 10, 17, 30, tzinfo=UTC)))

    assert (told["at"], told["received"]) == ("2026-09-11", "2026-09-11T00:30:00+07:00")


def test_a_wording_without_english_says_so() -> None:
    assert telling.said("text", Words("Chứng thực")) == {"text": "Chứng thực", "text_en": None}


def test_each_country_of_use_has_its_answer() -> None:
    told = telling.branch(law_book().at(date(2026, 11, 23)), Paper("VN", ("LA", "VN")))

    assert [one["country"] for one in told["branches"]] == ["LA", "VN"]
    assert told["law_sha256"] == law_book().sha256


def test_every_answer_names_the_law_it_rests_on() -> None:
    law = law_book().at(date(2026, 11, 23))
    for answer in (
        telling.procedures(law),
        telling.procedure(law, "certified-copy"),
        telling.grounds(law, "certified-copy"),
        telling.components(law, "certified-copy"),
        telling.calendar(law, "", 2026),
    ):
        assert answer["law_sha256"] == law_book().sha256
