"""The blueprint that the views of accounts register with."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("account", __name__)
