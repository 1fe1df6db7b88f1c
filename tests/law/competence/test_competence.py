from __future__ import annotations

import shutil
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from verifier.law.competence import Basis, Competences
from verifier.law.procedures import Procedures
from verifier.law.records import BadLaw
from verifier.law.source import FOLDER, Source

TODAY = date(2026, 11, 23)
CONSULAR = ("consular-certification", "consular-legalization")
CERTIFICATION = ("certified-copy", "certified-ecopy", "signature-certification")


@lru_cache
def competences() -> Competences:
    return Competences.read(Source())


def who(procedure: str, day: date) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(one.kind, one.capacity, one.only) for one in competences().who(procedure, day)}


def one(kind: str, procedure: str, day: date) -> Basis:
    return next(found for found in competences().who(procedure, day) if found.kind == kind)


def decider(kind: str, procedure: str, day: date) -> str:
    found = one(kind, procedure, day).decider(day)
    assert found is not None
    assert found.basis.citation
    return found.words.vi


def test_procedures_and_competence_speak_of_the_same_with_the_same_names() -> None:
    procedures = Procedures.read(Source())
    assert set(competences().procedures) == set(procedures.ids)
    for id_ in procedures.ids:
        assert competences().procedures[id_] == procedures.get(id_, TODAY).name


def test_kinds_are_those_that_accounts_know() -> None:
    assert list(competences().kinds) == [
        "ministry", "local_office", "mission", "commune", "district", "notary_office", "agency",
    ]  # fmt: skip
    assert competences().of("agency") == ()


@pytest.mark.parametrize("procedure", CERTIFICATION)
def test_district_offices_until_june_2025_communes_and_the_others_always(procedure: str) -> None:
    others = {("commune", "decide", ()), ("notary_office", "decide", ()), ("mission", "decide", ())}
    assert who(procedure, date(2025, 6, 30)) == others | {("district", "decide", ())}
    assert who(procedure, date(2025, 7, 1)) == others


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        ("district", date(2025, 6, 30), "Trưởng phòng hoặc Phó Trưởng phòng Tư pháp"),
        ("commune", date(2025, 10, 31), "Chủ tịch hoặc Phó Chủ tịch Ủy ban nhân dân cấp xã"),
        ("commune", date(2025, 11, 1), "Chủ tịch Ủy ban nhân dân cấp xã, hoặc người được ủy quyền, được phân công"),
        ("notary_office", TODAY, "Công chứng viên"),
        ("mission", TODAY, "Viên chức ngoại giao, viên chức lãnh sự"),
    ],
)
@pytest.mark.parametrize("procedure", CERTIFICATION)
def test_who_signs_depends_on_the_day(procedure: str, kind: str, day: date, expected: str) -> None:
    assert decider(kind, procedure, day).startswith(expected)


def test_communes_certify_copies_of_foreign_originals_only_since_july_2025() -> None:
    for day, foreign in ((date(2025, 6, 30), False), (date(2025, 7, 1), True)):
        scope = one("commune", "certified-copy", day).scope(day)
        assert scope is not None
        assert ("của nước ngoài" in scope.words.vi) is foreign
    assert one("district", "certified-copy", date(2025, 6, 30)).scope(date(2025, 6, 30)) is None


@pytest.mark.parametrize("procedure", CONSULAR)
def test_consular_work_is_decentralised_in_may_2026(procedure: str) -> None:
    city = ("local_office", "decide", ("Hồ Chí Minh",))
    before = {("ministry", "decide", ()), ("mission", "decide", ()), ("local_office", "receive", ()), city}
    assert who(procedure, date(2025, 12, 31)) == set()
    assert who(procedure, date(2026, 5, 8)) == before
    added = who(procedure, date(2026, 5, 9)) - before
    assert {(capacity, len(only)) for _, capacity, only in added} == {("receive", 9), ("decide", 3)}


@pytest.mark.parametrize(
    ("name", "capacities"),
    [
        ("Sở Ngoại vụ thành phố Đà Nẵng", {"receive", "decide"}),
        ("SỞ NGOẠI VỤ THÀNH PHỐ CẦN THƠ", {"receive", "decide"}),
        ("Sở Ngoại vụ tỉnh Quảng Ninh", {"receive"}),
        ("Sở Ngoại vụ tỉnh Cà Mau", {"receive"}),
    ],
)
def test_an_entry_for_named_places_is_given_to_them_alone(name: str, capacities: set[str]) -> None:
    found = competences().who("consular-legalization", TODAY)
    assert {one.capacity for one in found if one.kind == "local_office" and one.given_to(name)} == capacities


def test_only_the_ministry_issues_apostilles() -> None:
    assert who("apostille", date(2026, 9, 10)) == set()
    assert who("apostille", date(2026, 9, 11)) == {("ministry", "decide", ())}


def test_nobody_is_asked_of_in_an_unknown_procedure() -> None:
    assert competences().who("passport", TODAY) == ()
    assert competences().of("court") == ()


def test_whoever_decides_is_named_on_every_day() -> None:
    for basis in competences().bases:
        changes = [line.dates.since for line in basis.deciders if line.dates.since] + [TODAY, basis.entry.since]
        for day in changes:
            if basis.capacity == "decide" and day is not None and basis.entry.holds(day):
                assert basis.decider(day) is not None, basis


MORE = """[[competence]]
kinds = ["ministry"]
procedures = ["apostille"]
capacity = "receive"
from = 2027-01-01
status = "partial"
citation = "x"

[[competence]]"""
SPOILED = {
    "unknown-key": ("[names]", "more = 1\n[names]", "unknown key 'more'"),
    "unknown-key-of-entry": ('capacity = "decide"', 'capacity = "decide"\nplace = "x"', "unknown key 'place'"),
    "unknown-key-of-decider": ("[[competence.decider]]", '[[competence.decider]]\nplace = "x"', "unknown key 'place'"),
    "capacity": ('capacity = "decide"', 'capacity = "sign"', "capacity must be one of"),
    "kind": ('kinds = ["ministry", "mission"]', 'kinds = ["court"]', "kinds holds 'court'"),
    "no-kind": ('kinds = ["ministry", "mission"]', "kinds = []", "kinds or procedures are missing"),
    "procedure": ('procedures = ["apostille"]', 'procedures = ["visa"]', "procedures holds 'visa'"),
    "status": ('status = "partial"', 'status = "sure"', "status must be one of"),
    "no-citation": ('citation = "Nghị định 293/2026/NĐ-CP, Điều 6"\n', "", "citation is missing"),
    "no-from": ("from = 2026-09-11\n", "until = 2030-01-01\n", "from, kinds or procedures are missing"),
    "reversed": ("from = 2015-04-10\nuntil = 2025-07-01", "from = 2015-04-10\nuntil = 2015-04-10", "does not follow"),
    "no-english": (', en = "Relying agency" }', " }", "agency: en is missing"),
    "decider-overlap": ("until = 2025-11-01\n", "until = 2025-11-02\n", "decider: two entries hold on 2025-11-01"),
    "nobody-decides": ("[[competence.decider]]", "[[competence.scope]]", "nobody is named who decides"),
    "overlap": ("[[competence]]", MORE, "ministry, apostille: two entries hold on 2027-01-01"),
    "overlap-of-named": ('only = ["Hồ Chí Minh"]', 'only = ["Đà Nẵng"]', "two entries hold on 2026-05-09"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_one_spoiled_thing_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    shutil.copytree(
        FOLDER / "competence", tmp_path / "competence", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    assert Competences.read(Source(tmp_path)) == competences()
    path = tmp_path / "competence" / "competence.toml"
    old, new, message = SPOILED[name]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadLaw) as caught:
        Competences.read(Source(tmp_path))
    told = str(caught.value)
    assert told.startswith("competence/competence.toml")
    assert message in told
    assert "\n" not in told
