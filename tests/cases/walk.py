"""A random walk of dossiers: offices, people, time, money and jobs, and after every step what must hold.

`Walk(world, seed).go(steps)` files dossiers of every procedure and then gives any command as anybody, with bodies that
are right or slightly wrong; `walk_bodies` has the bodies, `walk_rules` what must hold. A walk is the same for a seed.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.accounts.support import add_authority, add_person
from tests.archive.conftest import Stamping
from tests.cases.signing_world import SigningWorld
from tests.cases.verdicts import FakeJudge
from tests.cases.walk_bodies import BODIES, Scene, filing_of, outcome_of, spoiled
from tests.cases.walk_rules import Rules, State
from tests.support.postgres import RING
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.sessions import Origin, begin
from verifier.archive.service import Archives
from verifier.audit import Actor
from verifier.cases.delivering import Deliveries
from verifier.cases.desk import Cases
from verifier.cases.intake import file
from verifier.cases.judging import JudgePapers
from verifier.cases.kernel import (
    APPLICANT,
    OFFICERS,
    REGISTRY,
    Asker,
    Letter,
    Spec,
    StoredBytes,
    applicant,
    officer,
    system,
)
from verifier.cases.records import Case
from verifier.cases.signing import CaseSigning
from verifier.cases.statuses import final
from verifier.cases.watch import Watch
from verifier.errors import BadRequest, VerifierError
from verifier.notices.carriers import Doors, Out, carriers
from verifier.notices.telling import Reach, Telling
from verifier.outside.doors import NotTaken
from verifier.payments.desk import Payments
from verifier.payments.records import Notice
from verifier.signing.mark.drawer import MarkDrawer
from verifier.storage.authorities import Authority, Competence
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM, of
from verifier.web.api.case_body import cleaned
from verifier.workers.relay import Relay

BEGINS = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday morning, after the Convention came into force; New Year and Tết come within the walk."""
CONSULAR, LEGALIZATION, APOSTILLE = "consular-certification", "consular-legalization", "apostille"
COPY, ECOPY, SIGNATURE = "certified-copy", "certified-ecopy", "signature-certification"
PROCEDURES = (CONSULAR, LEGALIZATION, APOSTILLE, COPY, ECOPY, SIGNATURE)
ENDS = frozenset({"withdraw", "stop", "give-back", "send-back"})
ONWARD = frozenset({
    "send-confirmation", "correct-fee", "close-confirmation",
    "confirm-complete", "pay-at-counter", "take", "assign", "record-basis", "propose", "approve", "sign-on-paper",
    "deliver", "receive", "supplement", "record-answer", "archive", "hand-over", "propose-removal", "remove",
    "approve-refund", "note-refund", "fetch-result", "decide-keeping",
})  # fmt: skip
DULL = frozenset(
    {"ask-supplement", "judge-anew", "exempt-fee", "ask-refund", "note-transfer", "check-paper", "forward"}
)
CERTAIN = frozenset({
    "take", "take-over", "assign", "approve", "send-back", "receive", "forward", "demand-fee", "correct-fee", "stop",
    "withdraw", "archive", "fetch-result", "pay-at-counter", "give-back", "ask-supplement", "decide-keeping",
    "supplement", "exempt-fee", "set-fee-abroad", "sign-on-paper", "remind-confirmation",
})  # fmt: skip
"""Of these the bodies of this walk are right whenever they are offered: then they are not refused."""
MOST_OPEN = 5
"""Dossiers that are under way at once."""
BLANK = b"%PDF-1.4 drawn by nobody"


class Blank(Executor):
    """Draws no forms: each is the same few bytes, stored anew; one in fifty is really drawn."""

    def __init__(self, put: Callable[[bytes], str], chance: Callable[[], float]) -> None:
        self._put, self._chance = put, chance

    def submit(self, task: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        made: Future[Any] = Future()
        if self._chance() < 0.02:
            made.set_result(task(*args, **named))
        else:
            made.set_result(StoredBytes(len(BLANK), hashlib.sha256(BLANK).hexdigest(), self._put(BLANK)))
        return made


class Receivers:
    """Everybody outside, who takes what comes or does not; implements the doors of mail and of the portal."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self.chance = chance
        self.statuses: list[Any] = []
        self.links: list[str] = []

    def send(self, mail: Any) -> str:
        return self._taken()

    def message(self, told: Any, key: str) -> str:
        return self._taken()

    def status(self, told: Any, key: str) -> str:
        taken = self._taken()
        self.statuses.append(told)
        return taken

    def result(self, told: Any, key: str) -> str:
        return self._taken()

    def _taken(self) -> str:
        if (drawn := self.chance()) < 0.1:
            raise NotTaken("not now", retry=drawn < 0.08)
        return "taken"


@dataclass(frozen=True)
class Step:
    """What was done."""

    number: int
    at: datetime
    who: str
    what: str
    case: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.number} {self.at:%y-%m-%d %H:%M} {self.who} {self.case} {self.outcome}: {self.what[:300]}"


class WalkWorld(SigningWorld):
    """A ministry that signs, a local office and a mission that forward to it, and an office that has nothing to do."""

    def __init__(self, database: Database, folder: Path, chance: random.Random) -> None:
        super().__init__(database, folder)
        self.clock.instant = BEGINS
        self.ministry = self._changed(self.authority, kind="ministry")
        self.local = self._added("H99.SNV", "local_office", self.ministry.id)
        self.mission = self._added("G10.201", "mission", self.ministry.id)
        self.stranger = self._added("H98.SNV", "local_office", None)
        self.offices = (self.ministry, self.local, self.mission, self.stranger)
        self._competent(self.ministry, decide=PROCEDURES)
        self._competent(self.local, decide=(COPY, SIGNATURE), receive=(CONSULAR, LEGALIZATION, APOSTILLE))
        self._competent(self.mission, decide=(COPY, SIGNATURE, LEGALIZATION, CONSULAR))
        self.links: list[tuple[UUID, str]] = []
        telling = Telling(self.house.book, RING, Reach(mail=True, portal=True)).tell

        def tells(unit: UnitOfWork, case: Case, letter: Letter, now: datetime) -> None:
            if link := letter.values.get("link"):
                self.links.append((case.id, link.removeprefix("/delivery/")))
            telling(unit, case, letter, now)

        drawers = Blank(self.blobs.put, chance.random)
        self.house = replace(self.house, tells=tells, portal=True, drawers=drawers)
        self.cases = Cases(self.house)
        self.signing = CaseSigning(self.cases, self.acts.issuing)
        self.officers = {one.id: self._people(one) for one in self.offices}
        (folder / "packing").mkdir()

    def _added(self, code: str, kind: str, to: UUID | None) -> Authority:
        return add_authority(self.database, code=code, kind=kind, forwards_to=to, states=("LA",))

    def _changed(self, one: Authority, **told: Any) -> Authority:
        with self.database.unit(SYSTEM) as unit:
            unit.authorities.change(replace(one, **told))
            found = unit.authorities.get(one.id)
        assert found is not None
        return found

    def _competent(self, one: Authority, decide: tuple[str, ...] = (), receive: tuple[str, ...] = ()) -> None:
        told = [
            Competence(uuid4(), one.id, procedure, capacity, date(2020, 1, 1), None, "test")
            for capacity, procedures in (("decide", decide), ("receive", receive))
            for procedure in procedures
        ]
        with self.database.unit(SYSTEM) as unit:
            unit.authorities.set_competences(one.id, told)

    def _people(self, one: Authority) -> list[tuple[Person, frozenset[Role]]]:
        mine = [(self.acts.officer, frozenset({Role.LEADER}))] if one.id == self.ministry.id else []
        wanted = [{Role.RECEPTION}, {Role.SPECIALIST}, {Role.SPECIALIST, Role.RECEPTION}, {Role.LEADER}, {Role.CLERK},
                  {Role.LEADER, Role.SPECIALIST}, {Role.AUDITOR}]  # fmt: skip
        made = [
            add_person(self.database, one, *held, login=f"{one.code.lower()}.{number}", password="", secret="")
            for number, held in enumerate(wanted)
        ]
        return [*mine, *zip(made, map(frozenset, wanted), strict=True)]


class Walk:
    """One walk."""

    def __init__(self, world: WalkWorld, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.offered_refused: Counter[str] = Counter()
        self.steps: list[Step] = []
        self.ids: list[UUID] = []
        self.rules = Rules(world)
        self.receivers = Receivers(chance.random)
        self.judges = FakeJudge(says=lambda data: outcome_of(data, chance))
        self.payments = Payments(world.cases)
        self.deliveries = Deliveries(world.cases)
        self.archives = Archives(world.cases, Stamping(world.clock.now), world.folder / "packing")
        door: Any = self.receivers
        out = Out(Doors(mail=door, portal=door), RING, world.blobs, world.clock.now)
        self.relay = Relay(world.database, world.clock, carriers(out), chance=chance.random)
        self.number = 0
        self.last: UUID | None = None
        self.stays = False
        self.notices: list[Notice] = []

    # --- walking -----------------------------------------------------------------------------------------------------

    def go(self, steps: int) -> None:
        """Walk; AssertionError with the way that led there where something does not hold."""
        deeds: list[tuple[float, Callable[[], None]]] = [
            (0.07, self.files), (0.08, self.time), (0.07, self.pays), (0.1, self.jobs), (0.05, self.signs),
            (0.03, self.annuls), (0.03, self.packs), (0.03, self.links), (0.25, self.commands),
            (0.33, self.onward), (0.05, self.nonsense),
        ]  # fmt: skip
        weights, acts = zip(*deeds, strict=True)
        for _ in range(steps):
            act = self.chance.choices(acts, weights)[0]
            if len(self.ids) < 2:
                act = self.files
            self.number += 1
            act()
        self.finish()
        self.years()

    def finish(self) -> None:
        """Bring some dossiers to their end."""
        under_way = [id_ for id_, status in self.rules.statuses().items() if status not in final()][:3]
        for id_ in under_way:
            for _ in range(12):
                self.last, self.stays = id_, True
                self.number += 1
                self.chance.choices((self.onward, self.jobs, self.signs), (8, 1, 1))[0]()
        self.stays = False

    def years(self) -> None:
        """Let years pass, in which what is over goes to the store, is handed over and removed."""
        over = [id_ for id_, status in self.rules.statuses().items() if status in final()][-2:]
        for _ in range(4):
            self.world.clock.pass_(days=370)
            for id_ in over:
                for act in (self.packs, *(self.onward,) * 3):
                    self.last, self.stays = id_, True
                    self.number += 1
                    act()
        self.stays = False

    def case(self, *, ended: float = 0.2) -> Case:
        """Choose a dossier, mostly one that is not over."""
        if self.last is None or (self.chance.random() > 0.5 and not self.stays):
            wanted, known = self.chance.random() < ended, self.rules.statuses()
            there = [one for one in self.ids if (known[one] in final()) == wanted] or self.ids
            self.last = self.chance.choice(there[-12:] if self.chance.random() < 0.7 else there)
        return self.get(self.last)

    def get(self, id_: UUID) -> Case:
        with self.world.database.unit(SYSTEM) as unit:
            found = unit.cases.get(id_)
        assert found is not None
        return found

    def told(self, path: Path) -> None:
        """Write down what was done, and how often."""
        lines = [*map(str, self.steps), "", *(f"{n:5} {what}" for what, n in self.done.most_common()), ""]
        lines += [f"{n:5} {what}" for what, n in self.refused.most_common()]
        lines += ["", *(f"{n:5} offered: {what}" for what, n in self.offered_refused.most_common())]
        path.write_text("\n".join(lines) + "\n")

    def note(self, who: str, what: str, case: str, outcome: str) -> None:
        self.steps.append(Step(self.number, self.world.clock.now(), who, what, case, outcome))

    def way(self, case: Case) -> str:
        """The steps of a dossier."""
        return "\n".join(str(one) for one in self.steps if one.case in (case.code, "-"))

    @contextmanager
    def watched(self, who: str, what: str, case: Case | None = None, *, clean: bool = True) -> Iterator[None]:
        """Do something that may be refused by a known code; then nothing of it is left, if it is `clean`."""
        before = self.rules.print_of_all() if clean else ""
        code = case.code if case else "-"
        try:
            yield
        except VerifierError as refusal:
            self.note(who, what, code, refusal.problem.code)
            self.refused[refusal.problem.code] += 1
            self.rules.known(refusal.problem.code)
            if clean:
                self.rules.left_nothing(before)
        else:
            self.note(who, what, code, "done")

    # --- who ---------------------------------------------------------------------------------------------------------

    def officer(self, office: UUID, role: str = "") -> Asker:
        """Somebody of an office; who has the role where one is named."""
        people = [one for one in self.world.officers[office] if not role or Role(role) in one[1]]
        person, roles = self.chance.choice(people)
        authority = next(one for one in self.world.offices if one.id == office)
        asker = officer(Caller("192.0.2.7", authority, person, roles=roles), self.world.clock.now())
        return replace(asker, proved=self.chance.random() < 0.9)

    def anybody(self, case: Case) -> Asker:
        """Anybody at all: of any office, the applicant of this or of another dossier, a client, the service."""
        drawn = self.chance.random()
        if drawn < 0.6:
            return self.officer(case.authority_id)
        if drawn < 0.75:
            return self.officer(self.chance.choice(self.world.offices).id)
        if drawn < 0.85:
            return applicant(case)
        if drawn < 0.9:
            return applicant(self.case())
        if drawn < 0.95:
            return Asker(f"client:{uuid4()}", of(case.authority_id), Actor("client", "x"), frozenset({APPLICANT}))
        return system("walk", case)

    # --- steps -------------------------------------------------------------------------------------------------------

    def files(self) -> None:
        """File a dossier at one of the offices, mostly in order."""
        if sum(one not in final() for one in self.rules.statuses().values()) > MOST_OPEN:
            return
        office = self.chance.choices(self.world.offices, (5, 4, 2, 0.2))[0]
        asker = self.officer(office.id, self.chance.choice(OFFICERS))
        filing = filing_of(self.world, self.chance, asker, self.chance.choice(PROCEDURES))
        filing = spoiled(filing, self.chance) if self.chance.random() < 0.1 else filing
        with self.watched(asker.id[:12], f"file {filing.procedure} {filing.channel} {office.code}"):
            made = file(self.world.house, asker, cleaned(filing))
            self.ids.append(made.case.id)
            self.done[f"file {filing.procedure}"] += 1
            self.rules.of_case(made.case.id)

    def time(self) -> None:
        """Let hours, days or weeks pass."""
        span = self.chance.choices(
            ({"minutes": 10}, {"hours": 3}, {"days": 1}, {"days": 6}, {"days": 20}), (5, 5, 3, 1, 0.3)
        )[0]
        self.world.clock.pass_(**{name: self.chance.uniform(0.3, 1) * value for name, value in span.items()})
        self.note("time", str(span), "-", "")

    def jobs(self) -> None:
        """Run one of the jobs."""
        now, world = self.world.clock.now(), self.world
        jobs: list[tuple[str, Callable[[], int]]] = [
            ("judge", lambda: JudgePapers(world.cases, self.judges).run(now)),
            ("watch", lambda: Watch(world.cases).run(now)),
            ("look", lambda: world.signing.look(now)),
            ("deliveries", lambda: self.deliveries.note(now)),
            ("relay", self.relay.run_once),
        ]  # fmt: skip
        name, job = self.chance.choices(jobs, (4, 2, 2, 1, 1))[0]
        with self.watched("job", name, clean=False):
            self.done[f"job {name}"] += bool(job())
        self.rules.of_all(self.ids)

    def pays(self) -> None:
        """Let the platform tell something: right, twice, of another amount, late, or that money went back."""
        case = self.case(ended=0.15)
        with self.world.database.unit(SYSTEM) as unit:
            money = unit.payments.of_case(case.id)
            offices = {one.id: one.code for one in self.world.offices}
        again = bool(self.notices) and self.chance.random() < 0.25
        made = [self.chance.choice(self.notices)] if again else []
        for refund in money.refunds:
            payment = money.payment(refund.payment_id)
            if payment is not None and payment.channel == "platform":
                told = (f"R{uuid4().hex[:8]}", "", refund.amount, refund.currency, offices[refund.authority_id])
                made.append(Notice("refunded", *told, self.world.clock.now(), payment.transaction))
        for order in [money.open] if money.open and self.chance.random() < 0.8 else money.orders:
            wrong = self.chance.random()
            amount = max(1, order.amount) + (1000 if wrong < 0.15 else 0)
            payee = offices[order.authority_id] if wrong < 0.9 else self.world.stranger.code
            kind = "paid" if wrong < 0.85 or wrong > 0.9 else "failed"
            at = self.world.clock.now() - timedelta(hours=self.chance.choice((0, 1, 30)))
            made.append(Notice(kind, f"T{uuid4().hex[:8]}", order.reference, amount, order.currency, payee, at))
        if not made:
            return
        notice = self.chance.choice(made)
        self.notices.append(notice)
        with self.watched("platform", f"{notice.kind} {notice.amount} {notice.transaction}", case):
            heard = self.payments.heard(notice)
            self.done[f"platform {heard.outcome}"] += 1
        self.rules.of_case(case.id)

    def signs(self) -> None:
        """Have the leader of the ministry sign, and the acts go on, or one stay behind."""
        world = self.world
        known = [id_ for id_, status in self.rules.statuses().items() if status == "signing"]
        if not known:
            return
        case = self.get(self.chance.choice(known))
        token = self._session()
        with world.database.unit(SYSTEM) as unit:
            session = unit.sessions.by_token(token)
        caller = Caller(
            "192.0.2.7", world.ministry, world.acts.officer, session=session, roles=frozenset({Role.LEADER})
        )
        before = self.rules.state(case.id)
        with self.watched("leader", "sign", case, clean=False):
            world.signing.sign(caller, token, case.id)
            self.done["sign"] += 1
        if self.chance.random() < 0.85:
            with self.watched("acts", "carried on", case, clean=False):
                world.carried_on(case)
        self.rules.of_case(case.id, before)

    def annuls(self) -> None:
        """Annul what was issued electronically."""
        world, case = self.world, self.case(ended=0.6)
        papers = [one for one in world.papers(case) if one.issuance_id and one.issued_at]
        if not papers:
            return
        token = self._session()
        with world.database.unit(SYSTEM) as unit:
            session = unit.sessions.by_token(token)
        caller = Caller(
            "192.0.2.7", world.ministry, world.acts.officer, session=session, roles=frozenset({Role.LEADER})
        )
        with self.watched("leader", "annul", case, clean=False):
            world.signing.annul(caller, case.id, self.chance.choice(papers).id, "giấy tờ giả", "7/QĐ")
            self.done["annul"] += 1
        self.rules.of_case(case.id)

    def _session(self) -> str:
        world, now = self.world, self.world.clock.now()
        with world.database.unit(SYSTEM) as unit:
            opened = begin(
                unit, world.acts.officer, "open", "password", Origin("192.0.2.7", "x"), now, timedelta(hours=12)
            )
            unit.sessions.proved(opened.session.id, now)
        return opened.token

    def packs(self) -> None:
        """Make a package of a dossier that is over."""
        case = self.case(ended=0.9)
        asker = self.officer(case.authority_id, "clerk")
        with self.watched(asker.id[:12], "pack", case, clean=False):
            self.archives.pack(asker, case.id)
            self.done["pack"] += 1
        self.rules.of_case(case.id)

    def links(self) -> None:
        """Open a link, or ask for a new one."""
        if not self.world.links:
            return
        case, token = self.chance.choice(self.world.links[-10:])
        if self.chance.random() < 0.6:
            with self.watched("link", f"open {token[:6]}", self.get(case)):
                fetched = self.deliveries.by_link(token, "192.0.2.9")
                self.rules.given(case, {one.sha256 for one in fetched.files})
                self.done["link opened"] += 1
        else:
            with self.watched("link", "renew", self.get(case)):
                self.deliveries.renew(token)
        self.rules.of_case(case)

    def commands(self) -> None:
        """Give a command that is offered to somebody; or one that is not, though nothing is wrong with what is said."""
        case = self.case()
        asker = applicant(case) if self.chance.random() < 0.15 else self._one_of(case)
        told = self.world.cases.offers(asker, case)
        late = [name for name, why in told.items() if why is not None and name in BODIES]
        if late and self.chance.random() < 0.4:
            near = [12 if case.status in REGISTRY[name].within else 1 for name in late]
            self.give(asker, case, REGISTRY[self.chance.choices(late, near)[0]], plain=True)
            return
        names = [name for name, why in told.items() if why is None and name in BODIES]
        if names and (not ENDS.issuperset(names) or self.chance.random() < 0.05):
            spec = REGISTRY[self.chance.choices(names, [self._weight(name, case) for name in names])[0]]
            self.give(asker, case, spec, plain=self.chance.random() < 0.85, offered=True)

    def _lacks(self, case: Case) -> bool:
        """Tell whether a paper has no basis yet, without which it would be refused."""
        if case.procedure not in (CONSULAR, LEGALIZATION, APOSTILLE):
            return False
        return any(not one.basis and one.work != "CNXT" for one in self.world.papers(case))

    def onward(self) -> None:
        """Bring a dossier on: of all who work where it is, somebody does what leads further."""
        case = self.case(ended=0.25)
        early = case.accepted_at is None or (self._lacks(case) and self.chance.random() < 0.9)
        people = [self.officer(case.authority_id, role) for role in OFFICERS] + [applicant(case)]
        senseless = {
            "propose": early,
            "assign": case.officer_id is not None,
            "decide-keeping": case.keep_until is not None,
        }
        ways = [
            (asker, name)
            for asker in people
            for name, why in self.world.cases.offers(asker, case).items()
            if why is None and name in ONWARD and not senseless.get(name)
        ]
        if ways:
            asker, name = self.chance.choice(ways)
            self.give(asker, case, REGISTRY[name], plain=True, offered=True)

    def nonsense(self) -> None:
        """Give any command as anybody."""
        case = self.case()
        specs = [one for one in REGISTRY.values() if one.name in BODIES]
        self.give(self.anybody(case), case, self.chance.choice(specs), plain=self.chance.random() < 0.7)

    def _one_of(self, case: Case) -> Asker:
        office = case.intake_id if self.chance.random() < 0.1 else case.authority_id
        return self.officer(office, self.chance.choice(OFFICERS))

    def _weight(self, name: str, case: Case) -> float:
        """How gladly a command is given: a walk that ends everything at once comes nowhere."""
        if name in ENDS or (name == "propose" and case.accepted_at is None):
            return 0.05
        return 4.0 if name in ONWARD else 1.0 if name not in DULL else 0.3

    def give(self, asker: Asker, case: Case, spec: Spec, *, plain: bool, offered: bool = False) -> None:
        """Give one command, and see that what must hold does."""
        scene = Scene(self.world, self.chance, case, asker)
        said = BODIES[spec.name](scene) if spec.name in BODIES else None
        if said is None:
            return
        if not plain and not spec.secret:
            try:
                said = cleaned(spoiled(said, self.chance))
            except BadRequest as unclear:  # so the API and the forms read every body
                self.refused[f"at the door: {unclear.problem.code}"] += 1
                return
        who = f"{asker.id[:12]}/{'+'.join(sorted(asker.may))}"
        why_not = self._hindered(asker, case, spec)
        before, held = self.rules.state(case.id), self.rules.print_of_all()
        try:
            self.world.cases.do(asker, case.id, said)
        except VerifierError as failure:
            code = failure.problem.code
            self.note(who, repr(said), case.code, code)
            self.refused[code] += 1
            self.rules.known(code)
            self.rules.left_nothing(held)
            if offered and plain:
                self.offered_refused[f"{spec.name} {code}"] += 1
                assert spec.name not in CERTAIN, f"{spec.name} was offered, and refused: {code}"
            return
        except BaseException as fault:
            self.note(who, repr(said), case.code, type(fault).__name__)
            raise
        self.note(who, repr(said), case.code, "done")
        self.done[spec.name] += 1
        assert not why_not, f"{spec.name} was not offered ({why_not}), and was done"
        self.rules.done(spec, asker, before, self.rules.state(case.id))
        self.rules.of_case(case.id, before)

    def _hindered(self, asker: Asker, case: Case, spec: Spec) -> str:
        """Why a command is not offered; empty where it is, or nobody would offer it."""
        if spec.secret or not spec.by & asker.may:
            return ""
        try:
            found = self.world.cases.offers(asker, self.world.cases.case(asker, case.id)).get(spec.name)
        except VerifierError:
            return "not seen"
        return found.problem.code if found else ""


__all__ = ["MarkDrawer", "State", "Walk", "WalkWorld"]
