"""A result on its way to a browser: one file as it is, several as a ZIP file that grows on the disk, not in memory."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

from flask import Response, current_app

from verifier.cases.delivering import Fetched, ResultFile
from verifier.web.downloads import as_download, given, pieces

CHUNK = 64 * 1024
"""Bytes copied at a time."""
BIG = 2**31 - 1
"""From which size an entry of a ZIP file is written in the 64-bit form."""


def result(fetched: Fetched) -> Response:
    """Give a result that was fetched, piece by piece."""
    if len(fetched.files) == 1:
        (one,) = fetched.files
        return given(one.file, one.name, one.media_type)
    with ExitStack() as held:
        packed = held.enter_context(tempfile.TemporaryFile(dir=current_app.config["SPOOL"]))
        zipped(fetched.files, packed)
        kept = held.pop_all()
    answer = Response(pieces(packed), content_type="application/zip")
    answer.call_on_close(kept.close)
    answer.content_length = packed.seek(0, 2)
    packed.seek(0)
    return as_download(answer, f"{fetched.case.code}.zip")


def zipped(files: Sequence[ResultFile], out: IO[bytes]) -> None:
    """Write a ZIP file of all; a name that stands twice gets its number in front. They are not made smaller: PDF is."""
    names = [one.name for one in files]
    with zipfile.ZipFile(out, "w") as archive:
        for number, one in enumerate(files, 1):
            name = one.name if names.count(one.name) == 1 else f"{number}-{one.name}"
            info = zipfile.ZipInfo(name.replace("/", "_"))
            with ExitStack() as held:
                path = held.enter_context(one.file.opened())
                source = held.enter_context(path.open("rb"))
                entry = held.enter_context(archive.open(info, "w", force_zip64=path.stat().st_size > BIG))
                shutil.copyfileobj(source, entry, CHUNK)
