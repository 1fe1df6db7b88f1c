"""How trust stands, in `/health/ready`, in `/metrics` and in the line on pages behind the sign-in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tests.accounts.support import AT, add_authority, add_person
from tests.keeping.test_alarms import GRACE, SCHEME, SOURCE, TRUST, failing, left
from tests.web.accounts_support import accounts_of, app_of, caller_of
from tests.web.conftest import MakeApp
from verifier.accounts.roles import Role
from verifier.errors import Problem
from verifier.keeping.alarms import NOTHING, TrustState, state
from verifier.keeping.watch import TrustWatch
from verifier.outside.failures import Failure
from verifier.reports.formats import Words
from verifier.snapshot import Scheme
from verifier.storage.database import Database
from verifier.storage.trust import TrustSource
from verifier.web import locale, trust_counts
from verifier.web.public import blueprint
from verifier.web.trust.base import fetch_words
from verifier.web.trust_line import line_of


@dataclass(eq=False)
class Watch:
    found: TrustState

    def state(self) -> TrustState:
        return self.found

    def trouble(self) -> str:
        return self.found.trouble


def standing(*schemes: Scheme, source: TrustSource = SOURCE) -> TrustState:
    return state(replace(TRUST, schemes=schemes or (SCHEME,)), (source,), AT, GRACE, AT - timedelta(hours=1))


def watch_of(found: TrustState) -> TrustWatch:
    return cast("TrustWatch", Watch(found))


def ready(make_app: MakeApp, found: TrustState) -> tuple[int, dict[str, object]]:
    watch = watch_of(found)
    troubles = {"trust": lambda: "", "trust_lists": watch.trouble}
    answer = make_app(troubles=troubles, trust_watch=watch).test_client().get("/health/ready")
    assert isinstance(answer.json, dict)
    return answer.status_code, answer.json


def test_health_tells_the_age_of_every_list(make_app: MakeApp) -> None:
    status, told = ready(make_app, standing())
    assert (status, told["status"]) == (200, "ready")
    assert told["trust"] == {
        "snapshot": TRUST.id,
        "age_seconds": 3600,
        "anchors": 1,
        "state": "fine",
        "lists": [
            {
                "scheme": "vn-neac",
                "state": "fine",
                "sequence": 7,
                "age_seconds": 10 * 86400,
                "next_update": "2026-03-22T08:00:00Z",
                "seconds_left": 20 * 86400,
                "good_at": "2026-03-02T08:00:00Z",
                "failures": 0,
                "problem": "",
            }
        ],
    }


@pytest.mark.parametrize(
    ("found", "status", "word", "check"),
    [
        (standing(source=failing()), 200, "failing", "ok"),
        (standing(left(-GRACE)), 200, "overdue", "ok"),
        (standing(left(-GRACE - timedelta(seconds=1))), 503, "overdue", "trust-list-overdue"),
    ],
    ids=("failing", "within the grace", "beyond the grace"),
)
def test_health_is_ready_as_long_as_lists_may_be_relied_on(
    make_app: MakeApp, found: TrustState, status: int, word: str, check: str
) -> None:
    answered, told = ready(make_app, found)
    assert (answered, told["trust"]["state"]) == (status, word)  # type: ignore[index]
    assert told["checks"] == {"trust": "ok", "trust_lists": check}


def test_metrics_count_trust() -> None:
    registry = CollectorRegistry()
    other = replace(left(-timedelta(seconds=90)), id="eu-de")
    trust_counts.install(registry, watch_of(standing(SCHEME, other, source=failing())))
    lines = generate_latest(registry).decode().splitlines()
    for line in (
        "verifier_trust_anchors 1.0",
        "verifier_trust_snapshot_age_seconds 3600.0",
        'verifier_trust_list_age_seconds{scheme="vn-neac"} 864000.0',
        'verifier_trust_list_next_update_seconds{scheme="vn-neac"} 1.728e+06',
        'verifier_trust_list_next_update_seconds{scheme="eu-de"} -90.0',
        'verifier_trust_list_failures{scheme="vn-neac"} 3.0',
        'verifier_trust_list_state{scheme="vn-neac",state="failing"} 1.0',
        'verifier_trust_list_state{scheme="vn-neac",state="fine"} 0.0',
        'verifier_trust_list_state{scheme="eu-de",state="overdue"} 1.0',
    ):
        assert line in lines


def words(lang: str) -> Words:
    return Words(lang, ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.mark.parametrize(
    ("found", "look", "said"),
    [
        (NOTHING, "bad", "kho tin cậy trống"),
        (standing(source=failing()), "open", "Chưa lấy được bản mới của danh sách tin cậy “NEAC”"),
        (standing(left(-timedelta(hours=1))), "bad", "cần được cập nhật"),
        (standing(left(-GRACE - timedelta(days=1))), "bad", "đã quá hạn cập nhật 4 ngày, vượt mức"),
        (standing(left(-GRACE * 2), replace(left(-GRACE * 3), id="b")), "bad", "NEAC” và 1 danh sách khác"),
    ],
    ids=("nothing", "failing", "overdue", "beyond the grace", "two"),
)
def test_the_line_says_what_is_wrong(found: TrustState, look: str, said: str) -> None:
    line = line_of(found, words("vi"))
    assert line is not None
    assert (line[0], said in line[1]) == (look, True)
    english = line_of(found, words("en"))
    assert english is not None
    assert english[1] != line[1]


@pytest.mark.parametrize("found", [standing(), standing(left(timedelta(days=1)))], ids=("fine", "soon"))
def test_there_is_no_line_while_nobody_needs_to_see_to_anything(found: TrustState) -> None:
    assert line_of(found, words("vi")) is None


def test_a_name_in_a_list_cannot_break_the_line() -> None:
    hostile = replace(left(-timedelta(hours=1)), name="{0.__class__} <b>\u202e")
    line = line_of(standing(hostile), words("en"))
    assert line is not None
    assert "{0.__class__} <b>" in line[1]
    assert "\u202e" not in line[1]


def test_people_see_the_line_on_every_page_and_visitors_do_not(database: Database, tmp_path: Path) -> None:
    place = add_authority(database)
    person = add_person(database, place, Role.SPECIALIST)
    watch = watch_of(standing(left(-timedelta(hours=1))))
    accounts = accounts_of(database)
    signed_in = app_of(accounts, tmp_path, caller_of(person, place, Role.SPECIALIST), trust_watch=watch).test_client()
    for address in ("/verify", "/officer/validations"):
        shown = signed_in.get(address).text
        assert 'class="trust-line no-print bad"' in shown
        assert "Danh sách tin cậy “NEAC” cần được cập nhật" in shown
    assert "trust-line" not in app_of(accounts, tmp_path, trust_watch=watch).test_client().get("/verify").text


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("failure", Failure)
def test_why_a_list_could_not_be_fetched_has_words(make_app: MakeApp, failure: Failure, lang: str) -> None:
    with make_app(pages=blueprint).test_request_context(f"/?lang={lang}"):
        found = fetch_words(Problem(failure.value))
    assert found is not None
    assert found[0].endswith(".")
    assert lang == "en" or failure.value not in found[0]


def test_every_line_has_words_in_both_languages() -> None:
    keys = [key for key in locale.texts() if key.startswith("trust-line-")]
    assert len(keys) == 9
    assert all(set(locale.texts()[key]) == {"vi", "en"} for key in keys)
