from __future__ import annotations

import random

import pytest

from tests.pki.world import AT
from tests.trust.lists.builder import END, a_list, signed
from verifier.trust.lists.inspection import Inspection, inspect
from verifier.trust.lists.xml import MAX_BYTES

SOUND = signed(a_list(head='<?xml version="1.0" encoding="UTF-8"?>\n'))
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha">%s]>' % b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
XXE = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
CROWD = b" ".join(b'a%d=""' % n for n in range(100_000))
SPACES = b" ".join(b'xmlns:a%d="u:%d"' % (n, n) for n in range(100_000))
BODY = SOUND.split(b"?>\n", 1)[1]


def refused(data: bytes) -> str:
    found: Inspection = inspect(data, AT)
    assert (found.content, found.signature.state, found.services) == (None, "unreadable", 0)
    (problem,) = found.problems
    return problem.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b" \n", "empty-file"),
        (b"<!DOCTYPE html><html><body>503</body></html>", "html-instead-of-list"),
        (b"\n<!-- gateway --><HTML><body>503</body></HTML>", "html-instead-of-list"),
        (SOUND[: len(SOUND) // 2], "xml-truncated"),
        (SOUND[:-3], "xml-truncated"),
        (b"<?xml version='1.0'?>", "xml-truncated"),
        (SOUND.replace(b"</SchemeName>", b"", 1), "xml-broken"),
        (SOUND + SOUND[-len(END) :], "xml-broken"),
        (b"%PDF-1.7", "xml-broken"),
        (b"<list/>", "not-a-list"),
        (a_list().replace("02231/v2#", "02231/v3#").encode(), "not-a-list"),
        (f"{a_list().split('<SchemeInformation>', maxsplit=1)[0]}{END}".encode(), "scheme-information-missing"),
        (SOUND.replace(b"UTF-8", b"ISO-8859-1", 1), "encoding-not-utf8"),
        (SOUND.decode().replace("UTF-8", "UTF-16", 1).encode("utf-16"), "encoding-not-utf8"),
        (SOUND.replace("Behörde".encode(), b"Beh\xf6rde"), "encoding-not-utf8"),
        (LAUGHS + BODY.replace(b">Authority<", b">&j;<"), "xml-doctype"),
        (XXE + BODY.replace(b">Authority<", b">&a;<"), "xml-doctype"),
        (b"<?xml version='1.0'?><!-- a --><?b?>\n" + XXE + BODY, "xml-doctype"),
        (BODY.replace(b">Authority<", b">&a;<"), "xml-broken"),
        (BODY.replace(b"<SchemeInformation>", b"<SchemeInformation xmlns:r='up'>"), "xml-not-canonical"),
        (b"<a>" * 100_000, "xml-too-complex"),
        (BODY.replace(b"<SchemeName>", b"<SchemeName %s>" % CROWD), "xml-too-complex"),
        (BODY.replace(b"<SchemeName>", b"<SchemeName %s>" % SPACES), "xml-too-complex"),
        (b"<a>" * 200 + b"</a>" * 200, "xml-too-complex"),
        (BODY.replace(b"<SchemeInformation>", b"<SchemeInformation>" + b"<a/>" * 1_000_000), "xml-too-complex"),
        (BODY.replace(b"Authority", b"A" * 100_000_000), "list-too-large"),
        (BODY.replace(b"Authority", b"A" * 12_000_000), "xml-too-complex"),
    ],
)
def test_what_is_refused_unread(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_the_limit_of_size_lies_above_the_largest_lists() -> None:
    assert MAX_BYTES >= 8 * 2_026_371


def test_a_file_spoilt_anywhere_is_never_a_fault_of_ours() -> None:
    chance = random.Random(4)
    for _ in range(300):
        data = bytearray(SOUND)
        for _ in range(chance.choice((1, 1, 3))):
            place = chance.randrange(len(data))
            data[place : place + chance.choice((0, 1, 1, 40))] = bytes([chance.choice(b'<>&"=/ aZ0\xc3')])
        found = inspect(bytes(data), AT)
        assert found.content is None or found.signature.state != "intact" or found.content.sequence == "7"
