"""Which procedure a paper needs: by day, country of use and kind of document; and what is never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.branches.made import BRANCHES, FIRST, LAST, TODAY, branch
from verifier.law.branches import Paper
from verifier.law.branches.records import WORKS
from verifier.law.records import NoAnswer

DIPLOMA = Paper("VN", ("JP",), "diploma")
FOREIGN = Paper("JP", ("VN",), "diploma")
KINDS = ["", *(one.code for one in BRANCHES.document_kinds(TODAY))]
STATES = [one.code for one in BRANCHES.states(TODAY)]


def test_the_convention_changes_the_way_on_its_first_day() -> None:
    assert branch(DIPLOMA, LAST, JP="none").work == "CNLS"
    assert branch(DIPLOMA, FIRST, JP="none").work == "APOSTILLE"
    assert branch(replace(FOREIGN, has_apostille=True), LAST, JP="none").work == "HPHLS"
    assert branch(replace(FOREIGN, has_apostille=True), FIRST, JP="none").work == "NONE"


@pytest.mark.parametrize("code", STATES)
def test_an_unknown_objection_is_asked_with_both_ways_named(code: str) -> None:
    out = branch(Paper("VN", (code,), "diploma"))
    assert (out.work, out.procedure, out.candidates) == ("ASK", "", ("apostille", "consular-certification"))
    came = branch(Paper(code, ("VN",), "diploma", has_apostille=True))
    assert (came.work, came.procedure, came.candidates) == ("ASK", "", ("consular-legalization",))
    assert [one.id for one in came.candidate_works] == ["NONE", "HPHLS"]
    assert out.ask.vi
    assert out.ask.en
    assert came.ask.vi


def test_no_objection_is_known_yet() -> None:
    assert {one.objection for one in BRANCHES.states(TODAY)} == {"unknown"}


@pytest.mark.parametrize(("found", "work"), [("none", "APOSTILLE"), ("objected", "CNLS"), ("unknown", "ASK")])
def test_what_an_officer_has_found_out_decides(found: str, work: str) -> None:
    assert branch(DIPLOMA, JP=found).work == work
    assert branch(DIPLOMA, FR=found).work == "ASK"


def test_each_country_of_use_is_answered_once_in_its_order() -> None:
    found = BRANCHES.branch(TODAY, replace(DIPLOMA, used_in=("TH", "JP", "VN", "TH", "GI")), {"JP": "none"})
    assert [(one.country, one.work) for one in found] == [
        ("TH", "CNLS"),
        ("JP", "APOSTILLE"),
        ("VN", "NONE"),
        ("GI", "ASK"),
    ]


@pytest.mark.parametrize(
    ("kind", "out", "came"),
    [
        ("civil-status", "APOSTILLE", "NONE"),
        ("certified-copy", "APOSTILLE", "NONE"),
        ("diplomatic-consular", "CNLS", "HPHLS"),
        ("commercial-customs", "ASK", "HPHLS"),
        ("private", "CNLS", "HPHLS"),
        ("", "ASK", "NONE"),
    ],
)
def test_the_kind_of_document_decides_where_the_convention_applies(kind: str, out: str, came: str) -> None:
    assert branch(replace(DIPLOMA, kind=kind), JP="none").work == out
    assert branch(replace(FOREIGN, kind=kind, has_apostille=True), JP="none").work == came


@pytest.mark.parametrize(
    ("paper", "work", "rule"),
    [
        (replace(FOREIGN, has_apostille=True), "NONE", "foreign-apostille"),
        (replace(FOREIGN, has_apostille=False), "NONE", "foreign-apostille-missing"),
        (FOREIGN, "ASK", "foreign-apostille-not-said"),
    ],
)
def test_a_foreign_public_document_needs_the_apostille_of_its_country(paper: Paper, work: str, rule: str) -> None:
    found = branch(paper, JP="none")
    assert (found.work, found.procedure, found.rule) == (work, "", rule)


def test_a_paper_that_was_certified_may_still_take_an_apostille() -> None:
    found = branch(replace(DIPLOMA, consular_certified=True), JP="none")
    assert (found.work, found.procedure, found.rule) == ("APOSTILLE", "apostille", "apostille-certified-already")


def test_a_paper_that_was_legalized_needs_nothing_more() -> None:
    assert branch(replace(FOREIGN, consular_certified=True)).work == "NONE"


@pytest.mark.parametrize(
    ("code", "kind", "found", "work"),
    [
        ("TH", "diploma", "unknown", "CNXT"),
        ("JP", "diploma", "objected", "CNXT"),
        ("JP", "private", "unknown", "CNXT"),
        ("JP", "diploma", "none", "ASK"),
    ],
)
def test_the_mark_of_presentation(code: str, kind: str, found: str, work: str) -> None:
    paper = Paper("VN", (code,), kind, presented_only=True)
    assert branch(paper, TODAY, **{code: found}).work == work
    assert branch(paper, LAST, **{code: found}).work == "CNXT"


def test_a_territory_is_asked_for_itself_whatever_its_state_is() -> None:
    paper = Paper("VN", ("GI",), "diploma")
    assert branch(paper).rule == "apostille-territory"
    assert branch(paper, GB="none").rule == "apostille-territory"
    assert branch(paper, GI="none").work == "APOSTILLE"
    assert branch(paper, GI="objected").work == "CNLS"


def test_a_party_counts_from_its_own_day() -> None:
    assert {one.code for one in BRANCHES.states(FIRST)} == {one.code for one in BRANCHES.states(TODAY)}
    assert BRANCHES.states(LAST) == ()


def test_the_answer_is_not_surer_than_what_is_known_of_the_state() -> None:
    by_code = {one.code: one.entry.status for one in BRANCHES.states(TODAY)}
    assert (by_code["FR"], by_code["JP"]) == ("partial", "unverified")
    assert branch(Paper("VN", ("FR",), "diploma"), FR="none").basis.status == "partial"
    assert branch(DIPLOMA, JP="none").basis.status == "unverified"
    assert branch(replace(DIPLOMA, kind="private")).basis.status == "partial"


def test_the_country_stands_in_the_reason_in_both_languages() -> None:
    found = branch(DIPLOMA)
    assert "Nhật Bản" in found.reason.vi
    assert "Japan" in found.reason.en
    assert "{" not in found.reason.vi + found.reason.en + found.ask.vi + found.ask.en


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    code = draw(st.sampled_from(sorted(BRANCHES.countries)))
    issued_in, used_in = draw(st.sampled_from([("VN", code), (code, "VN")]))
    return Paper(
        issued_in,
        (used_in,),
        draw(st.sampled_from(KINDS)),
        has_apostille=draw(st.sampled_from([True, False, None])),
        consular_certified=draw(st.booleans()),
    )


@given(papers(), st.integers(0, 5000))
def test_every_paper_has_an_answer_and_none_is_guessed(paper: Paper, days: int) -> None:
    found = branch(paper, date(2015, 1, 1) + timedelta(days=days))
    assert found.work in WORKS
    assert (found.work == "ASK") is bool(found.ask.vi) is bool(found.candidate_works)
    assert (found.procedure == "") is (found.work in {"ASK", "NONE"})
    if found.rule.startswith(("apostille", "foreign-apostille")):
        assert found.work == "ASK"


@pytest.mark.parametrize(
    ("paper", "found", "day", "code", "params"),
    [
        (replace(DIPLOMA, used_in=("ZZ",)), {}, TODAY, "country-unknown", {"country": "ZZ"}),
        (replace(DIPLOMA, used_in=("jp",)), {}, TODAY, "country-unknown", {"country": "jp"}),
        (replace(DIPLOMA, issued_in=""), {}, TODAY, "country-unknown", {"country": ""}),
        (DIPLOMA, {"ZZ": "none"}, TODAY, "country-unknown", {"country": "ZZ"}),
        (DIPLOMA, {"JP": "maybe"}, TODAY, "objection-wrong", {"country": "JP", "value": "maybe"}),
        (replace(DIPLOMA, kind="poem"), {}, TODAY, "kind-unknown", {"kind": "poem"}),
        (replace(DIPLOMA, kind="poem"), {}, LAST, "kind-unknown", {"kind": "poem"}),
        (replace(DIPLOMA, used_in=()), {}, TODAY, "paper-unclear", {"what": "used_in"}),
        (replace(FOREIGN, presented_only=True), {}, TODAY, "paper-unclear", {"what": "presented_only"}),
        (DIPLOMA, {}, date(2014, 12, 31), "branch-not-held", {"day": "2014-12-31"}),
    ],
)
def test_nonsense_is_refused(paper: Paper, found: dict[str, str], day: date, code: str, params: dict[str, str]) -> None:
    with pytest.raises(NoAnswer) as refused:
        BRANCHES.branch(day, paper, found)
    assert (refused.value.code, refused.value.params) == (code, params)


def test_all_kinds_and_facts_reach_every_rule() -> None:
    reached = set()
    codes, values = ("JP", "TH", "GI", "VN"), ("none", "objected", "unknown")
    for day, issued, used, kind, presented, apostille, certified, found in product(
        (LAST, FIRST), codes, codes, KINDS, (True, False), (True, False, None), (True, False), values
    ):
        paper = Paper(issued, (used,), kind, presented, apostille, certified)
        if not presented or (issued == "VN" and used != "VN"):
            reached |= {one.rule for one in BRANCHES.branch(day, paper, {"JP": found})}
    assert reached == BRANCHES.rule_ids
