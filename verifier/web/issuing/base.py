"""What the pages on issuing share: their blueprint, the service behind them, and who may act."""

from __future__ import annotations

from flask import Blueprint

from verifier.accounts.roles import Role
from verifier.errors import CouldNotIssue
from verifier.signing.acts.issuing import Issuing
from verifier.web import issued
from verifier.web.access import caller

blueprint = Blueprint("issuing", __name__, url_prefix="/officer/issuances", template_folder="../templates")


def service() -> Issuing:
    """Return the act of issuing; CouldNotIssue `issuing-off` where this service issues nothing."""
    found = issued.service()
    if found is None:
        raise CouldNotIssue("issuing-off")
    return found


def acts() -> bool:
    """Tell whether the caller may order, confirm and annul."""
    return Role.LEADER in caller().roles
