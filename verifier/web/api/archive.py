"""The views of `/api/v1/archive`: what is due, and packages of dossiers; for officers of the authority that has them.

To the store, handing over and removal are commands on the dossier (`/api/v1/cases/{id}/archive`, `…/hand-over`,
`…/propose-removal`, `…/remove`, `…/decide-keeping`).
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, url_for

from verifier.archive.records import Package
from verifier.archive.service import Archives, Due
from verifier.errors import BadRequest
from verifier.reports.formats import iso
from verifier.web.api.case_askers import asker, casework
from verifier.web.downloads import given

blueprint = Blueprint("archive_api", __name__, url_prefix="/api/v1/archive")
ZIP = "application/zip"


def archives() -> Archives:
    """Return the archive; BadRequest `not-found` where this service has none."""
    found = casework().archives
    if found is None:
        raise BadRequest("not-found")
    return found


@blueprint.get("/due")
def due() -> Response:
    """List what is to go to the store, what may be removed, and what nobody has decided of."""
    found = archives().due(asker())
    told = {name: [_due(one) for one in getattr(found, name)] for name in ("to_store", "removable", "undecided")}
    return _json(told)


@blueprint.get("/dossiers/<uuid:id_>/packages")
def packages(id_: UUID) -> Response:
    """List the packages of a dossier, the newest first."""
    return _json({"packages": [_told(one) for one in archives().packages(asker(), id_)]})


@blueprint.post("/dossiers/<uuid:id_>/packages")
def pack(id_: UUID) -> Response:
    """Make a package of a dossier as it stands."""
    made = archives().pack(asker(), id_)
    answer = _json(_told(made), 201)
    answer.headers["Location"] = url_for(".file", id_=id_, package_id=made.id)
    return answer


@blueprint.get("/dossiers/<uuid:id_>/packages/<uuid:package_id>")
def file(id_: UUID, package_id: UUID) -> Response:
    """Give a package as a download; whoever reads it stands in the audit log."""
    one, stored = archives().file(asker(), id_, package_id)
    answer = given(stored, f"package-{one.id}.zip", ZIP)
    answer.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(one.sha256)).decode()}:"
    return answer


def _due(one: Due) -> dict[str, Any]:
    case = one.case
    return {
        "id": str(case.id),
        "code": case.code,
        "procedure": case.procedure,
        "status": case.status,
        "ended_at": iso(case.ended_at) if case.ended_at else None,
        "since": one.since.isoformat() if one.since else None,
        "href": url_for("cases_api.read", id_=case.id),
    }


def _told(one: Package) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "dossier": str(one.case_id),
        "made_at": iso(one.made_at),
        "version": one.case_version,
        "events": one.events,
        "files": one.files,
        "size": one.size,
        "sha256": one.sha256,
        "manifest_sha256": one.manifest_sha256,
        "sealed_at": iso(one.sealed_at) if one.sealed_at else None,
        "tsa": one.tsa,
        "unsealed": one.unsealed,
        "handed_at": iso(one.handed_at) if one.handed_at else None,
        "receiver": one.receiver,
        "proposed_at": iso(one.proposed_at) if one.proposed_at else None,
        "removed_at": iso(one.removed_at) if one.removed_at else None,
        "file": url_for("archive_api.file", id_=one.case_id, package_id=one.id) if one.blob else None,
    }


def _json(told: object, status: int = 200) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), status, content_type="application/json")
