"""What the API offers for the archive, as data for the OpenAPI document."""

from __future__ import annotations

from verifier.web.api.openapi import Answer, Operation, problem

PATH = "/api/v1/archive"
PACKAGES = PATH + "/dossiers/{id_}/packages"
ID = {
    "name": "id_",
    "in": "path",
    "required": True,
    "description": "Id of the dossier.",
    "schema": {"type": "string", "format": "uuid"},
}
PACKAGE = {**ID, "name": "package_id", "description": "Id of the package."}
WHO = problem("Nobody is signed in, or the form token is missing.")
NOT_ALLOWED = problem("The caller has not the role for it.")
UNKNOWN = problem("There is nothing like that at the officer's authority.")
USUAL = {401: WHO, 403: NOT_ALLOWED, 404: UNKNOWN}

OPERATIONS = (
    Operation(
        "get",
        PATH + "/due",
        "What is due in the archive",
        "Dossiers that are to go to the store, that may be removed, and of which nobody has decided; reckoned when "
        "it is asked.",
        {200: Answer("The lists.", "ArchiveDue"), **USUAL},
        visitors=False,
        officers=True,
    ),
    Operation(
        "get",
        PACKAGES,
        "List the packages of a dossier",
        "The newest first.",
        {200: Answer("All of them.", "PackageNotes"), **USUAL},
        parameters=(ID,),
        visitors=False,
        officers=True,
    ),
    Operation(
        "post",
        PACKAGES,
        "Make a package of a dossier",
        "By a clerk or reception, of a dossier that has ended. A time stamp over the manifest seals it; where none can "
        "be had, `unsealed` says why, and the package can neither be handed over nor stand for a removal.",
        {
            201: Answer("Made.", "PackageNote", headers={"Location": "Where the ZIP is."}),
            **USUAL,
            409: problem("The dossier has not ended, changed meanwhile, is elsewhere, or a stored file is broken."),
            410: problem("The dossier was removed."),
        },
        parameters=(ID,),
        visitors=False,
        officers=True,
    ),
    Operation(
        "get",
        PACKAGES + "/{package_id}",
        "Get a package",
        "The ZIP, to the byte, as a download; who reads it stands in the audit log. `README.txt` in it says how it is "
        "verified without this system.",
        {
            200: Answer(
                "The ZIP.", media="application/zip", headers={"Repr-Digest": "SHA-256 of the file (RFC 9530)."}
            ),
            **USUAL,
            410: problem("The dossier was removed, and the package with it."),
        },
        parameters=(ID, PACKAGE),
        visitors=False,
        officers=True,
    ),
)
