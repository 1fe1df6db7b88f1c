"""Files that come in by forms on dossiers: kept as uploads until a command names them."""

from __future__ import annotations

from flask import current_app
from werkzeug.datastructures import FileStorage

from verifier.cases.kernel import Asker
from verifier.cases.records import Upload
from verifier.web.casework.base import work
from verifier.web.casework.reading import Keep
from verifier.web.site import site
from verifier.web.uploads import clean_file_name, received


def keeper(asker: Asker) -> Keep:
    """Return what keeps a file of a form for who asks; it refuses as `Uploads.keep` does."""

    def keep(file: FileStorage) -> Upload:
        limit = site().upload_bytes
        with received(file.stream, current_app.config["SPOOL"], limit) as found:
            name = clean_file_name(file.filename or "")
            return work().uploads.keep(asker, found.path, name, limit).upload

    return keep
