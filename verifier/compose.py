"""The composition root: joins settings, storage, trust, workers and web into the running service."""

from __future__ import annotations

import atexit
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from flask import Flask

from verifier import again
from verifier.accounts.clients import TOKEN_PATH
from verifier.accounts.services import Accounts, Shared, make_accounts
from verifier.accounts.sessions import SessionLimits
from verifier.accounts.two_people import Kind
from verifier.background import background
from verifier.bundle import whole_bundle, write_bundle
from verifier.casework import CaseWork, casework_of
from verifier.errors import BadRequest, CouldNotJudge
from verifier.issuance import Issues, Surroundings, issues_of
from verifier.keeping.desk import TrustDesk
from verifier.keeping.keeper import KIND as TRUST
from verifier.keeping.keeper import TrustChange, TrustKeeper
from verifier.keeping.refresh import Refresh
from verifier.keeping.watch import TrustWatch
from verifier.law.book import law_book
from verifier.law.records import BadLaw
from verifier.law_desk import LawDesk
from verifier.notices.carriers import PATIENCE
from verifier.notices.templates import BadTemplates, templates
from verifier.outside.clock import Clock, SystemClock
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.crl_store import STORE, CrlStore
from verifier.outside.discovery import host_and_port
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.outside.identity import IdentityProvider
from verifier.policies import load_policy
from verifier.reports.json_report import dumps, to_json
from verifier.settings import Settings
from verifier.signing.grant_pictures import cleaned
from verifier.signing.grants import KIND as SIGNING_GRANT
from verifier.signing.grants import GrantChange, SigningDesk
from verifier.signing.signer.client import SignerClient
from verifier.storage.blobs import Blobs
from verifier.storage.database import BEHIND, Database
from verifier.storage.embedded import EmbeddedPostgres
from verifier.storage.keys import KeyRing, read_ring, ring_made
from verifier.storage.schema import Schema
from verifier.trust.archive import Archive
from verifier.verdict import DocumentVerdict
from verifier.web import observe, revocation_counts, work_counts
from verifier.web.assembly import Parts, assemble
from verifier.web.health import Trouble
from verifier.web.jobs import Checked, JobLimits, Order, Progress, Validations
from verifier.web.observe import Metrics
from verifier.web.pages import PAGES
from verifier.web.placing.desk import PlacingDesk
from verifier.web.public import blueprint, render_problem
from verifier.web.public.pictures import drawn_by
from verifier.web.site import Site, address_under
from verifier.workers.jobs import OFTEN, Job, job_recover
from verifier.workers.pool import PRELOAD, WorkerLimits, WorkerPool
from verifier.workers.revocation import revocation_of

RETURN_PATH = "/sign-in/identity/return"
"""Where the identity provider sends people back to."""
WRITES = (
    "verifier.signing.pdf.writing",
    "verifier.signing.space.layout",
    "verifier.signing.fitness",
    "verifier.signing.grant_pictures",
    "verifier.signing.longterm.collecting",
    "verifier.signing.longterm.future",
)
"""Modules of the workers of a service that issues, beside those of every service."""
MINUTELY = timedelta(minutes=1)
"""How often it is looked what is to be judged again, and how trust stands."""
LEFT_ALONE = timedelta(minutes=10)
"""Age from which a validation that nobody has in hand is taken up again."""


def create_app(
    settings: Settings | None = None, clock: Clock | None = None, notices: Callable[[], object] = templates
) -> Flask:
    """Make the web application and start all it needs; it ends with the process, or by `close`.

    BadRequest where a setting, the law or a template of notices (`notices` reads them) is wrong, and in production
    where the database cannot be used or its schema is behind;
    SQLAlchemyError where a database of development does not answer. A trust store that is missing or empty is no
    hindrance: the service starts, is not ready, and says why in every answer.
    """
    settings = settings or Settings.from_environment(os.environ)
    observe.configure_logs(settings.log_level, settings.security_log)
    in_order(notices)
    with ExitStack() as started:
        app = _build(settings, clock or SystemClock(), started)
        house = started.pop_all()
    app.extensions["house"] = house
    atexit.register(house.close)
    return app


def close(app: Flask) -> None:
    """End everything that `create_app` started; nothing happens the second time."""
    app.extensions["house"].close()


@dataclass(frozen=True)
class Checker:
    """Implements `jobs.Check` over the real thing."""

    here: Surroundings
    gatherer: Gatherer | None
    """None to ask nobody."""
    store: CrlStore
    """Keeps large CRLs beside the bundles that name them."""

    def __call__(self, order: Order, progress: Progress) -> Checked:
        """Judge one file. CouldNotJudge where trust store or policy cannot be used."""
        checked = self.here.check(
            order.document,
            order.file_name,
            self.here.known(order.received_at, order.filing, order.earlier, self.store.again),
            self.gatherer,
            max_bytes=self.here.settings.max_upload_bytes,
            passwords=order.passwords,
            progress=lambda step, _before, _count: progress(step),
        )
        outcome = checked.outcome
        report = dumps(to_json(outcome, order.file_name))
        if isinstance(outcome, DocumentVerdict):
            again_at = again.when(outcome, checked.at, order.again) if self.gatherer else None
            bundle = write_bundle(checked, apart=self.store.keep)
            return Checked(outcome.kind, report, outcome.conclusion.value, bundle=bundle, again_at=again_at)
        return Checked(outcome.kind, report, problem=outcome.problem)


def in_order(notices: Callable[[], object]) -> None:
    """Read the templates of notices, whole; BadRequest `bad-templates` with the first thing that is wrong in one."""
    try:
        notices()
    except BadTemplates as broken:
        raise BadRequest("bad-templates", str(broken)) from None


def law_of(settings: Settings, clock: Clock) -> LawDesk:
    """Read the law, whole and strictly; BadRequest `bad-law` with the first thing that is not as it must be."""
    try:
        return LawDesk(law_book(settings.law_switches), clock)
    except BadLaw as broken:
        raise BadRequest("bad-law", str(broken)) from None


def _build(settings: Settings, clock: Clock, started: ExitStack) -> Flask:
    law = law_of(settings, clock)
    url = started.enter_context(_database_url(settings))
    if not settings.production:
        Schema(url).upgrade()
    ring = ring_of(settings)
    database = Database(url, ring)
    started.callback(database.close)
    if settings.production:
        fit_for_production(database)
    trust, metrics = keeper_of(settings, database, clock), Metrics()
    pool, spool = started.enter_context(_pool(settings)), settings.data / "spool"
    clean = partial(pool.run, cleaned)
    grants = _grants(settings, clock, clean)
    accounts = accounts_of(settings, database, clock, ring, {TRUST: TrustChange(trust), SIGNING_GRANT: grants})
    doors = _doors(settings, clock, pool)
    blobs = Blobs(settings.data / "files", ring, spool)
    here = Surroundings(settings, database, ring, blobs, trust, pool, clock, spool)
    service = _validations(here, doors, metrics)
    started.callback(service.close, pool.close)
    issues = _issues(here, doors, started)
    casework = casework_of(here, law.book, issues, doors.gatherer)
    work_counts.install(metrics.registry, database, clock)
    revocation_counts.install(metrics.registry, doors.store)
    service.recover(clock.now())
    watch = TrustWatch(database, trust, clock, timedelta(hours=settings.trust_grace_hours))
    refresh = Refresh(database, trust, doors.fetcher, clock, pool=pool) if doors.fetcher else None
    own = (*_jobs_here(service, watch), *casework.jobs)
    asking = (*_jobs_asking(service, refresh, doors, issues), *casework.asking)
    _begin_loops(here, casework, own, asking, started)
    return assemble(
        Parts(
            service=service,
            site=_site(settings),
            pages=blueprint,
            render_problem=render_problem,
            spool=spool,
            secret_key=settings.secret_key or secrets.token_hex(32),
            troubles=_troubles(settings, database, trust, watch, pool),
            pictures=drawn_by(pool),
            placing=PlacingDesk(pool),
            metrics=metrics,
            trust_watch=watch,
            production=settings.production,
            rate_limit=settings.rate_limit,
            rate_limit_signed_in=settings.rate_limit_signed_in,
            accounts=accounts,
            trust=TrustDesk(trust, accounts.proposals, clock, doors.fetcher),
            issuing=issues.issuing if issues else None,
            law=law,
            casework=casework,
            signing=SigningDesk(database, accounts.proposals, clock, grants, clean),
            blueprints=PAGES,
            trusted_proxies=settings.trusted_proxies,
            wait_seconds=_patience(settings),
        )
    )


def _validations(here: Surroundings, doors: _Doors, metrics: Metrics) -> Validations:
    settings = here.settings
    return Validations(
        here.database,
        here.blobs,
        check=Checker(here, doors.gatherer, doors.store),
        clock=here.clock.now,
        spool=here.spool,
        limits=JobLimits(settings.max_upload_bytes, settings.workers, keep=timedelta(days=settings.keep_days)),
        observe=metrics.on_judged,
        whole=lambda pieces: whole_bundle(pieces, doors.store.kept),
    )


def _begin_loops(
    here: Surroundings, casework: CaseWork, own: Sequence[Job], asking: Sequence[Job], started: ExitStack
) -> None:
    loops = background(
        here.database,
        here.clock,
        here.blobs,
        here.spool,
        relay=here.settings.relay,
        own=own,
        asking=asking,
        doors=casework.carriers,
        patience=PATIENCE,
    )
    for loop in loops:
        loop.start()
        started.callback(loop.stop)


def _pool(settings: Settings) -> WorkerPool:
    limits = WorkerLimits(settings.judge_seconds, settings.judge_mib)
    return WorkerPool(settings.workers, limits, preload=(*PRELOAD, *(WRITES if settings.signer_socket else ())))


def _grants(settings: Settings, clock: Clock, clean: Callable[[bytes], bytes]) -> GrantChange:
    return GrantChange(SignerClient(settings.signer_socket) if settings.signer_socket else None, clock, clean)


def _issues(here: Surroundings, doors: _Doors, started: ExitStack) -> Issues | None:
    """Start what issues, where a signer process is named, and take up what was open."""
    issues = issues_of(here, doors.fetcher, doors.library) if doors.fetcher else None
    if issues:
        started.callback(issues.issuing.close)
        issues.issuing.recover(here.clock.now())
    return issues


@dataclass(frozen=True)
class _Doors:
    """What asks the world, and what keeps its large answers."""

    store: CrlStore
    fetcher: Fetcher | None = None
    """None where nobody is asked, as for the next."""
    gatherer: Gatherer | None = None
    library: CrlLibrary | None = None
    """Large CRLs that were fetched."""
    jobs: tuple[Job, ...] = ()
    """They keep the store current."""


def _doors(settings: Settings, clock: Clock, pool: WorkerPool) -> _Doors:
    kept = timedelta(days=settings.keep_days + 1)
    if not settings.fetch:
        return _Doors(CrlStore(settings.data / STORE, clock, evidence=kept))
    fetcher = Fetcher(settings.fetch_allow_hosts)
    revocation = revocation_of(settings.data, clock, pool, fetcher, kept)
    gatherer = Gatherer(fetcher, library=revocation.library)
    return _Doors(revocation.store, fetcher, gatherer, revocation.library, revocation.jobs)


def _jobs_here(service: Validations, watch: TrustWatch) -> tuple[Job, ...]:
    """Return the jobs that only a process that judges can do, and that ask nobody."""
    return job_recover(service.recover, LEFT_ALONE), Job("watch-trust", MINUTELY, watch.run)


def _jobs_asking(
    service: Validations, refresh: Refresh | None, doors: _Doors, issues: Issues | None
) -> tuple[Job, ...]:
    """Return the jobs that ask others, and so may take their time; none where nobody is asked."""
    if refresh is None:
        return ()
    again_too = Job("judge-again", MINUTELY, service.judge_again)
    acts = issues.jobs if issues else ()
    return again_too, Job("refresh-lists", OFTEN, refresh.run), *acts, *doors.jobs


def _troubles(
    settings: Settings, database: Database, trust: TrustKeeper, watch: TrustWatch, pool: WorkerPool
) -> Mapping[str, Trouble]:
    """Return what must be without trouble before the service is ready."""
    return {
        "trust": trust.trouble,
        "trust_lists": watch.trouble,
        "policy": lambda: _code_of(lambda: load_policy(settings.policy, settings.trust_store)),
        "database": database.trouble,
        "workers": lambda: "" if pool.alive else "not-running",
    }


def keeper_of(settings: Settings, database: Database, clock: Clock) -> TrustKeeper:
    """Return what keeps trust; every snapshot that was ever in use stands below the data folder."""
    archive = Archive(settings.data / "trust")
    return TrustKeeper(database, archive, settings.trust_store, clock, settings.trust_keeper)


def accounts_of(
    settings: Settings, database: Database, clock: Clock, ring: KeyRing, kinds: Mapping[str, Kind] | None = None
) -> Accounts:
    """Return the services of accounts; BadRequest `bad-option` where the identity provider cannot be set up.

    `kinds` are kinds of proposals beside those on authorities, by name.
    """
    limits = SessionLimits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
    audience = address_under(settings.public_url, TOKEN_PATH)
    return make_accounts(Shared(database, clock, ring, limits, audience, _identity(settings, clock)), kinds)


def _identity(settings: Settings, clock: Clock) -> IdentityProvider | None:
    if not settings.oidc_issuer:
        return None
    if not settings.public_url:
        why = "VERIFIER_PUBLIC_URL must be set where VERIFIER_OIDC_ISSUER is"
        raise BadRequest("bad-option", why, option="VERIFIER_PUBLIC_URL")
    return IdentityProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.public_url + RETURN_PATH,
        clock,
        name=settings.oidc_name,
        http=Fetcher(settings.fetch_allow_hosts | {host_and_port(settings.oidc_issuer)}),
    )


def ring_of(settings: Settings) -> KeyRing:
    """Return the key ring, made where there is none in development; BadRequest `bad-option` where it is broken."""
    return read_ring(settings.key_file) if settings.key_file else ring_made(settings.data / "keys.toml")


def fit_for_production(database: Database) -> None:
    """Refuse a schema that is behind, since that step is the operator's, and a login that may do too much."""
    if trouble := database.trouble():
        known = "its schema is older than this release; run: verifier db upgrade"
        why = known if trouble == BEHIND else f"it cannot be used ({trouble})"
        raise BadRequest("bad-option", f"DATABASE_URL: {why}", option="DATABASE_URL")
    if database.overmighty():
        why = "its login owns the tables or passes by row-level security; use one that is a member of verifier_service"
        raise BadRequest("bad-option", f"DATABASE_URL: {why}", option="DATABASE_URL")


@contextmanager
def _database_url(settings: Settings) -> Iterator[str]:
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.data / "postgres", production=settings.production) as server:
        yield server.url


def _code_of(attempt: Callable[[], object]) -> str:
    """Return the code of the problem that an attempt meets; empty where it succeeds."""
    try:
        attempt()
    except CouldNotJudge as refusal:
        return refusal.problem.code
    return ""


def _site(settings: Settings) -> Site:
    return Site(
        authority_vi=settings.authority_vi,
        authority_en=settings.authority_en,
        help_line=settings.help_line,
        time_zone=settings.time_zone.key,
        upload_bytes=settings.max_upload_bytes,
        keep_days=settings.keep_days,
        public_url=settings.public_url,
    )


def _patience(settings: Settings) -> float:
    """How long a caller waits for a verdict: reading, gathering and judging again, after one other file."""
    return 3.0 * settings.judge_seconds
