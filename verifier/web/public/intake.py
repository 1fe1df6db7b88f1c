"""Taking files from the upload form: each file gets a token or its own words of refusal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from verifier.errors import Problem, VerifierError
from verifier.web.jobs import Owner
from verifier.web.problems import Refusal, refusal_of
from verifier.web.public.owner import address_of
from verifier.web.public.services import Service

MOST_FILES = 10
"""Files that one form may carry."""


@dataclass(frozen=True)
class Taken:
    """One file of a form: under a token now, or refused."""

    name: str
    token: str = ""
    refusal: Refusal | None = None


def chosen(files: Sequence[FileStorage]) -> list[FileStorage]:
    """Return the files a person chose; a browser sends one without a name where none was chosen."""
    return [one for one in files if one.filename]


def take(
    files: Sequence[FileStorage], service: Service, lang: str, passwords: tuple[str, ...], owner: Owner
) -> list[Taken]:
    """Hand each file to the service, in order."""
    return [_taken(one, service, lang, passwords, owner) for one in files]


def _taken(file: FileStorage, service: Service, lang: str, passwords: tuple[str, ...], owner: Owner) -> Taken:
    name = file.filename or ""
    if _size(file) == 0:
        return Taken(name, refusal=refusal_of(Problem("empty-file")))
    try:
        token = service.submit(file.stream, name, lang, passwords, owner)
    except VerifierError as error:
        return Taken(name, refusal=refusal_of(error.problem))
    return Taken(name, address_of(token, service.get(token, owner.scope)) if owner.scope.authority else token)


def _size(file: FileStorage) -> int:
    size = file.stream.seek(0, os.SEEK_END)
    file.stream.seek(0)
    return size
