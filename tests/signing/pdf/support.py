"""Marks a file, signs it with the test PKI, and asks those who must accept it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import typst

from tests.pki.keys import sign
from tests.pki.world import AT, SIGNED, fresh_evidence, world
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.signing.pdf import cms
from verifier.signing.pdf.writing import embedded, prepared
from verifier.signing.records import Algorithm, Drawing, Field, Place, Prepared, Role
from verifier.verdict import DocumentVerdict

SIZE = (60.0, 30.0)
TEXT = "Chứng nhận lãnh sự\nSố 01"
PLACE = Place(1, 20, 30, *SIZE)
"""Sheet of red, with a blue corner at the top left, so that it can be found and its top told."""
MARK = """#set page(width: 60mm, height: 30mm, margin: 0mm, fill: rgb("#ff0000"))
#set text(size: 8pt)
#place(top + left, rect(width: 20mm, height: 10mm, fill: rgb("#0000ff")))
#place(bottom + right)[Chứng nhận lãnh sự]"""


@cache
def drawing() -> Drawing:
    return Drawing(bytes(typst.compile(MARK.encode())), *SIZE, TEXT)


def field(name: str = "Mark", place: Place | None = PLACE) -> Field:
    return Field(name, Role.PERSON, place, drawing() if place else None, at=SIGNED, name_told="Nguyễn Văn A")


def signed_attributes(room: Prepared) -> tuple[bytes, bytes]:
    """The attributes over a prepared document, and the signature over them."""
    leaf = world().leaf
    attributes = cms.attributes(room.digest, leaf.der, Algorithm.ECDSA_SHA256)
    return attributes, sign(leaf.key, attributes)


def cms_for(room: Prepared, *, stamped: bool = False) -> bytes:
    here = world()
    made = cms.signed(*signed_attributes(room), here.leaf.der, (here.ca.der,), Algorithm.ECDSA_SHA256)
    if stamped:
        made = cms.with_token(made, here.stamp(SIGNED + timedelta(seconds=5))(cms.signature_of(made)))
    return made


def issued(data: bytes, folder: Path, wanted: Field | None = None, *, stamped: bool = False) -> bytes:
    """Mark and sign."""
    source, out = folder / "in.pdf", folder / "out.pdf"
    source.write_bytes(data)
    room = prepared(source, out, wanted or field())
    embedded(out, room, cms_for(room, stamped=stamped))
    return out.read_bytes()


def verdict(data: bytes) -> DocumentVerdict:
    return judge(read_document(data), fresh_evidence(), make_policy(name="test"), AT).verdict


def told(data: bytes) -> list[tuple[str, str, str]]:
    """Of each signature: field, indication, gravest change after it."""
    return [(one.field_name, str(one.indication), str(one.integrity.changes)) for one in verdict(data).signatures]


def pdfsig(data: bytes, folder: Path) -> dict[str, str]:
    """What poppler says of each signature, by field; nothing may be complained of."""
    path = folder / "pdfsig.pdf"
    path.write_bytes(data)
    done = subprocess.run(["pdfsig", "-nocert", path], check=False, capture_output=True, text=True)
    assert not done.stderr
    names = re.findall(r"Signature Field Name: (.*)", done.stdout)
    return dict(zip(names, re.findall(r"Signature Validation: (.*)", done.stdout), strict=False))


def but(wanted: Field, **changes: object) -> Field:
    return replace(wanted, **changes)  # type: ignore[arg-type]
