from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import pytest

from tests.cases.world import CaseWorld
from tests.payments.support import demanded, money_of, order_of, paid, told_by_platform
from verifier.accounts.roles import Role
from verifier.cases.desk import Cases
from verifier.cases.kernel import Turn, system
from verifier.cases.paying import PayAtCounter, record_payment
from verifier.cases.records import Case
from verifier.storage.payments import Payments

AT_ONCE = 12


def receipts(world: CaseWorld, *cases: Case) -> list[str]:
    return sorted(one.text for case in cases for one in money_of(world, case).receipts)


def test_receipts_have_no_gap_whoever_takes_the_money(world: CaseWorld) -> None:
    cases = [demanded(world) for _ in range(AT_ONCE)]
    asker = world.asker(Role.RECEPTION)

    def pay(case: Case) -> None:
        world.cases.do(asker, case.id, PayAtCounter(amount=30_000))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(pay, cases))

    assert receipts(world, *cases) == [f"BLP-2026-{number:07d}" for number in range(1, AT_ONCE + 1)]


def test_numbers_begin_anew_with_the_year_of_the_authority(world: CaseWorld) -> None:
    world.clock.instant = datetime.fromisoformat("2026-12-31T23:59:59+07:00")
    before = paid(world)
    world.clock.pass_(seconds=1)
    after = paid(world)

    assert receipts(world, before, after) == ["BLP-2026-0000001", "BLP-2027-0000001"]


class Halted(Exception):
    """The process ended here."""


class Stops:
    """A repository behind which the process ends once `at` was called."""

    def __init__(self, payments: Payments, at: str) -> None:
        self._payments, self._at = payments, at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._payments, name)
        if name != self._at:
            return found

        def halt(*told: Any, **more: Any) -> None:
            found(*told, **more)
            raise Halted(name)

        return halt


@pytest.mark.parametrize("at", ["add_payment", "close_order", "next_receipt", "add_receipt"])
def test_what_ends_halfway_leaves_nothing(world: CaseWorld, at: str) -> None:
    case = demanded(world)
    said = told_by_platform(world, order_of(world, case))
    asker = system("test", case)

    def record() -> None:
        with world.database.unit(asker.scope) as unit:
            held = unit.cases.get(case.id, hold=True)
            assert held is not None
            halting = replace(unit, payments=cast("Payments", Stops(unit.payments, at)))
            record_payment(Turn(world.house, halting, held, asker, world.clock.now()), said)

    with pytest.raises(Halted):
        record()

    found = money_of(world, case)
    assert (list(found.payments), list(found.receipts), found.orders[0].state) == ([], [], "open")
    assert receipts(world, paid(world)) == ["BLP-2026-0000001"]


def test_what_ends_before_the_letter_is_put_leaves_nothing(world: CaseWorld) -> None:
    case = demanded(world)

    def tells(*_: object) -> None:
        raise Halted

    halting = Cases(replace(world.house, tells=tells))
    with pytest.raises(Halted):
        halting.do(world.asker(Role.RECEPTION), case.id, PayAtCounter(amount=30_000))

    assert world.now(case) == case
    assert receipts(world, case) == []
    assert receipts(world, world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))) == ["BLP-2026-0000001"]
