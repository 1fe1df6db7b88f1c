from __future__ import annotations

import hashlib
import json
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from structlog.testing import capture_logs

from tests.outside.net import CRL, CRL_URL, OCSP, OCSP_URL, WORLD, Net
from tests.pki import AT, FRESH, day
from tests.pki.long_crl import entry_der, long_crl, with_entries
from tests.pki.status import make_crl
from verifier.check import Filled
from verifier.errors import CouldNotJudge
from verifier.evidence import Gap, GapKind, StoredCrl, crl_bytes, crl_sha256
from verifier.outside.crl_library import LARGE, CrlLibrary
from verifier.outside.crl_store import IN_USE, KEPT, Address, CrlStore
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request
from verifier.outside.gather import Gatherer
from verifier.trust.crl import parse_crl
from verifier.trust.crl_disk import OPEN, TakenCrl

LARGE_CRL = long_crl(WORLD.ca, FRESH, day(2027), 1500)
NEWER = long_crl(WORLD.ca, FRESH + timedelta(hours=1), day(2027), 1500)
KEY = WORLD.ca.certificate.public_key.dump()
STATUS_GAP = Gap(GapKind.REVOCATION, "Signer", "…", WORLD.leaf.der, WORLD.ca.der, (CRL_URL,))


@dataclass
class Watch:
    instant: datetime = AT

    def now(self) -> datetime:
        return self.instant


@dataclass
class Desk:
    folder: Path
    clock: Watch

    def store(self, quota: int = 10**9) -> CrlStore:
        return CrlStore(self.folder, self.clock, quota=quota)

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if path.is_file()} - {".lock"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "revocation", Watch())


def small(number: int) -> bytes:
    return with_entries(make_crl(WORLD.ca, FRESH, day(2027)), [entry_der(number, "250601000000")], WORLD.ca)


# --- keeping -----------------------------------------------------------------------------------------------------


def test_what_is_put_is_there_under_its_content(desk: Desk) -> None:
    stored = desk.store().put(LARGE_CRL)
    assert stored.sha256 == hashlib.sha256(LARGE_CRL).hexdigest() == crl_sha256(stored)
    assert crl_bytes(stored) == LARGE_CRL
    assert desk.names() == {f"{stored.sha256}.crl", f"{stored.sha256}.index"}
    assert parse_crl(stored).this_update == FRESH
    assert len(pickle.dumps(stored)) < 500


def test_a_list_in_letters_is_kept_as_it_was_signed(desk: Desk) -> None:
    assert desk.store().put(pem.armor("X509 CRL", CRL)).sha256 == hashlib.sha256(CRL).hexdigest()


@pytest.mark.parametrize("data", [b"", b"<html>", CRL[:-1], CRL + b"x", b"-----BEGIN X509 CRL-----\n?"])
def test_what_is_no_list_is_not_kept(desk: Desk, data: bytes) -> None:
    with pytest.raises(ValueError):
        desk.store().put(data)
    assert desk.names() == set()


def test_what_is_there_is_not_written_again(desk: Desk) -> None:
    first = Path(desk.store().put(CRL).path).stat().st_ino
    assert Path(desk.store().put(CRL).path).stat().st_ino == first


@pytest.mark.parametrize("end", [0, 10, 400])
def test_what_is_there_and_torn_is_written_again(desk: Desk, end: int) -> None:
    stored = desk.store().put(LARGE_CRL)
    for path in desk.folder.glob(f"{stored.sha256}.*"):
        path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(CouldNotJudge, match="altered"):
        crl_bytes(stored)
    assert crl_bytes(desk.store().put(LARGE_CRL)) == LARGE_CRL


def test_many_put_the_same_at_once(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: desk.store().put(LARGE_CRL), range(8)))) == 1
    assert len(desk.names()) == 2


# --- addresses ---------------------------------------------------------------------------------------------------


def test_a_current_list_is_known_by_its_address(desk: Desk) -> None:
    stored = desk.store().put(LARGE_CRL, CRL_URL)
    assert desk.store().known([OCSP_URL, CRL_URL]) == (stored,)
    assert desk.store().known([OCSP_URL]) == ()


@pytest.mark.parametrize("instant", [day(2027), day(2028), FRESH - timedelta(seconds=1)])
def test_a_list_that_is_not_current_is_not_offered(desk: Desk, instant: datetime) -> None:
    desk.store().put(LARGE_CRL, CRL_URL)
    desk.clock.instant = instant
    assert desk.store().known([CRL_URL]) == ()


def test_a_list_that_names_no_end_is_offered_for_a_day(desk: Desk) -> None:
    desk.store().put(make_crl(WORLD.ca, AT, None), CRL_URL)
    desk.clock.instant = AT + timedelta(hours=23)
    assert desk.store().known([CRL_URL])
    desk.clock.instant = AT + timedelta(hours=25)
    assert not desk.store().known([CRL_URL])


def test_the_newer_list_takes_the_place_of_the_older(desk: Desk) -> None:
    store = desk.store()
    store.put(LARGE_CRL, CRL_URL)
    newer = store.put(NEWER, CRL_URL)
    assert store.known([CRL_URL])[0] == newer
    for _ in range(2):
        assert OPEN.verifies(newer, KEY)
        assert store.known([CRL_URL]) == (newer,)
        Path(newer.path).with_suffix(".keys").unlink()  # as when the list was dropped, and came again


def test_an_older_list_takes_no_place_of_one_that_verified(desk: Desk) -> None:
    store = desk.store()
    newer = store.put(NEWER, CRL_URL)
    assert OPEN.verifies(newer, KEY)
    store.put(LARGE_CRL, CRL_URL)
    assert store.known([CRL_URL]) == (newer,)


def test_an_older_list_takes_the_place_of_one_that_nobody_verified(desk: Desk) -> None:
    store = desk.store()
    store.put(replace_signature(NEWER), CRL_URL)
    older = store.put(LARGE_CRL, CRL_URL)
    assert store.known([CRL_URL])[0] == older


def test_a_forged_list_hides_no_true_one(desk: Desk) -> None:
    store = desk.store()
    true = store.put(LARGE_CRL, CRL_URL)
    assert OPEN.verifies(true, KEY)
    for number in range(3):
        later = long_crl(WORLD.ca, FRESH + timedelta(hours=1 + number), day(2027), 1500)
        forged = store.put(replace_signature(later), CRL_URL)
        assert not OPEN.verifies(forged, KEY)
        assert store.known([CRL_URL]) == (forged, true)
    desk.clock.instant = day(2027)
    assert store.known([CRL_URL]) == ()


def test_a_newer_list_that_nobody_verified_yet_is_not_hidden_by_an_older(desk: Desk) -> None:
    store = desk.store()
    older, newer = store.put(LARGE_CRL, CRL_URL), store.put(NEWER, CRL_URL)
    assert OPEN.verifies(older, KEY)
    store.put(LARGE_CRL, CRL_URL)
    assert store.known([CRL_URL]) == (older, newer)
    assert OPEN.verifies(newer, KEY)
    assert store.known([CRL_URL]) == (older, newer)
    store.put(NEWER, CRL_URL)
    assert store.known([CRL_URL]) == (newer,)


def test_the_list_of_another_issuer_keeps_nobody_out(desk: Desk) -> None:
    store = desk.store()
    foreign = store.put(long_crl(WORLD.root, AT - timedelta(minutes=1), day(2028), 1500), CRL_URL)
    assert OPEN.verifies(foreign, WORLD.root.certificate.public_key.dump())
    own = store.put(LARGE_CRL, CRL_URL)
    assert store.known([CRL_URL])[0] == own


def test_what_was_noted_before_there_was_more_to_note_is_known(desk: Desk) -> None:
    store = desk.store()
    stored = store.put(LARGE_CRL, CRL_URL)
    (path,) = (desk.folder / "addresses").glob("*.json")
    known = {name: value for name, value in json.loads(path.read_bytes()).items() if not name.startswith(("bes", "ab"))}
    path.write_text(json.dumps(known))
    assert store.known([CRL_URL]) == (stored,)


def replace_signature(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"url": "x", "used_at": "yesterday"}'])
def test_an_address_that_cannot_be_read_is_not_known(desk: Desk, text: str) -> None:
    store = desk.store()
    store.put(LARGE_CRL, CRL_URL)
    (path,) = (desk.folder / "addresses").glob("*.json")
    path.write_text(text)
    assert store.known([CRL_URL]) == ()
    assert store.addresses() == []


def test_what_is_known_says_so_though_the_list_is_gone(desk: Desk) -> None:
    stored = desk.store().put(LARGE_CRL, CRL_URL)
    Path(stored.path).unlink()
    desk.clock.instant += timedelta(hours=2)
    assert desk.store().known([CRL_URL]) == ()


def test_counts(desk: Desk) -> None:
    store = desk.store()
    assert store.counts().crls == 0
    store.put(LARGE_CRL, CRL_URL)
    store.note(Address("http://dead/", AT, failures=2, failure="too-slow"))
    found = store.counts()
    assert (found.crls, found.addresses, found.failing, found.overdue) == (1, 2, 1, 1)
    assert found.bytes > len(LARGE_CRL)
    desk.clock.instant = AT + KEPT + timedelta(days=1)
    assert store.counts().addresses == 0


# --- making room -------------------------------------------------------------------------------------------------


def test_what_nobody_used_for_long_is_dropped(desk: Desk) -> None:
    store = desk.store()
    store.put(LARGE_CRL, CRL_URL)
    desk.clock.instant = AT + KEPT
    assert store.sweep() == 0
    desk.clock.instant += timedelta(seconds=1)
    assert store.sweep() == 1
    assert desk.names() == set()
    assert store.addresses() == []


def test_being_asked_for_counts_as_use(desk: Desk) -> None:
    store = desk.store()
    store.put(LARGE_CRL, CRL_URL)
    desk.clock.instant = AT + timedelta(days=20)
    assert store.known([CRL_URL])
    desk.clock.instant = AT + timedelta(days=40)
    assert store.sweep() == 0
    assert len(store.addresses()) == 1


def test_beyond_the_quota_the_longest_unused_goes_first(desk: Desk) -> None:
    stored = [desk.store().put(small(0))]
    store = desk.store(quota=int(desk.store().counts().bytes * 2.1))
    for number in (1, 2):
        desk.clock.instant += timedelta(hours=2)
        stored.append(store.put(small(number)))
    assert [Path(one.path).exists() for one in stored] == [False, True, True]


def test_what_is_in_use_does_not_make_room(desk: Desk) -> None:
    store = desk.store(quota=2500)
    first = store.put(small(1))
    assert OPEN.verifies(first, KEY)
    desk.clock.instant += IN_USE / 2
    with pytest.raises(OSError, match="full"):
        store.put(LARGE_CRL)
    assert crl_bytes(first) == small(1)
    assert len(desk.names()) == 3


def test_what_nobody_verified_makes_room_first_and_soon(desk: Desk) -> None:
    true = desk.store().put(small(0))
    assert OPEN.verifies(true, KEY)
    store = desk.store(quota=int(desk.store().counts().bytes * 2.1))
    for number in range(3):
        desk.clock.instant += IN_USE / 2
        forged = store.put(replace_signature(small(number)))
        assert not OPEN.verifies(forged, KEY)
        assert [Path(one.path).exists() for one in (true, forged)] == [True, True]


def test_a_list_that_is_open_is_read_though_it_is_deleted(desk: Desk) -> None:
    store = desk.store()
    stored = store.put(with_entries(CRL, [entry_der(5, "250601000000")], WORLD.ca))
    crl = parse_crl(stored)
    assert crl.entry(5, crl.issuer_key) is not None
    desk.clock.instant = AT + KEPT * 2
    assert store.sweep() == 1
    assert crl.entry(5, crl.issuer_key) is not None


def test_evidence_stays_when_the_store_makes_room(desk: Desk) -> None:
    store = CrlStore(desk.folder, desk.clock, evidence=timedelta(days=100))
    stored = store.put(LARGE_CRL)
    assert store.keep(stored)
    assert store.keep(stored)
    desk.clock.instant = AT + timedelta(days=100)
    assert store.sweep() == 1
    assert store.kept(stored.sha256) == LARGE_CRL
    assert not store.keep(replace(stored, sha256="00"))
    desk.clock.instant += timedelta(days=1)
    assert CrlStore(desk.folder, desk.clock).sweep() == 0  # where it is kept for ever
    assert store.kept(stored.sha256) == LARGE_CRL
    store.sweep()
    with pytest.raises(CouldNotJudge, match="gone"):
        store.kept(stored.sha256)


def test_what_others_left_behind_is_swept(desk: Desk) -> None:
    store = desk.store()
    store.put(LARGE_CRL)
    leftovers = [desk.folder / name for name in (".in-abc", ".new-abc", "00.index", "00.keys")]
    for path in leftovers:
        path.write_bytes(b"x")
        os.utime(path, (AT.timestamp(), AT.timestamp()))
    assert store.sweep() == 0
    assert all(path.exists() for path in leftovers)
    desk.clock.instant = AT + IN_USE * 2
    store.sweep()
    assert not any(path.exists() for path in leftovers)
    assert len(desk.names()) == 2


def test_nobody_sweeps_while_another_is_at_work(desk: Desk) -> None:
    swept: list[int] = []

    def take(path: Path, folder: Path) -> TakenCrl:
        swept.append(desk.store().sweep())
        raise ValueError("no matter")

    desk.store().put(LARGE_CRL)
    desk.clock.instant = AT + KEPT * 2
    with pytest.raises(ValueError, match="no matter"):
        CrlStore(desk.folder, desk.clock, take=take).put(CRL)
    assert swept == [0]
    assert desk.store().sweep() == 1


# --- with the network --------------------------------------------------------------------------------------------


def library(desk: Desk, net: Net, quota: int = 10**9) -> CrlLibrary:
    return CrlLibrary(desk.store(quota), net)


def test_a_large_list_goes_to_the_store_and_a_small_one_does_not(desk: Desk) -> None:
    net = Net({CRL_URL: LARGE_CRL, "http://small/": CRL})
    assert len(CRL) < LARGE < len(LARGE_CRL)
    assert isinstance(library(desk, net).fetch(Request(CRL_URL)), StoredCrl)
    assert library(desk, net).fetch(Request("http://small/")) == CRL
    assert len(desk.names()) == 2


def test_a_list_that_became_small_is_kept_where_the_large_one_was(desk: Desk) -> None:
    net = Net({CRL_URL: LARGE_CRL})
    library(desk, net).fetch(Request(CRL_URL))
    net.answers[CRL_URL] = later = make_crl(WORLD.ca, FRESH + timedelta(minutes=1), day(2027))
    assert crl_bytes(library(desk, net).fetch(Request(CRL_URL))) == later
    held, _ = library(desk, net).known([CRL_URL])
    assert crl_bytes(held) == later


@pytest.mark.parametrize("answer", [b"<html>", LARGE_CRL[:-1], b"x" * LARGE])
def test_what_is_no_list_is_told(desk: Desk, answer: bytes) -> None:
    with pytest.raises(FetchFailed) as caught:
        library(desk, Net({CRL_URL: answer})).fetch(Request(CRL_URL))
    assert caught.value.failure is Failure.NOT_CRL
    assert desk.names() == set()


def test_on_disk_a_list_may_be_larger_than_in_memory(desk: Desk) -> None:
    net = Net({CRL_URL: LARGE_CRL})
    library(desk, net).fetch(Request(CRL_URL), FetchLimits(bytes=1000, seconds=5))
    assert net.limits == [FetchLimits(bytes=100 * 1024 * 1024, seconds=5)]


def test_the_second_document_of_an_issuer_asks_nobody(desk: Desk) -> None:
    net = Net({OCSP_URL: Failure.TOO_SLOW, CRL_URL: LARGE_CRL})
    first = Gatherer(net, library=library(desk, net)).begin().fill([STATUS_GAP])
    assert (first.asked, len(net.asked)) == (1, 1)
    second = Gatherer(net, library=library(desk, net)).begin()
    assert second.fill([STATUS_GAP]) == Filled(crls=first.crls, asked=1)
    assert len(net.asked) == 1
    assert second.fill([STATUS_GAP]).crls == first.crls  # it was not enough for the judge: now the network is asked
    assert [request.url for request in net.asked] == [CRL_URL, CRL_URL]


def test_a_responder_is_asked_though_the_store_has_a_list_which_counts_too(desk: Desk) -> None:
    net = Net({OCSP_URL: OCSP, CRL_URL: LARGE_CRL})
    stored = library(desk, net).fetch(Request(CRL_URL))
    gap = replace(STATUS_GAP, urls=(OCSP_URL, CRL_URL))
    gathering = Gatherer(net, library=library(desk, net)).begin()
    assert gathering.fill([gap]) == Filled(ocsps=(OCSP,), crls=(stored,), asked=2)
    assert [request.url for request in net.asked] == [CRL_URL, OCSP_URL]
    assert gathering.fill([gap]).crls == (stored,)  # neither was enough for the judge
    assert [request.url for request in net.asked] == [CRL_URL, OCSP_URL, CRL_URL]


def test_a_gap_for_which_nothing_is_held_is_asked_beside(desk: Desk) -> None:
    net = Net({OCSP_URL: OCSP, CRL_URL: LARGE_CRL})
    library(desk, net).fetch(Request(CRL_URL))
    other = replace(STATUS_GAP, subject="Other", urls=(OCSP_URL,))
    filled = Gatherer(net, library=library(desk, net)).begin().fill([STATUS_GAP, other])
    assert (len(filled.crls), filled.ocsps, filled.asked) == (1, (OCSP,), 2)


def test_what_was_fetched_is_not_offered_again(desk: Desk) -> None:
    net = Net({CRL_URL: LARGE_CRL})
    gathering = Gatherer(net, library=library(desk, net)).begin()
    assert gathering.fill([STATUS_GAP]).asked == 1
    assert gathering.fill([STATUS_GAP]) == Filled()


def test_a_full_store_answers_as_none_and_says_so(desk: Desk) -> None:
    net = Net({CRL_URL: LARGE_CRL})
    with capture_logs() as logs:
        assert library(desk, net, quota=100).fetch(Request(CRL_URL)) == LARGE_CRL
    assert [(one["log_level"], one["trouble"]) for one in logs] == [("warning", "ENOSPC")]
    assert len(net.asked) == 1
    with pytest.raises(FetchFailed) as caught:
        library(desk, net, quota=100).fetch(Request(CRL_URL), FetchLimits(bytes=1000))
    assert caught.value.failure is Failure.TOO_LARGE


def test_a_store_without_a_folder_answers_as_none_and_says_so(desk: Desk) -> None:
    desk.folder.write_text("not a folder")
    net = Net({CRL_URL: LARGE_CRL})
    with capture_logs() as logs:
        assert library(desk, net).fetch(Request(CRL_URL)) == LARGE_CRL
        assert library(desk, net).known([CRL_URL]) == ()
    assert {one["event"] for one in logs} == {"the revocation store cannot be used"}


def test_a_list_that_takes_too_much_to_index_is_refused(desk: Desk) -> None:
    def take(path: Path, folder: Path) -> TakenCrl:
        raise CouldNotJudge("budget-exhausted", limit="time")

    store = CrlStore(desk.folder, desk.clock, take=take)
    with pytest.raises(FetchFailed) as caught:
        CrlLibrary(store, Net({CRL_URL: LARGE_CRL})).fetch(Request(CRL_URL))
    assert caught.value.failure is Failure.TOO_LARGE
