"""Puts the web application together out of parts that are ready; `compose` makes the parts, tests hand in their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask import Blueprint, Flask

from verifier.accounts.caller import Caller
from verifier.accounts.security_log import What
from verifier.accounts.services import Accounts
from verifier.casework import CaseWork
from verifier.keeping.desk import TrustDesk
from verifier.keeping.watch import TrustWatch
from verifier.law.book import law_book
from verifier.law_desk import LawDesk
from verifier.outside.clock import SystemClock
from verifier.signing.acts.issuing import Issuing
from verifier.signing.grants import SigningDesk
from verifier.web import access, health, limits, observe, problems, security, trust_counts, watch
from verifier.web.access import Identify, Rule
from verifier.web.api import contract, docs, views
from verifier.web.health import Trouble
from verifier.web.identify import identify
from verifier.web.jobs import Validations
from verifier.web.observe import Metrics
from verifier.web.placing.desk import PlacingDesk
from verifier.web.problems import RenderPage
from verifier.web.public.services import Pictures
from verifier.web.site import Site


@dataclass(frozen=True)
class Parts:
    """What the web needs from the rest of the house."""

    service: Validations
    site: Site
    pages: Blueprint
    render_problem: RenderPage
    """Makes the page of a refusal."""
    spool: Path
    """Folder for uploads on their way."""
    secret_key: str
    pictures: Pictures | None = None
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    """Parts that must be without trouble before the service is ready."""
    trust: TrustDesk | None = None
    """What pages ask about trust; None where the service keeps none."""
    trust_watch: TrustWatch | None = None
    """Tells how trust stands, for health, metrics and the line on pages; found as `extensions["trust_watch"]`."""
    issuing: Issuing | None = None
    """The act of issuing; found as `extensions["issuing"]`, None where the service issues nothing."""
    placing: PlacingDesk | None = None
    """Looks at pages of documents that are to be marked; found as `extensions["placing"]`."""
    signing: SigningDesk | None = None
    """What pages ask about keys and who may sign with them; found as `extensions["signing"]`."""
    law: LawDesk = field(default_factory=lambda: LawDesk(law_book(), SystemClock()))
    """What the law says, and of which day; found as `extensions["law"]`."""
    casework: CaseWork | None = None
    """Dossiers and what belongs to them; found as `extensions["casework"]`."""
    metrics: Metrics = field(default_factory=Metrics)
    production: bool = False
    rate_limit: str = "30 per minute"
    rate_limit_signed_in: str = "300 per minute"
    rate_storage: str = "memory://"
    trusted_proxies: int = 0
    """How many proxies may say, each in its turn, for which address and by which scheme they ask."""
    wait_seconds: float = 60.0
    """How long a POST of the API waits for its verdict."""
    accounts: Accounts | None = None
    """The services behind the pages of accounts; None where there are no accounts."""
    blueprints: Sequence[Blueprint] = ()
    """The pages of accounts."""
    identify: Identify | None = None
    """Tells who asks; None for the session cookie and the bearer token."""
    access: Mapping[str, Rule] = field(default_factory=dict)
    """Rules of routes that the table does not name, for tests."""


def assemble(parts: Parts) -> Flask:
    """Make the application."""
    app = Flask("verifier.web", static_folder=None)
    app.secret_key = parts.secret_key
    app.extensions.update(validations=parts.service, site=parts.site, troubles=parts.troubles, issuing=parts.issuing)
    app.extensions.update(wait_seconds=parts.wait_seconds, law=parts.law)
    if parts.accounts is not None:
        app.extensions["accounts"] = parts.accounts
    if parts.pictures is not None:
        app.extensions["pictures"] = parts.pictures
    if parts.placing is not None:
        app.extensions["placing"] = parts.placing
    if parts.casework is not None:
        app.extensions["casework"] = parts.casework
    if parts.signing is not None:
        app.extensions["signing"] = parts.signing
    if parts.trust is not None:
        app.extensions["trust"] = parts.trust
    if parts.trust_watch is not None:
        app.extensions["trust_watch"] = parts.trust_watch
        trust_counts.install(parts.metrics.registry, parts.trust_watch)
    observe.install(app, parts.metrics, lambda: parts.service.load)
    security.install(app, production=parts.production)
    problems.install(app, parts.render_problem)
    for blueprint in (
        views.blueprint(parts.service, parts.wait_seconds),
        docs.blueprint(),
        health.blueprint(parts.troubles, parts.trust_watch.state if parts.trust_watch else None),
        parts.pages,
        *parts.blueprints,
    ):
        app.register_blueprint(blueprint)
    upload_bytes = parts.site.upload_bytes
    limits.trust_proxies(app, parts.trusted_proxies)
    rates = limits.Rates(parts.rate_limit, parts.rate_limit_signed_in)
    limits.install(app, rates=rates, storage=parts.rate_storage, upload_bytes=upload_bytes, spool=parts.spool)
    who = parts.identify or (identify if parts.accounts else Caller)
    access.install(app, who, parts.access, lambda: watch.report(What.ACCESS_REFUSED))
    contract.install(app)
    security.guard_forms(app)
    return app
