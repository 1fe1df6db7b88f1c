"""What a mark says of a paper of a dossier: which kind of act it takes, and the officer's fields out of the paper's."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.cases.onpaper import ELECTRONIC
from verifier.cases.records import Case, Paper
from verifier.errors import BadRequest
from verifier.law.branches import Country
from verifier.signing.acts.facts import BASIS
from verifier.signing.ports import Layout
from verifier.signing.records import Kind

OF_WORK = {"CNLS": Kind.CONSULAR_CERTIFICATION, "HPHLS": Kind.CONSULAR_LEGALIZATION}
"""Kinds of acts by kind of work: one dossier may mix them."""
CONFIRMED = "c"
BOTH, SEAL, SIGNATURE = "all", "seal", "signature"


def kind_of(case: Case, paper: Paper) -> Kind:
    """Return the kind of act that a paper takes; BadRequest `signed-on-paper` where the procedure has none."""
    if case.procedure not in ELECTRONIC:
        raise BadRequest("signed-on-paper", case.procedure)
    return OF_WORK.get(paper.work, ELECTRONIC[case.procedure])


def said_of(case: Case, paper: Paper, layout: Layout, countries: Mapping[str, Country]) -> dict[str, str]:
    """Return what stands in the fields of a mark; a field of which the paper says nothing is left out.

    The country is the one whose public paper it is, as in the first field of the Apostille (Convention of 5/10/1961).
    """
    country = countries.get(paper.issuing_country)
    told = {
        "country": country.words.vi if country else "",
        "certified": _certified(paper),
        "signed_by": paper.signer,
        "capacity": paper.title,
        "seal_of": paper.office,
        "unsigned": "" if paper.signer else "yes",
        "original": paper.name,
        "requester": case.applicant.name,
    }
    known = {*layout.fields, *layout.optional}
    said = {name: text for name, text in told.items() if text and name in known}
    return said | ({BASIS: CONFIRMED} if paper.basis == CONFIRMED else {})


def _certified(paper: Paper) -> str:
    """Return which of seal and signature there is to certify (Circular 01/2012/TT-BNG Art. 11(2))."""
    if paper.signer and paper.office:
        return BOTH
    return SIGNATURE if paper.signer else SEAL
