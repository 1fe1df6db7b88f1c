"""The data of grounds: cited, dated, in both languages; and refused where one thing in it is spoiled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.law.grounds.made import GROUNDS, TODAY, copied, ground, procedure
from verifier.law.grounds import Applies, Grounds
from verifier.law.records import BadLaw

ALL = tuple(one for group in GROUNDS.groups.values() for one in group.grounds)
OCTOBER = date(2025, 10, 15)


def test_the_sets_and_how_many_grounds_each_has() -> None:
    counts = {id_: len({one.id for one in group.grounds}) for id_, group in GROUNDS.groups.items()}
    assert counts == {
        "consular-9": 5,
        "consular-10": 6,
        "originals-22": 6,
        "signatures-25": 4,
        "apostille-11-1": 4,
        "apostille-11-2": 6,
        "apostille-18-1": 2,
    }
    assert len(GROUNDS.ground_ids) == 33


def test_each_is_said_in_both_languages() -> None:
    said = [one.words for one in ALL] + [one.effect.words for one in ALL]
    said += [two.words for one in ALL for two in (*one.unless, *one.retain)]
    said += [one.question for one in GROUNDS.facts.values()]
    said += [two.words for one in GROUNDS.facts.values() for two in one.choices]
    said += [group.words for group in GROUNDS.groups.values()]
    assert all(one.vi and one.en for one in said)


def test_nothing_is_said_for_certain_that_was_not_read_in_an_official_text() -> None:
    sure = {one.set for one in ALL if one.entry.status == "verified"}
    assert sure == {"originals-22", "signatures-25"}
    assert {one.id for one in ALL if one.entry.status == "unverified"} == {
        "consular-10-4",
        "consular-10-4-electronic",
        "consular-10-5",
    }
    assert all(one.entry.note for one in ALL if one.entry.status != "verified")


def test_the_law_of_october_2025_stands_beside_that_of_today() -> None:
    old, new = ground("signatures-25-2", OCTOBER), ground("signatures-25-2")
    assert "Giấy chứng minh nhân dân hoặc Hộ chiếu" in old.words.vi
    assert "Căn cước điện tử" in new.words.vi
    assert "hợp đồng, giao dịch" in ground("signatures-25-4", OCTOBER).words.vi
    assert "nội dung là giao dịch" in ground("signatures-25-4").words.vi
    assert ground("signatures-25-2", date(2025, 10, 31)) == old
    assert ground("signatures-25-2", date(2025, 11, 1)) == new


def test_in_the_electronic_procedure_consular_dossiers_are_refused_at_intake() -> None:
    found = GROUNDS.of(procedure("consular-9", "consular-10"), TODAY)
    assert {one.effect.id for one in found} == {"refuse-intake"}
    assert GROUNDS.of(procedure("consular-9", "consular-10"), date(2025, 12, 31)) == ()


def test_what_the_system_may_propose() -> None:
    assert {one.id for one in ALL if one.proposable} == {
        "consular-9-1-apostille",
        "consular-10-4-electronic",
        "apostille-11-2-c",
        "apostille-11-2-e",
        "apostille-18-1-c",
    }


def test_legalization_concerns_foreign_originals_alone() -> None:
    assert {one.id for one in ALL if one.variants} == {"originals-22-5"}
    assert GROUNDS.applies(ground("originals-22-5"), {"issued_by_foreign_body": "no"}) is Applies.NO


FIRST = 'id = "originals-22-1"\nfrom = 2015-04-10'
ONCE = '[[ground.when]]\nfact = "alteration"\nis = ["unlawful"]'
SPOILED = {
    "unknown-key": (
        ("consular-9.toml", ("proposable = false", 'proposable = false\ncolour = "red"')),
        "unknown key 'colour'",
    ),
    "no-citation": (
        ("originals-22.toml", ('citation = "Nghị định 23/2015/NĐ-CP Điều 22 khoản 1"\n', "")),
        "citation is missing",
    ),
    "no-day": (("originals-22.toml", (FIRST, 'id = "originals-22-1"')), "from is missing"),
    "no-status": (("originals-22.toml", (f'{FIRST}\nstatus = "verified"', FIRST)), "status is missing"),
    "fact-unknown": (("originals-22.toml", ('fact = "alteration"', 'fact = "weather"')), "there is no fact 'weather'"),
    "value-unknown": (("originals-22.toml", ('is = ["unlawful"]', 'is = ["perhaps"]')), "is holds 'perhaps'"),
    "no-value": (("originals-22.toml", ('is = ["unlawful"]', "is = []")), "is names no value"),
    "no-condition": (("originals-22.toml", (ONCE, "")), "when is missing"),
    "no-needs": (("originals-22.toml", ('needs = ["alteration"]', "needs = []")), "needs no fact"),
    "needs-differ": (("originals-22.toml", ('needs = ["alteration"]', 'needs = ["legalized"]')), "are not the facts"),
    "needs-twice": (
        ("originals-22.toml", ('needs = ["alteration"]', 'needs = ["alteration", "alteration"]')),
        "needs holds a text twice",
    ),
    "proposable-by-officer": (
        ("originals-22.toml", ("proposable = false", "proposable = true")),
        "cannot be proposed: only an officer knows alteration",
    ),
    "overlap": (
        ("signatures-25.toml", ("until = 2025-11-01", "until = 2025-11-02")),
        "two entries hold on 2025-11-01",
    ),
    "id-twice": (
        ("originals-22.toml", ('id = "originals-22-2"', 'id = "originals-22-1"')),
        "originals-22-1: two entries hold on 2015-04-10",
    ),
    "id-of-another-set": (
        ("originals-22.toml", ('id = "originals-22-1"', 'id = "signatures-25-9"')),
        "signatures-25-9 does not begin with originals-22-",
    ),
    "set-in-another-file": (("consular-9.toml", ('set = "consular-9"', 'set = "consular-8"')), "belongs into"),
    "exception-twice": (
        ("signatures-25.toml", ('id = "pension"', 'id = "house"')),
        "two exceptions of signatures-25-4 have one id",
    ),
    "effect-unknown": (("consular-9.toml", ('effect = "refuse-intake"', 'effect = "shout"')), "effect must be one of"),
    "effect-twice": (("effects.toml", ('id = "refuse-intake"', 'id = "refuse-certification"')), "stands twice"),
    "effect-unused": (
        (
            "effects.toml",
            (
                "[[effect]]",
                '[[effect]]\nid = "x"\nvi = "x"\nen = "x"\nstatus = "partial"\ncitation = "x"\n\n[[effect]]',
            ),
        ),
        "x is used by no ground",
    ),
    "fact-twice": (("facts.toml", ('id = "electronic"', 'id = "branch"')), "branch stands twice"),
    "fact-unused": (
        ("facts.toml", ("[[fact]]", '[[fact]]\nid = "x"\nsource = "officer"\nvi = "x"\nen = "x"\n\n[[fact]]')),
        "x is used by no ground",
    ),
    "fact-of-nobody": (
        ("facts.toml", ('"electronic"\nsource = "system"', '"electronic"\nsource = "oracle"')),
        "source must be one of",
    ),
    "choice-twice": (("facts.toml", ('value = "confirmed"', 'value = "not-asked"')), "needs two choices or more"),
    "officer-after-all": (
        ("facts.toml", ('id = "branch"\nsource = "system"', 'id = "branch"\nsource = "officer"')),
        "consular-9-1-apostille cannot be proposed",
    ),
    "not-toml": (("effects.toml", ("[[effect]]", "[[effect]")), "not TOML"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_spoiled_data_is_refused_with_one_line(tmp_path: Path, what: str) -> None:
    (name, change), said = SPOILED[what]
    source = copied(tmp_path, name, change)
    with pytest.raises(BadLaw) as refused:
        Grounds.read(source)
    line = str(refused.value)
    assert said in line
    assert line.startswith("grounds/")
    assert "\n" not in line


def test_an_empty_set_is_refused(tmp_path: Path) -> None:
    source = copied(tmp_path, "facts.toml")
    (tmp_path / "grounds" / "empty.toml").write_text('set = "empty"\nvi = "x"\nen = "x"\n', "utf-8")
    with pytest.raises(BadLaw, match=r"^grounds/empty\.toml: no ground$"):
        Grounds.read(source)


def test_a_copy_that_is_not_spoiled_reads_the_same(tmp_path: Path) -> None:
    assert Grounds.read(copied(tmp_path, "facts.toml")) == GROUNDS
