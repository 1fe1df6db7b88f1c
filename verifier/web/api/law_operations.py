"""What the API tells of the law, as data for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from verifier.law.asking import YEARS
from verifier.law.procedures.records import CHANNELS
from verifier.web.api.openapi import Answer, Operation, problem

TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 1}
LATER = "Seconds after which to try again."
TAG = {"ETag": "Changes with the answer.", "Cache-Control": "Anybody may keep it for a while."}
UNCLEAR = problem("A parameter is not understood; `params.field` names it.")
UNKNOWN = problem("There is no such procedure or form, or it is not in force on the day; `params` say why.")
BUSY = problem("Too many requests.", **{"Retry-After": LATER})


def _parameter(name: str, description: str, schema: dict[str, Any] = TEXT, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **more}


def _in_path(name: str, description: str) -> dict[str, Any]:
    return _parameter(name, description) | {"in": "path", "required": True}


AT = _parameter(
    "at", "The law of this day; of today in Viet Nam where it is missing.", {"type": "string", "format": "date"}
)
PROCEDURE = _parameter("procedure", "Id of the procedure.", example="certified-copy") | {"required": True}
PROCEDURE_IN_PATH = _in_path("procedure", "Id of the procedure.")
FORM = _in_path("form_id", "Id of the form, or its printed number among the one-stop forms, as `01`.")
AUTHORITY = _parameter("authority", "Code of the authority, or id of a calendar; that of Viet Nam where it is missing.")
INSTANT = "ISO 8601; in the authority's time where no offset stands."


def _get(
    path: str, summary: str, description: str, answer: Answer, *parameters: dict[str, Any], **more: Answer
) -> Operation:
    same = Answer("Still what `If-None-Match` names.")
    answers = {200: answer, 304: same, 400: UNCLEAR, 404: UNKNOWN, **{int(code[1:]): one for code, one in more.items()}}
    return Operation("get", f"/api/v1/law/{path}", summary, description, answers, parameters=parameters)


def _told(schema: str) -> Answer:
    return Answer("What the law says.", schema, headers=TAG)


OPERATIONS = (
    _get(
        "procedures",
        "List the procedures in force",
        "And why others are not.",
        _told("LawProcedures"),
        AT,
    ),
    _get(
        "procedures/{procedure}",
        "Read a procedure",
        "What is to be filed, where, how the work goes, what comes of it, and on what law.",
        _told("LawProcedure"),
        PROCEDURE_IN_PATH,
        AT,
    ),
    _get(
        "fee",
        "Reckon a fee",
        "Line by line, with when it is paid, who is exempt and what is given back. Which counts are needed depends on "
        "the procedure.",
        _told("LawFee"),
        PROCEDURE,
        AT,
        _parameter("pages", "Pages of each original, with commas between.", example="4,2"),
        _parameter("copies", "Copies of each original; in consular procedures: copies issued beside.", COUNT),
        _parameter("documents", "Papers that are certified or legalized.", COUNT),
        _parameter("cases", "Cases of signature certification.", COUNT),
    ),
    _get(
        "deadline",
        "Reckon a deadline",
        "By the law of the day of filing. Consular procedures count from `accepted`: without it `due` is null. Steps "
        "are internal targets that never move the legal limit.",
        _told("LawDeadline"),
        PROCEDURE,
        _parameter("received", f"When it was filed. {INSTANT}") | {"required": True},
        _parameter("accepted", f"When the receipt with the appointment was sent. {INSTANT}"),
        _parameter("documents", "Papers of the dossier.", COUNT | {"default": 1}),
        _parameter("extended", "Whether the extension without an agreement is used.", {"enum": ["yes", "no"]}),
        _parameter(
            "channel",
            "How it was filed; the counter where it is missing and the procedure has it.",
            {"enum": list(CHANNELS)},
        ),
        AUTHORITY,
        _429=BUSY,
    ),
    _get(
        "grounds",
        "List the grounds of refusal",
        "With their exceptions, and whether a system can propose them; only an officer refuses.",
        _told("LawGrounds"),
        PROCEDURE,
        AT,
    ),
    _get(
        "components",
        "List what is to be filed",
        "With the conditions under which each is needed, and what must not be asked for.",
        _told("LawComponents"),
        PROCEDURE,
        AT,
    ),
    _get(
        "calendar",
        "List days off",
        "Of a year, with rest days that are worked and days of which it is not certain.",
        _told("LawCalendar"),
        AUTHORITY,
        _parameter(
            "year", "This year where it is missing.", {"type": "integer", "minimum": YEARS[0], "maximum": YEARS[-1]}
        ),
        _429=BUSY,
    ),
    _get(
        "branch",
        "Find the procedure for a paper",
        "By where it was issued, the country of use and its kind; one answer for each country of use.",
        _told("LawBranches"),
        AT,
        _parameter("issued_in", "Country by ISO 3166-1.", example="VN") | {"required": True},
        _parameter("used_in", "Countries of use, with commas between.", example="FR,LA") | {"required": True},
        _parameter("kind", "Code of the kind of document."),
        _parameter("presented_only", "Only the certificate that it was presented is wanted.", {"enum": ["yes", "no"]}),
        _parameter("has_apostille", "Whether it carries an Apostille.", {"enum": ["yes", "no"]}),
        _parameter("consular_certified", "Whether it is consular-certified already.", {"enum": ["yes", "no"]}),
        _422=problem("There is no such country, or no such kind of document."),
    ),
    _get(
        "forms/{form_id}",
        "Draw a blank form",
        "As PDF, as an applicant may have it: what is not verified is not shown as law.",
        Answer("The form.", media="application/pdf", headers=TAG),
        FORM,
        AT,
        _429=BUSY,
    ),
)
