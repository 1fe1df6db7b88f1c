"""The pages on dossiers: the officer's list and dossier, commands as forms, filing at the counter, the applicant's."""

from __future__ import annotations

from verifier.web.casework import acting, files, filing, lists, show, signing
from verifier.web.casework.applicant import blueprint as dossier
from verifier.web.casework.base import blueprint

__all__ = ["acting", "blueprint", "dossier", "files", "filing", "lists", "show", "signing"]
