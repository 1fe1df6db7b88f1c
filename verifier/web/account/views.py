"""The routes of signing in and of one's own account: parse, call the service, render."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("account", __name__)
