"""The trust store of the demonstration: its roots, a register of authorities, and a foreign list that is followed."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import tomli_w
from cryptography.hazmat.primitives.serialization import load_der_private_key

from verifier.demo.pki import PUBLIC_SERVICE, DemoPki
from verifier.snapshot import Anchor, AnchorUse, Branch, Scheme
from verifier.trust.lists.folder import LISTS, alone, save
from verifier.trust.lists.sealing import SigningKey, seal
from verifier.trust.lists.taking import scheme_of, take, with_scheme
from verifier.trust.lists.writing import About, list_of
from verifier.trust.store import load_trust_store, snapshot_of

REGISTER = Path(__file__).with_name("register.toml")
LIST = "/lists/la.xml"
"""Path of the foreign list on the server of the PKI."""
SCHEME = "la"
LASTS = timedelta(days=30)


@dataclass(frozen=True)
class _Root:
    """An anchor of the trust store."""

    file: str
    """Below `anchors/`, in the folder of its branch."""
    name: str
    uses: tuple[str, ...]
    label: str
    arch: str


ROOTS = (
    _Root("vn-government/root.pem", "Gốc trình diễn", ("signature", "timestamp"), "root", "demo"),
    _Root("vn-government/cong-vu.pem", "Gốc chuyên dùng công vụ (trình diễn)", ("signature",), "root", PUBLIC_SERVICE),
    _Root("vn-public/tsa-root.pem", "Gốc dấu thời gian trình diễn", ("timestamp",), "tsa-root", "demo"),
)


def foreign_list(pki: DemoPki, now: datetime) -> bytes:
    """Return the foreign trusted list as of `now`; its number is the minute, so that a later start has a newer one."""
    root = Anchor(pki.certificate("root", "abroad").dump(), "Sample Foreign Root", frozenset({AnchorUse.SIGNATURE}))
    issued = now.replace(second=0, microsecond=0)
    about = About(
        operator=(("en", "List operator (sample)"),),
        scheme=(("en", "Sample list"),),
        territory="LA",
        street="Sample street 1",
        locality="Vientiane",
        postal_code="",
        email="lists@example.org",
        website="https://example.org/",
        location=pki.url + LIST,
        sequence=int(issued.timestamp()) // 60,
        issued=issued,
        next_update=issued + LASTS,
    )
    key = load_der_private_key(pki.key("lists", "abroad").dump(), None)
    if not isinstance(key, SigningKey):
        raise TypeError("the list operator's key is of another kind")
    return seal(list_of(snapshot_of([root]), about), key, pki.certificate("lists", "abroad").dump(), now)


def make_trust(folder: Path, pki: DemoPki, now: datetime) -> Path:
    """Write the trust store where it is not there yet; it stays the same as long as the keys of the PKI do."""
    store = folder / "trust"
    anchors = store / "anchors"
    texts = {root.file: pki.pem(root.label, root.arch) for root in ROOTS}
    if all((anchors / file).exists() and (anchors / file).read_bytes() == text for file, text in texts.items()):
        return store
    shutil.rmtree(store, ignore_errors=True)
    for file, text in texts.items():
        (anchors / file).parent.mkdir(parents=True, exist_ok=True)
        (anchors / file).write_bytes(text)
    entries = [
        {
            "file": root.file,
            "name": root.name,
            "uses": [*root.uses],
            "source": "make run",
            "sha256": hashlib.sha256(pki.certificate(root.label, root.arch).dump()).hexdigest(),
        }
        for root in ROOTS
    ]
    (anchors / "anchors.toml").write_bytes(tomli_w.dumps({"anchor": entries}).encode())
    _write_register(store / "authorities", pki)
    _follow(store, pki, now)
    return store


def _follow(store: Path, pki: DemoPki, now: datetime) -> None:
    """Take the foreign list over for the first time; later ones are fetched."""
    operator = pki.certificate("lists", "abroad").dump()
    scheme = Scheme(
        id=SCHEME,
        name="Danh sách tin cậy nước ngoài (mẫu)",
        location=pki.url + LIST,
        territory="LA",
        branch=Branch.FOREIGN,
        pins=(operator,),
        refresh="automatic",
    )
    data = foreign_list(pki, now)
    snapshot = take(with_scheme(load_trust_store(store), scheme), SCHEME, data, now, by="make run")
    with alone(store / LISTS):
        save(store / LISTS, snapshot, [(scheme_of(snapshot, SCHEME).origin, data)])


def _write_register(folder: Path, pki: DemoPki) -> None:
    folder.mkdir()
    abroad = hashlib.sha256(pki.certificate("root", "abroad").dump()).hexdigest()
    text = REGISTER.read_text(encoding="utf-8").replace("@abroad-root", abroad)
    (folder / "demo.toml").write_text(text, encoding="utf-8")
