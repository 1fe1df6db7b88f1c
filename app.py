"""The WSGI entry: `gunicorn app:app`."""

from verifier.compose import create_app

app = create_app()
