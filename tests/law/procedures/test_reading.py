from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from verifier.law.procedures import Procedures
from verifier.law.records import BadLaw, NoAnswer
from verifier.law.source import FOLDER, Source

COPY = "certified-copy"
WORDS = 'vi = "x"\nen = "x"\nstatus = "verified"\ncitation = "x"\n'
MARK = "# --- rules"


def rule(dates: str = "", told: str = WORDS) -> str:
    return f'[[rule]]\nid = "new"\n{dates}{told}'


def added(text: str, message: str) -> tuple[str, str, str]:
    return MARK, f"{text}{MARK}", message


SPOILED = {
    "not-toml": ('id = "certified-copy"', "id = ", "not TOML"),
    "other-id": ('id = "certified-copy"', 'id = "apostille"', "belongs into procedures/apostille.toml"),
    "order": ("order = 3", "order = 0", "order must be"),
    "order-of-another": ("order = 3", "order = 4", "two procedures have the order 4"),
    "unknown-key": ("order = 3", 'order = 3\ncolour = "red"', "unknown key 'colour'"),
    "unknown-key-of-period": ("sets = 1", 'sets = 1\ncolour = "red"', "unknown key 'colour'"),
    "unknown-key-of-absence": ("reason.vi =", 'colour = "red"\nreason.vi =', "unknown key 'colour'"),
    "unknown-key-of-line": ('clock = "handover"', 'clock = "handover"\nnote = "x"', "unknown key 'note'"),
    "no-sets": ("sets = 1\n", "", "sets is missing"),
    "sets": ("sets = 1", "sets = 0", "sets must be"),
    "period-without-citation": (
        'citation = "Nghị định 23/2015/NĐ-CP; Thông tư 01/2020/TT-BTP; Thông tư 01/2018/TT-VPCP"\n',
        "",
        "citation is missing",
    ),
    "status": ('status = "partial"', 'status = "sure"', "status must be one of"),
    "gap": ("from = 2025-11-01\nstatus", "from = 2025-11-02\nstatus", "nothing is said of the days from 2025-11-01"),
    "overlap": ("from = 2025-11-01\nstatus", "from = 2025-10-31\nstatus", "two entries hold on 2025-10-31"),
    "no-beginning": ("until = 2015-04-10", "from = 2010-01-01\nuntil = 2015-04-10", "first days or the last"),
    "no-end": ("from = 2025-11-01\nstatus", "from = 2025-11-01\nuntil = 2030-01-01\nstatus", "first days or the last"),
    "reversed": ("from = 2015-04-10\nuntil = 2025-11-01", "from = 2015-04-10\nuntil = 2015-04-10", "does not follow"),
    "line-without-citation": added(rule(told=WORDS.replace("citation", "note")), "citation is missing"),
    "line-without-status": added(rule(told=WORDS.replace('status = "verified"\n', "")), "status is missing"),
    "line-twice": added(rule() + rule(), "rule 'new': two entries hold on the first day"),
    "lines-overlap": added(
        rule("until = 2020-01-02\n") + rule("from = 2020-01-01\n"), "rule 'new': two entries hold on 2020-01-01"
    ),
    "line-reversed": added(rule("from = 2020-01-02\nuntil = 2020-01-01\n"), "until does not follow"),
    "line-idle": added(rule("until = 2015-04-10\n"), "'new' holds in no period"),
    "line-date-as-text": added(rule('from = "2020"\n'), "from must be a date"),
    "reader": added(rule('reader = "king"\n'), "reader must be one of applicant, office"),
    "reader-of-another-line": ('need = "always"', 'need = "always"\nreader = "office"', "unknown key 'reader'"),
    "switch": added(rule('switched_on = "e-visa"\n'), "there is no switch 'e-visa'"),
    "channel": ('id = "counter"', 'id = "fax"', "id must be one of portal, counter, post"),
    "clock": ('clock = "handover"', 'clock = "noon"', "clock must be one of"),
    "no-counts": ("counts.vi", "counted.vi", "vi is missing"),
    "need": ('need = "always"', 'need = "perhaps"', "need must be one of"),
    "shape": ('shapes = ["original"]', 'shapes = ["stone"]', "shapes holds 'stone'"),
    "no-shape": ('shapes = ["original"]', "shapes = []", "shapes are missing"),
    "condition-without-words": ('need = "always"', 'need = "condition"', "a condition without words"),
    "always-with-condition": ('need = "condition"', 'need = "always"', "always needed has no condition"),
    "fact": ("when.variant =", "when.colour =", "condition on 'colour' that never holds"),
    "fact-value": ('when.variant = ["foreign-original"]', 'when.variant = ["copy"]', "'variant' that never holds"),
    "role": ('role = "specialist"', 'role = "king"', "role must be one of"),
    "minutes": ("minutes = 240", "minutes = -1", "minutes must be"),
    "minutes-as-text": ("minutes = 240", 'minutes = "240"', "minutes has the wrong type"),
    "occasion-without-form": ('forms = ["apology"]', "forms = []", "forms are missing"),
    "years-and-none": ("none = true", "none = true\nyears = 2", "years and none"),
    "years": ("none = true", "years = 0", "years must be"),
    "no-delivery": ("[[delivery]]", "[[result]]", "no delivery from 2015-04-10"),
    "no-grounds": ('grounds = ["originals-22"]\n', "", "no grounds from 2015-04-10"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(
        FOLDER / "procedures", tmp_path / "procedures", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    shutil.copy(FOLDER / "switches.toml", tmp_path)
    return tmp_path


def spoil(folder: Path, old: str, new: str, id_: str = COPY) -> Path:
    path = folder / "procedures" / f"{id_}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def refused(folder: Path) -> str:
    with pytest.raises(BadLaw) as caught:
        Procedures.read(Source(folder))
    told = str(caught.value)
    assert "\n" not in told
    return told


def test_the_copy_that_is_spoiled_is_valid(folder: Path) -> None:
    assert Procedures.read(Source(folder)) == Procedures.read(Source())


@pytest.mark.parametrize("name", SPOILED)
def test_one_spoiled_thing_is_refused_in_one_line(folder: Path, name: str) -> None:
    old, new, message = SPOILED[name]
    spoil(folder, old, new)
    told = refused(folder)
    assert told.startswith(("procedures/certified-copy.toml", "procedures/certified-ecopy.toml"))
    assert message in told


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "procedures" / "apostille.toml").write_bytes(b"\xff\xfe")
    assert refused(folder) == "procedures/apostille.toml: cannot be read"


def test_a_line_changes_on_its_day_and_the_period_stays_as_it_is(folder: Path) -> None:
    old = rule("until = 2027-01-01\n")
    new = rule("from = 2027-01-01\n", WORDS.replace('vi = "x"', 'vi = "y"'))
    spoil(folder, MARK, f"{old}{new}{MARK}")
    read = Procedures.read(Source(folder))
    said = [
        next(one.words.vi for one in read.get(COPY, day).rules if one.id == "new")
        for day in (date(2016, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    ]
    assert said == ["x", "x", "y"]
    before, after = read.get(COPY, date(2026, 12, 31)), read.get(COPY, date(2027, 1, 1))
    assert (before.until, after.since) == (date(2027, 1, 1), date(2027, 1, 1))
    assert before.entry == after.entry


def test_an_absence_in_the_middle_is_refused_with_its_reason(folder: Path) -> None:
    spoil(folder, "from = 2025-11-01\nstatus", "from = 2025-12-01\nstatus")
    entry = '[[absent]]\nfrom = 2025-11-01\nuntil = 2025-12-01\nstatus = "verified"\ncitation = "x"\n'
    spoil(folder, "[[absent]]", f'{entry}reason.vi = "nghỉ"\nreason.en = "pause"\n\n[[absent]]')
    read = Procedures.read(Source(folder))
    assert [one.id for one in read.at(date(2025, 11, 30))].count(COPY) == 0
    assert [one.id for one in read.at(date(2025, 12, 1))].count(COPY) == 1
    with pytest.raises(NoAnswer) as caught:
        read.get(COPY, date(2025, 11, 1))
    assert (caught.value.params["reason_vi"], caught.value.params["reason_en"]) == ("nghỉ", "pause")


READ = Procedures.read(Source())
MADE = READ.at(date(2026, 11, 23))
KNOWN = {
    "fees": frozenset(READ.ids),
    "deadlines": frozenset(READ.ids),
    "grounds": frozenset(id_ for made in MADE for id_ in made.grounds),
    "forms": frozenset(form for made in MADE for form in made.forms),
}


@pytest.mark.parametrize(
    ("part", "missing", "told"),
    [
        ("fees", "apostille", "apostille.toml: there is no fee 'apostille'"),
        ("deadlines", "certified-copy", "certified-copy.toml: there is no deadline 'certified-copy'"),
        ("grounds", "consular-10", "consular-certification.toml: there is no set of grounds 'consular-10'"),
        ("forms", "register-signatures", "signature-certification.toml: there is no form 'register-signatures'"),
    ],
)
def test_what_other_folders_do_not_have_is_refused(part: str, missing: str, told: str) -> None:
    READ.refuse_unknown(**KNOWN)
    with pytest.raises(BadLaw) as caught:
        READ.refuse_unknown(**(KNOWN | {part: KNOWN[part] - {missing}}))
    assert str(caught.value) == f"procedures/{told}"
