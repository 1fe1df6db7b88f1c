"""Sample dossiers at every stage of every procedure, made by the same commands as in the service.

Runs as a process of its own beside the site, which is up already: `python -m verifier.demo.cases <folder>`.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.sessions import Origin, begin
from verifier.cases.completeness import AskSupplement, ConfirmComplete, Item, NewFile, Supplement
from verifier.cases.confirming import DraftConfirmation, SendConfirmation
from verifier.cases.decision import Approve
from verifier.cases.delivery import Deliver, FetchResult
from verifier.cases.desk import Cases
from verifier.cases.examination import OWN_BASIS, PaperProposal, Propose, RecordBasis
from verifier.cases.found import Found
from verifier.cases.intake import FiledPaper, Filing, file
from verifier.cases.judging import JudgePapers
from verifier.cases.kernel import APPLICANT, Asker, Command, officer
from verifier.cases.kernel import applicant as applicant_of
from verifier.cases.money import DemandFee, SetFeeAbroad
from verifier.cases.moving import Assign, Forward, Stop, Take, Withdraw
from verifier.cases.offering import REFUSE, offer, scene_of
from verifier.cases.paperwork import SignOnPaper
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import COMPARED, Applicant, Case, Paper
from verifier.cases.signing import CaseSigning
from verifier.cases.uploads import Uploads
from verifier.casework import PaperJudge, casework_of
from verifier.check import Runs
from verifier.compose import keeper_of, law_of
from verifier.errors import VerifierError
from verifier.issuance import Issues, Surroundings, issues_of
from verifier.outside.clock import SystemClock
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.settings import Settings
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.keys import ring_made
from verifier.storage.scope import SYSTEM, of
from verifier.workers.pool import PRELOAD, WorkerLimits, WorkerPool

SIGNED_WITHIN = 60.0
"""Seconds until a document is signed."""
LASTS = timedelta(hours=1)
"""Of the sessions in which officers of the samples act."""
PORTAL = "portal"
MOST_BYTES = 50_000_000
OF_PAPERS: Mapping[str, Mapping[str, Any]] = {
    "consular-certification": {"work": "CNLS", "issuing_country": "VN", "countries": ("LA",)},
    "consular-legalization": {"work": "HPHLS", "issuing_country": "LA", "countries": ("VN",)},
    "apostille": {"issuing_country": "VN", "countries": ("JP",)},
}
GIVEN: dict[str, Any] = {"name": "Bằng tốt nghiệp đại học", "serial": "B 001234", "office": "Trường Đại học Trình Diễn"}
SIGNED: Mapping[str, Any] = {
    "signer": "Nguyễn Thị Bích Ngọc",
    "title": "Giám đốc",
    "signed_on": date(2024, 6, 15),
    "type": "0501",
}


@dataclass
class Clock:
    """The time of the samples: now, or some days ago."""

    behind: timedelta = timedelta()

    def now(self) -> datetime:
        """Return it."""
        return SystemClock().now() - self.behind


@dataclass(frozen=True)
class Sample:
    """One sample dossier, as `cases.toml` says it."""

    name: str
    at: str
    procedure: str
    applicant: str
    papers: Sequence[str]
    vi: str
    en: str
    steps: Sequence[str]
    kind: str = "person"
    channel: str = PORTAL
    delivery: str = ""
    days: int = 0


@dataclass
class Workshop:
    """Who and what the samples are made with."""

    cases: Cases
    database: Database
    samples: Path
    clock: Clock
    judge: JudgePapers
    issues: Issues | None
    uploads: Uploads

    # --- who acts ----------------------------------------------------------------------------------------------------

    def caller(self, code: str, role: str) -> tuple[Caller, str]:
        """Return an officer of an authority in a session that was just proved, and its token."""
        with self.database.unit(SYSTEM) as unit:
            place = unit.authorities.by_code(code)
            assert place is not None
        with self.database.unit(of(place.id)) as unit:
            now = SystemClock().now()
            held = [one for one in unit.people.all_grants() if one.role == role and one.holds_at(now)]
            person = unit.people.get(held[0].person_id)
            assert person is not None
            opened = begin(unit, person, "open", "password", Origin("", "verifier demo"), now, LASTS)
            unit.sessions.proved(opened.session.id, now)
            session = unit.sessions.by_token(opened.token)
        return Caller("", place, person, session=session, roles=frozenset({Role(role)})), opened.token

    def asker(self, code: str, role: str) -> Asker:
        """Return an officer of an authority as who asks."""
        return replace(officer(self.caller(code, role)[0], SystemClock().now()), proved=True)

    def portal(self, code: str) -> Asker:
        """Return the portal as who files for people."""
        one = self.asker(code, "reception")
        return replace(one, may=frozenset({APPLICANT}))

    # --- filing ------------------------------------------------------------------------------------------------------

    def filed(self, one: Sample) -> Case:
        """File a sample."""
        who = self.portal(one.at) if one.channel == PORTAL else self.asker(one.at, "reception")
        papers = tuple(self._paper(who, one, name) for name in one.papers) or (self._on_paper(one),)
        plain = hashlib.sha256(one.name.encode()).hexdigest()[:9]
        person = Applicant(
            one.applicant,
            one.kind,
            "identity-card" if one.kind == "person" else "tax-number",
            f"001{int(plain, 16) % 10**9:09d}",
            "0912345678",
            f"{one.name}@example.vn",
            "12 Phố Trình Diễn, Hà Nội",
        )
        said = Filing(
            procedure=one.procedure,
            channel=one.channel,
            applicant=person,
            papers=papers,
            delivery=one.delivery,
            external=f"demo-{one.name}",
        )
        return file(self.cases.house, who, said).case

    def _paper(self, who: Asker, one: Sample, name: str) -> FiledPaper:
        told = {**GIVEN, **SIGNED, **OF_PAPERS.get(one.procedure, {}), "holder": one.applicant, "pages": 1}
        return FiledPaper(**told, language="vi", file=self.upload(who, name))

    def _on_paper(self, one: Sample) -> FiledPaper:
        """Return a paper that is handed over as it is."""
        signed = {**SIGNED, **OF_PAPERS[one.procedure], "holder": one.applicant} if one.procedure in OF_PAPERS else {}
        return FiledPaper(**{**GIVEN, **signed}, pages=4, copies=2)

    def upload(self, who: Asker, name: str) -> UUID:
        """Bring a sample document."""
        return self.uploads.keep(who, self.samples / name, name, MOST_BYTES).upload.id

    # --- steps -------------------------------------------------------------------------------------------------------

    def step(self, one: Sample, case: Case, name: str) -> Case:
        """Do one step of the work; VerifierError where it is refused."""
        act = getattr(self, "_" + name.replace("-", "_"))
        done: Case = act(one, case)
        return done

    def do(self, one: Sample, case: Case, role: str, said: Command, at: str = "") -> Case:
        """Give a command as an officer of the authority where it was filed, or as the portal."""
        who = self.portal(one.at) if role == PORTAL else self.asker(at or one.at, role)
        return self.cases.do(who, case.id, said)

    def _complete(self, one: Sample, case: Case) -> Case:
        procedure = self.cases.house.law(case).procedure(case.procedure)
        wanted = procedure.components_for({"channel": case.channel})
        at_desk = [one for one in wanted if case.channel != PORTAL and tuple(one.when) == ("channel",)]
        shown = tuple(one.id for one in wanted if one.need == "always" or one in at_desk)
        return self.do(one, case, "reception", ConfirmComplete(shown=shown))

    def _pay(self, one: Sample, case: Case) -> Case:
        if case.fee_vnd is None:
            case = self.do(one, case, "reception", DemandFee())
        return self.do(one, case, "reception", PayAtCounter(amount=case.fee_vnd or 0))

    def _pay_abroad(self, one: Sample, case: Case) -> Case:
        case = self.do(one, case, "reception", SetFeeAbroad(amount=3_000, what="HPHLS"))
        return self.do(one, case, "reception", PayAtCounter(amount=3_000))

    def _take(self, one: Sample, case: Case) -> Case:
        return self.do(one, case, "specialist", Take())

    def _assign(self, one: Sample, case: Case) -> Case:
        specialist = self.caller(one.at, "specialist")[0].person
        assert specialist is not None
        return self.do(one, case, "leader", Assign(officer=specialist.id))

    def _judge(self, _one: Sample, case: Case) -> Case:
        with self.database.unit(SYSTEM) as unit:
            papers = unit.cases.papers(case.id)
        for paper in papers:
            if paper.record_id and Found.of(paper) is None:
                self.judge.judge(paper)
        return case

    def _basis(self, one: Sample, case: Case) -> Case:
        for paper in self._papers(case):
            case = self.do(one, case, "specialist", RecordBasis(paper=paper.id, basis=OWN_BASIS[paper.work]))
        return case

    def _compare(self, one: Sample, case: Case) -> Case:
        note = "Mẫu con dấu, chữ ký của Trường Đại học Trình Diễn, năm 2024"
        for paper in self._papers(case):
            case = self.do(one, case, "specialist", RecordBasis(paper=paper.id, basis=COMPARED, note=note))
        return case

    def _propose(self, one: Sample, case: Case) -> Case:
        told = tuple(PaperProposal(paper=paper.id, outcome="granted") for paper in self._papers(case))
        return self.do(one, case, "specialist", Propose(papers=told))

    def _propose_refusal(self, one: Sample, case: Case) -> Case:
        facts = "Nội dung tệp bị sửa sau khi ký số: mã băm không khớp với chữ ký."
        why = "Chuyên viên thấy nội dung bị che sau khi ký, không cần xác minh thêm."
        told = tuple(
            PaperProposal(
                paper=paper.id, outcome="refused", grounds=self._grounds(case, paper), facts=facts, reason=why
            )
            for paper in self._papers(case)
        )
        return self.do(one, case, "specialist", Propose(papers=told))

    def _grounds(self, case: Case, paper: Paper) -> tuple[str, ...]:
        """Return the grounds that the service offers, else the one of forged signatures (the last of the decree)."""
        law, kinds = self.cases.house.law(case), {paper.record_id: "paper"} if paper.record_id else {}
        found = offer(scene_of(law, case, paper, kinds, (), self.clock.now()))
        return found.grounds if found.word == REFUSE else (law.grounds(case.procedure)[-1].id,)

    def _approve(self, one: Sample, case: Case) -> Case:
        return self.do(one, case, "leader", Approve())

    def _sign(self, one: Sample, case: Case) -> Case:
        assert self.issues is not None
        signing = CaseSigning(self.cases, self.issues.issuing)
        caller, token = self.caller(one.at, "leader")
        signing.sign(caller, token, case.id)
        for paper in self._papers(case):
            if paper.issuance_id:
                self.issues.issuing.wait(caller, paper.issuance_id, SIGNED_WITHIN)
        signing.look(self.clock.now())
        return self.cases.view(self.asker(one.at, "leader"), case.id).case

    def _sign_on_paper(self, one: Sample, case: Case) -> Case:
        return self.do(one, case, "leader", SignOnPaper())

    def _fetch(self, _one: Sample, case: Case) -> Case:
        return self.cases.do(applicant_of(case), case.id, FetchResult())

    def _hand_over(self, one: Sample, case: Case) -> Case:
        said = Deliver(way="paper", received_by=one.applicant, id_number="001090000001")
        return self.do(one, case, "reception", said)

    def _ask_supplement(self, one: Sample, case: Case) -> Case:
        why = "Tệp đã nộp không có chữ ký số của cơ quan cấp."
        item = Item(what="Bản điện tử của giấy tờ, có chữ ký số", why=why)
        return self.do(one, case, "reception", AskSupplement(items=(item,)))

    def _supplement(self, one: Sample, case: Case) -> Case:
        upload = self.upload(self.portal(one.at), "2-co-dau-thoi-gian.pdf")
        return self.do(one, case, PORTAL, Supplement(files=(NewFile(paper=1, file=upload),)))

    def _ask_confirmation(self, one: Sample, case: Case) -> Case:
        papers = tuple(paper.id for paper in self._papers(case))
        points = ("Chữ ký số trên văn bản có phải của cơ quan này hay không",)
        asked = DraftConfirmation(papers=papers, asked="foreign", name="Bộ Ngoại giao nước cấp (mẫu)", points=points)
        case = self.do(one, case, "specialist", asked)
        with self.database.unit(SYSTEM) as unit:
            drafted = unit.cases.confirmations(case.id)[0]
        return self.do(one, case, "leader", SendConfirmation(confirmation=drafted.id, reference="125/LS-XM"))

    def _forward(self, one: Sample, case: Case) -> Case:
        return self.do(one, case, "reception", Forward())

    def _withdraw(self, one: Sample, case: Case) -> Case:
        return self.do(one, case, "reception", Withdraw(reason="Người nộp đề nghị rút hồ sơ tại quầy."))

    def _stop(self, one: Sample, case: Case) -> Case:
        return self.do(one, case, "leader", Stop(reason="Người nộp đề nghị dừng giải quyết.", asked_by_applicant=True))

    def _papers(self, case: Case) -> tuple[Paper, ...]:
        with self.database.unit(SYSTEM) as unit:
            return unit.cases.papers(case.id)


def samples() -> tuple[Sample, ...]:
    """Read the sample dossiers."""
    told = tomllib.loads((files("verifier.demo") / "cases.toml").read_text("utf-8"))["case"]
    return tuple(Sample(**one) for one in told)


def make(shop: Workshop) -> int:
    """Make the samples that are not there yet; return how many were made."""
    made, wanted = 0, sorted(samples(), key=lambda one: -one.days)
    for number, one in enumerate(wanted, start=1):
        shop.clock.behind = timedelta(days=one.days)
        told = _made(shop, one)
        if told is None:
            continue
        made += 1
        print(f"      [hồ sơ {number}/{len(wanted)}] {told:22} {one.vi} · {one.en}", flush=True)
    return made


def _made(shop: Workshop, one: Sample) -> str | None:
    """Make one sample; return its code and what went wrong, None where it is there already."""
    try:
        case = shop.filed(one)
    except VerifierError as refusal:
        return None if refusal.problem.code == "external-known" else f"– ({one.name}: {refusal})"
    for step in one.steps:
        try:
            case = shop.step(one, case, step)
        except VerifierError as refusal:
            return f"{case.code} ({step}: {refusal})"
    return case.code


@contextlib.contextmanager
def workshop(folder: Path, environment: Mapping[str, str]) -> Iterator[Workshop]:
    """Join what the samples are made with, out of the settings of the site."""
    settings, clock = Settings.from_environment(environment), Clock()
    database = Database(settings.database_url, ring_made(settings.data / "keys.toml"))
    limits = WorkerLimits(settings.judge_seconds, settings.judge_mib)
    pool = WorkerPool(1, limits, preload=PRELOAD)
    try:
        shop = _joined(folder, settings, database, pool, clock)
        try:
            yield shop
        finally:
            if shop.issues:
                shop.issues.issuing.close()
    finally:
        pool.close()
        database.close()


def _joined(folder: Path, settings: Settings, database: Database, pool: Runs, clock: Clock) -> Workshop:
    ring, spool = ring_made(settings.data / "keys.toml"), folder / "cases"
    spool.mkdir(exist_ok=True)
    blobs = Blobs(settings.data / "files", ring, spool)
    trust = keeper_of(settings, database, SystemClock())
    here = Surroundings(settings, database, ring, blobs, trust, pool, clock, spool)
    fetcher = Fetcher(settings.fetch_allow_hosts)
    issues = issues_of(replace(here, clock=SystemClock()), fetcher)
    work = casework_of(here, law_of(settings, SystemClock()).book, None, Gatherer(fetcher))
    judge = JudgePapers(work.cases, PaperJudge(replace(here, clock=SystemClock()), Gatherer(fetcher)))
    return Workshop(work.cases, database, folder / "samples", clock, judge, issues, work.uploads)


def main() -> int:
    """Make the samples; the folder is that of the demonstration."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with workshop(Path(sys.argv[1]), os.environ) as shop:
        make(shop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
