from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.accounts.support import AT
from tests.archive.conftest import TSA, Store, contents, data_of, rewritten
from tests.cases.world import PDF, TOKEN, WHO, code_of
from tests.payments.support import paid
from tests.pki import make_token
from tests.pki import world as pki
from verifier.accounts.roles import Role
from verifier.archive.contents import README
from verifier.archive.service import Archives
from verifier.archive.verifying import Finding, verify
from verifier.audit import Place, linked
from verifier.cases.moving import Withdraw
from verifier.cases.statuses import Status
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.outside.clock import SystemClock
from verifier.storage.notices import Delivery, Notice
from verifier.storage.scope import SYSTEM

Files = dict[str, bytes]


@pytest.fixture
def package(store: Store) -> Path:
    """A sealed package, sound, whose log has two events."""
    case = store.ended()
    store.pack(case)
    return store.file(store.pack(case))


def test_a_package_holds_the_dossier_whole_and_is_sealed(store: Store) -> None:
    case = store.ended()
    store.world.record(case, b"{}", "report", media_type="application/json", name="ý kiến.json")
    one = store.pack(case)
    path = store.file(one)
    told, found = contents(path), verify(path)

    assert found.findings == ()
    assert (found.dossier, found.files, found.events) == (case.code, 7, 1)
    assert (found.sealed_at, one.sealed_at, one.tsa, one.unsealed) == (*[store.world.clock.now()] * 2, TSA, "")
    assert [told[name] for name in told if name.endswith("-paper.pdf")] == [PDF, PDF]
    assert [told[name] for name in told if name.endswith("-report.json")] == [b"{}"]
    assert (one.files, one.events, one.case_version, one.size) == (3, 1, case.version, path.stat().st_size)
    assert one.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert one.manifest_sha256 == hashlib.sha256(told["manifest.sha256"]).hexdigest()
    assert store.stamping.asked == [told["manifest.sha256"]]
    assert store.world.actions(case)[-1] == "package-made"


def test_the_data_say_everything_but_secrets(store: Store) -> None:
    case = store.ended()
    path = store.file(store.pack(case))
    data, text = data_of(path), contents(path)["dossier.json"].decode()

    assert data["dossier"]["applicant"]["name"] == WHO.name  # type: ignore[index]
    assert [one["holder"] for one in data["papers"]] == ["Đỗ Thị Bưởi"] * 2  # type: ignore[attr-defined]
    assert [one["file"] for one in data["records"]] == ["files/0001-paper.pdf", "files/0002-paper.pdf"]  # type: ignore[attr-defined]
    assert not any(word in text for word in (case.token_sha256.hex(), TOKEN, '"blob"', '"identity"'))


def test_money_notices_and_deliveries_are_in_it_but_no_link(store: Store) -> None:
    world, link = store.world, hashlib.sha256(b"link").digest()
    case = paid(world)
    with world.database.unit(SYSTEM) as unit:
        money, place = unit.payments.of_case(case.id), case.authority_id
        told = Notice(uuid4(), place, case.id, "filed", "applicant", "vi", {"code": case.code}, (), (), "no-way", AT)
        unit.notices.add(told)
        proof = {"received_by": "Đỗ Thị Bưởi"}
        given = Delivery(uuid4(), place, case.id, "e-mail", "done", AT, "x", (), (), link, done_at=AT, proof=proof)
        unit.notices.add_delivery(given)
    path = store.file(store.pack(store.do(Role.RECEPTION, case, Withdraw(reason="Người nộp rút hồ sơ"))))
    data, page = data_of(path), contents(path)["summary.html"].decode()
    kept = data["money"]

    assert len(money.receipts) == 1
    assert [one["amount"] for one in kept["orders"]] == [money.orders[0].amount]  # type: ignore[index]
    assert [one["number"] for one in kept["receipts"]] == [money.receipts[0].number]  # type: ignore[index]
    assert [len(kept[one]) for one in ("payments", "refunds", "carried")] == [1, 0, 0]  # type: ignore[index]
    assert [one["id"] for one in data["notices"]] == [str(told.id)]  # type: ignore[attr-defined]
    assert [one["proof"] for one in data["deliveries"]] == [proof]  # type: ignore[attr-defined]
    assert not any(word in contents(path)["dossier.json"].decode() for word in (link.hex(), '"link"', '"link_sha256"'))
    assert money.receipts[0].text in page
    assert "Đỗ Thị Bưởi" in page


def test_the_summary_is_for_readers_and_harmless(store: Store) -> None:
    case = store.ended()
    store.world.paper(case, name="<script>alert(1)</script>")
    page = contents(store.file(store.pack(case)))["summary.html"].decode()

    assert WHO.name in page
    assert "Người nộp rút hồ sơ" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=", page)


def test_the_same_dossier_makes_the_same_package_to_the_byte(store: Store) -> None:
    case = store.ended()
    plain = Archives(store.world.cases, None, store.folder / "packing")
    whole = plain._whole(store.world.asker(Role.CLERK), case.id)
    paths = [store.folder / "a.zip", store.folder / "b.zip"]
    made = [plain._packed(store.world.person(Role.CLERK).id, whole, path) for path in paths]

    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert made[0].sha256 == made[1].sha256


def test_without_a_time_stamp_no_package_counts_as_sealed(store: Store) -> None:
    case = store.ended()
    store.stamping.silent = True
    silent = store.pack(case)
    none = Archives(store.world.cases, None, store.folder / "packing").pack(store.world.asker(Role.CLERK), case.id)

    assert [(one.sealed_at, one.unsealed) for one in (silent, none)] == [(None, "no-time-stamp"), (None, "no-stampers")]
    assert verify(store.file(silent)).findings == (Finding("not-sealed"),)
    store.stamping.silent = False
    assert store.pack(case).sealed_at is not None


# --- spoiled ---------------------------------------------------------------------------------------------------------


def flipped(data: bytes, place: int) -> bytes:
    """The data with one bit other."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def middle(name: str) -> Callable[[Files], None]:
    def spoil(files: Files) -> None:
        files[name] = flipped(files[name], len(files[name]) // 2)

    return spoil


def resummed(files: Files) -> None:
    """Write the manifest anew, as a forger would who has no time stamp."""
    names = sorted(files.keys() - {"manifest.sha256", "manifest.tst"})
    files["manifest.sha256"] = "".join(f"{hashlib.sha256(files[one]).hexdigest()}  {one}\n" for one in names).encode()


def stamped_anew(files: Files) -> None:
    """Do so with a time stamp of the forger's own time."""
    resummed(files)
    files["manifest.tst"] = make_token(pki().tsa, AT, files["manifest.sha256"], chain=(pki().tsa_ca,))


def line_changed(files: Files) -> None:
    lines = files["log.jsonl"].splitlines()
    told = json.loads(lines[0])
    told["body"] = told["body"].replace("withdrawn", "delivered")
    files["log.jsonl"] = b"".join(one + b"\n" for one in (json.dumps(told).encode(), *lines[1:]))
    stamped_anew(files)


def line_relinked(files: Files) -> None:
    """Change the first event and hash it anew, so that only the link of the next one tells."""
    first, second, _ = files["log.jsonl"].split(b"\n")
    told = json.loads(first)
    told["body"] = told["body"].replace("withdrawn", "delivered")
    links = bytes.fromhex(told["previous"]), bytes.fromhex(told["subject_previous"])
    place = Place(told["number"], links[0], told["subject_number"], links[1])
    told["hash"] = linked(told["body"], place).hex()
    files["log.jsonl"] = json.dumps(told).encode() + b"\n" + second + b"\n"
    stamped_anew(files)


def line_dropped(files: Files) -> None:
    files["log.jsonl"] = files["log.jsonl"].split(b"\n", 1)[1]
    stamped_anew(files)


def tail_dropped(files: Files) -> None:
    files["log.jsonl"] = files["log.jsonl"].split(b"\n", 1)[0] + b"\n"
    stamped_anew(files)


def log_cut(files: Files) -> None:
    files["log.jsonl"] = files["log.jsonl"][:-1]
    stamped_anew(files)


def replaced(files: Files) -> None:
    files["files/0001-paper.pdf"] = b"%PDF another"
    stamped_anew(files)


def slipped_in(files: Files) -> None:
    files["files/9999-paper.pdf"] = PDF
    stamped_anew(files)


def of_another(files: Files) -> None:
    told = json.loads(files["dossier.json"])
    told["dossier"]["id"] = "00000000-0000-0000-0000-000000000001"
    files["dossier.json"] = json.dumps(told).encode()
    stamped_anew(files)


def forged(files: Files) -> None:
    files["summary.html"] = files["summary.html"].replace(b"withdrawn", b"delivered")
    resummed(files)


def without(name: str) -> Callable[[Files], None]:
    def spoil(files: Files) -> None:
        del files[name]

    return spoil


def added(files: Files) -> None:
    files["files/extra.pdf"] = PDF


def by_a_web_server(files: Files) -> None:
    files["manifest.tst"] = make_token(pki().leaf, AT, files["manifest.sha256"], chain=())


def of_nonsense(files: Files) -> None:
    files["dossier.json"] = b"[" * 100_000
    stamped_anew(files)


def names_that_leave(files: Files) -> None:
    files["../../etc/passwd"] = b"x"
    resummed(files)


SPOILED: dict[str, tuple[Callable[[Files], None], str]] = {
    "file": (middle("files/0002-paper.pdf"), "file-changed"),
    "data": (middle("dossier.json"), "file-changed"),
    "summary": (middle("summary.html"), "file-changed"),
    "readme": (middle(README), "file-changed"),
    "log": (middle("log.jsonl"), "file-changed"),
    "manifest": (middle("manifest.sha256"), "token-other"),
    "token": (middle("manifest.tst"), "token-broken"),
    "token-cut": (lambda files: files.update({"manifest.tst": files["manifest.tst"][:-9]}), "token-broken"),
    "token-of-no-tsa": (by_a_web_server, "token-broken"),
    "token-missing": (without("manifest.tst"), "not-sealed"),
    "file-missing": (without("files/0001-paper.pdf"), "file-missing"),
    "manifest-missing": (without("manifest.sha256"), "not-a-package"),
    "log-missing": (without("log.jsonl"), "not-a-package"),
    "file-added": (added, "file-unknown"),
    "forged-without-time": (forged, "token-other"),
    "forged-line": (line_changed, "log-broken"),
    "forged-link": (line_relinked, "log-broken"),
    "forged-log": (line_dropped, "log-broken"),
    "forged-tail": (tail_dropped, "data-broken"),
    "forged-end": (log_cut, "log-broken"),
    "forged-file": (replaced, "file-changed"),
    "forged-more": (slipped_in, "file-unknown"),
    "forged-dossier": (of_another, "log-broken"),
    "forged-nonsense": (of_nonsense, "data-broken"),
    "forged-names": (names_that_leave, "manifest-broken"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_whatever_is_spoiled_is_found(package: Path, tmp_path: Path, name: str) -> None:
    spoil, code = SPOILED[name]
    files = contents(package)
    assert verify(rewritten(package, files, tmp_path / "same.zip")).sound
    spoil(files)
    found = verify(rewritten(package, files, tmp_path / "spoiled.zip"))

    assert code in {one.code for one in found.findings}
    assert not found.sound


def test_every_byte_of_what_is_stored_counts(store: Store) -> None:
    case = store.ended(papers=0)
    path = store.file(store.pack(case))
    data = path.read_bytes()
    with_content = [
        data.index(part) + place
        for name, part in contents(path).items()
        for place in range(0, len(part), max(1, len(part) // 12))
        if name != README
    ]
    spoiled = store.folder / "spoiled.zip"
    for place in with_content:
        spoiled.write_bytes(flipped(data, place))
        assert not verify(spoiled).sound, place


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"%PDF"], ids=["no", "cut", "bare", "pdf"])
def test_what_is_no_package_is_told_as_such(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)

    assert verify(path).findings == (Finding("not-a-package"),)


def test_a_stored_file_that_is_broken_is_in_no_package(store: Store) -> None:
    case = store.ended()
    store.world.record(case, b"answer", sha256="0" * 64)

    assert code_of(lambda: store.pack(case)) == "package-file-broken"
    assert store.archives.packages(store.world.asker(Role.CLERK), case.id) == ()


def test_a_dossier_that_moves_while_it_is_packed_is_packed_anew(store: Store) -> None:
    case = store.ended()
    store.world.change(case, note="x")
    store.stamping.now = lambda: (store.world.change(case, note="y"), store.world.clock.now())[1]

    assert code_of(lambda: store.pack(case)) == "changed-meanwhile"
    assert store.archives.packages(store.world.asker(Role.CLERK), case.id) == ()


def test_only_clerks_and_reception_pack_and_only_what_has_ended(store: Store) -> None:
    open_ = store.world.case(status=Status.EXAMINATION)
    ended = store.ended()

    assert code_of(lambda: store.pack(open_)) == "case-not-ended"
    for role in (Role.LEADER, Role.SPECIALIST):
        asker = store.world.asker(role)
        assert code_of(lambda asker=asker: store.archives.pack(asker, ended.id)) == "not-allowed"  # type: ignore[misc]
    assert store.archives.pack(store.world.asker(Role.RECEPTION), ended.id).files == 2


def test_a_package_is_not_swept_up(store: Store) -> None:
    one = store.pack(store.ended())
    with store.world.database.unit(SYSTEM) as unit:
        assert unit.known_blobs((one.blob, "00/nobody")) == {one.blob}
    assert list((store.folder / "packing").iterdir()) == []


def test_who_reads_a_package_stands_in_the_log(store: Store) -> None:
    case = store.ended()
    one = store.pack(case)
    clerk = store.world.asker(Role.CLERK)
    _, file = store.archives.file(clerk, case.id, one.id)

    with file.opened() as path:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256
    assert code_of(lambda: store.archives.file(clerk, one.id, one.id)) == "not-found"
    with store.world.database.unit(clerk.scope) as unit:
        assert [entry.event.action for entry in unit.audit.chain("package", str(one.id), 9)] == ["package-read"]


# --- without this system ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum here")
def test_the_steps_of_the_readme_verify_it_without_this_system(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "opened"
    shutil.unpack_archive(package, folder)
    sums = subprocess.run(
        ["sha256sum", "--check", "--strict", "manifest.sha256"], cwd=folder, capture_output=True, check=False
    )
    script = re.search(r"<<'END'\n(.*?)\n     END", (folder / README).read_text("utf-8"), re.DOTALL)
    assert script
    program = "\n".join(line.removeprefix("     ") for line in script[1].split("\n"))
    chain = subprocess.run([sys.executable, "-I", "-c", program], cwd=folder, capture_output=True, check=True)

    assert sums.returncode == 0
    log = json.loads((folder / "dossier.json").read_text("utf-8"))["log"]
    assert chain.stdout.decode().split() == [str(log["events"]), log["last"]]


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here")
def test_openssl_verifies_the_time_stamp_and_refuses_another_manifest(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "opened"
    shutil.unpack_archive(package, folder)
    (folder / "CA.pem").write_text("".join(ssl.DER_cert_to_PEM_cert(one.der) for one in (pki().tsa_root, pki().tsa_ca)))

    def asked() -> int:
        told = ["openssl", "ts", "-verify", "-data", "manifest.sha256", "-in", "manifest.tst", "-token_in"]
        told += ["-CAfile", "CA.pem", "-attime", str(int(AT.timestamp()))]
        done = subprocess.run(
            told,
            cwd=folder,
            capture_output=True,
            check=False,
        )
        return done.returncode

    assert asked() == 0
    (folder / "manifest.sha256").write_bytes(b"x" + (folder / "manifest.sha256").read_bytes())
    assert asked() != 0


def test_the_command_tells_sound_packages_from_others(package: Path, tmp_path: Path) -> None:
    files = contents(package)
    middle("log.jsonl")(files)
    spoiled = rewritten(package, files, tmp_path / "spoiled.zip")
    around = surroundings()

    assert run(["archive", "verify", str(package)], around) == 0
    assert run(["archive", "verify", str(spoiled)], around) == 1
    assert run(["archive", "verify", str(tmp_path / "none.zip")], around) == 2
    assert run(["archive", "verify", "--format", "json", str(package)], around) == 0
    told = around.out.getvalue()  # type: ignore[attr-defined]
    assert "sound" in told
    assert "file-changed: a file is not what it was (log.jsonl)" in told
    assert json.loads(told[told.index("{") :])["sound"] is True


def surroundings() -> Surroundings:
    return Surroundings({}, io.StringIO(), io.StringIO(), SystemClock())
