from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tests.pki.world import AT, day
from tests.trust.lists.builder import LIST_OF_LISTS, a_list, operator, provider, service, signed
from verifier.snapshot import Scheme, TrustSnapshot
from verifier.trust.lists.inspection import inspect
from verifier.trust.lists.model import TrustedList
from verifier.trust.store import snapshot_of

ISSUED = day(2026, 10, 1)
"""Of the lists of the builder."""
VN = Scheme("vn", "Viet Nam", "https://tsl.example/VN.xml", "VN", "foreign", (operator().der,))
LOTL = replace(VN, id="lotl", name="Lists", location="https://tsl.example/lists.xml", kind="list_of_lists")


def snapshot(*schemes: Scheme) -> TrustSnapshot:
    return snapshot_of((), schemes=schemes or (VN,))


def one_service(present: str, *past: str) -> str:
    return a_list(provider(service(present, past)))


def of_lists(*pointers: str) -> str:
    return a_list(kind=LIST_OF_LISTS, pointers="".join(pointers), content=False)


def numbered(xml: str, number: int, issued: datetime | None = None) -> str:
    """The list under another number, issued as many days later than the first."""
    when = issued or ISSUED + timedelta(days=number - 7)
    found = xml.replace("<TSLSequenceNumber>7<", f"<TSLSequenceNumber>{number}<")
    return found.replace("2026-10-01T00:00:00Z</ListIssue", f"{when:%Y-%m-%dT%H:%M:%SZ}</ListIssue")


def read(xml: str) -> TrustedList:
    found = inspect(signed(xml), AT, (operator().der,))
    assert found.content is not None
    return found.content
