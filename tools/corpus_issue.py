"""Whether real files can be marked without harm: every signature that was there keeps its verdict, here and in poppler.

Every file is marked on its first page and signed with a test key; every third one gets validation data and a document
time stamp too. Files that cannot be extended go on a cover, from which they must come out byte for byte.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typst

from tests.pki.keys import sign
from tests.pki.world import World, world
from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.outside.clock import SystemClock
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.signing.pdf import cms, writing
from verifier.signing.pdf.extension import COVER, Extension, extension
from verifier.signing.records import Algorithm, Drawing, Field, Material, Place, Role
from verifier.snapshot import Anchor, TrustSnapshot
from verifier.trust.algorithms import packaged_suites
from verifier.verdict import Changes, Conclusion, DocumentVerdict, SignatureVerdict

TYPESET = (
    "#set page(width: 60mm, height: 25mm, margin: 2mm)\n#rect(width: 100%, height: 100%)[Chứng nhận lãnh sự Số 01]"
)
RANK = {Conclusion.TOTAL_FAILED: 0, Conclusion.INDETERMINATE: 1, Conclusion.TOTAL_PASSED: 2}
FIELD, STAMP = "Verifier-corpus", "Verifier-corpus-time"
AT_MOST = 400
"""Files that are marked; of more, evenly chosen ones."""
STAMPED_EACH = 3


@dataclass
class Tally:
    """What came of the files."""

    marked: int = 0
    signatures: int = 0
    stamped: int = 0
    covered: int = 0
    hindered: Counter[str] = field(default_factory=Counter)
    unread: int = 0
    harm: list[str] = field(default_factory=list)


def below_floor(corpus: Path, anchor: bytes, floors: dict[str, Any]) -> bool:
    """Mark the files; tell what came of it, and whether a floor is missed."""
    start = time.perf_counter()
    found = sorted((corpus / "files").rglob("*.pdf"))
    files = found[:: -(-len(found) // AT_MOST)] if found else []
    with tempfile.TemporaryDirectory() as scratch:
        tally = marked_all(files, Path(scratch), anchor)
    seconds = time.perf_counter() - start
    print(f"marking {len(files)} of {len(found)} files in {seconds:.1f} s: ", end="")
    print(
        f"{tally.marked} marked ({tally.signatures} earlier signatures, {tally.stamped} files with time stamp), ",
        end="",
    )
    print(f"{tally.covered} covered, {tally.unread} not judged; ", end="")
    print(", ".join(f"{count} {code}" for code, count in tally.hindered.most_common()))
    for line in tally.harm:
        print(f"HARM {line}")
    kept = {
        "marked files": tally.marked >= floors["marked"],
        "earlier signatures": tally.signatures >= floors["signatures"],
        "covered files": tally.covered >= floors["covered"],
        "no harm": not tally.harm,
        "time for marks": seconds < floors["seconds"],
    }
    for name, good in kept.items():
        print(f"floor, {name}: {'kept' if good else 'MISSED'}")
    return not all(kept.values())


def marked_all(files: Sequence[Path], scratch: Path, anchor: bytes) -> Tally:
    """Mark each file, two at a time: most of the time is spent in poppler."""
    tally, work = Tally(), _Marking(scratch, anchor)
    with ThreadPoolExecutor(2) as pool:
        for one in pool.map(work.marked, range(len(files)), files):
            tally.marked += one.marked
            tally.signatures += one.signatures
            tally.stamped += one.stamped
            tally.covered += one.covered
            tally.hindered += one.hindered
            tally.unread += one.unread
            tally.harm += one.harm
    return tally


class _Marking:
    def __init__(self, scratch: Path, anchor: bytes) -> None:
        self._scratch, self._world = scratch, world()
        source = scratch / "mark.typ"
        source.write_text(TYPESET, encoding="utf-8")
        self._drawing = Drawing(bytes(typst.compile(source)), 60, 25, "Chứng nhận lãnh sự\nSố 01")
        anchors = (Anchor(anchor, "root"), Anchor(self._world.root.der, "own"), Anchor(self._world.tsa_root.der, "tsa"))
        self._evidence = Evidence(TrustSnapshot("corpus", anchors, suites=packaged_suites()))
        self._policy, self._now = make_policy(name="corpus"), SystemClock().now()

    def marked(self, number: int, path: Path) -> Tally:
        tally = Tally()
        before = self._verdict(path)
        allowed = extension(path)
        tally.hindered.update(allowed.hindrances)
        if allowed.hindrances:
            if set(allowed.hindrances) <= COVER:
                self._cover(tally, number, path)
            return tally
        if before is None:
            tally.unread += 1
            return tally
        out = self._scratch / f"{number}.pdf"
        stamped = number % STAMPED_EACH == 0
        name = allowed.empty_fields[0] if allowed.certified else FIELD
        self._issue(path, out, _place(allowed), name, stamped=stamped)
        tally.marked += 1
        tally.stamped += stamped
        tally.signatures += len(before.signatures)
        tally.harm += [f"{path.name}: {what}" for what in self._harm(path, out, before, name)]
        out.unlink()
        return tally

    def _cover(self, tally: Tally, number: int, path: Path) -> None:
        out, inner = self._scratch / f"{number}-cover.pdf", self._scratch / f"{number}.bin"
        writing.covered(self._drawing.pdf, path, out, path.name, "application/pdf")
        subprocess.run(["pdfdetach", "-save", "1", "-o", inner, out], check=False, capture_output=True)
        tally.covered += 1
        if not inner.exists() or inner.read_bytes() != path.read_bytes():
            tally.harm.append(f"{path.name}: comes out of the cover changed")

    def _verdict(self, path: Path) -> DocumentVerdict | None:
        try:
            return judge(read_document(path.read_bytes()), self._evidence, self._policy, self._now).verdict
        except CouldNotJudge:
            return None

    def _issue(self, path: Path, out: Path, place: Place, name: str, *, stamped: bool) -> None:
        prepared = writing.prepared(path, out, Field(name, Role.AGENCY, place, self._drawing, at=self._now))
        writing.embedded(out, prepared, signed(self._world, prepared.digest))
        if stamped:
            step = out.with_suffix(".step")
            writing.with_material(out, step, Material((self._world.ca.der,), self._world.signer_crls(self._now)))
            prepared = writing.stamp_prepared(step, out, STAMP)
            token = self._world.stamp(self._now, imprint=prepared.digest)(b"")
            writing.embedded(out, prepared, token)
            step.unlink()

    def _harm(self, path: Path, out: Path, before: DocumentVerdict, name: str) -> Iterator[str]:
        if not out.read_bytes().startswith(path.read_bytes()):
            yield "the output does not begin with the input"
        after = self._verdict(out)
        if after is None:
            yield "the output cannot be judged"
            return
        ours = [one for one in after.signatures if one.field_name in (name, STAMP)]
        earlier = [one for one in after.signatures if one.field_name not in (name, STAMP)]
        if not ours or not all(one.integrity.intact and not _suspicious(one) for one in ours):
            yield "our own signature is not intact"
        if len(earlier) != len(before.signatures):
            yield f"{len(before.signatures)} signatures before, {len(earlier)} after"
        for one, other in zip(before.signatures, earlier, strict=False):
            yield from worse(one, other)
        yield from poppler(path, out, {one.field_name for one in before.signatures})


def _place(allowed: Extension) -> Place:
    width, height = allowed.sizes[0]
    return Place(1, width * 0.05, height * 0.05, min(60, width * 0.5), min(25, height * 0.5))


def signed(used: World, digest: bytes) -> bytes:
    """Return a CMS by the test key."""
    attributes = cms.attributes(digest, used.leaf.der, Algorithm.ECDSA_SHA256)
    chain = (used.ca.der,)
    return cms.signed(attributes, sign(used.leaf.key, attributes), used.leaf.der, chain, Algorithm.ECDSA_SHA256)


def worse(before: SignatureVerdict, after: SignatureVerdict) -> Iterator[str]:
    """Yield what a signature lost."""
    told = f"{before.field_name or before.id}: "
    if RANK[after.indication] < RANK[before.indication]:
        yield f"{told}{before.indication} became {after.indication} ({after.sub_indication})"
    if after.indication == before.indication and after.sub_indication != before.sub_indication:
        yield f"{told}{before.sub_indication} became {after.sub_indication}"
    for name in ("intact", "cryptographically_valid"):
        if getattr(before.integrity, name) and not getattr(after.integrity, name):
            yield f"{told}no longer {name}"
    if len(_suspicious(after)) > len(_suspicious(before)):
        yield f"{told}{', '.join(sorted(set(_suspicious(after)) - set(_suspicious(before))))}"


def _suspicious(one: SignatureVerdict) -> list[str]:
    """A change after signing has another name once a later signature covers it, so they are counted."""
    return [f"{each.change_class} {dict(each.params)}" for each in one.changes if each.level is Changes.SUSPICIOUS]


def poppler(path: Path, out: Path, names: set[str]) -> Iterator[str]:
    """Yield what poppler says otherwise of the signatures in `names`, and what it did not complain of before.

    Dictionaries that no form field leads to are remnants for us; poppler lists them as long as there is no form.
    """
    for command in (["pdfsig", "-nocert"], ["pdftoppm", "-r", "20", "-f", "1", "-l", "1", "-png"]):
        tail = ["/dev/null"] if command[0] == "pdftoppm" else []
        one, other = (subprocess.run([*command, each, *tail], check=False, capture_output=True) for each in (path, out))
        new = _complaints(other.stderr) - _complaints(one.stderr)
        if new:
            yield f"{command[0]} complains: {'; '.join(new)[:200]}"
        if command[0] == "pdfsig":
            was, now = _validations(one.stdout), _validations(other.stdout)
            yield from (
                f"pdfsig says {now.get(name)} and said {was[name]}"
                for name in names & was.keys()
                if was[name] != now.get(name)
            )


UNKNOWN_TO_POPPLER = "Unimplemented Feature: Unable to validate this type of signature"
"""What it says of every document time stamp."""


def _complaints(output: bytes) -> set[str]:
    lines = output.decode("utf-8", "replace").splitlines()
    return {re.sub(r" (\(\d+\))?:", ":", line) for line in lines} - {UNKNOWN_TO_POPPLER}


def _validations(output: bytes) -> dict[str, tuple[str, ...]]:
    """Return what is said of each signature, by the name of its field."""
    found = re.split(r"^Signature #\d+:", output.decode("utf-8", "replace"), flags=re.MULTILINE)[1:]
    kept = ("Signature Field Name", "Signature Validation", "Signed Ranges", "Signature Type")
    lines = [tuple(line.strip(" -") for line in one.splitlines() if line.strip(" -").startswith(kept)) for one in found]
    return {one[0].removeprefix("Signature Field Name: "): one[1:] for one in lines if one}
