from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.pki.world import AT, day
from tests.trust.lists.builder import WITHDRAWN, Signing, a_list, operator, pointer, signed, state
from tests.trust.lists.schemes import ISSUED, LOTL, VN, numbered, of_lists, one_service, snapshot
from verifier.errors import CouldNotJudge
from verifier.snapshot import Origin, Span, TrustSnapshot
from verifier.trust.lists.folder import INDEX, Listed, alone, listed, read_shelf, save
from verifier.trust.lists.taking import took
from verifier.trust.snapshots import snapshot_of

GERMAN = a_list().replace("<SchemeTerritory>VN<", "<SchemeTerritory>DE<")
UPDATE = "<NextUpdate><dateTime>2027-03-01T00:00:00Z</dateTime></NextUpdate>"


class Store:
    """A folder, and the snapshot of what was taken over into it."""

    def __init__(self, folder: Path, start: TrustSnapshot) -> None:
        self.folder, self.snapshot = folder, start

    def take(self, scheme: str, xml: str, how: Signing | None = None) -> tuple[Origin, bytes]:
        return self.take_file(scheme, signed(xml, how))

    def take_file(self, scheme: str, data: bytes) -> tuple[Origin, bytes]:
        done = took(self.snapshot, scheme, data, AT, "an")
        self.snapshot = done.snapshot
        with alone(self.folder):
            save(self.folder, self.snapshot, [(done.origin, data)])
        return done.origin, data

    def loaded(self) -> Listed:
        return listed(self.folder)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "lists", snapshot())


@pytest.fixture
def below(tmp_path: Path) -> Store:
    found = Store(tmp_path / "lists", snapshot(LOTL))
    found.take("lotl", of_lists(pointer("DE"), pointer("FR")))
    found.take("lotl-de", GERMAN)
    return found


def same(store: Store) -> None:
    """What is loaded is what was taken over."""
    found = store.loaded()
    assert snapshot_of(found.anchors, schemes=found.schemes, services=found.services).id == store.snapshot.id


def broken(folder: Path) -> str:
    with pytest.raises(CouldNotJudge) as caught:
        listed(folder)
    assert caught.value.problem.params["file"]
    return f"{caught.value.problem.code}: {caught.value.problem.detail}"


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_no_folder_is_no_list(tmp_path: Path) -> None:
    assert listed(tmp_path / "lists") == Listed()
    (tmp_path / "lists").mkdir()
    assert listed(tmp_path / "lists") == Listed()


def test_what_was_taken_over_is_loaded_again(store: Store) -> None:
    origin, data = store.take("vn", a_list())
    same(store)
    (scheme,) = store.loaded().schemes
    assert (scheme.pins, scheme.sequence, scheme.origin) == (VN.pins, 7, origin)
    (entry,) = read_shelf(store.folder).lists
    assert (store.folder / entry.file).read_bytes() == data


def test_every_list_is_kept_and_the_last_one_is_in_use(store: Store) -> None:
    store.take("vn", a_list())
    store.take("vn", numbered(one_service(state(WITHDRAWN)), 8))
    same(store)
    assert store.loaded().anchors == ()
    entries = read_shelf(store.folder).lists
    assert [one.origin.sequence for one in entries] == [7, 8]
    assert all((store.folder / one.file).is_file() for one in entries)


def test_a_list_that_has_run_out_meanwhile_is_loaded_as_ever(store: Store) -> None:
    """Nothing asks what time it is: the list was accepted when it came."""
    store.take("vn", a_list().replace("2027-03-01", "2026-11-23"))
    assert len(store.loaded().anchors) == 1


def test_a_closed_list(store: Store) -> None:
    store.take("vn", a_list().replace(UPDATE, "<NextUpdate></NextUpdate>"))
    same(store)
    assert store.loaded().anchors[0].spans == (Span(day(2022), ISSUED),)


def test_a_number_with_zeros_before_it(store: Store) -> None:
    store.take("vn", a_list().replace("<TSLSequenceNumber>7", "<TSLSequenceNumber>007"))
    same(store)
    assert store.loaded().schemes[0].sequence == 7


@pytest.mark.parametrize("form", ["exclusive", "inclusive"])
def test_however_it_is_signed(store: Store, form: str) -> None:
    store.take("vn", a_list(head='<?xml version="1.0" encoding="UTF-8"?>\n<!-- x -->\n'), Signing(form=form))
    same(store)


def test_what_hangs_in_the_signature_is_not_loaded(tmp_path: Path) -> None:
    """Nobody signed it: a register entry there would be anybody's."""
    store = Store(tmp_path / "lists", snapshot(replace(VN, brings_authorities=True)))
    entry = '<ds:Object><Entry xmlns="urn:verifier:register:1">{"id": "x"}</Entry></ds:Object></ds:Signature>'
    store.take_file("vn", signed(a_list()).replace(b"</ds:Signature>", entry.encode()))
    same(store)
    assert store.loaded().authorities == ()


def test_a_scheme_that_waits_for_its_first_list(store: Store) -> None:
    with alone(store.folder):
        save(store.folder, store.snapshot, [])
    assert store.loaded() == Listed(schemes=(VN,))


def test_lists_of_lists(below: Store) -> None:
    same(below)
    waiting = next(one for one in below.loaded().schemes if one.id == "lotl-fr")
    assert (waiting.parent, waiting.origin.scheme) == ("lotl", "lotl")


def test_no_longer_pointed_to(below: Store) -> None:
    below.take("lotl", numbered(of_lists(pointer("FR")), 8))
    same(below)
    below.take("lotl", numbered(of_lists(pointer("FR")), 9))
    same(below)
    assert below.loaded().anchors[0].trusted_until == ISSUED + timedelta(days=1)
    below.take("lotl", numbered(of_lists(pointer("FR"), pointer("DE")), 10))
    same(below)
    assert below.loaded().anchors[0].trusted_until == ISSUED + timedelta(days=1)
    below.take("lotl-de", numbered(GERMAN, 8))
    same(below)
    assert below.loaded().anchors[0].trusted_until is None


def test_with_a_list_of_lists_all_below_it_end(tmp_path: Path) -> None:
    store = Store(tmp_path / "lists", snapshot(LOTL))
    store.take("lotl", of_lists(pointer("EU").replace("/VNgeneric", "/EUlistofthelists")))
    below = of_lists(pointer("DE")).replace(
        "<SchemeTerritory>VN</SchemeTerritory><P", "<SchemeTerritory>EU</SchemeTerritory><P"
    )
    store.take("lotl-eu", below)
    store.take("lotl-eu-de", GERMAN)
    same(store)
    store.take("lotl", numbered(of_lists(pointer("FR")), 8))
    same(store)
    assert store.loaded().anchors[0].trusted_until == ISSUED + timedelta(days=1)


def test_pins_that_change(below: Store) -> None:
    other = operator(name="Second")
    own = pointer("VN", [other.der]).replace("/VNgeneric", "/EUlistofthelists")
    below.take("lotl", numbered(of_lists(own, pointer("DE")), 8))
    same(below)
    below.take("lotl", numbered(of_lists(pointer("DE")), 9), Signing(by=other))
    same(below)


# --- what is refused -------------------------------------------------------------------------------------------------


def index(change: Callable[[str], str]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        text = (folder / INDEX).read_text()
        assert change(text) != text
        (folder / INDEX).write_text(change(text))

    return spoil


def first(pattern: str) -> Callable[[Path], Path]:
    return lambda folder: next(iter(sorted(folder.glob(pattern))))


def rewrite(pattern: str, data: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        file = first(pattern)(folder)
        file.write_bytes(data(file.read_bytes()))

    return spoil


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "no TOML": (index(lambda text: text + "="), "not TOML"),
    "unknown key": (index(lambda text: text.replace("branch =", "brunch =")), "unknown key 'brunch'"),
    "missing key": (index(lambda text: text.replace('territory = "VN"\n', "")), "territory is missing"),
    "unknown branch": (index(lambda text: text.replace('"foreign"', '"other"')), "branch is not known"),
    "unknown kind": (index(lambda text: text.replace('kind = "list"', 'kind = "book"')), "kind, refresh or branch"),
    "id that is a path": (index(lambda text: text.replace('id = "vn"', 'id = "../vn"')), "is no id"),
    "list without scheme": (index(lambda text: text.replace('id = "vn"', 'id = "la"')), "no scheme has the id 'vn'"),
    "parent that is none": (
        index(lambda text: text.replace('kind = "list"', 'parent = "x"')),
        "no scheme has the id 'x'",
    ),
    "two schemes": (
        index(lambda text: "[[scheme]]" + text.split("[[scheme]]")[1].split("[[list]]")[0] + text),
        "a scheme stands twice",
    ),
    "file elsewhere": (
        index(lambda text: text.replace('file = "vn/', 'file = "../')),
        "a file stands in a folder below",
    ),
    "number": (index(lambda text: text.replace("sequence = 7", "sequence = 8")), "number or time of issue"),
    "time": (index(lambda text: text.replace("issued = 2026-10-01", "issued = 2026-10-02")), "number or time of issue"),
    "no file": (lambda folder: first("vn/*.xml")(folder).unlink(), "no such file"),
    "other list": (rewrite("vn/*.xml", lambda data: data.replace(b">7<", b">8<")), "(sha256)"),
    "no pin": (lambda folder: first("pins/*")(folder).unlink(), "no such file"),
    "broken pin": (rewrite("pins/*", lambda data: data[:60]), "trust-certificate-broken"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_folder_that_was_changed_is_refused(store: Store, name: str) -> None:
    spoil, why = SPOILT[name]
    store.take("vn", a_list())
    spoil(store.folder)
    assert why in broken(store.folder)


def test_another_certificate_in_the_place_of_a_pin(store: Store) -> None:
    store.take("vn", a_list())
    other = Store(store.folder.parent / "other", snapshot(LOTL))
    with alone(other.folder):
        save(other.folder, snapshot(replace(VN, pins=(operator(name="Other").der,))), [])
    first("pins/*")(store.folder).write_bytes(first("pins/*")(other.folder).read_bytes())
    assert "(sha256)" in broken(store.folder)


# --- writing ---------------------------------------------------------------------------------------------------------


def test_what_fails_half_way_leaves_the_old_state(store: Store) -> None:
    store.take("vn", a_list())
    before = listed(store.folder)
    data = signed(a_list())
    start = snapshot_of((), schemes=(VN, replace(VN, id="zz")))
    done = took(start, "zz", data, AT)
    (store.folder / "zz").write_text("a file where a folder must be")
    with alone(store.folder), pytest.raises(OSError, match=r"exists|directory"):
        save(store.folder, done.snapshot, [(done.origin, data)])
    assert listed(store.folder) == before


def test_files_without_an_entry_say_nothing(store: Store) -> None:
    store.take("vn", a_list())
    before = listed(store.folder)
    (store.folder / "vn" / "9-0123.xml").write_bytes(b"left over by a crash")
    assert listed(store.folder) == before


def test_one_import_waits_for_the_other(store: Store) -> None:
    order: list[str] = []
    held = threading.Event()

    def second() -> None:
        held.wait()
        with alone(store.folder):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with alone(store.folder):
        held.set()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
