"""trust list, show, diff, history, import-root; validate --snapshot."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding

from tests.pki import signed_pdf, world
from tests.pki.world import AT
from tests.trust.builders import root
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.commands.snapshots import login_name
from verifier.outside.clock import FixedClock
from verifier.snapshot import Anchor
from verifier.trust.archive import Archive
from verifier.trust.snapshots import snapshot_of

HERE = world()
ROOT_SHA256, TSA_SHA256 = (hashlib.sha256(party.der).hexdigest() for party in (HERE.root, HERE.tsa_root))
OTHER = root("Other")
INDEX = "".join(
    f'[[anchor]]\nfile = "foreign/{name}.pem"\nname = "{name}"\nuses = ["{use}"]\nsource = "by hand"\n'
    for name, use in (("root", "signature"), ("tsa", "timestamp"))
)
AUTHORITY = """
[[authority]]
id = "at-mfa"
country = "AT"
notification = {channel = "note_verbale", number = "1/2026", dated = 2026-01-01}
kind = "ministry_of_foreign_affairs"
names = {vi = "Bộ Ngoại giao Áo", en = "Austrian ministry"}
[[authority.specimen]]
id = "seal"
kind = "seal"
rule = {organization = ["Ministry"]}
[[authority.power]]
documents = ["*"]
"""
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    store = tmp_path / "store"
    (store / "anchors" / "foreign").mkdir(parents=True)
    (store / "authorities").mkdir()
    for name, party in (("root", HERE.root), ("tsa", HERE.tsa_root)):
        (store / "anchors" / "foreign" / f"{name}.pem").write_bytes(pem.armor("CERTIFICATE", party.der))
    (store / "anchors" / "anchors.toml").write_text(INDEX)
    (store / "authorities" / "at.toml").write_text(AUTHORITY)
    return store


@pytest.fixture
def verifier(store: Path) -> Command:
    def call(*args: str | Path, days: int = 0) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        env = {"VERIFIER_TRUST_STORE": str(store), "VERIFIER_DATA": str(store.parent / "data")}
        around = Surroundings(env, out, err, FixedClock(AT + timedelta(days=days)))
        code = run([str(one) for one in args], around)
        return code, out.getvalue(), err.getvalue()

    return call


def rename(store: Path) -> None:
    (store / "anchors" / "anchors.toml").write_text(INDEX.replace('name = "tsa"', 'name = "stamps"'))


def ids(verifier: Command) -> list[str]:
    _, out, _ = verifier("trust", "history", "--format", "json")
    return [json.loads(line)["id"] for line in out.splitlines()]


# --- list, show ------------------------------------------------------------------------------------------------------


def test_list_has_one_line_for_each(verifier: Command) -> None:
    code, out, err = verifier("trust", "list")
    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", 4)
    assert [line.split()[0] for line in lines] == ["snapshot", "active", "active", "authority"]
    assert lines[1].startswith(f"active   {ROOT_SHA256}  until ")
    assert lines[1].endswith("root (signature; foreign)")
    assert lines[3] == "authority at-mfa  AT  Austrian ministry (ministry of foreign affairs; 1 specimens)"


def test_list_in_json_has_one_object_for_each(verifier: Command) -> None:
    code, out, err = verifier("trust", "list", "--format", "json")
    told = [json.loads(line) for line in out.splitlines()]
    assert (code, err, [one["entry"] for one in told]) == (0, "", ["snapshot", "anchor", "anchor", "authority"])
    assert told[0]["id"] == ids(verifier)[0]
    assert (told[1]["sha256"], told[1]["uses"], told[1]["trusted_until"]) == (ROOT_SHA256, ["signature"], None)
    assert (told[3]["id"], told[3]["names"]["vi"]) == ("at-mfa", "Bộ Ngoại giao Áo")


def test_show_in_json_is_the_canonical_content(verifier: Command) -> None:
    code, out, _ = verifier("trust", "show", "--format", "json")
    assert (code, hashlib.sha256(out.encode()).hexdigest()) == (0, ids(verifier)[0])
    assert [one["name"] for one in json.loads(out)["anchors"]] in (["root", "tsa"], ["tsa", "root"])


def test_show_tells_every_entry_with_its_fields(verifier: Command) -> None:
    code, out, _ = verifier("trust", "show")
    assert (code, out.splitlines()[0]) == (0, f"snapshot {ids(verifier)[0]}")
    assert "authority at-mfa  Bộ Ngoại giao Áo\n  country: AT\n" in out
    assert f"anchor {ROOT_SHA256}  root\n  branch: foreign\n" in out


def test_show_finds_a_kept_one_by_the_beginning_of_its_id(verifier: Command, store: Path) -> None:
    verifier("trust", "list")
    rename(store)
    now, before = ids(verifier)
    assert "stamps" in verifier("trust", "show")[1]
    assert "stamps" in verifier("trust", "show", now[:6].upper())[1]
    assert "stamps" not in verifier("trust", "show", before)[1]


def test_a_snapshot_of_the_service_is_found_too(verifier: Command, store: Path) -> None:
    kept = Archive(store.parent / "data" / "trust").put(snapshot_of([Anchor(OTHER.der, "Of the service")]))
    assert "Of the service" in verifier("trust", "show", kept.id[:10])[1]
    verifier("trust", "list")
    Archive(store.parent / "data" / "trust").put(Archive(store / "snapshots").get(ids(verifier)[0]))
    assert verifier("trust", "show", ids(verifier)[0])[0] == 0


@pytest.mark.parametrize("command", [["show"], ["diff", "store"]])
@pytest.mark.parametrize(
    ("name", "code", "problem"),
    [
        ("0" * 64, 3, "snapshot-unknown: "),
        ("000000", 3, "snapshot-unknown: "),
        ("00000", 2, "bad-option: "),
        ("0" * 65, 2, "bad-option: "),
        ("../../no-such-snapshot", 2, "bad-option: "),
    ],
)
def test_a_name_that_fits_nothing_is_one_line(
    verifier: Command, store: Path, command: list[str], name: str, code: int, problem: str
) -> None:
    words = [str(store) if word == "store" else word for word in command]
    done, out, err = verifier("trust", *words, name)
    assert (done, out) == (code, "")
    assert err.startswith(f"verifier: {problem}")
    assert len(err.splitlines()) == 1


def test_a_beginning_that_fits_several_is_refused(verifier: Command, store: Path) -> None:
    folder = store / "snapshots" / "snapshots"
    verifier("trust", "list")
    for last in "01":
        (folder / ("abcdef" + "0" * 57 + last)).write_bytes(b"")
    code, _, err = verifier("trust", "show", "abcdef")
    assert code == 2
    assert "2 snapshots" in err


def test_a_damaged_snapshot_is_told(verifier: Command, store: Path) -> None:
    (store / "snapshots" / "snapshots").mkdir(parents=True)
    (store / "snapshots" / "snapshots" / ("a" * 64)).write_bytes(b"{}")
    assert verifier("trust", "show", "aaaaaa")[0] == 3
    assert "snapshot-broken" in verifier("trust", "show", "aaaaaa")[2]


# --- diff, history ---------------------------------------------------------------------------------------------------


def test_diff_tells_what_changed(verifier: Command, store: Path) -> None:
    verifier("trust", "list")
    rename(store)
    now, before = ids(verifier)
    code, out, _ = verifier("trust", "diff", before, now[:8])
    assert code == 0
    assert out.splitlines() == [
        f"~ anchor {TSA_SHA256} stamps",
        "    name: tsa → stamps",
        "anchor ~1",
    ]
    assert verifier("trust", "diff", before, before)[1] == "nothing is different\n"
    _, out, _ = verifier("trust", "diff", before, store, "--format", "json")
    (line,) = [json.loads(one) for one in out.splitlines()]
    assert line == {
        "sign": "~",
        "kind": "anchor",
        "id": TSA_SHA256,
        "name": "stamps",
        "field": "name",
        "before": "tsa",
        "after": "stamps",
    }


def test_diff_compares_folders(verifier: Command, store: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "root.pem").write_bytes(OTHER.x509.public_bytes(Encoding.PEM))
    _, out, _ = verifier("trust", "diff", store, plain)
    assert out.splitlines()[-1] == "anchor +1 -2; authority -1"
    assert f"+ anchor {OTHER.certificate.sha256} Other\n" in out
    assert [file.name for file in plain.iterdir()] == ["root.pem"]


def test_history_says_when_through_whom_and_how_much(verifier: Command, store: Path) -> None:
    verifier("trust", "list")
    rename(store)
    code, out, _ = verifier("trust", "history", days=1)
    assert code == 0
    newer, older = out.splitlines()
    at = AT + timedelta(days=1)
    assert newer == f"{at:%Y-%m-%d %H:%M:%S}Z  {ids(verifier)[0]}  {login_name()}  anchor ~1"
    assert "anchor +2; authority +1; suite +" in older


def test_a_store_that_is_out_of_order_has_its_history_all_the_same(verifier: Command, store: Path) -> None:
    verifier("trust", "list")
    (store / "authorities" / "at.toml").write_text("[")
    assert len(ids(verifier)) == 1
    assert verifier("trust", "list")[0] == 3
    assert verifier("trust", "history", "--trust-store", store / "none")[0] == 3


def test_import_root_leaves_its_trace(verifier: Command, store: Path) -> None:
    verifier("trust", "list")
    (store / "pending").mkdir()
    (store / "pending" / "roots.toml").write_text(
        f'[[root]]\nname = "Other root"\nbranch = "foreign"\nsubject = "{OTHER.certificate.subject}"\n'
        f'not_before = 2020-01-01T00:00:00Z\nnot_after = 2030-01-01T00:00:00Z\nsha256 = "{OTHER.certificate.sha256}"\n'
        'uses = ["signature"]\nsource = "letter"\ncompare_with = "their page"\n'
    )
    file = store.parent / "other.pem"
    file.write_bytes(OTHER.x509.public_bytes(Encoding.PEM))
    assert "pending " in verifier("trust", "list")[1]
    code, out, _ = verifier("trust", "import-root", file, days=2)
    assert (code, "is active now" in out) == (0, True)
    assert "pending " not in verifier("trust", "list")[1]
    newest = verifier("trust", "history")[1].splitlines()[0]
    assert newest.startswith(f"{AT + timedelta(days=2):%Y-%m-%d}")
    assert newest.endswith("anchor +1")


# --- judging by a kept one -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("documents") / "sound.pdf"
    file.write_bytes(signed_pdf(level="LT"))
    return file


def judged(verifier: Command, *args: str | Path) -> tuple[int, dict[str, Any], str]:
    code, out, err = verifier("validate", "--offline", "--format", "json", *args)
    return code, json.loads(out), err


def test_validate_judges_by_a_kept_snapshot(verifier: Command, store: Path, document: Path) -> None:
    verifier("trust", "list")
    (store / "anchors" / "anchors.toml").write_text(INDEX.split("[[anchor]]")[2].join(["[[anchor]]", ""]))
    (store / "anchors" / "foreign" / "root.pem").unlink()
    now, before = ids(verifier)
    code, line, _ = judged(verifier, document)
    assert (code, line["conclusion"]) == (1, "INDETERMINATE")
    code, line, _ = judged(verifier, "--snapshot", before[:12], document)
    assert (code, line["conclusion"]) == (0, "TOTAL_PASSED")
    assert before in json.dumps(line)
    assert now not in json.dumps(line)


def test_validate_says_that_a_snapshot_is_not_kept(verifier: Command, document: Path) -> None:
    code, line, err = judged(verifier, "--snapshot", "0" * 64, document)
    assert (code, line["problem"]["code"]) == (3, "snapshot-unknown")
    assert err == f"verifier: snapshot-unknown: no trust snapshot {'0' * 64} is kept\n"
    code, out, err = verifier("validate", "--snapshot", "no", document)
    assert (code, out) == (2, "")
    assert err.startswith("verifier: bad-option: no: ")


def test_validate_notes_that_the_store_says_something_else(verifier: Command, store: Path, document: Path) -> None:
    judged(verifier, document)
    rename(store)
    judged(verifier, document)
    assert len((store / "snapshots" / "history.jsonl").read_text().splitlines()) == 2
