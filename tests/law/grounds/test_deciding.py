"""Whether a ground applies: each fact, each exception, and what is not known."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.grounds.made import GROUNDS, TODAY, ground, procedure
from verifier.law.grounds import Applies, Ground
from verifier.law.grounds.deciding import applies, missing
from verifier.law.records import NoAnswer

ALL = tuple(one for group in GROUNDS.groups.values() for one in group.grounds)
SETS = tuple(sorted(GROUNDS.ids))
FOREIGN = {
    "issued_by_foreign_body": "yes",
    "legalized": "no",
    "exempt_by_treaty_or_reciprocity": "no",
    "foreign_paper": "other",
    "foreign_apostille": "none",
}
SIGNED = {
    "electronic": "yes",
    "digital_signature_valid": "yes",
    "authority_recognised": "yes",
    "signature_format_accepted": "yes",
}


def name(one: Ground) -> str:
    return f"{one.id} {one.entry.since}"


@pytest.mark.parametrize("one", ALL, ids=name)
def test_nothing_known_never_makes_a_ground_apply(one: Ground) -> None:
    judged = GROUNDS.judged(one, {})
    assert judged.applies is Applies.ASK
    assert not judged.by_system
    assert judged.missing


@pytest.mark.parametrize("one", ALL, ids=name)
def test_every_ground_can_apply_and_can_be_denied(one: Ground) -> None:
    values = [GROUNDS.facts[fact].values for fact in one.needs]
    found = {applies(one, dict(zip(one.needs, choice, strict=True))) for choice in product(*values)}
    assert found == {Applies.YES, Applies.NO}


@pytest.mark.parametrize("one", [one for one in ALL if one.unless], ids=name)
def test_every_exception_lifts_its_ground_alone(one: Ground) -> None:
    for lifting in one.unless:
        known = {condition.fact: condition.values[0] for condition in (*one.when, *lifting.when)}
        assert [lifting] == [two for two in GROUNDS.lifted(one, known) if two is lifting]
        assert applies(one, known) is Applies.NO


@st.composite
def cases(draw: st.DrawFn) -> tuple[Ground, dict[str, str], dict[str, str]]:
    """A ground, all its facts, and some of them."""
    one = draw(st.sampled_from(ALL))
    full = {fact: draw(st.sampled_from(GROUNDS.facts[fact].values)) for fact in one.needs}
    kept = draw(st.sets(st.sampled_from(one.needs)))
    return one, full, {fact: value for fact, value in full.items() if fact in kept}


@given(cases())
def test_what_is_decided_on_some_facts_stays_when_more_is_known(
    case: tuple[Ground, dict[str, str], dict[str, str]],
) -> None:
    one, full, some = case
    assert applies(one, full) is not Applies.ASK
    if applies(one, some) is not Applies.ASK:
        assert applies(one, some) is applies(one, full)


@given(cases())
def test_the_facts_that_are_missing_decide(case: tuple[Ground, dict[str, str], dict[str, str]]) -> None:
    one, full, some = case
    asked = missing(one, some)
    assert not set(asked) & set(some)
    if applies(one, some) is Applies.ASK:
        assert applies(one, {**some, **{fact: full[fact] for fact in asked}}) is applies(one, full)


@pytest.mark.parametrize("paper", [one for one in GROUNDS.facts["foreign_paper"].values if one != "other"])
def test_personal_papers_need_no_legalization(paper: str) -> None:
    known = {**FOREIGN, "foreign_paper": paper}
    assert GROUNDS.applies(ground("originals-22-5"), FOREIGN) is Applies.YES
    assert GROUNDS.applies(ground("originals-22-5"), known) is Applies.NO
    assert [one.id for one in GROUNDS.lifted(ground("originals-22-5"), known)] == [paper]


def test_a_passport_is_not_asked_whether_it_was_legalized() -> None:
    judged = GROUNDS.judged(ground("originals-22-5"), {"issued_by_foreign_body": "yes", "foreign_paper": "passport"})
    assert (judged.applies, judged.missing) == (Applies.NO, ())


def test_what_only_settled_exceptions_need_is_not_asked() -> None:
    judged = GROUNDS.judged(ground("signatures-25-4"), {"content_is_transaction": "yes", "authorisation": "none"})
    assert [one.id for one in judged.missing] == ["law_allows_otherwise"]


def test_an_apostille_replaces_legalization_from_the_first_day_of_the_convention() -> None:
    known = {**FOREIGN, "foreign_apostille": "accepted"}
    before, after = (ground("originals-22-5", date(2026, 9, day)) for day in (10, 11))
    assert GROUNDS.applies(before, known) is Applies.YES
    assert GROUNDS.applies(after, known) is Applies.NO


@pytest.mark.parametrize("fact", [one for one in SIGNED if one != "electronic"])
def test_an_electronic_paper_is_refused_an_apostille_by_any_defect_of_its_signature(fact: str) -> None:
    one = ground("apostille-11-2-e")
    assert GROUNDS.applies(one, SIGNED) is Applies.NO
    assert GROUNDS.judged(one, {**SIGNED, fact: "no"}).by_system
    unknown = GROUNDS.judged(one, {key: value for key, value in SIGNED.items() if key != fact})
    assert (unknown.applies, unknown.by_system) == (Applies.ASK, False)
    assert [asked.id for asked in unknown.missing] == [fact]


def test_only_an_answer_keeps_papers_back() -> None:
    one = ground("apostille-11-2-c")
    kept = {
        value: GROUNDS.judged(one, {"verification_answer": value}).retain
        for value in GROUNDS.facts["verification_answer"].values
    }
    assert {value for value, found in kept.items() if found is Applies.YES} == {"forged", "without-competence"}
    assert Applies.ASK not in kept.values()


def test_a_forgery_without_an_answer_leaves_it_open_whether_papers_are_kept() -> None:
    judged = GROUNDS.judged(ground("apostille-11-2-b"), {"origin": "forged"})
    assert (judged.applies, judged.retain, judged.missing) == (Applies.YES, Applies.ASK, ())


def test_a_ground_that_does_not_apply_keeps_no_papers_back() -> None:
    judged = GROUNDS.judged(ground("apostille-11-2-b"), {"origin": "proper", "verification_answer": "forged"})
    assert (judged.applies, judged.retain) == (Applies.NO, Applies.NO)


def test_grounds_of_a_procedure_come_in_the_order_of_its_sets() -> None:
    found = GROUNDS.of(procedure("consular-10", "consular-9"), TODAY)
    assert [one.id for one in found] == [
        "consular-10-1",
        "consular-10-2",
        "consular-10-3",
        "consular-10-4",
        "consular-10-4-electronic",
        "consular-10-5",
        "consular-9-1",
        "consular-9-1-apostille",
        "consular-9-2",
        "consular-9-3",
        "consular-9-4",
    ]


def test_what_does_not_apply_is_not_proposed() -> None:
    known = {
        "electronic": "yes",
        "digital_signature_valid": "no",
        "verification_answer": "not-asked",
        "origin": "proper",
    }
    found = GROUNDS.proposed(procedure("consular-10"), TODAY, known)
    assert {one.ground.id: one.applies for one in found} == {
        "consular-10-1": Applies.ASK,
        "consular-10-2": Applies.ASK,
        "consular-10-4-electronic": Applies.YES,
        "consular-10-5": Applies.ASK,
    }
    assert [one.ground.id for one in found if one.by_system] == ["consular-10-4-electronic"]


def test_an_officers_answer_makes_a_ground_apply_but_the_system_does_not_propose_it() -> None:
    judged = GROUNDS.judged(ground("consular-10-3"), {"origin": "forged"})
    assert (judged.applies, judged.by_system) == (Applies.YES, False)


@pytest.mark.parametrize(
    ("facts", "code", "params"),
    [
        ({"weather": "yes"}, "fact-unknown", {"fact": "weather"}),
        ({"alteration": "yes"}, "fact-wrong", {"fact": "alteration", "value": "yes"}),
        ({"alteration": ""}, "fact-wrong", {"fact": "alteration", "value": ""}),
    ],
)
def test_facts_that_mean_nothing_are_refused(facts: dict[str, str], code: str, params: dict[str, str]) -> None:
    with pytest.raises(NoAnswer) as refused:
        GROUNDS.proposed(procedure("originals-22"), TODAY, facts)
    assert (refused.value.code, refused.value.params) == (code, params)
    with pytest.raises(NoAnswer):
        GROUNDS.lifted(ground("originals-22-5"), facts)


@pytest.mark.parametrize(
    ("id_", "day", "code"),
    [
        ("originals-22-7", TODAY, "ground-unknown"),
        ("apostille-11-1-a", date(2026, 9, 10), "ground-not-in-force"),
        ("consular-9-1", date(2025, 12, 31), "ground-not-in-force"),
    ],
)
def test_a_ground_that_is_not_there_is_refused(id_: str, day: date, code: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        GROUNDS.get(id_, day)
    assert refused.value.code == code
    assert refused.value.params["ground"] == id_
