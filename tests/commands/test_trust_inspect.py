from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem

from tests.pki.world import AT
from tests.trust.lists.builder import LIST_OF_LISTS, a_list, operator, pointer, signed
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.outside.clock import FixedClock

KEYS = [
    "file",
    "kind",
    "version",
    "territory",
    "sequence",
    "issued",
    "next_update",
    "services",
    "pointers",
    "signature",
    "signer",
    "pinned",
    "problems",
]
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lists")
    (made / "list.xml").write_bytes(signed(a_list()))
    (made / "lists.xml").write_bytes(signed(a_list(kind=LIST_OF_LISTS, pointers=pointer(), content=False)))
    (made / "changed.xml").write_bytes(signed(a_list()).replace(b">7<", b">8<"))
    (made / "page.xml").write_bytes(b"<!DOCTYPE html><html></html>")
    (made / "bidi.xml").write_bytes(signed(a_list().replace(">VN<", ">\u202eVN\x7f<")))
    (made / "pin.pem").write_bytes(pem.armor("CERTIFICATE", operator().der))
    return made


@pytest.fixture
def inspect() -> Command:
    def call(*args: str | Path) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run(["trust", "inspect", *map(str, args)], Surroundings({}, out, err, FixedClock(AT)))
        return code, out.getvalue(), err.getvalue()

    return call


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_one_line_of_json_a_file(inspect: Command, folder: Path) -> None:
    code, out, err = inspect("--format", "json", folder / "list.xml", folder / "lists.xml")
    assert (code, err) == (0, "")
    one, other = lines(out)
    assert list(one) == list(other) == KEYS
    assert one == {
        "file": str(folder / "list.xml"),
        "kind": "list",
        "version": "6",
        "territory": "VN",
        "sequence": "7",
        "issued": "2026-10-01T00:00:00Z",
        "next_update": "2027-03-01T00:00:00Z",
        "services": 1,
        "pointers": 0,
        "signature": "intact",
        "signer": "CN=List operator, O=Test authority, C=VN",
        "pinned": False,
        "problems": [],
    }
    assert (other["kind"], other["services"], other["pointers"]) == ("list_of_lists", 0, 1)


def test_a_file_that_is_no_list_is_3_and_the_others_are_read(inspect: Command, folder: Path) -> None:
    files = [folder / name for name in ("page.xml", "list.xml", "none.xml", "changed.xml")]
    code, out, _ = inspect("--format", "json", *files, folder)
    assert code == 3
    found = lines(out)
    assert [one["signature"] for one in found] == ["unreadable", "intact", "unreadable", "broken", "unreadable"]
    assert [[problem["code"] for problem in one["problems"]] for one in found] == [
        ["html-instead-of-list"],
        [],
        ["file-missing"],
        ["signature-digest-mismatch"],
        ["file-unreadable"],
    ]
    assert list(found[0]) == KEYS
    assert (found[0]["kind"], found[0]["sequence"], found[0]["signer"]) == (None, None, None)


def test_a_list_whose_signature_is_broken_was_read_all_the_same(inspect: Command, folder: Path) -> None:
    code, out, _ = inspect("--format", "json", folder / "changed.xml")
    (one,) = lines(out)
    assert (code, one["sequence"], one["signature"]) == (0, "8", "broken")


def test_pinned(inspect: Command, folder: Path) -> None:
    _, out, _ = inspect("--format", "json", "--pin", folder / "pin.pem", folder / "list.xml", folder / "changed.xml")
    assert [one["pinned"] for one in lines(out)] == [True, False]


def test_at_another_instant(inspect: Command, folder: Path) -> None:
    for at, code in (("2026-09-01", "issued-in-future"), ("2027-03-02T00:00:00Z", "next-update-passed")):
        _, out, _ = inspect("--format", "json", "--at", at, folder / "list.xml")
        assert [one["code"] for one in lines(out)[0]["problems"]] == [code]
    assert inspect("--at", "soon", folder / "list.xml")[0] == 2


def test_in_words(inspect: Command, folder: Path) -> None:
    code, out, _ = inspect("--pin", folder / "pin.pem", folder / "list.xml", folder / "page.xml")
    assert code == 3
    first, second, third, fourth = out.splitlines()
    assert first.endswith(
        "list VN no. 7, version 6, of 2026-10-01T00:00:00Z, next 2027-03-01T00:00:00Z; 1 services, 0 pointers"
    )
    assert second == "  signature intact, by CN=List operator, O=Test authority, C=VN (pinned)"
    assert third.endswith("page.xml: no list that can be read")
    assert fourth == "  html-instead-of-list: the file is a web page"


def test_what_steers_a_terminal_is_written_out(inspect: Command, folder: Path) -> None:
    for form in ("text", "json"):
        _, out, _ = inspect("--format", form, folder / "bidi.xml")
        assert not {"\u202e", "\x7f"} & set(out)


def test_progress_for_many_files(inspect: Command, folder: Path) -> None:
    code, out, err = inspect("--format", "json", *[folder / "list.xml"] * 30)
    assert (code, len(lines(out))) == (0, 30)
    assert err.splitlines()[-1] == "[30/30]"


def test_a_pin_that_is_no_certificate_is_a_mistake_of_usage(inspect: Command, folder: Path) -> None:
    code, out, err = inspect("--pin", folder / "page.xml", folder / "list.xml")
    assert (code, out) == (2, "")
    assert err.startswith("verifier: trust-certificate-broken: ")
    assert inspect("--pin", folder / "none.pem", folder / "list.xml")[0] == 2
    assert inspect()[0] == 2
