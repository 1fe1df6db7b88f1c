from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from tests.outside.servers import Server, body, serving
from tests.pki import AT, FRESH, day, make_crl, signed_pdf, trust_folder, world
from tests.pki.long_crl import long_crl
from tests.pki.world import CA, LEAF
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.outside.clock import FixedClock
from verifier.outside.crl_store import STORE
from verifier.settings import Settings


@dataclass(frozen=True)
class House:
    """A document whose issuer publishes a long list, and a command line beside it."""

    folder: Path
    server: Server

    def made(self) -> House:
        here = world(
            leaf=LEAF.but(crl_urls=(self.server.url("/ca.crl"),)), ca=CA.but(crl_urls=(self.server.url("/root.crl"),))
        )
        self.server.answers["/ca.crl"] = body(long_crl(here.ca, FRESH, day(2027), 1500))
        self.server.answers["/root.crl"] = body(make_crl(here.root, FRESH, day(2027)))
        (self.folder / "letter.pdf").write_bytes(signed_pdf(here))
        (self.folder / "trust").mkdir()
        trust_folder(here, self.folder / "trust")
        return self

    def validate(self, data: Path | None) -> tuple[int, str, str, list[str]]:
        before, out, err = len(self.server.asked), io.StringIO(), io.StringIO()
        env = {
            "VERIFIER_TRUST_STORE": str(self.folder / "trust"),
            "VERIFIER_FETCH_ALLOW_HOSTS": self.server.host,
            "VERIFIER_DATA": "" if data is None else str(data),
        }
        words = ["validate", "--format", "json", str(self.folder / "letter.pdf")]
        code = run(words, Surroundings(env, out, err, FixedClock(AT)))
        return code, out.getvalue(), err.getvalue(), [path for path, *_ in self.server.asked[before:]]


def test_the_next_run_asks_for_no_long_list(tmp_path: Path) -> None:
    with serving({}) as server:
        house = House(tmp_path, server).made()
        first = house.validate(tmp_path / "data")
        second = house.validate(tmp_path / "data")
    assert (first[0], first[2], sorted(first[3])) == (0, "", ["/ca.crl", "/root.crl"])
    assert (second[:3], second[3]) == (first[:3], ["/root.crl"])


def test_where_the_folder_cannot_be_used_it_goes_without_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with serving({}) as server:
        code, out, err, asked = House(tmp_path, server).made().validate(tmp_path / "data")
    assert code == 0
    assert out.startswith("{")
    assert set(err.splitlines()) == {"verifier: the revocation store cannot be used: Not a directory"}
    assert sorted(asked) == ["/ca.crl", "/root.crl"]


def test_without_a_folder_none_is_made(tmp_path: Path) -> None:
    with serving({}) as server, contextlib.chdir(tmp_path):
        assert House(tmp_path, server).made().validate(None)[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {"letter.pdf", "trust"}


def test_the_usual_folder_is_used_where_it_is(tmp_path: Path) -> None:
    usual = tmp_path / Settings().data
    usual.mkdir(parents=True)
    with serving({}) as server, contextlib.chdir(tmp_path):
        assert House(tmp_path, server).made().validate(None)[0] == 0
    assert len(list((usual / STORE).glob("*.crl"))) == 1
