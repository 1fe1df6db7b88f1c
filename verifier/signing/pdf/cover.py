"""The cover (allonge): a document that holds another one unchanged, as an embedded file (ISO 32000-2 7.11.4, 14.13)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from pathlib import Path

from pyhanko.pdf_utils.generic import ByteStringObject, DictionaryObject, IndirectObject, NameObject

from verifier.signing.pdf.opening import attempted
from verifier.signing.pdf.syntax import array, copied, dictionary, encoded, text
from verifier.signing.pdf.update import Section, Update

LONGEST_NAME = 120
"""Characters of a file name that are kept; file systems take 255 bytes, and a Vietnamese letter has up to three."""

LONGEST_ENDING = 10

UNSAFE = re.compile(r'[<>:"/\\|?*]')
"""Path signs and what Windows forbids in names."""

INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories of signs that steer or cannot be shown, as marks of direction."""

MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
"""RFC 6838 4.2, in lower case."""

UNKNOWN_TYPE = "application/octet-stream"

CHUNK = 1 << 20

LENGTH_WIDTH = 12
"""Bytes kept for /Length, which is known at the end."""


def covered(cover: bytes, original: Path, out: Path, file_name: str, media_type: str) -> None:
    """Write `cover`, a PDF of ours, with the bytes of `original` inside, under a harmless form of its name.

    The file is compressed, so that nothing in it can be taken for a part of the cover.
    """
    section = attempted(cover, lambda update: _with_file(update, original, out, file_name, media_type))
    with out.open("ab") as file:
        file.write(section.data)


def safe_name(name: str) -> str:
    """Return a file name that says the same and can do no harm; `document` where nothing is left."""
    whole = unicodedata.normalize("NFC", name).replace("\t", " ")
    kept = "".join(each for each in whole if unicodedata.category(each) not in INVISIBLE)
    clean = re.sub(r"\s+", " ", UNSAFE.sub("_", kept)).strip(" .")
    stem, point, ending = clean.rpartition(".")
    if not point or len(ending) > LONGEST_ENDING:
        return clean[:LONGEST_NAME].rstrip(" .") or "document"
    return f"{stem[: LONGEST_NAME - len(ending) - 1].rstrip(' .') or 'document'}.{ending}"


def _with_file(update: Update, original: Path, out: Path, file_name: str, media_type: str) -> Section:
    name = text(safe_name(file_name))
    stream = _write_file(update, original, out, media_type.lower())
    plain_name = safe_name(file_name).encode("ascii", "replace").replace(b"?", b"_")
    specification = update.add(
        dictionary(
            Type="/Filespec",
            F=ByteStringObject(plain_name),
            UF=name,
            EF=dictionary(F=stream, UF=stream),
            AFRelationship="/Source",
        )
    )
    root = copied(update.root)
    old = update.entry(root, "/Names")
    names = copied(old) if isinstance(old, DictionaryObject) else DictionaryObject()
    names["/EmbeddedFiles"] = dictionary(Names=array([name, specification]))
    root["/Names"] = names
    root["/AF"] = array([specification])
    root["/PageMode"] = NameObject("/UseAttachments")
    update.put(update.reader.trailer.raw_get("/Root"), root)
    return update.section()


def _write_file(update: Update, original: Path, out: Path, media_type: str) -> IndirectObject:
    """Write cover and file, piece by piece; the checksum is what PDF has one for, MD5 (table 45)."""
    where = update.reserve()
    kind = media_type if MEDIA_TYPE.fullmatch(media_type) else UNKNOWN_TYPE
    with original.open("rb") as file:
        check = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()
    said = dictionary(
        Type="/EmbeddedFile",
        Subtype=NameObject(f"/{kind}"),
        Filter="/FlateDecode",
        Params=dictionary(Size=original.stat().st_size, CheckSum=ByteStringObject(check)),
    )
    cover = update.opened.data
    with out.open("wb") as written, original.open("rb") as file:
        written.write(cover if cover.endswith(b"\n") else cover + b"\n")
        offset = written.tell()
        written.write(b"%d %d obj\n%b /Length " % (where.idnum, where.generation, encoded(said).removesuffix(b" >>")))
        length_at = written.tell()
        written.write(b" " * LENGTH_WIDTH + b" >>\nstream\n")
        start = written.tell()
        packer = zlib.compressobj()
        while chunk := file.read(CHUNK):
            written.write(packer.compress(chunk))
        written.write(packer.flush())
        length = written.tell() - start
        written.write(b"\nendstream\nendobj\n")
        update.written(where, offset, written.tell())
        written.seek(length_at)
        written.write(b"%d" % length)
    return where
