"""Reading XML that may be hostile: UTF-8, no document type, no entities, no network, bounded size; else a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from verifier.trust.lists.model import ListProblem

MAX_BYTES = 16 * 1024 * 1024
"""Of one list; the largest that are published have 2 MB."""
MAX_MARKS = 300_000
"""Characters `<` and `=`: a bound for elements and attributes; the largest lists have 50,000."""
MAX_ATTRIBUTES = 100
"""Of one element, and name spaces that one element declares; published lists stay below 20."""
MAX_DEPTH = 64
"""Elements within each other; published lists stay below 30."""

_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BETWEEN = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_HTML = re.compile(rb"<(!doctype\s+html|html)[\s>]", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!doctype", re.IGNORECASE)
_END = re.compile(rb"</([A-Za-z_][\w.-]*:)?TrustServiceStatusList\s*>")


class NotReadable(ValueError):
    """A file that is no XML which this program reads."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.problem = ListProblem(code, detail)


def parse(data: bytes) -> etree._Element:
    """Return the root element. NotReadable, told before anything is parsed where that is possible.

    Codes: `empty-file`, `list-too-large`, `encoding-not-utf8`, `html-instead-of-list`, `xml-doctype`,
    `xml-too-complex`, `xml-truncated`, `xml-broken`.
    """
    _check_outside(data)
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise _syntax(data, error) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotReadable("xml-doctype", "the file declares a document type")
    _check_depth(root)
    return root


def canonical(
    tree: etree._Element | etree._ElementTree,
    *,
    exclusive: bool = True,
    comments: bool = False,
    prefixes: tuple[str, ...] = (),
) -> bytes:
    """Return a document, or its root element alone, in canonical XML 1.0; NotReadable `xml-not-canonical`.

    For an element within a larger tree take `copy_of` it, which has the name spaces that it inherits.
    """
    try:
        return etree.tostring(
            tree,
            method="c14n",
            exclusive=exclusive,
            with_comments=comments,
            inclusive_ns_prefixes=list(prefixes) or None,
        )
    except etree.C14NError:  # a name space whose address is relative (Canonical XML 1.0, 1.3)
        raise NotReadable("xml-not-canonical", "the file has no canonical form") from None


def copy_of(element: etree._Element | etree._ElementTree) -> etree._Element:
    """Return a document of its own with the same content, and all name spaces that an element inherits."""
    data = etree.tostring(element, with_tail=False, encoding="utf-8")
    try:
        return etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise _syntax(data, error) from None


def local(element: etree._Element) -> str:
    """Return the name of an element without its name space."""
    return etree.QName(element).localname


def elements(parent: etree._Element) -> Iterator[etree._Element]:
    """Yield the children that are elements: no comments, no processing instructions."""
    return parent.iterchildren("*")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _check_outside(data: bytes) -> None:
    """Refuse what can be told from the bytes alone."""
    if not data.strip():
        raise NotReadable("empty-file", "nothing stands in the file")
    if len(data) > MAX_BYTES:
        raise NotReadable("list-too-large", f"the file has more than {MAX_BYTES} bytes")
    _check_encoding(data)
    prolog = _after_prolog(data.removeprefix(_BOM))
    if _HTML.match(prolog):
        raise NotReadable("html-instead-of-list", "the file is a web page")
    if _DOCTYPE.match(prolog):
        raise NotReadable("xml-doctype", "the file declares a document type")
    if data.count(b"<") + data.count(b"=") > MAX_MARKS:
        raise NotReadable("xml-too-complex", "the file has too many elements")


def _check_encoding(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotReadable("encoding-not-utf8", "the file is not in UTF-8") from None
    declaration = _DECLARATION.match(data.removeprefix(_BOM))
    named = _ENCODING.search(declaration.group()) if declaration else None
    if b"\0" in data or (named and named.group(1).lower() not in (b"utf-8", b"us-ascii")):
        raise NotReadable("encoding-not-utf8", "the file is not in UTF-8")


def _after_prolog(data: bytes) -> bytes:
    """Return the beginning of what follows white space, comments and processing instructions."""
    at = 0
    while found := _BETWEEN.match(data, at):
        at = found.end()
    return data[at : at + 64]


def _syntax(data: bytes, error: etree.XMLSyntaxError) -> NotReadable:
    if not data.lstrip(_BOM).lstrip().startswith(b"<"):
        return NotReadable("xml-broken", "the file is no XML")
    text = str(error.msg)
    if "depth" in text or "Huge" in text.title() or "huge" in text:
        return NotReadable("xml-too-complex", text)
    if not any(_END.finditer(data[-4096:])):
        return NotReadable("xml-truncated", f"the end of the list is missing: {text}")
    return NotReadable("xml-broken", text)


def _check_depth(root: etree._Element) -> None:
    """Refuse what canonicalisation would take too long for: deep nesting, crowds of attributes or name spaces."""
    depth = spaces = 0
    for event, found in etree.iterwalk(root, events=("start", "end", "start-ns")):
        if event == "start-ns":
            spaces += 1
            continue
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise NotReadable("xml-too-complex", f"elements lie more than {MAX_DEPTH} deep within each other")
        if spaces > MAX_ATTRIBUTES or (event == "start" and len(found.attrib) > MAX_ATTRIBUTES):
            raise NotReadable("xml-too-complex", f"an element has more than {MAX_ATTRIBUTES} attributes or name spaces")
        spaces = 0
