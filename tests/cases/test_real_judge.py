"""Papers judged by the real judge: nothing but the net and the pool of workers is a stand-in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.cases.world import PDF, CaseWorld
from tests.outside.net import CRL, CRL_URL, ISSUER_URL, OCSP, OCSP_URL, ROOT_CRL, ROOT_CRL_URL, WORLD, Net
from tests.pki import AT, FRESH, Revoked, day, make_ocsp, signed_pdf, trust_snapshot
from tests.test_check import InProcess
from verifier.bundle import read_bundle
from verifier.cases.found import Found
from verifier.cases.judging import JudgePapers
from verifier.cases.records import Case
from verifier.casework import PaperJudge
from verifier.issuance import Surroundings
from verifier.outside.failures import Failure
from verifier.outside.gather import Gatherer
from verifier.settings import Settings
from verifier.storage.blobs import Blobs

SNAPSHOT = trust_snapshot(WORLD)
LETTER = signed_pdf(WORLD)


def judge_of(world: CaseWorld, answer: Any = OCSP) -> JudgePapers:
    net = Net({ISSUER_URL: WORLD.ca.certificate.dump(), OCSP_URL: answer, ROOT_CRL_URL: ROOT_CRL, CRL_URL: CRL})
    settings, trust = Settings(trust_store=world.folder), SimpleNamespace(snapshot=lambda: SNAPSHOT)
    here = Surroundings(
        settings,
        world.database,
        world.house.ring,
        world.blobs,
        trust,  # type: ignore[arg-type]
        InProcess(),
        world.clock,
        world.folder,
    )
    return JudgePapers(world.cases, PaperJudge(here, Gatherer(net)))


def dossier(world: CaseWorld, data: bytes) -> Case:
    world.clock.instant = AT
    case = world.case(papers=0)
    world.paper(case, data)
    return case


def found(world: CaseWorld, case: Case) -> Found:
    made = Found.of(world.papers(case)[0])
    assert made is not None
    return made


def kept(world: CaseWorld, blobs: Blobs, case: Case) -> bytes:
    return next(blobs.read(one.blob) for one in world.view(case).records if one.kind == "evidence")


def test_a_sound_signature_of_somebody_unknown_needs_a_confirmation(world: CaseWorld) -> None:
    case = dossier(world, LETTER)
    assert judge_of(world).run(AT) == 1
    said = found(world, case)
    assert (said.conclusion, said.signature, said.state, said.proposal) == ("TOTAL_PASSED", "yes", "unknown", "confirm")
    recorded = read_bundle(kept(world, world.blobs, case))
    assert (recorded.outcome.sha256, recorded.evidence.received_at) == (world.papers(case)[0].sha256, AT)


def test_a_paper_without_a_signature_has_a_ground_to_refuse(world: CaseWorld) -> None:
    case = dossier(world, PDF)
    assert judge_of(world).run(AT) == 1
    assert (found(world, case).state, found(world, case).grounds) == ("unsigned", ("consular-10-4-electronic",))


def test_a_paper_that_was_changed_has_a_ground_to_refuse(world: CaseWorld) -> None:
    case = dossier(world, spoiled(LETTER))
    assert judge_of(world).run(AT) == 1
    assert (found(world, case).state, found(world, case).proposal) == ("invalid", "refuse")


def spoiled(data: bytes) -> bytes:
    """Change one byte of what is signed, at the beginning of the file's comment."""
    place = data.index(b"%", 8) + 1
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_revocation_that_was_known_is_not_forgotten_when_it_is_judged_again(world: CaseWorld) -> None:
    case = dossier(world, LETTER)
    revoked = make_ocsp(WORLD.leaf, WORLD.ca, FRESH, day(2027), revoked=Revoked(WORLD.leaf, FRESH))
    judge_of(world, revoked).run(AT)
    first = found(world, case)
    assert (first.conclusion, first.state) == ("INDETERMINATE", "unknown")
    paper = world.papers(case)[0]
    world.change_paper(paper, verdict={**paper.verdict, "again_at": AT.isoformat()})
    assert judge_of(world, Failure.SILENT).run(AT) == 1
    assert (found(world, case).conclusion, found(world, case).times) == ("INDETERMINATE", 1)
    assert b"REVOKED_NO_POE" in world.blobs.read(
        next(one.blob for one in reversed(world.view(case).records) if one.kind == "report")
    )


def test_a_file_that_is_no_pdf_says_nothing(world: CaseWorld) -> None:
    case = dossier(world, b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    assert judge_of(world).run(AT) == 1
    assert (found(world, case).outcome, found(world, case).problem) == ("not_judged", "not-a-pdf")
    assert sorted(one.kind for one in world.view(case).records) == ["paper", "report"]
