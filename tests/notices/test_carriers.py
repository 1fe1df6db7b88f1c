from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cases.world import WHO, CaseWorld
from tests.notices.mail_server import mail_server, nowhere
from tests.notices.test_telling import last, telling
from tests.support.postgres import RING
from verifier.cases.kernel import Letter
from verifier.cases.records import Case
from verifier.notices.carriers import PATIENCE, TRIES, Doors, Out, SendsMail, carriers
from verifier.outside.doors import NotTaken
from verifier.outside.mail import Mail
from verifier.outside.portal import PortalMessage, PortalResult, PortalStatus
from verifier.storage.keys import KeyRing
from verifier.storage.notices import Notice
from verifier.storage.outbox import Message
from verifier.storage.rotation import Rotation
from verifier.storage.scope import SYSTEM
from verifier.workers.relay import After, Carrier, Relay

GONE = NotTaken("refused", retry=False)
LATER = NotTaken("not now", retry=True)


class Door:
    """Takes everything, or raises what `answers` hold, one after the other; the last one stays."""

    def __init__(self, *answers: NotTaken | None) -> None:
        self.answers = list(answers)
        self.took: list[str] = []
        self.asked = 0

    def _take(self, key: str) -> str:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else (self.answers or [None])[0]
        if answer is not None:
            raise answer
        self.took.append(key)
        return f"receipt-{len(self.took)}"


class MailDoor(Door):
    def send(self, mail: Mail) -> str:
        return self._take(mail.key)


class SmsDoor(Door):
    def send(self, to: str, text: str, key: str) -> str:
        return self._take(key)


class PortalDoor(Door):
    def __init__(self, *answers: NotTaken | None) -> None:
        super().__init__(*answers)
        self.told: list[PortalStatus | PortalMessage | PortalResult] = []

    def _told(self, told: PortalStatus | PortalMessage | PortalResult, key: str) -> str:
        receipt = self._take(key)
        self.told.append(told)
        return receipt

    def status(self, told: PortalStatus, key: str) -> str:
        return self._told(told, key)

    def message(self, told: PortalMessage, key: str) -> str:
        return self._told(told, key)

    def result(self, told: PortalResult, key: str) -> str:
        return self._told(told, key)


class Post:
    """The relay, with doors that a test gives."""

    def __init__(
        self,
        world: CaseWorld,
        mail: SendsMail | None = None,
        sms: SmsDoor | None = None,
        portal: PortalDoor | None = None,
        ring: KeyRing = RING,
    ) -> None:
        self.world = world
        self.out = Out(Doors(mail, sms, portal), ring, world.blobs, world.clock.now)
        self.relay = self.with_carriers(carriers(self.out))

    def with_carriers(self, told: Mapping[str, Carrier]) -> Relay:
        return Relay(self.world.database, self.world.clock, told, patience=PATIENCE, chance=lambda: 1.0)

    def run(self, hours: float) -> None:
        """Let time pass as the relay sees it: from one attempt to the next."""
        until = self.world.clock.now() + timedelta(hours=hours)
        while True:
            self.relay.run_once()
            with self.world.database.unit(SYSTEM) as unit:
                due = [one.due_at for one in unit.outbox.listed("waiting")]
            if not due or min(due) > until:
                self.world.clock.instant = until
                return
            self.world.clock.instant = max(min(due), self.world.clock.now())


def told(world: CaseWorld, *, account: str = "", letter: Letter | None = None) -> Case:
    case = world.case(applicant=replace(WHO, portal_account=account))
    with world.database.unit(SYSTEM) as unit:
        telling(world).tell(unit, case, letter or Letter("filed"), world.clock.now())
    return case


def notice(world: CaseWorld, case: Case) -> Notice:
    return last(world, case)[0]


def states(world: CaseWorld) -> dict[str, int]:
    with world.database.unit(SYSTEM) as unit:
        return {state: len(unit.outbox.listed(state)) for state in ("waiting", "sent", "dead")}


def test_the_first_way_that_takes_it_is_enough(world: CaseWorld) -> None:
    case, mail, sms, portal = told(world, account="acc-1"), MailDoor(), SmsDoor(), PortalDoor()
    Post(world, mail, sms, portal).run(1)
    assert (len(portal.took), mail.asked, sms.asked) == (1, 0, 0)
    assert (found := notice(world, case)).state == "sent"
    assert (found.way, found.address, found.receipt) == ("portal", "***", "receipt-1")
    assert found.sent_at is not None
    message = portal.told[0]
    assert isinstance(message, PortalMessage)
    assert (message.account, message.code) == ("acc-1", case.code)


def test_a_way_that_refuses_for_good_is_followed_by_the_next_at_once(world: CaseWorld) -> None:
    case, mail, sms = told(world), MailDoor(GONE), SmsDoor()
    Post(world, mail, sms).relay.run_once()
    assert (mail.asked, len(sms.took)) == (1, 1)
    assert (notice(world, case).way, notice(world, case).address) == ("sms", "***000")


def test_what_refused_for_good_is_not_asked_again(world: CaseWorld) -> None:
    case, mail, sms = told(world), MailDoor(GONE), SmsDoor(LATER, LATER, LATER, None)
    Post(world, mail, sms).run(1)
    assert (mail.asked, sms.asked) == (1, 4)
    assert (notice(world, case).state, notice(world, case).trouble) == ("sent", "")


def test_a_way_that_fails_for_now_is_tried_again_before_the_next(world: CaseWorld) -> None:
    case, mail, sms = told(world), MailDoor(LATER, LATER, None), SmsDoor()
    Post(world, mail, sms).run(1)
    assert (len(mail.took), sms.asked) == (1, 0)
    assert notice(world, case).way == "e-mail"


def test_a_way_that_fails_for_hours_gives_its_turn_to_the_next(world: CaseWorld) -> None:
    case, mail, sms = told(world), MailDoor(LATER), SmsDoor()
    Post(world, mail, sms).run(24)
    assert (mail.asked, len(sms.took)) == (TRIES, 1)
    assert notice(world, case).way == "sms"


def test_where_every_way_refuses_it_is_a_dead_letter_that_a_person_can_revive(world: CaseWorld) -> None:
    case, mail, sms = told(world), MailDoor(GONE, None), SmsDoor(GONE)
    post = Post(world, mail, sms)
    post.run(1)
    assert states(world) == {"waiting": 0, "sent": 0, "dead": 1}
    assert (notice(world, case).state, notice(world, case).trouble) == ("failed", "refused")
    with world.database.unit(SYSTEM) as unit:
        (dead,) = unit.outbox.listed("dead")
        unit.outbox.revive(dead.id, world.clock.now())
    post.run(1)
    assert (notice(world, case).state, notice(world, case).way) == ("sent", "e-mail")


def test_a_mail_server_that_is_down_for_a_day_loses_nothing_and_sends_nothing_twice(
    world: CaseWorld, tmp_path: Path
) -> None:
    who = replace(WHO, phone="")
    cases = [world.case(applicant=who) for _ in range(3)]
    with world.database.unit(SYSTEM) as unit:
        for case in cases:
            telling(world).tell(unit, case, Letter("filed"), world.clock.now())
    with mail_server(tmp_path) as server:
        port = server.port
    Post(world, nowhere(port)).run(24)
    assert states(world) == {"waiting": 3, "sent": 0, "dead": 0}
    assert {notice(world, case).state for case in cases} == {"waiting"}
    with mail_server(tmp_path) as server:
        post = Post(world, server.mailer())
        post.run(2)
        post.run(24)
        keys = [mail["Message-ID"] for mail in server.handler.mails]
    assert len(set(keys)) == len(keys) == 3
    assert {notice(world, case).state for case in cases} == {"sent"}


def test_a_server_that_asks_to_come_again_gets_it_later(world: CaseWorld, tmp_path: Path) -> None:
    case = told(world)
    with mail_server(tmp_path) as server:
        server.handler.rcpt += ["450 4.7.1 greylisted", "450 4.7.1 greylisted"]
        Post(world, server.mailer()).run(1)
        assert len(server.handler.taken) == 1
    assert notice(world, case).receipt.endswith("queued as 4F1X2")


class Killed(BaseException):
    """The process ends here."""


def test_a_process_that_ends_after_the_server_took_it_sends_it_again_under_the_same_id(
    world: CaseWorld, tmp_path: Path
) -> None:
    case = told(world)
    with mail_server(tmp_path) as server:
        post = Post(world, server.mailer())

        def dies(inner: Carrier) -> Carrier:
            def carry(message: Message) -> After | None:
                inner(message)
                raise Killed

            return carry

        with pytest.raises(Killed):
            post.with_carriers({"notice": dies(carriers(post.out)["notice"])}).run_once()
        assert notice(world, case).state == "waiting"
        post.run(1)
        first, again = server.handler.mails
    assert first["Message-ID"] == again["Message-ID"]
    assert notice(world, case).state == "sent"


def test_files_go_with_an_e_mail_whole(world: CaseWorld, tmp_path: Path) -> None:
    case = world.case()
    form = world.record(case, b"%PDF form", "letter", name="phiếu từ chối.pdf")
    with world.database.unit(SYSTEM) as unit:
        telling(world).tell(unit, case, Letter("stopped", {"reason": "x"}, (form.id,)), world.clock.now())
    with mail_server(tmp_path) as server:
        Post(world, server.mailer()).run(1)
        (file,) = server.handler.mails[0].iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("phiếu từ chối.pdf", b"%PDF form")


def test_a_key_that_is_missing_holds_the_notice_back_and_loses_nothing(world: CaseWorld) -> None:
    case, mail = told(world), MailDoor()
    Post(world, mail, ring=KeyRing("other", {"other": bytes(32)})).run(1)
    assert mail.asked == 0
    assert notice(world, case).trouble.startswith("the words do not open")
    Post(world, mail).run(2)
    assert notice(world, case).state == "sent"


def test_what_waits_is_sealed_anew_with_a_new_key(world: CaseWorld) -> None:
    case, mail = told(world), MailDoor()
    both = KeyRing("next", {**RING.keys, "next": bytes(range(32))})
    rotation = Rotation(world.database, world.blobs, both)
    assert rotation.uses().messages == {RING.current: 1}
    assert rotation.rotate((), world.clock.now()).messages == 1
    assert rotation.rotate((), world.clock.now()).messages == 0
    assert rotation.uses().of("next")[3] == 1
    Post(world, mail, ring=KeyRing("next", {"next": bytes(range(32))})).run(1)
    assert notice(world, case).state == "sent"
    assert rotation.uses().messages == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told | {"sealed": "!"},
        lambda told: told | {"notice": "x"},
        lambda told: told | {"ways": []},
        lambda told: {},
    ],
    ids=["sealed", "notice", "ways", "empty"],
)
def test_a_message_that_is_none_of_ours_is_given_up(
    world: CaseWorld, spoil: Callable[[dict[str, object]], object]
) -> None:
    told(world)
    with world.database.unit(SYSTEM) as unit:
        (message,) = unit.outbox.listed("waiting")
        payload = spoil(dict(message.payload))
        assert isinstance(payload, dict)
        unit.outbox.put("notice", "notice:other", payload, world.clock.now())
    Post(world, MailDoor()).relay.run_once()
    assert states(world)["dead"] == 1


def test_the_portal_is_told_a_status_with_its_exact_time(world: CaseWorld) -> None:
    at = world.clock.now()
    told_ = {"code": "G-0001", "status": "signed", "portal": 9, "at": at.isoformat(), "procedure": "x", "due": None}
    with world.database.unit(SYSTEM) as unit:
        unit.outbox.put("portal-status", "case:1:7", told_, at)
        unit.outbox.put("portal-status", "case:1:8", told_ | {"status": "no-such"}, at)
    portal = PortalDoor(LATER, None)
    Post(world, portal=portal).run(1)
    assert portal.told == [PortalStatus("G-0001", 9, "Đã ký, chờ trả kết quả", at)]
    assert portal.took == ["case:1:7"]
    assert states(world) == {"waiting": 0, "sent": 1, "dead": 1}


def test_without_a_portal_its_topics_are_nobodys(world: CaseWorld) -> None:
    assert set(Post(world, MailDoor()).relay.carriers) == {"notice"}
