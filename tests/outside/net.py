"""A make-believe network: answers by address, and remembers what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from tests.pki import FRESH, day, make_crl, make_ocsp, world
from tests.pki.world import CA, LEAF
from verifier.outside.fetch import Failure, FetchFailed, FetchLimits, Request

ISSUER_URL = "http://pki.example/ca.cer"
OCSP_URL = "http://pki.example/ocsp"
CRL_URL = "http://pki.example/ca.crl"
ROOT_CRL_URL = "http://pki.example/root.crl"
WORLD = world(
    leaf=LEAF.but(issuer_urls=(ISSUER_URL,), ocsp_urls=(OCSP_URL,), crl_urls=(CRL_URL,)),
    ca=CA.but(crl_urls=(ROOT_CRL_URL,)),
)
CRL = make_crl(WORLD.ca, FRESH, day(2027))
ROOT_CRL = make_crl(WORLD.root, FRESH, day(2027))
OCSP = make_ocsp(WORLD.leaf, WORLD.ca, FRESH, day(2027))


Answers = dict[str, bytes | Failure | int]
"""Bytes, why there are none, or a status of HTTP."""


@dataclass
class Net:
    answers: Answers
    asked: list[Request] = field(default_factory=list)
    limits: list[FetchLimits | None] = field(default_factory=list)

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        self.asked.append(request)
        self.limits.append(limits)
        answer = self.answers.get(request.url, 404)
        if isinstance(answer, Failure):
            raise FetchFailed(answer)
        if isinstance(answer, int):
            raise FetchFailed(Failure.HTTP_STATUS, status=str(answer))
        return answer

    def save(self, request: Request, file: BinaryIO, limits: FetchLimits | None = None) -> int:
        return file.write(self.fetch(request, limits))

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.asked]
