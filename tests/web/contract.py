"""Holds what the API answers in tests against its own document: status, media type, headers and body."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker
from werkzeug.test import TestResponse

from verifier.web.api.openapi import document
from verifier.web.api.operations import OPERATIONS

HEADERS = ("ETag", "Location", "Retry-After", "WWW-Authenticate", "Repr-Digest")
"""Headers of which the document must know."""
SENT = ("ETag", "Location", "Retry-After", "Repr-Digest")
"""Headers that come wherever the document tells of them."""
NO_OPERATION = 405


@cache
def told() -> dict[str, Any]:
    return document(OPERATIONS)


def held(answer: TestResponse, body: Any = None) -> TestResponse:
    """Return an answer of the API as it is; AssertionError where its document does not tell of it.

    `body` is the JSON that was sent: what is accepted is as the schema of the request says.
    """
    asked = answer.request
    operation = operation_of(asked.method, asked.path)
    if operation is None or answer.status_code == NO_OPERATION:
        return answer
    where = f"{asked.method} {asked.path} {answer.status_code} {answer.text[:300] if answer.status_code >= 400 else ''}"
    assert str(answer.status_code) in operation["responses"], f"untold status: {where}"
    one = operation["responses"][str(answer.status_code)]
    names = one.get("headers", {}).keys()
    assert not [name for name in HEADERS if name in answer.headers and name not in names], f"untold header: {where}"
    assert not [name for name in SENT if name in names and name not in answer.headers], f"header is missing: {where}"
    if answer.data:
        assert answer.mimetype in one.get("content", {}), f"untold media type {answer.mimetype}: {where}"
        fits(one["content"][answer.mimetype].get("schema"), answer.json if answer.is_json else None, where)
    if answer.status_code < 300:
        _accepted(operation, answer, body, where)
    return answer


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """Return what the document says of a call; a path without places goes before one with them."""
    paths = told()["paths"]
    fitting = [one for one in sorted(paths, key=lambda one: "{" in one) if re.fullmatch(_PLACE.sub("[^/]+", one), path)]
    found: dict[str, Any] | None = paths[fitting[0]].get(method.lower()) if fitting else None
    return found


def fits(schema: dict[str, Any] | None, value: Any, where: str) -> None:
    """Hold a value against a schema of the document; AssertionError."""
    if schema and (wrong := wrongs(schema, value)):
        raise AssertionError(f"not as the schema tells: {wrong[:3]}: {where}")


def wrongs(schema: dict[str, Any], value: Any) -> list[str]:
    """Return what a schema of the document has against a value."""
    whole = {**schema, "components": told()["components"]}
    checked = OAS31Validator(whole, format_checker=oas31_format_checker)
    return [f"{list(one.absolute_path)} {one.message[:200]}" for one in checked.iter_errors(value)]


def _accepted(operation: dict[str, Any], answer: TestResponse, body: Any, where: str) -> None:
    """Hold what was accepted against what the document says of requests."""
    content = operation.get("requestBody", {}).get("content", {})
    if body is not None:
        assert "application/json" in content, f"no body is told of: {where}"
        fits(content["application/json"]["schema"], body, where)
    asked = answer.request.args
    known = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
    assert asked.keys() <= known.keys(), f"untold parameter: {where}"
    for name, one in known.items():
        assert name in asked or not one["required"], f"{name} is not asked for: {where}"
        if name in asked:
            fits(one["schema"], _value(one["schema"], asked.getlist(name)), where)


def _value(schema: dict[str, Any], values: list[str]) -> Any:
    if schema.get("type") == "array":
        return values
    return int(values[0]) if schema.get("type") == "integer" and values[0].isdigit() else values[0]


_PLACE = re.compile(r"\{\w+\}")
