"""Joins the parts of the case world: dossiers, payments, books, appointments, notices, delivery, archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from verifier import again
from verifier.appointments.forgetting import forgetting as forgetting_visitors
from verifier.appointments.office import Desks
from verifier.appointments.service import Appointments
from verifier.appointments.telling import TellsContact, tells_no_contact
from verifier.archive.service import Archives
from verifier.bundle import write_bundle
from verifier.cases.delivering import Deliveries
from verifier.cases.desk import Cases
from verifier.cases.forgetting import forgetting
from verifier.cases.judging import Asked, Judged, JudgePapers
from verifier.cases.kernel import CaseHouse
from verifier.cases.queue import Queue
from verifier.cases.signing import CaseSigning
from verifier.cases.uploads import Uploads
from verifier.cases.watch import Watch
from verifier.doors import doors_of, reach_of
from verifier.errors import CouldNotJudge
from verifier.evidence import AnyCrl
from verifier.issuance import Issues, Surroundings
from verifier.law.book import LawBook
from verifier.notices.carriers import Out, carriers
from verifier.notices.telling import Telling
from verifier.outside.clock import Clock
from verifier.outside.discovery import host_and_port
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.outside.payments import PaymentPlatform
from verifier.payments.days import Days
from verifier.payments.desk import Payments
from verifier.payments.port import CALLBACK_PATH, Platform
from verifier.register.books import Books
from verifier.register.control_sheet import ControlSheets
from verifier.register.lookup import Lookup
from verifier.register.tracking import TrackingBook
from verifier.reports.json_report import dumps, to_json
from verifier.settings import Settings
from verifier.signing.time.stampers import Stampers
from verifier.storage.blobs import Blobs
from verifier.storage.keys import KeyRing
from verifier.verdict import DocumentVerdict
from verifier.workers.jobs import Job
from verifier.workers.precheck import pages_of
from verifier.workers.relay import Carrier


@dataclass(frozen=True)
class CaseWork:
    """What pages and the API ask of dossiers; found as `extensions["casework"]`. A new part adds a field."""

    cases: Cases
    uploads: Uploads
    queue: Queue
    issues: Issues | None
    jobs: tuple[Job, ...] = ()
    """Recurring jobs of the case world."""
    asking: tuple[Job, ...] = ()
    """Those that ask others, and so may take their time."""
    carriers: Mapping[str, Carrier] | None = None
    """Carriers of the outbox by topic."""
    platform: Platform | None = None
    """The online payment platform; None where nothing is paid online."""
    archives: Archives | None = None
    """Packages of dossiers and what is due in the archive; None where a test has none."""
    tells_contact: TellsContact = tells_no_contact
    """How somebody without a dossier is told of an appointment."""

    @property
    def signing(self) -> CaseSigning | None:
        """What signs dossiers electronically; None where nothing is issued."""
        return CaseSigning(self.cases, self.issues.issuing) if self.issues else None

    @property
    def payments(self) -> Payments:
        """Fees beside the commands: where they are paid online, what the platform tells."""
        return Payments(self.cases, self.platform)

    @property
    def days(self) -> Days:
        """Fees by day: reconciliation and remittance."""
        return Days(self.cases.house, self.platform)

    @property
    def appointments(self) -> Appointments:
        """Who comes when."""
        return Appointments(self.cases.house, self.tells_contact)

    @property
    def desks(self) -> Desks:
        """Desks, and times at which nobody is received."""
        return Desks(self.cases.house, self.tells_contact)

    @property
    def books(self) -> Books:
        """Register books."""
        house = self.cases.house
        return Books(house.database, house.book, house.clock, self.issues.issuing if self.issues else None)

    @property
    def lookup(self) -> Lookup:
        """What the public looks up in books."""
        return Lookup(self.cases.house.database, self.cases.house.book, self.cases.house.clock)

    @property
    def tracking(self) -> TrackingBook:
        """The tracking book of dossiers."""
        return TrackingBook(self.cases.house.database, self.cases.house.book, self.cases.house.clock)

    @property
    def control_sheets(self) -> ControlSheets:
        """Who handed a dossier over to whom."""
        house = self.cases.house
        return ControlSheets(self.cases, house.database, house.book, house.clock)

    @property
    def deliveries(self) -> Deliveries:
        """Results that are given out."""
        return Deliveries(self.cases)


@dataclass(frozen=True)
class PaperJudge:
    """Implements `judging.Judges`: our judge as for every document, its evidence kept whole with the dossier."""

    here: Surroundings
    gatherer: Gatherer | None
    """None to ask nobody."""

    def judged(self, asked: Asked) -> Judged:
        """Judge a paper now; CouldNotJudge where trust store or policy cannot be used."""
        here = self.here
        evidence = here.known(asked.received_at, asked.filing, asked.earlier, _nothing_apart)
        most = here.settings.max_upload_bytes
        checked = here.check(asked.path, asked.file_name, evidence, self.gatherer, max_bytes=most)
        report = dumps(to_json(checked.outcome, asked.file_name))
        if not isinstance(checked.outcome, DocumentVerdict):
            return Judged(checked.outcome, report)
        again_at = again.when(checked.outcome, checked.at, asked.again) if self.gatherer else None
        return Judged(checked.outcome, report, write_bundle(checked), again_at)


def _nothing_apart(name: str) -> AnyCrl:
    raise CouldNotJudge("bundle-unreadable", f"{name} is not in the bundle")


def casework_of(
    here: Surroundings, book: LawBook, issues: Issues | None = None, gatherer: Gatherer | None = None
) -> CaseWork:
    """Return the case world of a service.

    `issues` is None where nothing is issued electronically, `gatherer` where nobody is asked about certificates.
    """
    settings = here.settings
    telling = Telling(book, here.ring, reach_of(settings), settings.public_url, settings.help_line)
    portal = bool(settings.portal_url)
    house = CaseHouse(
        here.database,
        here.blobs,
        here.ring,
        book,
        here.clock.now,
        telling.tell,
        portal,
        receipts=settings.receipt_symbol,
        online=bool(settings.payment_url),
        mail=reach_of(settings).mail,
        issues=issues is not None,
    )
    cases = Cases(house)
    jobs = (
        Watch(cases).job,
        Deliveries(cases).job,
        *forgetting(house),
        *forgetting_visitors(here.database),
    )
    jobs += (CaseSigning(cases, issues.issuing).job,) if issues else ()
    judging = JudgePapers(cases, PaperJudge(here, gatherer)).job
    platform = platform_of(settings)
    carried = carriers_of(settings, here.ring, here.blobs, here.clock)
    uploads = Uploads(house, partial(here.pool.run, pages_of))
    return CaseWork(
        cases,
        uploads,
        Queue(house),
        issues,
        jobs,
        (judging, Payments(cases, platform).job, Days(house, platform).job),
        carried,
        platform,
        archives=Archives(cases, stampers_of(here, gatherer), here.spool),
        tells_contact=telling.tell_contact,
    )


def stampers_of(here: Surroundings, gatherer: Gatherer | None) -> Stampers | None:
    """Return who stamps time on packages; None where no time-stamping authority is set."""
    settings = here.settings
    if not settings.tsa:
        return None
    post = Fetcher(settings.fetch_allow_hosts | {host_and_port(one) for one in settings.tsa})
    return Stampers(settings.tsa, post, here.clock, here.trust.snapshot, here.policy, gatherer)


def carriers_of(settings: Settings, ring: KeyRing, blobs: Blobs, clock: Clock) -> Mapping[str, Carrier]:
    """Return the carriers of notices, statuses and results, by the doors that the settings name."""
    return carriers(Out(doors_of(settings), ring, blobs, clock.now))


def platform_of(settings: Settings) -> Platform | None:
    """Return the online payment platform; None where the settings name none. Nobody is asked yet."""
    if not settings.payment_url:
        return None
    return PaymentPlatform(
        settings.payment_url.rstrip("/"),
        settings.payment_client,
        settings.payment_key.encode(),
        settings.public_url,
        settings.public_url + CALLBACK_PATH,
        Fetcher(settings.fetch_allow_hosts | {host_and_port(settings.payment_url)}),
    )
