from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest

from tests.accounts.support import add_authority, add_person
from tests.cases.world import CONSULAR, COPY, ECOPY, PDF, SIGNATURE, WHO, CaseWorld, code_of
from tests.notices.test_carriers import LATER, PortalDoor, Post
from tests.payments.support import order_of
from tests.support.postgres import RING
from tests.web.case_pages_site import CasePagesSite, case_pages_site
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.cases import money
from verifier.cases.delivering import Deliveries
from verifier.cases.delivery import (
    LINK_LASTS,
    LINK_PAUSE,
    LINKS_A_DAY,
    RESULT_TOPIC,
    STUCK,
    Deliver,
    FetchResult,
    RenewLink,
    UseLink,
    once_settled,
    ready,
    recall,
)
from verifier.cases.kernel import Done, Turn, applicant, officer, system
from verifier.cases.money import DemandFee
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.notices.carriers import PATIENCE
from verifier.notices.telling import SEAL, Reach, Telling
from verifier.outside.doors import NotTaken
from verifier.outside.portal import PortalResult
from verifier.payments.records import OrderState
from verifier.storage.database import Database
from verifier.storage.notices import Delivery
from verifier.storage.scope import SYSTEM
from verifier.web.downloads import CHUNK
from verifier.web.locale import texts
from verifier.workers.relay import INTERRUPTED

T = TypeVar("T")
ACCOUNT = replace(WHO, portal_account="acc-12345")
BY_HAND = Deliver(way="paper", received_by="Đỗ Thị Bưởi", id_number="001090000001")
DESK = Role.RECEPTION


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CasePagesSite]:
    """Pages, and letters that are really kept."""
    with site_with(database, tmp_path) as site:
        yield site


@contextmanager
def site_with(database: Database, folder: Path, **house: Any) -> Iterator[CasePagesSite]:
    with case_pages_site(database, folder, **house) as site:
        telling = Telling(site.house.book, RING, Reach(mail=True), "https://hoso.example.vn")
        site.house = replace(site.house, tells=telling.tell)
        site.cases.house = site.house
        yield site


def signed(world: CaseWorld, procedure: str = CONSULAR, *, data: bytes | None = PDF, **told: Any) -> Case:
    """A dossier whose fee is settled and whose result is there."""
    case = world.case(procedure, Status.SIGNED, **told)
    if data is not None:
        world.record(case, data, "result", name="kết quả.pdf", paper_id=world.papers(case)[0].id)
    exempt(world, case)
    return world.now(case)


def within(world: CaseWorld, case: Case, act: Callable[[Turn], T]) -> T:
    """Do something within a transaction of the service."""
    asker = system("test", case)
    with world.database.unit(asker.scope) as unit:
        held = unit.cases.get(case.id, hold=True)
        assert held is not None
        return act(Turn(world.house, unit, held, asker, world.clock.now()))


def exempt(world: CaseWorld, case: Case) -> None:
    """Let nothing of the fee be open."""

    def close(turn: Turn) -> None:
        order = money._exempt_order(turn, turn.unit.payments.of_case(case.id))
        decided = {"exemption": "test", "ground": "test", "decided_by": world.person(Role.LEADER).id}
        turn.unit.payments.close_order(order, OrderState.EXEMPT.value, turn.now, **decided)

    within(world, case, close)


def deliveries(world: CaseWorld, case: Case) -> list[Delivery]:
    with world.database.unit(SYSTEM) as unit:
        return list(unit.notices.deliveries(case.id))


def hindered(world: CaseWorld, case: Case) -> str:
    """Why the desk is not offered to give the result out; empty where it is."""
    told = world.cases.offers(world.asker(DESK), world.now(case))["deliver"]
    return told.problem.code if told else ""


def dead_letters(world: CaseWorld) -> int:
    with world.database.unit(SYSTEM) as unit:
        return len(unit.outbox.listed("dead"))


def link_of(world: CaseWorld, case: Case) -> str:
    """The token of the last link that was sent, out of the sealed message."""
    with world.database.unit(SYSTEM) as unit:
        sent = [one for one in unit.notices.of_case(case.id) if one.template == "delivery-link"]
        waiting = {one.key: one for one in unit.outbox.listed("waiting")}
    message = waiting[f"notice:{sent[-1].id}"]
    id_ = UUID(message.payload["notice"])
    text = json.loads(RING.open(SEAL, base64.b64decode(message.payload["sealed"]), id_.bytes))["e-mail"]["text"]
    found = re.search(r"https://hoso\.example\.vn/delivery/(\S+)", text)
    assert found
    return found[1]


# --- on paper --------------------------------------------------------------------------------------------------------


def test_what_is_handed_over_is_signed_for(world: CaseWorld) -> None:
    case = world.do(DESK, signed(world, data=None), BY_HAND)
    assert (case.status, case.delivered_at, case.ended_at) == ("delivered", world.clock.now(), world.clock.now())
    (one,) = deliveries(world, case)
    assert (one.way, one.state, one.noted_at) == ("paper", "done", world.clock.now())
    assert one.proof == {"received_by": "Đỗ Thị Bưởi", "id_number": "001090000001"}
    assert one.made_by == f"person:{world.person(DESK).id}"
    (event,) = [one.event for one in world.events(case)]
    assert (event.action, event.details["way"]) == ("result-given-out", "paper")
    assert "001090000001" not in str(event.details)
    assert world.told.templates == ["delivered"]


@pytest.mark.parametrize("way", ["paper", "post", "place-of-filing"])
def test_what_went_by_post_has_its_number(world: CaseWorld, way: str) -> None:
    case = world.do(DESK, signed(world, COPY, data=None), Deliver(way=way, tracking=" EA123VN "))
    assert deliveries(world, case)[0].proof == {"tracking": "EA123VN"}


@pytest.mark.parametrize(
    "said", [Deliver(way="paper"), replace(BY_HAND, id_number=" "), replace(BY_HAND, received_by="")]
)
def test_paper_goes_to_nobody_unknown(world: CaseWorld, said: Deliver) -> None:
    case = signed(world)
    assert code_of(lambda: world.do(DESK, case, said)) == "receiver-missing"
    assert deliveries(world, case) == []


def test_nothing_is_given_before_the_fee_is_settled(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, authority=add_authority(database, code="H12", kind="commune")) as site:
        case = site.case(SIGNATURE, Status.SIGNED, paid_at=None)
        site.record(case, PDF, "result")
        assert code_of(lambda: site.do(DESK, case, BY_HAND)) == "fee-open"
        assert code_of(lambda: site.cases.do(applicant(case), case.id, FetchResult())) == "fee-open"
        exempt(site, case)
        assert site.do(DESK, case, BY_HAND).status == "delivered"


@pytest.mark.parametrize("status", [Status.EXAMINATION, Status.SIGNING, Status.DELIVERED, Status.REFUSED])
def test_only_what_is_signed_is_given_out(world: CaseWorld, status: Status) -> None:
    case = world.case(status=status)
    assert code_of(lambda: world.do(DESK, case, BY_HAND)) == "case-not-now"


def test_the_office_that_took_it_in_gives_the_result_of_another(database: Database, tmp_path: Path) -> None:
    ministry = add_authority(database, code="G10.BNG", kind="ministry")
    with site_with(database, tmp_path, portal=True) as site:
        case = signed(site, applicant=ACCOUNT)
        other = site.change(case, authority_id=ministry.id)
        with database.unit(SYSTEM) as unit:
            unit.cases.move(other, ministry.id)
        given = site.do(DESK, other, BY_HAND)
        assert given.status == "delivered"
        assert [one.authority_id for one in deliveries(site, case)] == [ministry.id]
        stranger = add_person(database, add_authority(database, code="G10.XA"), DESK, login="nguoi.la", name="Lạ Lùng")
        asker = officer(Caller("192.0.2.9", _home(database, stranger.authority_id), stranger, roles=frozenset({DESK})),
                        site.clock.now())  # fmt: skip
        assert code_of(lambda: site.cases.do(asker, case.id, BY_HAND)) == "not-found"


def _home(database: Database, id_: UUID) -> Any:
    with database.unit(SYSTEM) as unit:
        return unit.authorities.get(id_)


# --- which way -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("procedure", "who", "way", "portal", "code"),
    [
        (ECOPY, ACCOUNT, "e-mail", True, "delivery-not-offered"),
        (ECOPY, WHO, "e-mail", True, ""),
        (ECOPY, ACCOUNT, "data-store", True, ""),
        (ECOPY, ACCOUNT, "data-store", False, "delivery-not-offered"),
        (ECOPY, WHO, "data-store", True, "delivery-not-offered"),
        (CONSULAR, ACCOUNT, "e-mail", True, ""),
        (CONSULAR, replace(WHO, email=""), "e-mail", True, "delivery-not-offered"),
        (CONSULAR, WHO, "device", True, "delivery-not-offered"),
        (CONSULAR, WHO, "pigeon", True, "delivery-not-offered"),
        (COPY, WHO, "e-mail", True, "delivery-not-offered"),
    ],
)
def test_ways_follow_from_law_and_contacts(
    database: Database, tmp_path: Path, procedure: str, who: Any, way: str, code: str, *, portal: bool
) -> None:
    with site_with(database, tmp_path, portal=portal) as site:
        case = signed(site, procedure, applicant=who)
        told = Deliver(way=way)
        if code:
            assert code_of(lambda: site.do(DESK, case, told)) == code
        else:
            assert site.do(DESK, case, told).status == "signed"
            assert deliveries(site, case)[0].state in {"sending", "offered"}


def test_what_is_on_paper_alone_goes_no_other_way(world: CaseWorld) -> None:
    case = signed(world, data=None)
    assert code_of(lambda: world.do(DESK, case, Deliver(way="e-mail"))) == "delivery-not-offered"
    assert code_of(lambda: world.cases.do(applicant(case), case.id, FetchResult())) == "delivery-not-offered"


# --- to the data store -----------------------------------------------------------------------------------------------


def stored(site: CasePagesSite, portal: PortalDoor) -> tuple[Case, Post, Deliveries]:
    case = signed(site, applicant=ACCOUNT)
    return site.do(DESK, case, Deliver(way="data-store")), Post(site, portal=portal), Deliveries(site.cases)


def test_the_receipt_of_the_data_store_is_the_proof(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case, post, service = stored(site, portal := PortalDoor(LATER, None))
        assert service.note(site.clock.now()) == 0
        assert code_of(lambda: site.do(DESK, case, BY_HAND)) == "delivery-under-way"
        post.run(1)
        arrived = deliveries(site, case)[0].done_at
        assert site.now(case).status == "signed"
        assert service.note(site.clock.now()) == 1
        assert service.note(site.clock.now()) == 0
        assert (site.now(case).status, site.now(case).delivered_at) == ("delivered", arrived)
        assert deliveries(site, case)[0].proof["receipt"].startswith("receipt-")
        sent = [one for one in portal.told if isinstance(one, PortalResult)]
        assert [(one.account, one.status, one.files[0].data) for one in sent] == [("acc-12345", 10, PDF)]


def test_the_data_store_gets_a_result_once(database: Database, tmp_path: Path) -> None:
    """Not again while it is on its way, nor when it is there and the dossier does not know yet."""
    with site_with(database, tmp_path, portal=True) as site:
        case = signed(site, applicant=ACCOUNT, delivery="data-store")
        follow(site, case)
        again, post = Deliver(way="data-store"), Post(site, portal=(portal := PortalDoor()))
        assert hindered(site, case) == code_of(lambda: site.do(DESK, case, again)) == "delivery-under-way"
        post.run(1)
        assert (site.now(case).status, [one.state for one in deliveries(site, case)]) == ("signed", ["done"])
        assert hindered(site, case) == code_of(lambda: site.do(DESK, case, again)) == "delivery-under-way"
        site.record(case, b"second", "result", name="two.pdf")
        assert site.do(DESK, case, again).status == "signed"  # something else by now
        post.run(1)
        assert len([one for one in portal.told if isinstance(one, PortalResult)]) == 2


def test_what_the_data_store_refused_is_sent_again(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case, post, _ = stored(site, PortalDoor(LATER, NotTaken("no such account", retry=False), LATER, None))
        post.run(1)
        (one,) = deliveries(site, case)
        assert (one.state, one.tries, one.trouble, hindered(site, case)) == ("failed", 2, "no such account", "")
        site.do(DESK, case, Deliver(way="data-store"))
        assert dead_letters(site) == 0  # nobody can have it sent a second time
        post.run(1)
        assert [(one.state, one.tries) for one in deliveries(site, case)] == [("failed", 2), ("done", 2)]
        assert deliveries(site, case)[1].trouble == ""


def test_another_way_is_open_after_a_day_without_an_answer(database: Database, tmp_path: Path) -> None:
    """What was stuck is called back then, and never arrives."""
    with site_with(database, tmp_path, portal=True) as site:
        case, post, _ = stored(site, portal := PortalDoor(LATER))
        site.clock.instant += STUCK - timedelta(seconds=1)
        assert hindered(site, case) == code_of(lambda: site.do(DESK, case, BY_HAND)) == "delivery-under-way"
        site.clock.instant += timedelta(seconds=1)
        assert hindered(site, case) == ""
        assert site.do(DESK, case, BY_HAND).status == "delivered"
        post.run(24)
        assert [one.state for one in deliveries(site, case)] == ["replaced", "done"]
        assert not [one for one in portal.told if isinstance(one, PortalResult)]


def test_what_is_tried_anew_at_this_moment_goes_no_second_way(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case, post, _ = stored(site, PortalDoor(NotTaken("no such account", retry=False), LATER))
        post.run(1)
        with database.unit(SYSTEM) as unit:
            (dead,) = unit.outbox.listed("dead")
            assert unit.outbox.revive(dead.id, site.clock.now())
            assert code_of(lambda: site.do(DESK, case, BY_HAND)) == "delivery-under-way"
        post.relay.run_once()
        assert [(one.state, one.trouble) for one in deliveries(site, case)] == [("sending", "not now")]


def test_what_was_annulled_leaves_no_dead_letter_to_be_sent(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case, post, _ = stored(site, PortalDoor(NotTaken("no such account", retry=False)))
        post.run(1)
        assert dead_letters(site) == 1
        within(site, case, lambda turn: recall(turn, turn.papers()[0].id))
        assert (dead_letters(site), [one.state for one in deliveries(site, case)]) == (0, ["replaced"])


def test_a_delivery_whose_process_ended_every_time_is_noted_as_failed(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case, post, _ = stored(site, PortalDoor())
        with database.unit(SYSTEM) as unit:
            message = next(one for one in unit.outbox.listed("waiting") if one.topic == RESULT_TOPIC)
            for _ in range(PATIENCE[RESULT_TOPIC]):
                message = unit.outbox.begin(message, site.clock.now())
        post.relay.run_once()
        (one,) = deliveries(site, case)
        assert (one.state, one.trouble, one.tries) == ("failed", INTERRUPTED, PATIENCE[RESULT_TOPIC])
        assert hindered(site, case) == ""


def test_what_the_data_store_refuses_goes_another_way(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case, post, _ = stored(site, PortalDoor(NotTaken("no such account", retry=False)))
        post.run(1)
        assert [one.state for one in deliveries(site, case)] == ["failed"]
        assert site.do(DESK, case, BY_HAND).status == "delivered"


# --- by link ---------------------------------------------------------------------------------------------------------


def plain(page: str) -> str:
    """A page without the address that was asked for."""
    return re.sub(r"/?delivery(/|%2F)[^\"&/]*|\?[^\"]*lang=[^\"]*", "", page)


def test_a_link_gives_the_result_once(site: CasePagesSite) -> None:
    case = signed(site)
    assert site.do(DESK, case, Deliver(way="e-mail")).status == "signed"
    address = f"/delivery/{link_of(site, case)}"
    visitor = site.client(None)
    for _ in range(2):  # scanners of mail open it as often as they like
        assert visitor.get(address).status_code == visitor.head(address).status_code == 200
    assert site.now(case).status == "signed"
    answer = visitor.post(address, buffered=True)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PDF, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert site.now(case).status == "delivered"
    (one,) = deliveries(site, case)
    assert (one.state, one.proof, one.sha256) == (
        "done",
        {"address": "127.0.0.1"},
        (site.view(case).records[-1].sha256,),
    )
    assert visitor.post(address).status_code == 404
    assert len(site.events(case)) == 2


def test_wrong_used_and_ended_links_look_the_same(site: CasePagesSite) -> None:
    case = signed(site)
    site.do(DESK, case, Deliver(way="e-mail"))
    used = link_of(site, case)
    other = signed(site)
    site.do(DESK, other, Deliver(way="e-mail"))
    ended = link_of(site, other)
    visitor = site.client(None)
    visitor.post(f"/delivery/{used}", buffered=True)
    site.clock.instant += LINK_LASTS
    pages = {}
    for token in (used, ended, "wrong-" + used[6:], "x" * 900):
        answer = visitor.post(f"/delivery/{token}")
        pages[answer.status_code, plain(answer.text)] = token
        assert WHO.name not in answer.text
        assert case.code not in answer.text
    assert [status for status, _ in pages] == [404]
    assert site.now(other).status == "signed"
    opened = {plain(visitor.get(f"/delivery/{one}").text) for one in (used, ended, "x" * 43)}
    assert len(opened) == 1


def test_a_new_link_goes_to_the_known_address_and_ends_the_old_one(site: CasePagesSite) -> None:
    case = signed(site)
    site.do(DESK, case, Deliver(way="e-mail"))
    old, visitor = link_of(site, case), site.client(None)
    site.clock.pass_(hours=1)
    same = {plain(visitor.post(f"/delivery/{token}/renewal").text) for token in (old, "no-such-link")}
    assert len(same) == 1
    fresh = link_of(site, case)
    assert fresh != old
    assert visitor.post(f"/delivery/{old}").status_code == 404
    assert visitor.post(f"/delivery/{fresh}", buffered=True).data == PDF
    site.clock.pass_(hours=1)
    visitor.post(f"/delivery/{old}/renewal")
    assert visitor.post(f"/delivery/{link_of(site, case)}", buffered=True).data == PDF
    assert [one.state for one in deliveries(site, case)] == ["replaced", "done", "done"]


def test_nobody_fills_a_mailbox_with_links(site: CasePagesSite) -> None:
    case = signed(site)
    site.do(DESK, case, Deliver(way="e-mail"))
    token, visitor = link_of(site, case), site.client(None)
    visitor.post(f"/delivery/{token}/renewal")
    assert len(deliveries(site, case)) == 1
    for _ in range(2 * LINKS_A_DAY):
        site.clock.instant += LINK_PAUSE
        visitor.post(f"/delivery/{token}/renewal")
    assert len(deliveries(site, case)) == LINKS_A_DAY
    site.clock.pass_(days=1)
    visitor.post(f"/delivery/{token}/renewal")
    assert len(deliveries(site, case)) == LINKS_A_DAY + 1


def test_several_files_come_together(site: CasePagesSite) -> None:
    case = signed(site)
    site.record(case, b"second", "result", name="kết quả.pdf")
    site.do(DESK, case, Deliver(way="e-mail"))
    answer = site.client(None).post(f"/delivery/{link_of(site, case)}", buffered=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as held:
        assert held.namelist() == ["1-kết quả.pdf", "2-kết quả.pdf"]
        assert {held.read(name) for name in held.namelist()} == {PDF, b"second"}


@pytest.mark.parametrize("names", [("kết quả.pdf",), ("kết quả.pdf", "bản dịch.pdf")], ids=["one", "several"])
def test_a_result_is_never_in_memory_as_a_whole(site: CasePagesSite, names: tuple[str, ...]) -> None:
    """It comes in pieces, however large; nothing of it is left in the spool."""
    case, large = signed(site, data=None), b"%PDF-" + bytes(3 * CHUNK)
    for name in names:
        site.record(case, large, "result", name=name)
    site.do(DESK, case, Deliver(way="e-mail"))
    answer = site.client(None).post(f"/delivery/{link_of(site, case)}")
    pieces = [len(one) for one in answer.iter_encoded()]
    answer.close()
    assert sum(pieces) == answer.content_length >= len(names) * len(large)
    assert max(pieces) <= CHUNK
    assert list((site.folder / "spool").iterdir()) == []


def test_a_link_of_one_dossier_is_none_of_another(site: CasePagesSite) -> None:
    case, other = signed(site), signed(site)
    site.do(DESK, case, Deliver(way="e-mail"))
    foreign = deliveries(site, case)[0].id
    act = lambda: site.cases.do(system("delivery-link", other), other.id, UseLink(delivery=foreign))  # noqa: E731
    assert code_of(act) == "link-over"
    assert code_of(lambda: site.cases.do(applicant(other), other.id, UseLink(delivery=foreign))) == "not-allowed"
    assert code_of(lambda: site.by_system(other, RenewLink())) == "delivery-not-offered"


def test_who_takes_the_paper_ends_the_link(site: CasePagesSite) -> None:
    case = signed(site)
    site.do(DESK, case, Deliver(way="e-mail"))
    token = link_of(site, case)
    site.do(DESK, case, BY_HAND)
    assert site.client(None).post(f"/delivery/{token}").status_code == 404
    assert {one.way: one.state for one in deliveries(site, case)} == {"e-mail": "replaced", "paper": "done"}


def test_a_result_that_was_changed_in_the_store_uses_no_link_up(site: CasePagesSite) -> None:
    case = signed(site)
    site.do(DESK, case, Deliver(way="e-mail"))
    with site.database.unit(SYSTEM) as unit:
        from sqlalchemy import update

        from verifier.storage.tables import CaseRecordRow

        unit.cases._session.execute(update(CaseRecordRow).where(CaseRecordRow.kind == "result").values(sha256="0" * 64))
    token = link_of(site, case)
    with pytest.raises(LookupError):
        Deliveries(site.cases).by_link(token, "192.0.2.1")
    assert deliveries(site, case)[0].state == "offered"


def test_nothing_goes_by_e_mail_where_no_mail_leaves(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, mail=False) as site:
        case = signed(site, delivery="e-mail")
        assert code_of(lambda: site.do(DESK, case, Deliver(way="e-mail"))) == "mail-off"
        assert not deliveries(site, case)
        followed = follow(site, case)
        (letter,) = followed.letters
        assert (letter.template, letter.values["counter"], letter.values["changed"]) == ("result-ready", "1", "1")
        assert followed.told == {"wanted": "e-mail", "way": "paper", "why": "mail-off"}
        page = site.client(DESK).get(f"/officer/cases/{case.id}").text
        assert say_in(page, "delivery-why-mail-off", "delivery-stands-counter")
        assert site.do(DESK, case, BY_HAND).status == "delivered"


def say_in(page: str, *keys: str) -> bool:
    return all(texts()[key]["vi"] in page for key in keys)


def test_the_next_way_of_the_law_is_taken_where_the_wanted_one_is_closed(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, mail=False, portal=True) as site:
        case = signed(site, applicant=ACCOUNT, delivery="e-mail")
        told = follow(site, case).told
        assert (told["wanted"], told["way"], told["why"]) == ("e-mail", "data-store", "mail-off")
        assert [one.way for one in deliveries(site, case)] == ["data-store"]
        Post(site, portal=PortalDoor(LATER, LATER, None)).relay.run_once()
        page = site.client(DESK).get(f"/officer/cases/{case.id}").text
        assert say_in(page, "delivery-why-mail-off", "delivery-stands-sending")
        assert "Đã thử: 1 lần" in page
        assert "not now" in page


@pytest.mark.parametrize("mail", [True, False])
def test_the_page_offers_e_mail_where_mail_leaves(database: Database, tmp_path: Path, *, mail: bool) -> None:
    with site_with(database, tmp_path, mail=mail) as site:
        page = site.client(DESK).get(f"/officer/cases/{signed(site).id}/do/deliver").text
        ways = [one for one in ("e-mail", "data-store", "device", "paper") if f'value="{one}"' in page]
        assert ways == ([*["e-mail"] * mail, "paper"])  # no account for the data store; a device is the applicant's


def test_no_new_link_is_made_where_no_mail_leaves_any_more(site: CasePagesSite) -> None:
    case = site.do(DESK, signed(site), Deliver(way="e-mail"))
    site.house = site.cases.house = replace(site.house, mail=False)
    site.clock.pass_(days=1)
    assert code_of(lambda: site.by_system(case, RenewLink())) == "mail-off"
    assert [one.state for one in deliveries(site, case)] == ["offered"]


# --- to a device -----------------------------------------------------------------------------------------------------


def test_the_applicant_fetches_it_with_hash_time_and_address_kept(world: CaseWorld) -> None:
    case, service = signed(world), Deliveries(world.cases)
    fetched = service.fetch(applicant(case, "192.0.2.33"), case.id)
    assert fetched.case.status == "delivered"
    with fetched.files[0].file.opened() as path:
        assert path.read_bytes() == PDF
    world.clock.pass_(minutes=1)
    assert service.fetch(applicant(case, "192.0.2.44"), case.id).files == fetched.files
    assert [one.proof for one in deliveries(world, case)] == [{"address": "192.0.2.33"}, {"address": "192.0.2.44"}]
    assert world.told.templates == ["delivered"]
    assert code_of(lambda: world.do(DESK, case, FetchResult())) == "not-allowed"


# --- once it is signed -----------------------------------------------------------------------------------------------


def follow(world: CaseWorld, case: Case) -> Done:
    return within(world, case, ready)


def test_a_result_before_its_time_is_announced_as_such(world: CaseWorld) -> None:
    soon = world.clock.now() + timedelta(days=1)
    early = follow(world, signed(world, data=None, due_at=soon)).letters[0]
    assert (early.template, early.values["early"], early.values["counter"]) == ("result-ready", "1", "1")
    late = follow(world, signed(world, data=None, due_at=world.clock.now())).letters[0]
    assert "early" not in late.values


def test_an_electronic_result_leaves_by_itself_once_the_fee_is_settled(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        for way, template in (("data-store", []), ("e-mail", ["delivery-link"])):
            case = signed(site, applicant=ACCOUNT, delivery=way)
            assert [one.template for one in follow(site, case).letters] == template
            assert [one.way for one in deliveries(site, case)] == [way]
        owing = site.case(CONSULAR, Status.SIGNED, delivery="e-mail", paid_at=None)
        site.record(owing, PDF, "result")
        assert [one.template for one in follow(site, owing).letters] == ["result-ready"]


@pytest.mark.parametrize(("way", "sent"), [("data-store", ["data-store"]), ("e-mail", ["e-mail"]), ("device", [])])
def test_a_result_that_waited_for_its_fee_leaves_with_it(
    database: Database, tmp_path: Path, way: str, sent: list[str]
) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case = site.case(CONSULAR, Status.SIGNED, applicant=ACCOUNT, delivery=way, paid_at=None)
        site.record(case, PDF, "result", paper_id=site.papers(case)[0].id)
        site.do(DESK, case, DemandFee())
        assert deliveries(site, case) == []
        site.do(DESK, case, PayAtCounter(amount=30_000))
        assert [one.way for one in deliveries(site, case)] == sent
        assert site.now(case).status == "signed"


@pytest.mark.parametrize(("way", "told"), [("data-store", "sent"), ("e-mail", "sent"), ("device", "fetch")])
def test_who_owes_the_fee_reads_how_the_result_comes_then(
    database: Database, tmp_path: Path, way: str, told: str
) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case = site.case(CONSULAR, Status.SIGNED, applicant=ACCOUNT, delivery=way, paid_at=None)
        site.record(case, PDF, "result", paper_id=site.papers(case)[0].id)
        site.do(DESK, case, DemandFee())
        (letter,) = follow(site, case).letters
        reference = order_of(site, case).reference
        assert letter.values == {"amount": "30000", "reference": reference, told: "1"}


def test_that_a_late_fee_sends_a_result_another_way_is_written_down(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case = site.case(CONSULAR, Status.SIGNED, applicant=ACCOUNT, delivery="data-store", paid_at=None)
        site.record(case, PDF, "result", paper_id=site.papers(case)[0].id)
        site.do(DESK, case, DemandFee())
        site.house = site.cases.house = replace(site.house, portal=False)
        site.do(DESK, case, PayAtCounter(amount=30_000))
        (event,) = [one.event for one in site.events(case) if one.event.action == "fee-paid"]
        assert (event.details["wanted"], event.details["why"]) == ("data-store", "portal-off")
        assert [one.way for one in deliveries(site, case)] == ["e-mail"]


def test_what_was_given_out_before_the_last_fee_came_is_sent_once(database: Database, tmp_path: Path) -> None:
    with site_with(database, tmp_path, portal=True) as site:
        case = signed(site, applicant=ACCOUNT, delivery="data-store")
        follow(site, case)
        within(site, case, once_settled)
        assert [one.way for one in deliveries(site, case)] == ["data-store"]


# --- shown -----------------------------------------------------------------------------------------------------------


def test_officers_see_what_was_told_and_how_the_result_was_given(site: CasePagesSite) -> None:
    case = signed(site)
    site.do(DESK, case, BY_HAND)
    page = site.client(DESK).get(f"/officer/cases/{case.id}").text
    for shown in ("Đang chờ gửi", "b***@example.vn", "Người nhận: Đỗ Thị Bưởi", "…-0001: đã trả kết quả"):
        assert shown in page


def test_of_two_who_use_a_link_at_once_one_gets_it(site: CasePagesSite) -> None:
    case = signed(site)
    site.do(DESK, case, Deliver(way="e-mail"))
    used = UseLink(delivery=deliveries(site, case)[0].id)
    site.by_system(case, used)
    assert code_of(lambda: site.by_system(case, used)) == "link-over"


def test_what_was_annulled_since_is_not_given_by_its_link(site: CasePagesSite) -> None:
    case = site.do(DESK, signed(site), Deliver(way="e-mail"))
    paper, token = site.papers(case)[0], link_of(site, case)
    within(site, case, lambda turn: turn.unit.cases.change_paper(paper.id, annulled_at=turn.now))

    assert code_of(lambda: Deliveries(site.cases).by_link(token, "192.0.2.1")) == "link-over"
    assert site.now(case).status == "signed"
