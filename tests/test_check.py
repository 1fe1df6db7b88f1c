from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.outside.net import CRL, CRL_URL, ISSUER_URL, OCSP, OCSP_URL, ROOT_CRL, ROOT_CRL_URL, WORLD, Answers, Net
from tests.pki import AT, plain_pdf, signed_pdf, trust_snapshot
from tests.pki.evidence_record import EvidenceRecordBuilder
from verifier.bundle import read_bundle, write_bundle
from verifier.check import PASSING, SECOND_TRY, STEPS, Checked, check_file, replay
from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence
from verifier.outside.fetch import Failure
from verifier.outside.gather import Gatherer
from verifier.policy import make_policy
from verifier.reports.json_report import dumps, to_json
from verifier.verdict import Conclusion, DocumentVerdict, NotJudged
from verifier.workers.pool import WorkerLimits, WorkerPool

POLICY = make_policy(name="test", suite="ts119312")
EVIDENCE = Evidence(trust_snapshot(WORLD), received_at=AT - timedelta(hours=1))
EVERYTHING: Answers = {OCSP_URL: OCSP, CRL_URL: CRL, ROOT_CRL_URL: ROOT_CRL, ISSUER_URL: WORLD.ca.der}
R = TypeVar("R")


class InProcess:
    """Stands for the pool where isolation is not what is tested."""

    def __init__(self) -> None:
        self.runs = 0

    def run(self, function: Callable[..., R], *args: Any) -> R:
        self.runs += 1
        return function(*args)


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("check") / "letter.pdf"
    file.write_bytes(signed_pdf(WORLD))
    return file


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document that carries the signer's certificate only."""
    file = tmp_path_factory.mktemp("check") / "alone.pdf"
    file.write_bytes(signed_pdf(WORLD, cms=WORLD.cms(certificates=(WORLD.leaf,))))
    return file


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1, WorkerLimits(seconds=20), spare=0) as made:
        yield made


def check(path: Path, net: Net | None = None, **options: Any) -> Checked:
    given: dict[str, Any] = {
        "file_name": path.name,
        "evidence": EVIDENCE,
        "policy": POLICY,
        "at": AT,
        "pool": InProcess(),
        "gatherer": Gatherer(net) if net else None,
    }
    return check_file(path, **{**given, **options})


def verdict_of(checked: Checked) -> DocumentVerdict:
    assert isinstance(checked.outcome, DocumentVerdict)
    return checked.outcome


def problem_of(checked: Checked) -> str:
    assert isinstance(checked.outcome, NotJudged)
    return checked.outcome.problem.code


def gaps(checked: Checked) -> list[tuple[str, str]]:
    return [(gap.kind, gap.subject) for gap in verdict_of(checked).gaps]


def test_offline_what_is_missing_stays_a_gap(letter: Path) -> None:
    checked = check(letter)
    assert verdict_of(checked).conclusion is Conclusion.INDETERMINATE
    assert gaps(checked) == [("revocation", "Signer"), ("revocation", "Issuing CA")]
    assert checked.evidence is EVIDENCE


def test_what_is_missing_is_gathered(letter: Path) -> None:
    net, pool = Net(EVERYTHING), InProcess()
    checked = check(letter, net, pool=pool)
    assert verdict_of(checked).conclusion is Conclusion.TOTAL_PASSED
    assert gaps(checked) == []
    assert (checked.evidence.ocsps, checked.evidence.crls) == ((OCSP,), (ROOT_CRL,))
    assert sorted(net.urls) == [OCSP_URL, ROOT_CRL_URL]
    assert pool.runs == 2


def test_what_was_gathered_is_judged_at_the_time_it_came(letter: Path) -> None:
    before = AT - timedelta(days=2)  # older than what the responder says
    chosen = check(letter, Net(EVERYTHING), at=before)
    assert {gap.kind for gap in verdict_of(chosen).gaps} >= {"set_aside"}
    live = check(letter, Net(EVERYTHING), at=before, now=lambda: AT)
    assert verdict_of(live).conclusion is Conclusion.TOTAL_PASSED
    assert live.at == verdict_of(live).evidence.at == AT


def test_a_chain_is_completed_before_its_status_is_asked(alone: Path) -> None:
    net = Net(EVERYTHING)
    checked = check(alone, net)
    assert verdict_of(checked).conclusion is Conclusion.TOTAL_PASSED
    assert checked.evidence.certificates == (WORLD.ca.der,)
    assert net.urls[0] == ISSUER_URL


def test_the_crl_stands_in_for_a_responder_that_is_down(letter: Path) -> None:
    checked = check(letter, Net({**EVERYTHING, OCSP_URL: Failure.TOO_SLOW}))
    assert verdict_of(checked).conclusion is Conclusion.TOTAL_PASSED
    assert checked.evidence.crls == (ROOT_CRL, CRL)
    assert gaps(checked) == []  # and nobody needs to know


def test_a_fetch_that_failed_is_told_where_the_gap_stays(letter: Path) -> None:
    checked = check(letter, Net({**EVERYTHING, OCSP_URL: Failure.TOO_SLOW, CRL_URL: 503}))
    assert verdict_of(checked).conclusion is Conclusion.INDETERMINATE
    assert gaps(checked) == [("revocation", "Signer"), ("fetch_failed", "Signer"), ("fetch_failed", "Signer")]
    assert [note.reason for note in checked.notes] == [f"{OCSP_URL}: too slow", f"{CRL_URL}: HTTP status 503"]


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (Failure.TOO_SLOW, True),
        (Failure.NOT_REACHED, True),
        (503, True),
        (429, True),
        (404, False),
        (b"<html>sorry</html>", False),
        (Failure.NOT_PUBLIC, False),
    ],
)
def test_a_failure_that_may_pass_is_worth_a_second_try(letter: Path, answer: Any, waits: bool) -> None:  # noqa: FBT001
    checked = check(letter, Net({**EVERYTHING, OCSP_URL: answer, CRL_URL: answer}))
    again = verdict_of(checked).try_again_at
    assert again == (checked.at + SECOND_TRY if waits else None)
    assert verdict_of(checked).signatures[0].try_again_at == again
    assert verdict_of(check(letter, Net(EVERYTHING))).try_again_at is None
    assert set(Failure) >= PASSING


def test_useless_answers_come_to_an_end(letter: Path) -> None:
    net = Net({**EVERYTHING, OCSP_URL: b"", CRL_URL: ROOT_CRL})
    checked = check(letter, net)
    assert verdict_of(checked).conclusion is Conclusion.INDETERMINATE
    assert len(net.asked) == 3


def test_a_document_without_signatures_asks_nobody(tmp_path: Path) -> None:
    file = tmp_path / "plain.pdf"
    file.write_bytes(plain_pdf())
    net = Net(EVERYTHING)
    assert verdict_of(check(file, net)).conclusion is Conclusion.NO_SIGNATURE
    assert net.asked == []


def test_the_steps_are_told(letter: Path) -> None:
    told: list[tuple[str, int, int]] = []
    check(letter, Net(EVERYTHING), progress=lambda *step: told.append(step))
    assert told == [(step, number, 4) for number, step in enumerate(STEPS)]


def test_a_file_that_is_not_taken_in_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    file.write_bytes(b"\xff\xd8\xff\xe0scan")
    checked = check(file)
    assert problem_of(checked) == "not-a-pdf"
    assert checked.outcome.kind == "scan"
    assert len(checked.outcome.sha256) == 64
    assert problem_of(check(tmp_path / "none.pdf")) == "file-missing"


def test_a_file_over_the_limit_is_not_judged(letter: Path) -> None:
    assert problem_of(check(letter, max_bytes=letter.stat().st_size - 1)) == "too-large"
    assert verdict_of(check(letter, max_bytes=letter.stat().st_size))


def test_without_anchors_nothing_is_judged(letter: Path) -> None:
    nobody = replace(EVIDENCE, trust=replace(EVIDENCE.trust, anchors=()))
    assert problem_of(check(letter, evidence=nobody)) == "trust-store-empty"


def test_a_file_that_changes_meanwhile_is_not_judged(letter: Path, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(letter.read_bytes())

    class Meddler(InProcess):
        def run(self, function: Callable[..., R], *args: Any) -> R:
            file.write_bytes(letter.read_bytes() + b"\n")
            return super().run(function, *args)

    assert problem_of(check(file, pool=Meddler())) == "file-unreadable"


def test_the_worker_judges_as_we_do(letter: Path, pool: WorkerPool) -> None:
    here, there = check(letter, Net(EVERYTHING)), check(letter, Net(EVERYTHING), pool=pool)
    assert there == here


def test_a_budget_that_is_used_up_is_not_judged(letter: Path) -> None:
    class Hurried:
        def run(self, function: Callable[..., R], *args: Any) -> R:
            raise CouldNotJudge("budget-exhausted", limit="time")

    checked = check(letter, pool=Hurried())
    assert problem_of(checked) == "budget-exhausted"
    assert checked.outcome.sha256 == verdict_of(check(letter)).sha256


# --- evidence bundles ----------------------------------------------------------------------------------------------


def line(checked: Checked) -> str:
    return dumps(to_json(checked.outcome, checked.file_name))


@pytest.mark.parametrize("spoiled", [{}, {OCSP_URL: Failure.TOO_SLOW, CRL_URL: Failure.TOO_SLOW}])
def test_a_verdict_is_replayed_from_its_bundle_to_the_byte(letter: Path, spoiled: Answers) -> None:
    first = check(letter, Net({**EVERYTHING, **spoiled}), policy=make_policy(name="strict", suite="ts119312"))
    recorded = read_bundle(write_bundle(first))
    assert recorded == first
    # sockets are disabled in tests but for loopback, and nothing in a replay reads a clock
    assert line(replay(letter, recorded, pool=InProcess())) == line(first)


def test_an_evidence_record_is_kept_in_the_bundle(letter: Path) -> None:
    record = EvidenceRecordBuilder(WORLD, letter.read_bytes()).start(AT - timedelta(hours=1), digest="sha512").data
    tsa_crls = WORLD.tsa_crls(AT - timedelta(days=1))
    first = check(letter, evidence=EVIDENCE.plus(crls=tsa_crls, evidence_records=(record,)))
    recorded = read_bundle(write_bundle(first))
    assert recorded.evidence.evidence_records == (record,)
    assert "evidence record" not in [gap.subject for gap in verdict_of(first).gaps]
    assert line(replay(letter, recorded, pool=InProcess())) == line(first)


def test_a_bundle_is_the_same_every_time(letter: Path) -> None:
    assert write_bundle(check(letter, Net(EVERYTHING))) == write_bundle(check(letter, Net(EVERYTHING)))


def test_an_outcome_without_verdict_is_replayed_too(tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    file.write_bytes(b"\xff\xd8\xff\xe0scan")
    first = check(file)
    assert line(replay(file, read_bundle(write_bundle(first)), pool=InProcess())) == line(first)


def test_a_bundle_is_no_use_for_another_document(letter: Path, alone: Path) -> None:
    with pytest.raises(CouldNotJudge, match="document-mismatch"):
        replay(alone, check(letter), pool=InProcess())


def damaged(bundle: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry.startswith(name) else content)
    return out.getvalue()


def with_manifest(bundle: bytes, **changes: Any) -> bytes:
    return damaged(bundle, "manifest.json", lambda text: json.dumps({**json.loads(text), **changes}).encode())


def test_a_damaged_bundle_is_refused(letter: Path) -> None:
    bundle = write_bundle(check(letter))
    policy = json.loads(damaged(bundle, "x", bytes) and json.dumps({"name": "lax", "sha256": POLICY.sha256}))
    for broken in (
        b"",
        b"PK\x03\x04",
        bundle[:-30],
        damaged(bundle, "objects/", lambda der: der + b"\0"),
        damaged(bundle, "manifest.json", lambda text: text[:-1]),
        damaged(bundle, "manifest.json", lambda text: b"[" * 100_000),
        damaged(bundle, "report.json", lambda text: b"{}"),
        with_manifest(bundle, format="other"),
        with_manifest(bundle, document="0" * 64),
        with_manifest(bundle, policy=policy),
        with_manifest(bundle, at="yesterday"),
        with_manifest(bundle, evidence=None),
    ):
        with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
            read_bundle(broken)
    assert read_bundle(bundle)
