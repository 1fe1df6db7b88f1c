from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.reports.samples import AT, SAMPLES, gap_note, signature, verdict
from verifier.again import EARLIER_BYTES, PAUSES, UNANSWERED_TIMES, when, with_earlier
from verifier.evidence import GapCode
from verifier.outside.failures import Failure
from verifier.verdict import Conclusion, DocumentVerdict, SubIndication

SOON = AT + PAUSES[0]


def open_verdict(
    sub_indication: SubIndication = SubIndication.TRY_LATER,
    try_again_at: datetime | None = None,
    conclusion: Conclusion = Conclusion.INDETERMINATE,
    **failed: str,
) -> DocumentVerdict:
    one = replace(signature(), indication=conclusion, sub_indication=sub_indication, try_again_at=try_again_at)
    gaps = (gap_note(GapCode.FETCH_FAILED, "fetch_failed", **failed),) if failed else ()
    return replace(verdict(one), conclusion=conclusion, gaps=gaps, try_again_at=try_again_at)


NO_POE = SubIndication.NO_POE


def test_what_says_from_when_on_is_judged_then_and_not_before_the_pause() -> None:
    later = AT + timedelta(hours=7)
    assert when(open_verdict(try_again_at=later), AT, 0) == later
    assert when(open_verdict(try_again_at=AT - timedelta(hours=7)), AT, 0) == SOON
    assert when(open_verdict(try_again_at=AT), AT, 2) == AT + PAUSES[2]


@pytest.mark.parametrize("failure", [Failure.TOO_SLOW, Failure.SILENT, Failure.RESTING, Failure.RESPONDER_LATER])
def test_who_did_not_answer_is_asked_again_soon_and_a_few_times(failure: Failure) -> None:
    found = [when(open_verdict(NO_POE, failure=failure), AT, times) for times in range(len(PAUSES) + 1)]
    assert found[:UNANSWERED_TIMES] == [AT + pause for pause in PAUSES[:UNANSWERED_TIMES]]
    assert set(found[UNANSWERED_TIMES:]) == {None}


@pytest.mark.parametrize(("status", "wanted"), [("503", SOON), ("500", SOON), ("429", SOON), ("404", None)])
def test_an_error_of_the_server_may_pass_and_what_is_not_there_may_not(status: str, wanted: datetime | None) -> None:
    assert when(open_verdict(NO_POE, failure=Failure.HTTP_STATUS, status=status), AT, 0) == wanted


@pytest.mark.parametrize("failure", [Failure.NOT_PUBLIC, Failure.URL, Failure.TOO_LARGE, Failure.NOT_ISSUER])
def test_what_will_never_be_answered_is_not_asked_again(failure: Failure) -> None:
    assert when(open_verdict(NO_POE, failure=failure), AT, 0) is None


def test_the_sooner_of_two_reasons_counts() -> None:
    later = AT + timedelta(days=2)
    assert when(open_verdict(try_again_at=later, failure=Failure.SILENT), AT, 0) == SOON
    assert when(open_verdict(try_again_at=later, failure=Failure.SILENT), AT, UNANSWERED_TIMES) == later


def test_try_later_that_does_not_say_when_is_tried_like_an_answer_that_is_missing() -> None:
    assert when(open_verdict(), AT, 0) == SOON
    assert when(open_verdict(), AT, UNANSWERED_TIMES) is None


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_what_is_decided_or_was_not_judged_stays(name: str) -> None:
    outcome = SAMPLES[name]
    if isinstance(outcome, DocumentVerdict):
        outcome = replace(outcome, conclusion=Conclusion.TOTAL_PASSED, try_again_at=AT)
    assert when(outcome, AT, 0) is None


def test_the_last_time_is_the_last() -> None:
    assert when(open_verdict(try_again_at=AT), AT, len(PAUSES)) is None
    assert list(PAUSES) == sorted(PAUSES)


def a_bundle(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def entries(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bundle_carries_all_before_it() -> None:
    first, second, third = (a_bundle(manifest=name) for name in (b"1", b"2", b"3"))
    joined = with_earlier(third, 2, "report 2", with_earlier(second, 1, "report 1", first))
    assert joined.startswith(third[:20])
    found = entries(joined)
    assert (found["manifest"], found["earlier/1.json"], found["earlier/2.json"]) == (b"3", b"report 1", b"report 2")
    assert entries(entries(found["earlier/2.zip"])["earlier/1.zip"]) == {"manifest": b"1"}
    assert with_earlier(third, 2, "report 2", with_earlier(second, 1, "report 1", first)) == joined


@pytest.mark.parametrize("earlier", [b"", b"no ZIP at all"])
def test_a_report_is_carried_along_whatever_its_bundle_is(earlier: bytes) -> None:
    assert entries(with_earlier(a_bundle(manifest=b"2"), 1, "báo cáo", earlier))["earlier/1.json"].decode() == "báo cáo"


def test_a_bundle_that_is_too_large_is_left_out_and_the_reports_in_it_are_not() -> None:
    large = with_earlier(a_bundle(object=bytes(EARLIER_BYTES + 1)), 1, "report 1", b"")
    assert len(large) > EARLIER_BYTES
    found = entries(with_earlier(a_bundle(manifest=b"3"), 2, "report 2", large))
    assert set(found) == {"manifest", "earlier/1.json", "earlier/2.json"}
