"""JSON schemas of the bodies of requests: what the rules' dataclasses say, with their docstrings and closed sets.

Nothing is told twice: the sets and lengths are the very ones by which the rules refuse.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from verifier.cases import filing
from verifier.cases.confirming import ANSWERS, TERMS, DraftConfirmation, RecordAnswer
from verifier.cases.delivery import Deliver
from verifier.cases.examination import PaperProposal, RecordBasis
from verifier.cases.filing import FiledComponent, FiledPaper, Filing
from verifier.cases.records import BASES, CHANNELS, OUTCOMES, Applicant, Paper
from verifier.cases.ways import ways
from verifier.web.api.case_body import adapter, bounded

WAYS_OF_LAW = tuple(sorted({id_ for one in ways().values() for id_ in one.law}))
SETS: Mapping[type, Mapping[str, Sequence[str]]] = {
    Applicant: {"kind": filing.APPLICANT_KINDS, "id_kind": filing.ID_KINDS, "lang": filing.NOTICE_LANGUAGES},
    FiledPaper: {"type": filing.TYPES, "language": filing.LANGUAGES},
    Filing: {"channel": CHANNELS, "delivery": ("", *WAYS_OF_LAW)},
    PaperProposal: {"outcome": OUTCOMES},
    RecordBasis: {"basis": BASES},
    DraftConfirmation: {"asked": tuple(TERMS)},
    RecordAnswer: {"answer": ANSWERS},
    Deliver: {"way": tuple(dict.fromkeys((*ways(), *WAYS_OF_LAW)))},
}
"""By record and field: every value that any procedure takes; one procedure may take fewer."""
COUNTS: Mapping[type, Mapping[str, Mapping[str, int]]] = {
    Filing: {"papers": {"minItems": 1, "maxItems": filing.MOST_PAPERS}},
}
"""By record and field: how many there may be."""
AS: Mapping[type, type] = {FiledPaper: Paper}
"""Records whose fields are described with those of another."""
TEXTS = (Applicant, FiledPaper, FiledComponent, Filing)
"""Records whose texts have the lengths of `filing`."""
ELSEWHERE: Mapping[type, Mapping[str, str]] = {
    Filing: {
        "channel": "How it comes in; which ways a procedure has stands in `/api/v1/law/procedures`.",
        "procedure": "Id of a procedure, as `/api/v1/law/procedures` lists them.",
        "delivery": "Way in which the result is wanted; which ones a procedure has stands in `/api/v1/law/procedures`.",
        "facts": "Facts on which components depend, as `/api/v1/law/components` asks for them.",
    },
    FiledPaper: {
        "issuing_country": "Where it comes from, ISO 3166-1.",
    },
    RecordBasis: {"basis": "On what it rests: (a), (b) or (c) of Decree 111/2011/ND-CP Art. 15a(4), or a specimen."},
    FiledComponent: {
        "component": "Id of a component, as `/api/v1/law/components` lists them.",
        "file": "Id of an upload.",
    },
}
"""What is closed by the procedure alone, and where that stands."""


def told(kind: Hashable, ref_template: str = "#/$defs/{model}") -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a body as pydantic writes it: in `prefixItems`, its records in `$defs`."""
    found: dict[str, Any] = adapter(kind).json_schema(ref_template=ref_template)
    for schema in [*found.get("$defs", {}).values(), *found["prefixItems"]]:
        for record in {**SETS, **COUNTS, **ELSEWHERE}:
            if schema.get("title") == record.__name__:
                _completed(record, schema.get("properties", {}))
    bounded(found)
    return found


def _completed(record: type, properties: dict[str, dict[str, Any]]) -> None:
    for name, values in SETS.get(record, {}).items():
        properties[name]["enum"] = list(values)
    for name, counts in COUNTS.get(record, {}).items():
        properties[name] |= counts
    if record in AS:
        alike = adapter(AS[record]).json_schema()["$defs"][AS[record].__name__]["properties"]
        for name in properties.keys() & alike.keys():
            properties[name].setdefault("description", alike[name].get("description", alike[name]["title"]))
    for name, said in ELSEWHERE.get(record, {}).items():
        properties[name]["description"] = said
    if record in TEXTS:
        for name, one in properties.items():
            if one.get("type") == "string" and not {"enum", "format"} & one.keys():
                one["maxLength"] = filing.LONGEST.get(name, filing.USUAL)
