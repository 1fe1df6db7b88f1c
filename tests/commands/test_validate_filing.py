from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.pki import AT, signed_pdf, trust_folder, world
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.countries import COUNTRIES
from verifier.errors import BadRequest
from verifier.outside.clock import FixedClock
from verifier.snapshot import Filing
from verifier.trust.filing import filing_from

REGISTER = """
[[authority]]
id = "vn-test"
country = "VN"
kind = "agency"
names = { vi = "Cơ quan thử", en = "Test authority" }
notification = { channel = "law" }
[[authority.specimen]]
id = "seal"
kind = "seal"
rule = { branch = ["vn-government"], organization = ["Test authority"] }
[[authority.power]]
documents = ["diploma"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document, and a trust store with a register."""
    made = tmp_path_factory.mktemp("filing")
    anchors = made / "trust" / "anchors" / "vn-government"
    anchors.mkdir(parents=True)
    trust_folder(world(), anchors)
    entry = (
        '[[anchor]]\nfile = "vn-government/{0}.pem"\nname = "{0}"\nuses = ["signature", "timestamp"]\nsource = "test"\n'
    )
    told = "".join(entry.format(name) for name in ("root", "tsa-root"))
    (anchors.parent / "anchors.toml").write_text(told, "utf-8")
    (made / "trust" / "authorities").mkdir()
    (made / "trust" / "authorities" / "test.toml").write_text(REGISTER, "utf-8")
    (made / "sound.pdf").write_bytes(signed_pdf(level="LT"))
    return made


def validate(folder: Path, *args: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    around = Surroundings({"VERIFIER_TRUST_STORE": str(folder / "trust")}, out, err, FixedClock(AT))
    code = run(["validate", "--offline", *args, str(folder / "sound.pdf")], around)
    return code, out.getvalue(), err.getvalue()


def authority(folder: Path, *args: str) -> dict[str, Any]:
    _, out, _ = validate(folder, "--format", "json", *args)
    said: dict[str, Any] = json.loads(out)["signatures"][0]["authority"]
    return said


def test_the_kind_of_document_decides(folder: Path) -> None:
    assert authority(folder)["reason"] == "kind-not-stated"
    said = authority(folder, "--document-kind", "diploma")
    assert (said["status"], said["basis"], said["name"]) == ("recognised", "a", "Cơ quan thử")
    assert authority(folder, "--document-kind", "birth-certificate")["reason"] == "no-power"


def test_the_conclusion_stays_that_of_the_signature(folder: Path) -> None:
    assert validate(folder)[0] == 0
    assert "Chưa xác định được thẩm quyền" in validate(folder)[1]


def test_evidence_keeps_what_was_said_and_a_replay_says_the_same(folder: Path, tmp_path: Path) -> None:
    code, out, _ = validate(folder, "--format", "json", "--document-kind", "diploma", "--evidence", str(tmp_path))
    (bundle,) = tmp_path.iterdir()
    again, err = io.StringIO(), io.StringIO()
    around = Surroundings({}, again, err, FixedClock(AT))
    args = ["replay", "--format", "json", str(bundle), str(folder / "sound.pdf")]
    assert (run(args, around), err.getvalue()) == (code, "verifier: the same as the recorded outcome\n")
    first, second = json.loads(out), json.loads(again.getvalue())
    assert second["signatures"] == first["signatures"]
    assert second["evidence"] == first["evidence"]


@pytest.mark.parametrize(
    "args",
    [
        ("--document-kind", ""),
        ("--document-kind", "Birth certificate"),
        ("--document-kind", "*"),
        ("--filed-at", ""),
        ("--filed-at", "abroad"),
        ("--filed-at", "mission"),
        ("--filed-at", "mission:"),
        ("--filed-at", "mission:XX"),
        ("--filed-at", "mission:SG,"),
        ("--filed-at", "SG"),
    ],
)
def test_bad_values_are_a_mistake_of_usage_in_one_line(folder: Path, args: tuple[str, str]) -> None:
    code, out, err = validate(folder, *args)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("verifier: bad-filing: ")


def test_what_can_be_said() -> None:
    assert filing_from(None, None) is None
    assert filing_from("diploma", None) == Filing("diploma", "")
    assert filing_from(None, "home") == Filing("", "home")
    assert filing_from("diploma", "mission:sg, BN,SG") == Filing("diploma", "mission", ("SG", "BN"))
    with pytest.raises(BadRequest, match="bad-filing"):
        filing_from("", "home")


@pytest.mark.parametrize(
    "place",
    [
        "mission:VN",
        "mission:SG,VN",
        "mission:" + ",".join(sorted(COUNTRIES - {"VN"})),
        "mission:" + "SG," * 500 + "BN",
        "mission:",
        "mission:S G",
        "mission",
        "home:SG",
    ],
    ids=["ours", "ours-too", "everywhere", "again-and-again", "nowhere", "no-code", "no-states", "home-and-abroad"],
)
def test_where_no_mission_is(place: str) -> None:
    with pytest.raises(BadRequest, match="bad-filing"):
        filing_from("diploma", place)
