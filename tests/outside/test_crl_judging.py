from __future__ import annotations

import hashlib
import io
import pickle
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.outside.net import CRL_URL, OCSP_URL, ROOT_CRL_URL, Net
from tests.pki import AT, FRESH, day, make_crl, make_ocsp, signed_pdf, trust_snapshot, world
from tests.pki.long_crl import long_crl
from tests.pki.world import CA, LEAF
from verifier.again import with_earlier
from verifier.bundle import read_bundle, whole_bundle, with_gathered, write_bundle
from verifier.check import Checked, check_file, replay
from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence, StoredCrl, crl_bytes
from verifier.outside.clock import FixedClock
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.crl_store import CrlStore, Take
from verifier.outside.gather import Gatherer
from verifier.policy import make_policy
from verifier.reports.json_report import dumps, to_json
from verifier.trust.crl_disk import take_in_crl
from verifier.verdict import Conclusion, DocumentVerdict
from verifier.workers.pool import WorkerLimits, WorkerPool

HERE = world(leaf=LEAF.but(crl_urls=(CRL_URL,)), ca=CA.but(crl_urls=(ROOT_CRL_URL,)))
GOOD = long_crl(HERE.ca, FRESH, day(2027), 1500)
REVOKED = long_crl(HERE.ca, FRESH, day(2027), 1500, listed=[HERE.leaf.serial])
ROOT_CRL = make_crl(HERE.root, FRESH, day(2027))
POLICY = make_policy(name="test", suite="ts119312")
EVIDENCE = Evidence(trust_snapshot(HERE))


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("judging") / "letter.pdf"
    file.write_bytes(signed_pdf(HERE))
    return file


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1, WorkerLimits(seconds=20), spare=0) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path, pool: WorkerPool) -> CrlStore:
    take: Take = lambda file, folder: pool.run(take_in_crl, file, folder)  # noqa: E731
    return CrlStore(tmp_path / "revocation", FixedClock(AT), take=take)


Check = Callable[[Net], Checked]


@pytest.fixture
def check(letter: Path, pool: WorkerPool, store: CrlStore) -> Check:
    def run(net: Net) -> Checked:
        gatherer = Gatherer(net, library=CrlLibrary(store, net))
        return check_file(
            letter, file_name="letter.pdf", evidence=EVIDENCE, policy=POLICY, at=AT, pool=pool, gatherer=gatherer
        )

    return run


def verdict_of(checked: Checked) -> DocumentVerdict:
    assert isinstance(checked.outcome, DocumentVerdict)
    return checked.outcome


def report(checked: Checked) -> str:
    return dumps(to_json(checked.outcome, checked.file_name))


@pytest.mark.parametrize(
    ("crl", "conclusion"),
    [(GOOD, (Conclusion.TOTAL_PASSED, None)), (REVOKED, (Conclusion.INDETERMINATE, "REVOKED_NO_POE"))],
    ids=["good", "revoked"],
)
def test_a_list_of_the_store_judges_as_its_bytes(
    check: Check, letter: Path, pool: WorkerPool, crl: bytes, conclusion: tuple[Conclusion, str | None]
) -> None:
    stored = check(Net({CRL_URL: crl, ROOT_CRL_URL: ROOT_CRL}))
    (signature,) = verdict_of(stored).signatures
    assert (signature.indication, signature.sub_indication) == conclusion
    assert hashlib.sha256(crl).hexdigest() in stored.evidence.objects
    assert [type(one) for one in stored.evidence.crls] == [StoredCrl, bytes]
    given = EVIDENCE.plus(crls=tuple(map(crl_bytes, stored.evidence.crls)))
    in_memory = check_file(letter, file_name="letter.pdf", evidence=given, policy=POLICY, at=AT, pool=pool)
    assert report(in_memory) == report(stored)


def test_the_next_document_asks_for_no_long_list(check: Check) -> None:
    first, second = (Net({CRL_URL: GOOD, ROOT_CRL_URL: ROOT_CRL}) for _ in range(2))
    assert verdict_of(check(first)).conclusion is Conclusion.TOTAL_PASSED
    assert sorted(first.urls) == [CRL_URL, ROOT_CRL_URL]
    checked = check(second)
    assert verdict_of(checked).conclusion is Conclusion.TOTAL_PASSED
    assert second.urls == [ROOT_CRL_URL]
    assert len(pickle.dumps(checked.evidence)) < len(pickle.dumps(EVIDENCE)) + 2000 < len(GOOD)


def test_an_old_answer_of_a_responder_does_not_outweigh_a_list_of_the_store(
    pool: WorkerPool, store: CrlStore, tmp_path: Path
) -> None:
    here = world(leaf=LEAF.but(ocsp_urls=(OCSP_URL,), crl_urls=(CRL_URL,)), ca=CA.but(crl_urls=(ROOT_CRL_URL,)))
    (tmp_path / "letter.pdf").write_bytes(signed_pdf(here))
    old = make_ocsp(here.leaf, here.ca, FRESH - timedelta(hours=1), day(2027))
    store.put(long_crl(here.ca, FRESH, day(2027), 1500, listed=[here.leaf.serial]), CRL_URL)
    net = Net({OCSP_URL: old, ROOT_CRL_URL: make_crl(here.root, FRESH, day(2027))})
    checked = check_file(
        tmp_path / "letter.pdf",
        file_name="letter.pdf",
        evidence=Evidence(trust_snapshot(here)),
        policy=POLICY,
        at=AT,
        pool=pool,
        gatherer=Gatherer(net, library=CrlLibrary(store, net)),
    )
    assert verdict_of(checked).signatures[0].sub_indication == "REVOKED_NO_POE"


def test_who_verified_a_list_is_noted_by_the_worker(check: Check, store: CrlStore) -> None:
    own = long_crl(HERE.ca, FRESH, day(2027), 1600)  # the worker has not verified it for another test
    checked = check(Net({CRL_URL: own, ROOT_CRL_URL: ROOT_CRL}))
    (stored,) = (one for one in checked.evidence.crls if isinstance(one, StoredCrl))
    noted = Path(stored.path).with_suffix(".keys").read_text()
    assert hashlib.sha256(HERE.ca.certificate.public_key.dump()).hexdigest() in noted


def test_the_bundle_holds_the_list_itself(check: Check, letter: Path, pool: WorkerPool, store: CrlStore) -> None:
    checked = check(Net({CRL_URL: GOOD, ROOT_CRL_URL: ROOT_CRL}))
    recorded: Any = read_bundle(write_bundle(checked))
    assert GOOD in recorded.evidence.crls
    assert report(replay(letter, recorded, pool=pool)) == report(checked)


def test_a_bundle_of_the_service_names_the_list_which_is_kept_once(
    check: Check, letter: Path, pool: WorkerPool, store: CrlStore
) -> None:
    checked = check(Net({CRL_URL: GOOD, ROOT_CRL_URL: ROOT_CRL}))
    light, whole = write_bundle(checked, apart=store.keep), write_bundle(checked)
    assert len(whole) - len(light) > 20_000
    with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
        read_bundle(light)
    for path in Path(store.put(GOOD).path).parent.glob("*.*"):
        path.unlink()  # the store needs the room
    pieces = [light[start : start + 1000] for start in range(0, len(light), 1000)]
    assert b"".join(whole_bundle(pieces, store.kept)) == whole
    assert b"".join(whole_bundle(iter([whole]), store.kept)) == whole
    recorded: Any = read_bundle(whole)
    assert report(replay(letter, recorded, pool=pool)) == report(checked)


def test_what_was_put_beside_a_bundle_goes_along_when_it_is_made_whole(check: Check, store: CrlStore) -> None:
    light = write_bundle(check(Net({CRL_URL: GOOD, ROOT_CRL_URL: ROOT_CRL})), apart=store.keep)
    joined = with_earlier(light, 1, "{}", light)
    with zipfile.ZipFile(io.BytesIO(b"".join(whole_bundle([joined], store.kept)))) as archive:
        assert archive.read("earlier/1.json") == b"{}"
        assert archive.read("earlier/1.zip") == light
        assert f"objects/{hashlib.sha256(GOOD).hexdigest()}" in archive.namelist()


def test_what_was_gathered_is_known_still(check: Check, store: CrlStore) -> None:
    checked = check(Net({CRL_URL: REVOKED, ROOT_CRL_URL: ROOT_CRL}))
    light, folder = write_bundle(checked, apart=store.keep), Path(store.put(REVOKED).path).parent
    for _ in range(2):
        known = with_gathered(EVIDENCE, light, store.again)
        assert known == checked.evidence
        assert [type(one) for one in known.crls] == [StoredCrl, bytes]
        for path in folder.glob("*.*"):
            path.unlink()  # the store was swept, or somebody emptied it
    full = CrlStore(folder, FixedClock(AT), quota=0)
    assert REVOKED in with_gathered(EVIDENCE, light, full.again).crls
    with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
        with_gathered(EVIDENCE, light[:-50], store.again)
    for path in folder.glob("evidence/*"):
        path.unlink()
    with pytest.raises(CouldNotJudge, match="internal-error"):
        with_gathered(EVIDENCE, light, store.again)


def test_a_bundle_whose_list_is_gone_or_that_is_torn_is_not_given_out(check: Check, store: CrlStore) -> None:
    light = write_bundle(check(Net({CRL_URL: GOOD, ROOT_CRL_URL: ROOT_CRL})), apart=store.keep)
    with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
        whole_bundle([light[:-50]], store.kept)
    with pytest.raises(CouldNotJudge, match="gone"):
        whole_bundle([light], CrlStore(Path("/nowhere"), FixedClock(AT)).kept)


def test_what_cannot_be_kept_goes_into_the_bundle(check: Check, tmp_path: Path) -> None:
    checked = check(Net({CRL_URL: GOOD, ROOT_CRL_URL: ROOT_CRL}))
    (tmp_path / "file").write_text("not a folder")
    elsewhere = CrlStore(tmp_path / "file", FixedClock(AT))
    assert write_bundle(checked, apart=elsewhere.keep) == write_bundle(checked)


def test_a_list_that_is_gone_from_disk_is_no_evidence(letter: Path, pool: WorkerPool, tmp_path: Path) -> None:
    gone = StoredCrl("00" * 32, str(tmp_path / f"{'00' * 32}.crl"))
    given = EVIDENCE.plus(crls=(gone, ROOT_CRL))
    checked = check_file(letter, file_name="letter.pdf", evidence=given, policy=POLICY, at=AT, pool=pool)
    assert verdict_of(checked).conclusion is Conclusion.INDETERMINATE
