"""The WSGI entry: `gunicorn app:app`."""

import sys

from verifier.compose import create_app
from verifier.errors import BadRequest

WORKER_BOOT_ERROR = 3
"""The code on which gunicorn ends instead of trying again."""

try:
    app = create_app()
except BadRequest as error:
    print(f"verifier: {error.problem.code}: {error.problem.detail}", file=sys.stderr)  # noqa: T201 - the operator reads it
    sys.exit(WORKER_BOOT_ERROR)
