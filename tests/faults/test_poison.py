from __future__ import annotations

from datetime import timedelta

from tests.accounts.support import AT, Clock
from verifier.accounts.dead_letters import DeadLetters, Operator
from verifier.storage.database import Database
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM
from verifier.workers.relay import CannotDeliver, Relay, RelayLimits


def test_a_poisoned_message_holds_nobody_up_dies_and_is_delivered_once_a_person_has_seen_to_it(
    database: Database,
) -> None:
    clock, poisoned, received = Clock(), [True], list[str]()

    def deliver(message: Message) -> None:
        if message.key == "bad" and poisoned:
            raise CannotDeliver("the receiver chokes on it", retry=True)
        received.append(message.key)

    with database.unit(SYSTEM) as unit:
        for key in ("bad", "a", "b"):
            unit.outbox.put("case", key, {}, AT)
    relay = Relay(database, clock, {"case": deliver}, RelayLimits(first=timedelta(seconds=1), attempts=4))
    assert relay.run_once() == 2
    for _ in range(10):
        clock.pass_(hours=2)
        relay.run_once()
    letters = DeadLetters(database, clock)
    dead = letters.list(Operator())

    assert [(one.key, one.attempts, one.trouble) for one in dead] == [("bad", 4, "the receiver chokes on it")]
    poisoned.clear()
    assert relay.run_once() == 0
    letters.retry(Operator(), dead[0].id)
    assert relay.run_once() == 1
    assert sorted(received) == ["a", "b", "bad"]
    assert letters.list(Operator()) == ()
