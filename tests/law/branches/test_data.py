"""The data of branches: cited, dated, in both languages; and refused where one thing in it is spoiled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.law.branches.made import BRANCHES, FIRST, LAST, TODAY, copied
from verifier.law.branches import Branches, Paper
from verifier.law.records import BadLaw


def test_every_wording_is_said_in_both_languages() -> None:
    said = [one.reason for one in BRANCHES.rules] + [one.ask for one in BRANCHES.rules if one.ask.vi]
    said += [one.words for one in BRANCHES.works.values()]
    said += [one.words for one in BRANCHES.countries.values()]
    said += [one.words for one in BRANCHES.document_kinds(TODAY)]
    said += [one.words for one in BRANCHES.paper_types(TODAY)]
    said += [one.words for one in BRANCHES.attachments(TODAY)]
    assert all(one.vi and one.en for one in said)


def test_names_of_countries_are_all_different() -> None:
    for lang in ("vi", "en"):
        names = [one.words.said(lang) for one in BRANCHES.countries.values()]
        assert len(set(names)) == len(names)


def test_the_parties_known_here() -> None:
    states = {one.code: one for one in BRANCHES.states(TODAY)}
    assert len(states) == 128
    assert "VN" not in states
    assert states["DZ"].in_force == date(2026, 7, 9)
    assert states["CN"].in_force == date(2023, 11, 7)
    assert not {"TH", "LA", "KH", "MY", "TW", "AE"} & set(states)
    assert {one.entry.status for one in states.values()} == {"partial", "unverified"}


def test_territories_belong_to_states() -> None:
    territories = [one for one in BRANCHES.countries.values() if one.of]
    assert {BRANCHES.countries[one.of].of for one in territories} == {""}
    assert {one.code for one in territories if one.of == "CN"} == {"HK", "MO"}


def test_kinds_types_and_attachments() -> None:
    kinds = {one.code: (one.outgoing, one.incoming) for one in BRANCHES.document_kinds(FIRST)}
    assert len(kinds) == 19
    assert {code for code, sides in kinds.items() if sides != ("in", "in")} == {
        "commercial-customs",
        "diplomatic-consular",
        "private",
    }
    assert BRANCHES.document_kinds(LAST) == ()
    assert [one.code for one in BRANCHES.paper_types(TODAY)] == ["0501", "0502", "0503", "0504"]
    assert [one.words.vi for one in BRANCHES.attachments(TODAY)] == ["Bản chụp", "Bản sao", "Bản gốc", "Bản dịch"]


def test_procedures_that_are_not_known_are_refused() -> None:
    known = {"apostille", "consular-certification", "consular-legalization"}
    BRANCHES.refuse_unknown(known)
    with pytest.raises(BadLaw, match=r"^branches/branches\.toml: there is no procedure 'apostille'$"):
        BRANCHES.refuse_unknown(known - {"apostille"})


def test_a_list_of_objections_is_followed(tmp_path: Path) -> None:
    line = 'code = "FR", vi = "Pháp", en = "France", in_force = 1965-01-24, objection = "unknown"'
    listed = line.replace('"unknown"', '"none", citation = "Danh sách ngày 1/12/2026", status = "verified"')
    read = Branches.read(copied(tmp_path, "apostille-states.toml", (line, listed)))
    (found,) = read.branch(TODAY, Paper("VN", ("FR",), "diploma"), {"FR": "objected"})
    assert (found.work, found.basis.status) == ("APOSTILLE", "partial")


def test_a_territory_is_asked_for_even_where_its_state_is_listed(tmp_path: Path) -> None:
    line = 'code = "GB", vi = "Vương quốc Anh", en = "United Kingdom", in_force = 1965-01-24, objection = "unknown"'
    listed = line.replace('"unknown"', '"none", citation = "Danh sách ngày 1/12/2026"')
    read = Branches.read(copied(tmp_path, "apostille-states.toml", (line, listed)))
    found = read.branch(TODAY, Paper("VN", ("GB", "GI"), "diploma"))
    assert [one.work for one in found] == ["APOSTILLE", "ASK"]


def test_a_party_counts_from_the_day_on_which_the_convention_comes_into_force_for_it(tmp_path: Path) -> None:
    read = Branches.read(copied(tmp_path, "apostille-states.toml", ("1965-01-24", "2027-03-01")))
    paper = Paper("VN", ("FR",), "diploma")
    days = (date(2027, 2, 28), date(2027, 3, 1))
    assert [one.work for day in days for one in read.branch(day, paper, {"FR": "none"})] == ["CNLS", "APOSTILLE"]
    assert [{one.code for one in read.states(day)} >= {"FR"} for day in days] == [False, True]


RULES, STATES, COUNTRIES, KINDS = "branches.toml", "apostille-states.toml", "countries.toml", "document-kinds.toml"
DOMESTIC = 'id = "domestic"\nfrom = 2015-01-01'
FRANCE = 'code = "FR", vi = "Pháp", en = "France", in_force = 1965-01-24, objection = "unknown"'
SPOILED = {
    "unknown-key": ((RULES, (DOMESTIC, f'{DOMESTIC}\ncolour = "red"')), "unknown key 'colour'"),
    "no-citation": (
        (RULES, ('citation = "Nghị định 293/2026/NĐ-CP Điều 26 khoản 1, Điều 35 khoản 2 điểm b"\n', "")),
        "citation is missing",
    ),
    "no-reason": ((RULES, ("reason.vi", "reason.de")), "vi is missing"),
    "work-unknown": ((RULES, ('work = "NONE"', 'work = "DANCE"')), "work must be one of"),
    "fact-unknown": ((RULES, ("when.direction", "when.weather")), "there is no fact 'weather'"),
    "value-unknown": (
        (RULES, ('when.direction = ["domestic"]', 'when.direction = ["up"]')),
        "direction cannot be 'up'",
    ),
    "ask-without-question": ((RULES, ('work = "NONE"', 'work = "ASK"')), "ask and candidates belong to the work ASK"),
    "candidates-without-ask": (
        (RULES, ('work = "NONE"', 'work = "NONE"\ncandidates = ["CNLS"]')),
        "ask and candidates belong to the work ASK",
    ),
    "gap": ((RULES, ('when.direction = ["foreign"]', 'when.direction = ["domestic"]')), "no rule on 2015-01-01 for"),
    "gap-of-a-day": (
        (RULES, ('"certification-before"\nuntil = 2026-09-11', '"certification-before"\nuntil = 2026-09-10')),
        "no rule on 2026-09-10 for",
    ),
    "idle": (
        (RULES, ('when.direction = ["domestic"]', 'when.direction = ["domestic", "foreign"]')),
        "foreign-abroad never decides",
    ),
    "rule-twice": (
        (RULES, ('id = "foreign-abroad"', 'id = "domestic"')),
        "domestic: two entries hold on 2015-01-01",
    ),
    "no-words-of-a-work": ((RULES, ('[[work]]\nid = "ASK"', '[[work]]\nid = "NONE"')), "NONE stands twice"),
    "no-day": ((STATES, ("in_force = 1965-01-24, ", "")), "in_force is missing"),
    "state-twice": ((STATES, ('code = "FR"', 'code = "FJ"')), "FJ stands twice"),
    "objection-unknown": ((STATES, ('objection = "unknown"', 'objection = "perhaps"')), "objection must be one of"),
    "objection-without-list": (
        (STATES, (FRANCE, FRANCE.replace('"unknown"', '"none"'))),
        "objection of FR is said without a citation",
    ),
    "objected-without-list": (
        (STATES, (FRANCE, FRANCE.replace('"unknown"', '"objected"'))),
        "objection of FR is said without a citation",
    ),
    "code-of-three": ((STATES, ('code = "FR"', 'code = "FRA"')), "is not two capital letters"),
    "country-twice": ((COUNTRIES, ('code = "TH"', 'code = "FR"')), "FR stands twice"),
    "of-nobody": ((COUNTRIES, ('of = "GB"', 'of = "ZZ"')), "of names 'ZZ'"),
    "no-home": ((COUNTRIES, ('code = "VN"', 'code = "VX"')), "VN is missing"),
    "scope-unknown": ((KINDS, ('outgoing = "in"', 'outgoing = "up"')), "outgoing must be one of"),
    "kind-twice": ((KINDS, ('code = "judicial"', 'code = "bailiff"')), "bailiff: two entries hold on 2026-09-11"),
    "type-twice": ((KINDS, ('code = "0501"', 'code = "0502"')), "0502: two entries hold on 2015-01-01"),
    "no-rules": ((RULES, ("[[rule]]", "[[rules]]")), "unknown key 'rules'"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_spoiled_data_is_refused_with_one_line(tmp_path: Path, what: str) -> None:
    (name, change), said = SPOILED[what]
    source = copied(tmp_path, name, change)
    with pytest.raises(BadLaw) as refused:
        Branches.read(source)
    line = str(refused.value)
    assert said in line
    assert line.startswith("branches/")
    assert "\n" not in line
