"""The law for readers: its API, the public pages of procedures with their calculators, and the page of all entries."""

from __future__ import annotations

from verifier.web.law.api import blueprint as law_api
from verifier.web.law.data import blueprint as law_data
from verifier.web.law.pages import blueprint as procedures

__all__ = ["law_api", "law_data", "procedures"]
