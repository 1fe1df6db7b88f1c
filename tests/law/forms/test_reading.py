from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.law.forms.samples import editions
from verifier.law.forms import Forms
from verifier.law.records import BadLaw
from verifier.law.source import FOLDER, Source

RECEIPT, COMMON, BOOK, STOP = "receipt.toml", "common.toml", "control-sheet.toml", "stop-notice.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER / "forms", tmp_path / "forms", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (tmp_path / "marks").mkdir()
    shutil.copy(FOLDER / "marks" / "common.typ", tmp_path / "marks" / "common.typ")
    return tmp_path


SPOILED = {
    "unknown key of a file": (RECEIPT, 'series = "one-stop"', 'series = "one-stop"\nextra = 1', "extra"),
    "another id than its file": (RECEIPT, 'id = "receipt"', 'id = "recipe"', "belongs into"),
    "unknown key of an edition": (RECEIPT, 'paper = "A5"', 'paper = "A5"\ncolour = "red"', "colour"),
    "no citation": (RECEIPT, 'citation = "Thông tư 01/2018/TT-VPCP Phụ lục Mẫu số 01"', "", "citation is missing"),
    "unknown status": (RECEIPT, 'status = "partial"', 'status = "sure"', "status must be"),
    "no first day": (RECEIPT, "from = 2018-11-23\nuntil = 2025-11-01", "", "from is missing"),
    "two editions on one day": (RECEIPT, "until = 2025-11-01", "until = 2025-11-02", "two entries hold"),
    "unknown paper": (RECEIPT, 'paper = "A5"', 'paper = "A3"', "paper must be"),
    "unknown language": (RECEIPT, 'languages = "vi"', 'languages = "fr"', "languages must be"),
    "unknown audience": (RECEIPT, 'audience = "applicant"', 'audience = "public"', "audience must be"),
    "no such head": (RECEIPT, 'head = "national"', 'head = "local"', "no head"),
    "no such template": (RECEIPT, 'paper = "A5"', 'paper = "A5"\ntemplate = "nothing"', "no template"),
    "a template elsewhere": (RECEIPT, 'paper = "A5"', 'paper = "A5"\ntemplate = "../marks/common"', "no template"),
    "a number without a series": (RECEIPT, 'series = "one-stop"\n', "", "a number needs"),
    "a number without its circular": (
        RECEIPT,
        'prescribed = { vi = "(Ban hành kèm theo Thông tư số 01/2018/TT-VPCP ngày 23/11/2018)" }',
        "",
        "a number needs",
    ),
    "the number of another form": (RECEIPT, 'number = "01"', 'number = "02"', "that of"),
    "a code that is no code": (RECEIPT, 'qr = "dossier"', 'qr = "applicant"', "no field of kind code"),
    "a field that stands twice": (RECEIPT, 'id = "desk"', 'id = "dossier"', "stands twice"),
    "a field of the head again": (RECEIPT, 'id = "desk"', 'id = "authority"', "stands twice"),
    "an id of other letters": (RECEIPT, 'id = "desk"', 'id = "Desk"', "small letters"),
    "unknown kind": (RECEIPT, 'kind = "list"', 'kind = "lists"', "kind must be"),
    "a field that no line says": (RECEIPT, "{address}", "…", "no line says 'address'"),
    "a name that nobody says": (RECEIPT, "{address}", "{adress}", "nobody says"),
    "a part that the kind does not have": (RECEIPT, "{address}", "{address.words}", "stands in a text"),
    "a list within a text": (RECEIPT, "{address}", "{address} {components}", "stands in a text"),
    "a stray brace": (RECEIPT, "{address}", "{address} }", "stray brace"),
    "unknown style": (RECEIPT, 'style = "row"', 'style = "rows"', "style must be"),
    "a list that shows a text": (RECEIPT, 'value = "components"', 'value = "desk"', "of kind list"),
    "a row with a value": (RECEIPT, 'vi = "Địa chỉ: {address}"', 'vi = "Địa chỉ", value = "address"', "does not show"),
    "a line without words": (RECEIPT, 'vi = "Địa chỉ: {address}"', 'en = "x"', "unknown key|words are missing"),
    "a letter that the fonts lack": (RECEIPT, "Địa chỉ:", "Địa chỉ 中:", "fonts do not have"),
    "a hidden letter": (RECEIPT, "Địa chỉ:", "Địa chỉ\\u202E:", "fonts do not have"),
    "a condition that never holds": (
        RECEIPT,
        'vi = "Địa chỉ: {address}"',
        'vi = "Địa chỉ: {address}", when = { desk = ["x"] }',
        "never holds",
    ),
    "verified without its own citation": (
        RECEIPT,
        'vi = "Địa chỉ: {address}"',
        'vi = "Địa chỉ: {address}", status = "verified"',
        "needs its own citation",
    ),
    "a cell that nobody fills": (BOOK, "1. Giao: {from}", "1. Giao: {form}", "nobody says"),
    "a part that stands twice": (BOOK, 'id = "giver"', 'id = "from"', "stands twice"),
    "a choice without choices": (BOOK, 'kind = "choice"', 'kind = "text"', "nothing else has them"),
    "a table without columns": (BOOK, "], column = [", "], part2 = [", "unknown key"),
    "an absence that overlaps": (STOP, "until = 2025-11-01", "until = 2025-11-02", "two entries hold"),
    "words that are missing": (COMMON, 'name = "made"', 'name = "added"', "stands twice"),
    "words that nobody says": (COMMON, 'name = "made"', 'name = "mad"', "nobody says it"),
    "a pattern of days that is wrong": (COMMON, "tháng {month}", "tháng {mouth}", "must say"),
    "a number that is not said": (COMMON, "Mẫu số {number}", "Mẫu số", "must say number"),
    "not TOML": (RECEIPT, "[[edition]]", "[[edition]", "not TOML"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_file_is_refused_with_one_line_that_names_it(folder: Path, name: str) -> None:
    file, old, new, message = SPOILED[name]
    path = folder / "forms" / file
    told = path.read_text("utf-8")
    assert old in told
    path.write_text(told.replace(old, new, 1), "utf-8")
    with pytest.raises(BadLaw, match=message) as refused:
        Forms.read(Source(folder))
    assert str(refused.value).startswith(f"forms/{file}: ") or str(refused.value).startswith(f"forms/{file}, ")
    assert "\n" not in str(refused.value)


def test_the_folder_as_it_is_can_be_read(folder: Path) -> None:
    assert Forms.read(Source(folder)).ids == Forms.read(Source()).ids


def test_a_lawyer_finds_every_form_and_its_status_in_the_readme() -> None:
    told = (FOLDER / "forms" / "README.md").read_text("utf-8")
    forms = Forms.read(Source())
    rows = [line for line in told.splitlines() if line.startswith("| `")]
    for form in editions(forms):
        row = next(line for line in rows if line.startswith(f"| `{form.id}.toml`"))
        assert form.entry.status in row, form.id
        assert form.number in row
