"""The OpenAPI 3.1 document: operations are told beside their views, schemas come from the wire types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic.json_schema import models_json_schema

from verifier import __version__
from verifier.accounts.scopes import SCOPES
from verifier.web.api import (
    appointment_bodies,
    appointment_schemas,
    archive_schemas,
    case_schemas,
    issuance_schemas,
    law_schemas,
    payment_schemas,
    register_schemas,
    schemas,
)
from verifier.web.problems import PROBLEM_JSON

VERSION = "3.1.1"
JSON = "application/json"
DESCRIPTION = """Judges digital signatures on PDF files by ETSI EN 319 102-1.

Hand a file in and get the verdict as JSON: the same object that `verifier validate --format json` writes. A negative
verdict is an answer (201); a file that could not be judged is a problem (RFC 9457) that says why and what to do.

Without an account the address of a verdict is its key, and fewer files are taken. A machine client of an authority
sends its access token: then a verdict belongs to the authority, is found by its id, and is shown to nobody else.
"""


@dataclass(frozen=True)
class Answer:
    """One response of an operation."""

    description: str
    schema: str = ""
    """Name of a wire type; empty for a response without a body."""
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    """Description by name."""
    also: tuple[str, ...] = ()
    """Other media types in which it may come."""


@dataclass(frozen=True)
class Operation:
    """One operation: a method on a path."""

    method: str
    path: str
    summary: str
    description: str
    answers: Mapping[int, Answer]
    body: Mapping[str, Any] | None = None
    """Schema by media type."""
    body_optional: bool = False
    """Whether it may be called without a body too."""
    parameters: tuple[Mapping[str, Any], ...] = ()
    scope: str = ""
    """The scope that a machine client needs; empty where no token is looked at."""
    visitors: bool = True
    """Whether it may be called without a token too."""
    officers: bool = False
    """Whether it is for officers, by their session and its form token."""
    applicants: bool = False
    """Whether it is for applicants: by code and secret token of a dossier, or by a session as officers."""


SCHEME = "machine_client"
CLIENT = {
    "type": "oauth2",
    "description": "A machine client of an authority. It proves itself by a signed assertion (`private_key_jwt`, "
    "RFC 7523); its access token goes into the Authorization header (RFC 6750).",
    "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": dict(SCOPES)}},
}
SESSION, FORM_TOKEN = "session", "form_token"
OFFICER = {
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-session",
        "description": "The session of an officer who signed in on the pages; counts only beside the form token. The "
        "cookie is called `session` where the service does not run by https.",
    },
    FORM_TOKEN: {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "The session's form token: the value of the hidden field `csrf_token` of any form on its pages.",
    },
}
DOSSIER_CODE, DOSSIER_TOKEN = "dossier_code", "dossier_token"
HOLDER = {
    DOSSIER_CODE: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Dossier-Code",
        "description": "Code of a dossier (mã hồ sơ); counts only beside its secret token.",
    },
    DOSSIER_TOKEN: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Dossier-Token",
        "description": "The secret access token that the filing was answered with.",
    },
}


def problem(description: str, **headers: str) -> Answer:
    """Return the answer that is a problem document."""
    return Answer(description, "ProblemDocument", PROBLEM_JSON, headers)


def document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Compose the whole document."""
    types = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, types)
    return {
        "openapi": VERSION,
        "info": {"title": "Verifier", "version": __version__, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": types, "securitySchemes": {SCHEME: CLIENT, **OFFICER, **HOLDER}},
    }


def _schemas() -> dict[str, Any]:
    models = (*schemas.MODELS, *issuance_schemas.MODELS, *law_schemas.MODELS, *case_schemas.MODELS)
    models += (*appointment_schemas.MODELS, *archive_schemas.MODELS, *register_schemas.MODELS, *payment_schemas.MODELS)
    _, top = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    found: dict[str, Any] = top["$defs"]
    if twice := found.keys() & case_schemas.bodies().keys():
        raise ValueError(f"two schemas are called {', '.join(sorted(twice))}")
    return {**found, **case_schemas.bodies(), **appointment_bodies.bodies()}


def _operation(operation: Operation, types: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{operation.method}_{operation.path.strip('/').replace('/', '_').translate(_PLAIN)}",
        "summary": operation.summary,
        "description": operation.description,
        "responses": {str(status): _answer(answer) for status, answer in operation.answers.items()},
    }
    if operation.scope:
        told["security"] = [*([{}] if operation.visitors else []), {SCHEME: [operation.scope]}]
    if operation.officers or operation.applicants:
        told.setdefault("security", []).append({SESSION: [], FORM_TOKEN: []})
    if operation.applicants:
        told["security"].append({DOSSIER_CODE: [], DOSSIER_TOKEN: []})
    if operation.parameters:
        told["parameters"] = [dict(parameter) for parameter in operation.parameters]
    if operation.body:
        content = {media: {"schema": schema} for media, schema in operation.body.items()}
        told["requestBody"] = {"required": _needed(operation, types), "content": content}
    return told


def _needed(operation: Operation, types: Mapping[str, Any]) -> bool:
    """Tell whether there must be a body: none at all is read like a JSON object without fields."""
    told = (operation.body or {}).get(JSON)
    if told is None or operation.body_optional:
        return not operation.body_optional
    return bool(types.get(str(told.get("$ref", "")).rpartition("/")[2], told).get("required"))


def _answer(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.description}
    if answer.schema:
        told["content"] = {answer.media: {"schema": {"$ref": f"#/components/schemas/{answer.schema}"}}}
    elif answer.media != JSON:
        told["content"] = {answer.media: {}}
    for media in answer.also:
        told["content"][media] = {}
    if answer.headers:
        told["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
        }
    return told


_PLAIN = str.maketrans("", "", "{}.")
