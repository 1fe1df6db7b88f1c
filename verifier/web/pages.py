"""All blueprints of the pages of accounts; a part that adds pages adds its blueprint here."""

from __future__ import annotations

from flask import Blueprint

from verifier.web.account import blueprint as account
from verifier.web.admin import clients, letters, people
from verifier.web.api.appointments import blueprint as appointments_api
from verifier.web.api.archive import blueprint as archive_api
from verifier.web.api.cases import blueprint as cases_api
from verifier.web.api.issuances import blueprint as issuances_api
from verifier.web.api.payments import blueprint as payments_api
from verifier.web.api.registers import blueprint as registers_api
from verifier.web.audit.views import blueprint as audit
from verifier.web.authorities import authorities, proposals
from verifier.web.casework import blueprint as cases
from verifier.web.casework import dossier
from verifier.web.check import blueprint as check
from verifier.web.delivery import blueprint as delivery
from verifier.web.issuing import blueprint as issuing
from verifier.web.law import law_api, law_data, procedures
from verifier.web.oauth import blueprint as oauth
from verifier.web.officer import blueprint as officer
from verifier.web.own_cases import blueprint as own_cases
from verifier.web.placing import blueprint as placing
from verifier.web.signing_keys import blueprint as signing_keys
from verifier.web.trust import blueprint as trust
from verifier.web.trust.public import blueprint as trust_api

PAGES: tuple[Blueprint, ...] = (
    account,
    officer,
    cases,
    dossier,
    issuing,
    placing,
    check,
    delivery,
    issuances_api,
    cases_api,
    appointments_api,
    archive_api,
    registers_api,
    payments_api,
    own_cases,
    procedures,
    law_api,
    law_data,
    authorities,
    proposals,
    signing_keys,
    trust,
    trust_api,
    oauth,
    people,
    clients,
    letters,
    audit,
)
