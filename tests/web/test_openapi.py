from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter

from tests.reports import samples
from tests.web.conftest import MakeApp
from tests.web.support import Checker
from verifier.reports.json_report import to_json
from verifier.web.api.appointments import blueprint as appointments
from verifier.web.api.archive import blueprint as archive
from verifier.web.api.case_commands import commands
from verifier.web.api.cases import blueprint as cases
from verifier.web.api.docs import told_text
from verifier.web.api.issuances import blueprint as issuances
from verifier.web.api.payments import blueprint as payments
from verifier.web.api.registers import blueprint as registers
from verifier.web.api.schemas import ProblemDocument, Progress, Readiness, Report
from verifier.web.check import blueprint as check
from verifier.web.law import law_api
from verifier.web.oauth import blueprint as oauth
from verifier.web.trust.public import blueprint as trust

TOLD = (
    "/api/v1/validations",
    "/api/v1/issuances",
    "/api/v1/cases",
    "/api/v1/appointments",
    "/api/v1/archive",
    "/api/v1/payments",
    "/api/v1/register",
    "/api/v1/tracking-book",
    "/api/v1/trust",
    "/api/v1/law/",
    "/check/",
    "/oauth/",
    "/.well-known/",
    "/health/",
)


def told(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.json is not None
    return dict(answer.json)


def routes(app: Flask) -> set[tuple[str, str]]:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(TOLD):
            path = rule.rule.replace("<uuid:", "<").replace("<int:", "<").replace("<", "{").replace(">", "}")
            paths = [path.replace("{command}", one.name) for one in commands()] if "{command}" in path else [path]
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found |= {(one, method.lower()) for one in paths for method in methods}
    return found


def test_the_document_is_openapi_31(client: FlaskClient) -> None:
    document = told(client)

    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_is_told_and_nothing_else(make_app: MakeApp) -> None:
    app = make_app(
        blueprints=[oauth, trust, issuances, cases, appointments, archive, registers, payments, check, law_api]
    )

    document = told(app.test_client())

    assert {(path, method) for path, item in document["paths"].items() for method in item} == routes(app)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_reports_are_as_the_schema_tells(name: str) -> None:
    wire = to_json(samples.SAMPLES[name], "a.pdf")

    assert Report.model_validate(wire).model_dump(mode="json", by_alias=True) == wire


def test_other_answers_are_as_their_schemas_tell(client: FlaskClient, checker: Checker) -> None:
    checker.gate.clear()
    waiting = client.post("/api/v1/validations", data=b"x", headers={"Prefer": "respond-async"})
    refused = client.get("/api/v1/validations/none")

    TypeAdapter(Progress).validate_python(waiting.json)
    TypeAdapter(ProblemDocument).validate_python(refused.json)
    TypeAdapter(Readiness).validate_python(client.get("/health/ready").json)


@pytest.mark.parametrize(
    ("path", "method", "types"),
    [
        (
            "/api/v1/cases/{id_}/records/{record_id}",
            "get",
            {"application/pdf", "image/png", "application/octet-stream"},
        ),
        ("/api/v1/payments/reconciliation", "get", {"application/json", "text/csv"}),
        ("/api/v1/payments/reconciliation", "post", {"application/json", "text/csv"}),
        ("/api/v1/tracking-book", "get", {"application/json", "application/pdf"}),
        ("/api/v1/cases/{id_}/control-sheet", "get", {"application/json", "application/pdf"}),
    ],
)
def test_every_type_of_an_answer_is_told(client: FlaskClient, path: str, method: str, types: set[str]) -> None:
    assert types <= told(client)["paths"][path][method]["responses"]["200"]["content"].keys()


def test_what_is_refused_of_slots_and_without_a_version_is_told(client: FlaskClient) -> None:
    paths = told(client)["paths"]
    assert "422" in paths["/api/v1/appointments/slots"]["get"]["responses"]
    for name in ("move", "cancel", "no-show"):
        one = paths[f"/api/v1/appointments/{{id_}}/{name}"]["post"]
        assert {"412", "428"} <= one["responses"].keys()
        assert [each["required"] for each in one["parameters"] if each["name"] == "If-Match"] == [True]
    assert "428" not in paths["/api/v1/appointments"]["post"]["responses"]


def test_the_readable_page_names_every_operation_type_and_code(client: FlaskClient) -> None:
    document, html = told(client), client.get("/api/v1/docs").text

    assert all(path in html for path in document["paths"])
    assert all(f'id="type-{name}"' in html for name in document["components"]["schemas"])
    assert 'href="/problems/not-a-pdf"' in html
    assert "<code>respond-async</code>" in html
    assert "<td><code>application/zip</code></td>" in html
    assert '<a href="#type-TrackingRows">TrackingRows</a>, <code>application/pdf</code>' in html
    assert "`" not in html


def test_descriptions_are_escaped() -> None:
    assert told_text("a <b> `c <d>` e") == "a &lt;b&gt; <code>c &lt;d&gt;</code> e"
