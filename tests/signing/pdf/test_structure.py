"""A tagged document stays tagged: the mark is entered where nobody signed yet, else the tree is left alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import typst
from pyhanko.pdf_utils.generic import ArrayObject
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing.pdf import files
from tests.signing.pdf.support import TEXT, field, issued, told
from verifier.signing.records import Place

LETTER = b'#set document(title: "T")\n#set text(lang: "vi")\n= Th\xc6\xb0\nN\xe1\xbb\x99i dung'
ELEMENT = b"<< /Type /StructElem /S /Document /P 7 0 R %b >>"
TREES: dict[str, bytes | files.Objects] = {
    "typst": bytes(typst.compile(LETTER)),
    "bare": {7: b"<< /Type /StructTreeRoot >>"},
    "one-element": {
        7: b"<< /Type /StructTreeRoot /K 8 0 R /ParentTree 9 0 R >>",
        8: ELEMENT % b"",
        9: b"<< /Nums [] >>",
    },
    "array": {7: b"<< /Type /StructTreeRoot /K [8 0 R] /ParentTree << /Nums [4 8 0 R] >> >>", 8: ELEMENT % b"/K [1]"},
    "several": {7: b"<< /Type /StructTreeRoot /K [8 0 R 9 0 R] >>", 8: ELEMENT % b"", 9: ELEMENT % b""},
    "branches": {
        7: b"<< /Type /StructTreeRoot /K [8 0 R] /ParentTree << /Kids [9 0 R 10 0 R] >> /ParentTreeNextKey 3 >>",
        8: ELEMENT % b"/K 1",
        9: b"<< /Limits [0 0] /Nums [0 [8 0 R]] >>",
        10: b"<< /Limits [6 7] /Nums [6 [8 0 R] 7 8 0 R] >>",
    },
}


def tagged(shape: str) -> bytes:
    tree = TREES[shape]
    if isinstance(tree, bytes):
        return tree
    return files.with_table(files.objects(catalog=b"/StructTreeRoot 7 0 R /MarkInfo << /Marked true >>", more=tree))


def parents(tree: Any) -> dict[int, Any]:
    numbers, kids = (tree.get(key, ArrayObject()) for key in ("/Nums", "/Kids"))
    found = {int(numbers[n]): numbers.raw_get(n + 1) for n in range(0, len(numbers), 2)}
    for kid in kids:
        node = kid.get_object()
        inner = parents(node)
        assert [min(inner), max(inner)] == [int(each) for each in node["/Limits"]]
        found |= inner
    return found


@pytest.mark.parametrize("shape", TREES)
def test_the_mark_is_entered_and_found_from_both_sides(shape: str, tmp_path: Path) -> None:
    before = PdfFileReader(BytesIO(tagged(shape))).root["/StructTreeRoot"]
    reader = PdfFileReader(BytesIO(issued(tagged(shape), tmp_path)), strict=True)
    root = reader.root["/StructTreeRoot"]
    widget_at = reader.root["/AcroForm"]["/Fields"].raw_get(0)
    widget = widget_at.get_object()
    known = parents(root["/ParentTree"])
    element_at = known[int(widget["/StructParent"])]
    element = element_at.get_object()
    assert (element["/S"], element["/Alt"], element["/Lang"]) == ("/Form", TEXT, "vi")
    assert element["/K"]["/Type"] == "/OBJR"
    assert element["/K"].raw_get("/Obj") == widget_at
    assert element["/P"]["/K"].raw_get(-1) == element_at
    assert int(root["/ParentTreeNextKey"]) == max(known) + 1
    if "/ParentTree" in before:
        assert parents(before["/ParentTree"]).items() <= known.items()
    assert widget["/P"]["/Tabs"] == "/S"


@pytest.mark.parametrize("shape", TREES)
def test_the_tree_is_left_alone_once_someone_signed(shape: str, tmp_path: Path) -> None:
    first = issued(tagged(shape), tmp_path, field("First"))
    second = issued(first, tmp_path, field("Second", Place(1, 20, 90, 60, 30)))
    one, other = (PdfFileReader(BytesIO(data)).root["/StructTreeRoot"] for data in (first, second))
    assert dict(one) == dict(other)
    assert told(second) == [("First", "TOTAL_PASSED", "permitted"), ("Second", "TOTAL_PASSED", "none")]
    form = PdfFileReader(BytesIO(second)).root["/AcroForm"]
    assert form["/Fields"][1]["/TU"] == TEXT


def test_what_is_not_tagged_is_not_tagged_afterwards(tmp_path: Path) -> None:
    reader = PdfFileReader(BytesIO(issued(files.with_table(files.objects()), tmp_path)))
    assert "/StructTreeRoot" not in reader.root
    assert "/StructParent" not in reader.root["/AcroForm"]["/Fields"][0]


def test_the_marks_own_structure_stays_out_of_the_page(tmp_path: Path) -> None:
    reader = PdfFileReader(BytesIO(issued(tagged("typst"), tmp_path)))
    content = reader.root["/AcroForm"]["/Fields"][0]["/AP"]["/N"].data
    assert b"BDC" in content
    assert b"/MCID" not in content
