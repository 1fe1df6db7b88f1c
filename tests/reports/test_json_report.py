from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports import samples
from tests.reports.samples import SAMPLES, two_signatures, verdict
from verifier.reports.json_report import dumps, from_json, to_json
from verifier.verdict import (
    Changes,
    Check,
    CheckStatus,
    DocumentVerdict,
    EvidenceNote,
    GapNote,
    NotJudged,
    SignatureVerdict,
    TimestampVerdict,
    Widget,
)

TOP = """file sha256 kind outcome problem conclusion changes_after_last_signature signature_remnants revisions
 signatures gaps evidence"""
SIGNATURE = """id kind sub_filter level indication sub_indication integrity signer authority algorithms
 claimed_signing_time best_signature_time timestamps checks"""
PARTS = {
    "integrity": "intact cryptographically_valid coverage changes revision",
    "signer": "subject common_name issuer serial organization country",
    "authority": "status name reason",
    "algorithms": "digest signature key_bits",
}

texts = st.text(max_size=20)
params = st.dictionaries(texts, texts, max_size=3)
instants = st.datetimes(timezones=st.just(UTC))
widgets = st.builds(Widget, st.integers(1, 9), st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 4))

stamps = st.builds(TimestampVerdict, time=st.none() | instants)
signatures = st.builds(
    SignatureVerdict,
    timestamps=st.lists(stamps, max_size=2).map(tuple),
    claimed_signing_time=st.none() | instants,
    best_signature_time=st.none() | instants,
    checks=st.lists(st.builds(Check, texts, st.sampled_from(CheckStatus), texts, params), max_size=3).map(tuple),
    widget=st.none() | widgets,
    try_again_at=st.none() | instants,
)
verdicts = st.builds(
    DocumentVerdict,
    gaps=st.lists(st.builds(GapNote, texts, texts, texts, texts, params), max_size=3).map(tuple),
    signatures=st.lists(signatures, max_size=2).map(tuple),
    evidence=st.builds(EvidenceNote, at=instants),
    try_again_at=st.none() | instants,
)
outcomes = verdicts | st.from_type(NotJudged)


def read(outcome: Any, file: str = "a.pdf") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dumps(to_json(outcome, file)))
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_the_published_keys_stand_first_and_in_order(name: str) -> None:
    data = read(SAMPLES[name])
    assert list(data)[: len(TOP.split())] == TOP.split()
    for signature in data["signatures"]:
        assert list(signature)[: len(SIGNATURE.split())] == SIGNATURE.split()
        for part, keys in PARTS.items():
            assert list(signature[part])[: len(keys.split())] == keys.split()
        for stamp in signature["timestamps"]:
            assert list(stamp) == ["kind", "time", "intact", "indication", "sub_indication", "issuer"]
        for check in signature["checks"]:
            assert list(check) == ["code", "status", "citation", "params"]
    assert list(data["evidence"])[:5] == ["document", "trust_snapshot", "policy", "engine", "at"]
    if data["problem"] is not None:
        assert list(data["problem"])[:3] == ["code", "title", "detail"]


@pytest.mark.parametrize("name", SAMPLES)
def test_lists_are_never_null(name: str) -> None:
    data = read(SAMPLES[name])
    assert all(isinstance(data[key], list) for key in ("signatures", "gaps", "revision_history", "tolerated"))
    assert all(isinstance(one[key], list) for one in data["signatures"] for key in ("timestamps", "checks"))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_comes_back_whole(name: str) -> None:
    assert from_json(read(SAMPLES[name])) == SAMPLES[name]


@settings(max_examples=60, deadline=None)
@given(outcomes, texts)
def test_every_outcome_comes_back_whole_on_one_line(outcome: DocumentVerdict | NotJudged, file: str) -> None:
    line = dumps(to_json(outcome, file))
    assert len(line.splitlines()) == 1
    assert from_json(json.loads(line)) == outcome
    assert json.loads(line)["file"] == file


def test_equal_verdicts_are_the_same_bytes() -> None:
    one = samples.signature(checks=(Check("X", CheckStatus.OK, "", {"a": "1", "b": "2"}),))
    two = samples.signature(checks=(Check("X", CheckStatus.OK, "", {"b": "2", "a": "1"}),))
    assert dumps(to_json(verdict(one), "a.pdf")) == dumps(to_json(verdict(two), "a.pdf"))


def test_a_hostile_file_name_is_escaped() -> None:
    line = dumps(to_json(SAMPLES["passed"], "văn\u202e\x1b\x9b\u2028\udcff.pdf"))
    assert line.isprintable()
    assert '"văn\\u202e\\u001b\\u009b\\u2028\\udcff.pdf"' in line


def test_times_are_utc() -> None:
    data = read(SAMPLES["passed"])
    assert data["signatures"][0]["claimed_signing_time"] == "2026-10-02T02:15:00Z"
    assert data["evidence"]["at"] == "2026-11-18T07:03:00Z"


def test_long_term_updates_are_permitted_in_the_published_key() -> None:
    data = read(replace(two_signatures(), changes_after_last_signature=Changes.LTA_UPDATES))
    assert data["changes_after_last_signature"] == "permitted"
    assert data["last_changes_level"] == "lta_updates"
    assert data["revisions"] == 4


def test_what_was_not_judged_concludes_nothing() -> None:
    data = read(SAMPLES["not-judged-pdf-encrypted"])
    assert (data["outcome"], data["conclusion"], data["signatures"]) == ("not_judged", None, [])
    assert data["problem"]["code"] == "pdf-encrypted"
    assert data["problem"]["title"] == "The file is protected by a password"
    assert data["problem"]["title_vi"] == "Tệp được bảo vệ bằng mật khẩu"


def test_the_particulars_of_a_problem_stand_in_its_detail() -> None:
    assert read(samples.not_judged("pdf-unreadable", "no trailer"))["problem"]["detail"] == "no trailer"
    assert read(samples.not_judged("pdf-unreadable"))["problem"]["detail"].startswith("The structure")


def test_an_endless_rectangle_does_not_break_the_line() -> None:
    one = samples.signature(widget=Widget(1, (float("inf"), float("nan"), 1.0, -2.5)))
    assert read(verdict(one))["signatures"][0]["widget"]["rect"] == [0.0, 0.0, 1.0, -2.5]
