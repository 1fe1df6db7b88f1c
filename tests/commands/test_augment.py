from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.outside.servers import Server, body, serving, status
from tests.pki import AT, World, day, make_crl, make_ocsp, plain_pdf, signed_pdf, trust_folder, world
from tests.pki.world import CA, LEAF, TSA, TSA_CA
from tests.signing.time.authority import Authority
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.outside.clock import FixedClock

EARLIER, SIGNED_AT, SOON = AT - timedelta(minutes=30), AT - timedelta(hours=1), AT + timedelta(days=7)


@dataclass
class House:
    folder: Path
    server: Server
    used: World
    authority: Authority
    options: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        return self.folder / "signed.pdf"

    @property
    def out(self) -> Path:
        return self.folder / "out.pdf"

    def augment(self, *more: str, output: Path | None = None) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        env = {
            "VERIFIER_TRUST_STORE": str(self.folder / "trust"),
            "VERIFIER_FETCH_ALLOW_HOSTS": self.server.host,
            "VERIFIER_TSA": self.server.url("/tsa"),
            **self.env,
        }
        words = ["augment", str(self.source), "--output", str(output or self.out), *more]
        code = run(words, Surroundings(env, out, err, FixedClock(AT)))
        return code, out.getvalue(), err.getvalue()

    def refused(self, *more: str, output: Path | None = None) -> tuple[int, str]:
        code, out, err = self.augment(*more, output=output)
        assert out == ""
        assert err.count("\n") == 1
        assert sorted(path.name for path in self.folder.iterdir()) == ["signed.pdf", "trust"]
        return code, err


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serving({}) as server:
        used = world(
            leaf=LEAF.but(ocsp_urls=(server.url("/ocsp"),)),
            ca=CA.but(crl_urls=(server.url("/root.crl"),)),
            tsa=TSA.but(crl_urls=(server.url("/tsa-ca.crl"),), not_after=day(2031)),
            tsa_ca=TSA_CA.but(crl_urls=(server.url("/tsa-root.crl"),)),
        )
        authority = Authority(used=used)
        server.answers |= {
            "/tsa": authority,
            "/ocsp": body(make_ocsp(used.leaf, used.ca, EARLIER, SOON)),
            "/root.crl": body(make_crl(used.root, EARLIER, SOON)),
            "/tsa-ca.crl": body(make_crl(used.tsa_ca, EARLIER, SOON)),
            "/tsa-root.crl": body(make_crl(used.tsa_root, EARLIER, SOON)),
        }
        (tmp_path / "trust").mkdir()
        trust_folder(used, tmp_path / "trust")
        made = House(tmp_path, server, used, authority)
        made.source.write_bytes(signed_pdf(used, "T", claimed=SIGNED_AT))
        yield made


def told(house: House, *more: str) -> dict[str, Any]:
    code, out, err = house.augment(*more)
    assert (code, err, out.count("\n")) == (0, "", 1)
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_a_signed_document_becomes_lta(house: House) -> None:
    answer = told(house)
    before, after = house.source.read_bytes(), house.out.read_bytes()
    assert after.startswith(before)
    assert answer["added"] == len(after) - len(before)
    assert answer["levels_before"] == ["PAdES-BASELINE-T"]
    assert answer["levels_after"] == ["PAdES-BASELINE-LTA"]
    assert answer["conclusion"] == "TOTAL_PASSED"
    assert answer["time_stamps"] == [{"tsa": house.server.url("/tsa"), "at": AT.isoformat(), "failures": {}}]
    assert answer["renew_before"] == (day(2031) - timedelta(days=90)).isoformat()
    assert answer["sha256_before"] != answer["sha256_after"]


def test_lt_needs_no_authority(house: House) -> None:
    house.env["VERIFIER_TSA"] = ""
    answer = told(house, "--level", "B-LT")
    assert (answer["levels_after"], answer["time_stamps"]) == (["PAdES-BASELINE-LT"], [])
    house.out.unlink()
    code, err = house.refused()
    assert (code, "VERIFIER_TSA" in err) == (2, True)


def test_it_is_renewed_again(house: House) -> None:
    first = told(house)
    house.source.write_bytes(house.out.read_bytes())
    second = told(house)
    assert second["sha256_before"] == first["sha256_after"]
    assert house.out.read_bytes().startswith(house.source.read_bytes())
    assert second["added"] < 40_000


def test_the_second_authority_is_asked_where_the_first_is_down(house: House) -> None:
    house.server.answers["/dead"] = status(503)
    dead, alive = house.server.url("/dead"), house.server.url("/tsa")
    answer = told(house, "--tsa", dead, "--tsa", alive)
    assert [(one["tsa"], one["failures"]) for one in answer["time_stamps"]] == [(alive, {dead: "http-status"})]


def test_where_none_answers_nothing_is_written(house: House) -> None:
    house.server.answers["/tsa"] = status(503)
    code, err = house.refused()
    assert (code, err.startswith("verifier: no-time-stamp: ")) == (3, True)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda house: house.source.write_bytes(plain_pdf()), "nothing-signed"),
        (lambda house: house.source.write_bytes(b"no pdf"), "not-a-pdf"),
        (
            lambda house: house.source.write_bytes(house.source.read_bytes().replace(b"Hello", b"Hallo")),
            "certificate-unfit",
        ),
        (lambda house: house.server.answers.update({"/ocsp": status(503)}), "status-unknown"),
        (lambda house: house.source.write_bytes(signed_pdf(world(), "T", claimed=SIGNED_AT)), "status-unknown"),
    ],
    ids=["unsigned", "no pdf", "altered", "status unknown", "no addresses"],
)
def test_what_does_not_hold_is_refused(house: House, spoil: Any, why: str) -> None:
    spoil(house)
    code, err = house.refused()
    assert (code, err.split(":")[1].strip()) == (3, why)


def test_the_input_is_never_written_over(house: House) -> None:
    before = house.source.read_bytes()
    code, err = house.refused(output=house.source)
    assert (code, "--output is the document itself" in err) == (2, True)
    assert house.source.read_bytes() == before


def test_a_folder_that_is_not_there_is_a_mistake_of_usage(house: House) -> None:
    assert house.refused(output=house.folder / "nowhere" / "out.pdf")[0] == 2
