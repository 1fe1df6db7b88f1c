"""Every situation of the table, over real bytes: what the three processes of EN 319 102-1 say."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.judge.rows import BUILDERS, Case, Row, read_table
from tests.pki import AT, FRESH, day, issue, make_crl
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF, ROOT
from verifier.evidence import GapCode
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.reports.catalogue import MISSING
from verifier.reports.sentences import gaps
from verifier.verdict import Conclusion, ProcessResult, SignatureKind, SignatureVerdict

ROWS = read_table()
VERIFIER = Path(__file__).parents[2] / "verifier"
JUDGES = ("judge.py", "blocks", "pades", "trust")


def judged(case: Case, row: Row) -> SignatureVerdict:
    verdict = judge(read_document(case.document), case.evidence, row.make_policy(), AT).verdict
    return next(one for one in verdict.signatures if one.kind is SignatureKind.SIGNATURE)


def results(signature: SignatureVerdict) -> tuple[ProcessResult, ProcessResult, ProcessResult]:
    processes = signature.processes
    return processes.basic, processes.with_time, processes.archival


def shown(cells: tuple[ProcessResult, ...]) -> str:
    return " / ".join(cell.sub_indication or cell.indication for cell in cells)


@pytest.mark.parametrize("row", ROWS, ids=[row.label for row in ROWS])
def test_row(row: Row) -> None:
    signature = judged(row.case, row)
    assert shown(results(signature)) == shown(row.expected), row.reason
    assert results(signature) == row.expected
    # the last process applied is final (5.1.1)
    assert signature.indication == row.expected[2].conclusion
    assert signature.sub_indication == row.expected[2].sub_indication


@pytest.mark.parametrize("row", ROWS, ids=[row.label for row in ROWS])
def test_what_is_missing_is_told_in_the_readers_language(row: Row) -> None:
    verdict = judge(read_document(row.case.document), row.case.evidence, row.make_policy(), AT).verdict
    assert {gap.code for gap in verdict.gaps} <= set(GapCode)
    for line in (*gaps(verdict, "vi"), *gaps(verdict, "en")):
        assert line.detail_lang == ""
        assert MISSING not in line.detail


def test_the_table_is_whole() -> None:
    numbers = {int(match[0]) for row in ROWS if (match := re.match(r"\d+", row.id))}
    # 79 and 80 are properties, below; x… stand beside the eighty
    assert numbers == set(range(1, 79))
    assert {row.build or row.name for row in ROWS} == set(BUILDERS)
    assert len({row.label for row in ROWS}) == len(ROWS)


def test_issuer_serial_mismatch_is_a_warning() -> None:
    row = next(row for row in ROWS if row.id == "60")
    checks = {check.code: check.status for check in judged(row.case, row).checks}
    assert checks["ISC_ISSUER_SERIAL"] == "warning"


@pytest.mark.parametrize("row", ROWS, ids=[row.label for row in ROWS])
def test_row_79_judging_twice_gives_the_same(row: Row) -> None:
    first = judge(read_document(row.case.document), row.case.evidence, row.make_policy(), AT)
    again = judge(read_document(row.case.document), row.case.evidence, row.make_policy(), AT)
    assert first == again


def test_row_79_nothing_that_judges_reads_a_clock() -> None:
    clock = re.compile(
        r"\b(datetime|date|time)\.(now|utcnow|today|time|time_ns|localtime|gmtime)\(|\b(from|import) time\b"
    )
    assert [source.name for source in _sources() if clock.search(source.read_text("utf-8"))] == []


def test_row_79_the_wall_clock_changes_nothing() -> None:
    told = {_told_in(year) for year in (2024, 2033)}
    assert len(told) == 1
    assert "TOTAL_PASSED" in told.pop()


def _told_in(year: int) -> str:
    command = [sys.executable, "-m", "tests.judge.other_day", str(year)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=VERIFIER.parent)
    return done.stdout


def _sources() -> list[Path]:
    paths = [VERIFIER / name for name in JUDGES]
    return [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]


def unrelated() -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    root = issue(ROOT.but(name="Foreign Root", key=ec_key("foreign root")))
    ca = issue(CA.but(name="Foreign CA", key=ec_key("foreign ca")), root)
    leaf = issue(LEAF.but(name="Stranger", key=ec_key("stranger")), ca)
    certificates = tuple(one.der for one in (root, ca, leaf))
    return certificates, tuple(make_crl(one, FRESH, day(2027)) for one in (root, ca))


DECIDED = [row for row in ROWS if row.expected[2].conclusion is not Conclusion.INDETERMINATE]


@pytest.mark.parametrize("row", DECIDED, ids=[row.label for row in DECIDED])
def test_row_80_unrelated_data_changes_no_final_answer(row: Row) -> None:
    certificates, crls = unrelated()
    more = replace(row.case, evidence=row.case.evidence.plus(certificates, crls))
    assert results(judged(more, row)) == row.expected
