from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from xml.sax.saxutils import escape

import pytest
from asn1crypto import pem

from tests.pki.world import AT
from tests.trust.lists.builder import WITHDRAWN, Signing, a_list, operator, pointer, signed, state
from tests.trust.lists.schemes import numbered, of_lists, one_service
from tests.trust.lists.test_writing import MINISTRY
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.outside.clock import FixedClock
from verifier.trust.lists.folder import listed
from verifier.trust.register import table_of
from verifier.trust.store import load_trust_store

KEYS = [
    "file",
    "scheme",
    "accepted",
    "problem",
    "detail",
    "kind",
    "sequence",
    "services",
    "anchors",
    "differences",
    "problems",
]
GERMAN = a_list().replace("<SchemeTerritory>VN<", "<SchemeTerritory>DE<")
OTHER = operator(name="Second")
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "store" / "anchors").mkdir(parents=True)
    made = tmp_path / "files"
    made.mkdir()
    own = pointer("VN", [OTHER.der]).replace("/VNgeneric", "/EUlistofthelists")
    for name, data in {
        "vn.xml": signed(a_list()),
        "vn-8.xml": signed(numbered(one_service(state(WITHDRAWN)), 8)),
        "de.xml": signed(GERMAN),
        "lists.xml": signed(of_lists(pointer("DE"))),
        "pivot.xml": signed(numbered(of_lists(own, pointer("DE")), 8)),
        "lists-9.xml": signed(numbered(of_lists(pointer("DE")), 9), Signing(by=OTHER)),
        "page.xml": b"<!DOCTYPE html><html></html>",
        "changed.xml": signed(a_list()).replace(b">7<", b">9<"),
        "bidi.xml": signed(a_list().replace("Dịch vụ", "\u202eDịch\x7f vụ")),
        "pin.pem": pem.armor("CERTIFICATE", operator().der),
        "other.pem": pem.armor("CERTIFICATE", OTHER.der),
    }.items():
        (made / name).write_bytes(data)
    return made


@pytest.fixture
def store(files: Path) -> Path:
    return files.parent / "store"


@pytest.fixture
def call(files: Path, store: Path) -> Command:
    def calling(*args: str, env: dict[str, str] | None = None, into: Path = store) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        given = [str(files / one) if (files / one).is_file() else one for one in args]
        around = Surroundings(env or {}, out, err, FixedClock(AT))
        return run(["trust", "import", *given, "--trust-store", str(into)], around), out.getvalue(), err.getvalue()

    return calling


FIRST = ("--pin", "pin.pem", "--branch", "foreign")


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def told(out: str) -> list[tuple[str, str | None, str | None]]:
    return [(Path(one["file"]).name, one["scheme"], one["problem"]) for one in lines(out)]


# --- taking over -----------------------------------------------------------------------------------------------------


def test_the_first_list_of_a_scheme(call: Command, store: Path) -> None:
    code, out, err = call("vn.xml", *FIRST, "--by", "An", "--name", "Việt Nam", "--format", "json")
    assert (code, err) == (0, "")
    (line,) = lines(out)
    assert list(line) == KEYS
    assert (line["scheme"], line["accepted"], line["problem"], line["sequence"]) == ("vn", True, None, "7")
    assert (line["services"], line["anchors"], line["differences"]) == (1, 1, {"+": 3, "~": 0, "-": 0})
    (scheme,) = listed(store / "lists").schemes
    assert (scheme.name, scheme.branch, scheme.refresh, scheme.origin.by) == ("Việt Nam", "foreign", "by-hand", "An")
    assert [one.service for one in load_trust_store(store).anchors] == [
        one.id for one in listed(store / "lists").services
    ]


def test_a_newer_list_needs_no_pin_and_shows_what_it_changes(call: Command, store: Path) -> None:
    call("vn.xml", *FIRST)
    code, out, _ = call("vn-8.xml")
    assert code == 0
    assert "taken over for vn: no. 8, 1 services, 0 anchors" in out
    assert "  - anchor Dịch vụ" in out
    assert "  ~ service Dịch vụ" in out
    assert listed(store / "lists").anchors == ()


def test_what_could_not_be_kept_is_not_said_to_be_taken_over(call: Command, store: Path) -> None:
    (store / "lists").mkdir()
    (store / "lists" / "vn").write_bytes(b"in the way of the folder")
    code, out, err = call("vn.xml", *FIRST)
    assert (code, out) == (3, "")
    assert err.startswith("verifier: trust-store-unreadable: lists: ")
    assert listed(store / "lists").schemes == ()


def test_a_folder_that_cannot_be_made_is_told(call: Command, store: Path) -> None:
    (store / "lists").write_bytes(b"in the way of the folder")
    code, out, err = call("vn.xml", *FIRST)
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "trust-store-unreadable" in err


def test_only_shown(call: Command, store: Path) -> None:
    code, out, _ = call("vn.xml", *FIRST, "--dry-run")
    assert (code, "would be taken over for vn" in out) == (0, True)
    assert not (store / "lists").exists()


def test_never_the_certificate_in_the_list_itself(call: Command, store: Path) -> None:
    code, out, _ = call("vn.xml", "--branch", "foreign", "--format", "json")
    assert (code, told(out)) == (1, [("vn.xml", None, "pin-missing")])
    code, out, _ = call("vn.xml", "--pin", "other.pem", "--branch", "foreign", "--format", "json")
    assert (code, told(out)) == (1, [("vn.xml", "vn", "signer-not-pinned")])
    assert listed(store / "lists").schemes == ()


def test_the_first_list_needs_its_branch(call: Command) -> None:
    code, out, _ = call("vn.xml", "--pin", "pin.pem", "--format", "json")
    assert (code, told(out)) == (1, [("vn.xml", None, "bad-option")])


def test_the_same_list_again_changes_nothing(call: Command, store: Path) -> None:
    call("vn.xml", *FIRST)
    before = (store / "lists" / "schemes.toml").read_bytes()
    code, out, _ = call("vn.xml")
    assert (code, "in use already for vn" in out) == (0, True)
    assert (store / "lists" / "schemes.toml").read_bytes() == before


def test_what_is_refused_keeps_what_is_in_use_and_the_others_are_taken_over(call: Command, store: Path) -> None:
    call("vn.xml", *FIRST)
    code, out, _ = call("changed.xml", "vn-8.xml", "--format", "json")
    assert (code, told(out)) == (1, [("vn-8.xml", "vn", None), ("changed.xml", "vn", "list-signature-broken")])
    code, out, _ = call("vn.xml", "--format", "json")
    assert (code, told(out)) == (1, [("vn.xml", "vn", "list-older")])
    assert [one.sequence for one in listed(store / "lists").schemes] == [8]


def test_what_cannot_be_read_is_3(call: Command) -> None:
    code, out, _ = call("page.xml", "none.xml", "vn.xml", *FIRST, "--format", "json")
    assert (code, told(out)) == (
        3,
        [
            ("page.xml", None, "html-instead-of-list"),
            ("none.xml", None, "file-missing"),
            ("vn.xml", "vn", None),
        ],
    )


def test_judged_at_another_instant(call: Command, store: Path) -> None:
    assert call("vn.xml", *FIRST, "--at", "2026-09-01", "--format", "json")[0] == 1
    code, out, _ = call("vn.xml", *FIRST, "--at", "2027-03-02T00:00:00Z", "--format", "json")
    assert (code, told(out)) == (1, [("vn.xml", "vn", "next-update-passed")])
    assert call("vn.xml", *FIRST, "--at", "soon")[0] == 2
    assert call("vn.xml", *FIRST, "--at", "2026-10-02")[0] == 0
    assert listed(store / "lists").schemes[0].origin.came_at == AT  # the record tells when it came


# --- schemes ---------------------------------------------------------------------------------------------------------


def test_a_list_of_lists_and_its_children_at_once(call: Command, store: Path) -> None:
    code, out, _ = call("de.xml", "lists.xml", *FIRST, "--scheme", "", "--format", "json")
    assert (code, told(out)) == (0, [("lists.xml", "vn", None), ("de.xml", "vn-de", None)])
    assert [one.id for one in listed(store / "lists").schemes] == ["vn", "vn-de"]


def test_pivots_come_with_their_list(call: Command, store: Path) -> None:
    code, out, _ = call("lists-9.xml", *FIRST, "--format", "json")
    assert (code, told(out)) == (1, [("lists-9.xml", "vn", "signer-not-pinned")])
    code, out, _ = call("lists-9.xml", "pivot.xml", *FIRST, "--format", "json")
    assert (code, told(out)) == (0, [("pivot.xml", "vn", None), ("lists-9.xml", "vn", None)])
    assert next(one.pins for one in listed(store / "lists").schemes if one.id == "vn") == (OTHER.der,)
    assert len(list((store / "lists" / "pivots").iterdir())) == 1


def test_several_schemes_of_one_territory_must_be_named(call: Command) -> None:
    for scheme in ("a", "b"):
        assert call("vn.xml", *FIRST, "--scheme", scheme)[0] == 0
    code, out, _ = call("vn-8.xml", "--format", "json")
    assert (code, told(out)) == (1, [("vn-8.xml", None, "scheme-unclear")])
    assert call("vn-8.xml", "--scheme", "b")[0] == 0


def test_what_the_operator_says_of_a_scheme_counts(call: Command, store: Path) -> None:
    call("vn.xml", *FIRST)
    more = ("--refresh", "automatic", "--location", "https://tsl.example/VN.xml")
    code, out, _ = call("vn-8.xml", *more)
    assert code == 0
    assert "refresh: by-hand -> automatic" in out
    (scheme,) = listed(store / "lists").schemes
    assert (scheme.refresh, scheme.location, scheme.branch) == ("automatic", more[3], "foreign")


def test_a_scheme_of_a_list_of_lists_is_as_that_tells(call: Command) -> None:
    call("lists.xml", "de.xml", *FIRST)
    code, out, _ = call("de.xml", "--scheme", "vn-de", "--pin", "other.pem", "--format", "json")
    assert (code, told(out)) == (1, [("de.xml", None, "scheme-of-list")])


def test_a_list_of_another_territory(call: Command) -> None:
    code, out, _ = call("vn.xml", *FIRST, "--territory", "la", "--format", "json")
    assert (code, told(out)) == (1, [("vn.xml", "la", "territory-other")])


def test_a_territory_that_makes_no_id(call: Command, files: Path, store: Path) -> None:
    (files / "odd.xml").write_bytes(signed(a_list().replace("<SchemeTerritory>VN<", "<SchemeTerritory>../VN<")))
    code, out, _ = call("odd.xml", *FIRST, "--format", "json")
    assert (code, told(out)) == (1, [("odd.xml", None, "bad-option")])
    assert call("odd.xml", *FIRST, "--scheme", "odd")[0] == 0
    assert listed(store / "lists").schemes[0].territory == "../VN"


@pytest.mark.parametrize("name", ["../x", "A", "x_y", "-"])
def test_a_name_that_is_none(call: Command, name: str) -> None:
    assert call("vn.xml", *FIRST, f"--scheme={name}")[0] == 2


def test_a_list_does_not_choose_the_scheme_whose_pins_are_replaced(call: Command, files: Path, store: Path) -> None:
    """Somebody else's first list says it is of Viet Nam: its pins are not for the list that is followed."""
    assert call("vn.xml", *FIRST)[0] == 0
    (files / "false.xml").write_bytes(signed(numbered(one_service(state(WITHDRAWN)), 9), Signing(by=OTHER)))
    code, out, _ = call("false.xml", "--pin", "other.pem", "--branch", "foreign", "--format", "json")
    assert (code, told(out)) == (1, [("false.xml", None, "scheme-unclear")])
    assert [one.sequence for one in listed(store / "lists").schemes] == [7]
    assert call("false.xml", "--pin", "other.pem", "--scheme", "vn")[0] == 0


def with_entry(xml: str) -> str:
    entry = f'<Entry xmlns="urn:verifier:register:1">{escape(json.dumps(table_of(MINISTRY), default=str))}</Entry>'
    extension = f'<Extension Critical="false">{entry}</Extension>'
    return xml.replace(
        "</TSPInformation>", f"<TSPInformationExtensions>{extension}</TSPInformationExtensions></TSPInformation>"
    )


def test_register_entries_come_along_where_the_operator_says_so(call: Command, files: Path, store: Path) -> None:
    (files / "friends.xml").write_bytes(signed(with_entry(a_list())))
    (files / "others.xml").write_bytes(signed(with_entry(GERMAN.replace("Territory>DE<", "Territory>LA<"))))
    code, out, _ = call("friends.xml", *FIRST, "--dry-run", "--format", "json")
    assert (code, [one["code"] for one in lines(out)[0]["problems"]]) == (0, ["authorities-not-taken"])
    assert call("friends.xml", *FIRST, "--brings-authorities")[0] == 0
    assert [one.id for one in load_trust_store(store).authorities] == ["la-mfa"]
    code, out, _ = call("others.xml", *FIRST, "--brings-authorities", "--format", "json")
    assert (code, told(out)) == (1, [("others.xml", "la", "authority-twice")])
    assert [one.id for one in load_trust_store(store).authorities] == ["la-mfa"]


# --- where -----------------------------------------------------------------------------------------------------------


def test_a_plain_folder_is_refused(call: Command, tmp_path: Path) -> None:
    code, out, err = call("vn.xml", *FIRST, into=tmp_path / "files")
    assert (code, out) == (2, "")
    assert err.startswith("verifier: trust-store-plain: ")
    assert call("vn.xml", *FIRST, into=tmp_path / "none")[0] == 3


def test_a_folder_that_is_broken_is_refused(call: Command, store: Path) -> None:
    call("vn.xml", *FIRST)
    (store / "lists" / "schemes.toml").write_text("=")
    code, out, err = call("vn-8.xml")
    assert (code, out) == (3, "")
    assert err.startswith("verifier: trust-store-unreadable: ")


def test_what_steers_a_terminal_is_written_out(call: Command) -> None:
    for form in ("text", "json"):
        _, out, _ = call("bidi.xml", *FIRST, "--dry-run", "--format", form)
        assert out
        assert not {"\u202e", "\x7f"} & set(out)


def test_progress_for_many_files(call: Command) -> None:
    code, _, err = call(*["vn.xml"] * 25, *FIRST)
    assert code == 0
    assert err.splitlines()[-1] == "[24/25]"


# --- from the network ------------------------------------------------------------------------------------------------


@pytest.fixture
def address(files: Path) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = (files / self.path[1:]).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_from_an_address_through_the_guarded_door(call: Command, store: Path, address: str) -> None:
    url = f"http://{address}/vn.xml"
    allowed = {"VERIFIER_FETCH_ALLOW_HOSTS": address}
    code, out, _ = call(url, *FIRST, "--format", "json")
    assert (code, lines(out)[0]["problem"]) == (3, "file-unreadable")
    code, out, _ = call(url, *FIRST, "--format", "json", env={**allowed, "VERIFIER_FETCH": "off"})
    assert (code, lines(out)[0]["problem"]) == (3, "file-unreadable")
    assert call(url, *FIRST, env=allowed)[0] == 0
    (scheme,) = listed(store / "lists").schemes
    assert scheme.location == url
