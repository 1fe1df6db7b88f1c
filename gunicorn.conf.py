"""What `gunicorn app:app` reads in this folder: the settings that the package brings."""

from verifier.web.gunicorn_config import *  # noqa: F403 - gunicorn takes what it knows by name
