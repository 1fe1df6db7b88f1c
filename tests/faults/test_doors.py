"""A document whose certificates lead to hostile or dead hosts is judged, within its budget, by what the rest says."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.outside.net import CRL, OCSP, ROOT_CRL
from tests.pki import AT, Cms, Identity, issue, signed_pdf, trust_snapshot, world
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF, ROOT, World
from tests.test_check import POLICY, InProcess
from verifier.check import ROUNDS, Checked, check_file
from verifier.evidence import Evidence
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request, origin_of
from verifier.outside.gather import Gatherer, GatherLimits
from verifier.verdict import Conclusion, DocumentVerdict

LIVE, DEAD = "http://live.example/", "http://dead.example/"


@dataclass
class Net:
    """Two hosts: one lives, one does not answer, and takes all the time that it is given to say so."""

    answers: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    live: threading.Event = field(default_factory=threading.Event)

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        self.asked.append(request.url)
        if not request.url.startswith(DEAD):
            self.live.set()
            if request.url in self.answers:
                return self.answers[request.url]
            raise FetchFailed(Failure.HTTP_STATUS, status="404")
        assert self.live.wait(20)  # whoever waited for the dead host first would wait for ever
        failed = FetchFailed(Failure.SILENT)
        failed.dead = origin_of(request.url)
        raise failed


def check(pdf: bytes, folder: Path, net: object, here: World, limits: GatherLimits | None = None) -> Checked:
    file = folder / "letter.pdf"
    file.write_bytes(pdf)
    return check_file(
        file,
        file_name=file.name,
        evidence=Evidence(trust_snapshot(here)),
        policy=POLICY,
        at=AT,
        pool=InProcess(),
        gatherer=Gatherer(net, limits),  # type: ignore[arg-type]
    )


def failures(checked: Checked) -> set[str]:
    return {note.params["failure"] for note in checked.notes}


def test_a_dead_host_does_not_keep_a_document_from_what_a_live_one_says(tmp_path: Path) -> None:
    here = world(
        leaf=LEAF.but(ocsp_urls=(f"{DEAD}ocsp", f"{LIVE}ocsp"), crl_urls=(f"{DEAD}ca.crl",)),
        ca=CA.but(crl_urls=(f"{LIVE}root.crl",)),
    )
    net = Net({f"{LIVE}ocsp": OCSP, f"{LIVE}root.crl": ROOT_CRL})
    checked = check(signed_pdf(here), tmp_path, net, here)
    assert isinstance(checked.outcome, DocumentVerdict)
    assert checked.outcome.conclusion is Conclusion.TOTAL_PASSED
    assert failures(checked) == set()


def test_what_only_the_dead_host_could_say_stays_open_and_is_told(tmp_path: Path) -> None:
    dead = tuple(f"{DEAD}{number}.crl" for number in range(4))
    here = world(leaf=LEAF.but(crl_urls=dead), ca=CA.but(crl_urls=(f"{LIVE}root.crl",)))
    net = Net({f"{LIVE}root.crl": ROOT_CRL})
    checked = check(signed_pdf(here), tmp_path, net, here)
    assert isinstance(checked.outcome, DocumentVerdict)
    assert checked.outcome.conclusion is Conclusion.INDETERMINATE
    assert failures(checked) == {Failure.SILENT, Failure.RESTING}
    assert len([url for url in net.asked if url.startswith(DEAD)]) == 2


def test_no_time_left_is_told_as_too_slow_and_still_judged(tmp_path: Path) -> None:
    here = world(leaf=LEAF.but(crl_urls=(f"{LIVE}ca.crl",)), ca=CA.but(crl_urls=(f"{LIVE}root.crl",)))
    checked = check(signed_pdf(here), tmp_path, Net({f"{LIVE}ca.crl": CRL}), here, GatherLimits(seconds=0))
    assert isinstance(checked.outcome, DocumentVerdict)
    assert checked.outcome.conclusion is Conclusion.INDETERMINATE


def alone(signer: Identity, here: World) -> bytes:
    return signed_pdf(here, cms=Cms(signer=signer, certificates=(signer,)))


@pytest.mark.parametrize("what", ["itself", "its child"])
def test_an_issuer_that_leads_back_ends(tmp_path: Path, what: str) -> None:
    here = world(leaf=LEAF.but(issuer_urls=(f"{LIVE}ca.cer",)))
    strange = issue(CA.but(key=ec_key("stranger"), issuer_urls=(f"{LIVE}ca.cer", f"{LIVE}back.cer")), here.root)
    back = strange if what == "itself" else here.leaf
    net = Net({f"{LIVE}ca.cer": strange.der, f"{LIVE}back.cer": back.der})
    checked = check(alone(here.leaf, here), tmp_path, net, here)
    assert isinstance(checked.outcome, DocumentVerdict)
    assert checked.outcome.conclusion is Conclusion.INDETERMINATE
    assert len(net.asked) <= 4


def test_a_chain_of_ever_new_issuers_ends(tmp_path: Path) -> None:
    class Endless(Net):
        """Each certificate names the next address; each next one is certified by somebody new."""

        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            self.asked.append(request.url)
            number = int(request.url.rpartition("/")[2])
            above = issue(ROOT.but(name=f"CA {number + 1}", key=ec_key(f"ever-{number + 1}")))
            spec = ROOT.but(name=f"CA {number}", key=ec_key(f"ever-{number}"), issuer_urls=(f"{LIVE}{number + 1}",))
            return issue(spec, above).der

    here = world()
    first = issue(ROOT.but(name="CA 0", key=ec_key("ever-0")))
    signer = issue(LEAF.but(issuer_urls=(f"{LIVE}0",)), first)
    net = Endless({})
    checked = check(alone(signer, here), tmp_path, net, here)
    assert isinstance(checked.outcome, DocumentVerdict)
    assert checked.outcome.conclusion is Conclusion.INDETERMINATE
    assert 1 < len(net.asked) <= ROUNDS
