"""The OpenAPI document, its readable page, and one page for each problem code; all made on the server, no script."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from markupsafe import Markup, escape

from verifier.errors import BadRequest, Problem
from verifier.web.api.openapi import document
from verifier.web.api.operations import OPERATIONS
from verifier.web.problem_statuses import STATUSES
from verifier.web.problems import Refusal, for_machines, status_of

CACHE = "public, max-age=300"


def blueprint() -> Blueprint:
    """Make the blueprint."""
    docs = Blueprint(
        "docs", __name__, template_folder="templates", static_folder="static", static_url_path="/api/static"
    )
    told = _told()

    @docs.get("/api/v1/openapi.json")
    def openapi() -> Response:
        return _cached(jsonify(told))

    @docs.get("/api/v1/docs")
    def page() -> Response:
        text = render_template(
            "api/docs.html", document=told, operations=OPERATIONS, type_name=type_name, told=told_text, codes=STATUSES
        )
        return _cached(Response(text, content_type="text/html; charset=utf-8"))

    @docs.get("/problems/<code>")
    def problem(code: str) -> Response:
        if code not in STATUSES:
            raise BadRequest("page-not-found")
        refusal = Refusal(Problem(code), status_of(code))
        if for_machines():
            return _cached(jsonify(refusal.document()))
        text = render_template("api/problem.html", refusal=refusal, vi=refusal.words("vi"), en=refusal.words("en"))
        return _cached(Response(text, content_type="text/html; charset=utf-8"))

    return docs


@cache
def _told() -> dict[str, Any]:
    """Compose the document once for a process: it rests on the code alone."""
    return document(OPERATIONS)


def type_name(schema: dict[str, Any]) -> str:
    """Return a JSON schema in a few words: `string or null`, `list of Signature`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(type_name(one) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {type_name(schema['items'])}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties", {})
        return f"object of {type_name(values if isinstance(values, dict) else {})}"
    return str(schema.get("type", "anything"))


def told_text(text: str) -> Markup:
    """Return a description as HTML: what stands between backticks, as OpenAPI writes it, is code."""
    parts = escape(text).split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = CACHE
    response.vary.add("Accept")
    return response
