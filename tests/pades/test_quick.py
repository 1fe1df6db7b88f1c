"""The sped-up reader gives the same objects as pyHanko's own."""

from __future__ import annotations

import io

import pytest
from pyhanko.pdf_utils.generic import DictionaryObject, Reference
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.pades.build import two_signatures
from tests.pki import PdfBuilder, signed_pdf
from verifier.pades.quick import QuickReader


def same(data: bytes) -> None:
    ours, theirs = QuickReader(data, strict=True), PdfFileReader(io.BytesIO(data))
    assert ours.total_revisions == theirs.total_revisions
    for section in range(theirs.total_revisions):
        assert ours.xrefs.get_xref_container_info(section) == theirs.xrefs.get_xref_container_info(section)
        for reference in theirs.xrefs.explicit_refs_in_revision(section):
            if theirs.xrefs.get_historical_ref(reference, section) is not None:
                key = (reference.idnum, reference.generation)
                mine = ours.get_object(Reference(*key, pdf=ours), section)
                other = theirs.get_object(reference, section)
                assert written(mine) == written(other)
    assert ours.stream.getvalue() == data


def written(obj: DictionaryObject) -> bytes:
    out = io.BytesIO()
    obj.write_to_stream(out)
    return out.getvalue()


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_signed_documents(level: str) -> None:
    same(signed_pdf(level=level))


def test_several_signatures() -> None:
    same(two_signatures().data)


LONG = b"30" * 600


@pytest.mark.parametrize(
    "body",
    [
        b"<< /Contents <%b> >>" % LONG,
        b"<< /V << /Contents <%b> >> >>" % LONG,
        b"<< /A << /Contents <%b> >> /B [<< /Contents <%b> >>] >>" % (LONG, LONG),
        b"<< /Contents (short) /V << /Contents <%b> >> >>" % LONG,
        b"<< /Contents <%b> /V << /Contents <%b> >> >>" % (LONG, LONG),
        b"<< /Contents <> /V << /Contents <%b> >> >>" % LONG,
        b"<< /Contents <%b3> >>" % LONG,
        b"<< /Contents <%b 30> >>" % LONG,
    ],
)
def test_long_strings_in_odd_places(body: bytes) -> None:
    made = PdfBuilder.new()
    made.revise({made._take(): body})
    made.revise({made._take(): b"<< /After /This >>"})
    same(made.data)
