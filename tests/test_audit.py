from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from verifier.accounts.roles import Role
from verifier.audit import START, Actor, Event, Place, columns, linked, read, written

AUTHORITY = UUID(int=7)
EVENT = Event(
    "person",
    "p-1",
    "role-granted",
    Actor("person", "p-2", "Nguyễn Thị Bích Ngọc", AUTHORITY, "192.0.2.1"),
    datetime(2026, 11, 20, 8, 0, 0, 5, tzinfo=UTC),
    AUTHORITY,
    "thay người nghỉ phép",
    {"role": "leader", "before": None, "count": 2, "fresh": True, "fields": ["name", "email"]},
    ("email",),
)
PLACE = Place(3, b"\1" * 32, 2, b"\2" * 32)


def test_an_event_comes_back_as_it_was() -> None:
    assert read(written(EVENT)) == EVENT
    assert written(EVENT).isascii()
    assert columns(EVENT)["actor_name"] == "Nguyễn Thị Bích Ngọc"


def test_the_same_instant_is_written_alike_in_every_zone() -> None:
    elsewhere = replace(EVENT, at=EVENT.at.astimezone(timezone(timedelta(hours=7))))

    assert written(elsewhere) == written(EVENT)


def test_words_of_ours_and_tuples_are_written_as_text_and_lists() -> None:
    told = replace(EVENT, details={"role": Role.LEADER, "roles": (Role.CLERK, Role.LEADER)})  # type: ignore[dict-item]

    assert json.loads(written(told))["details"] == {"role": "leader", "roles": ["clerk", "leader"]}


def test_what_the_database_cannot_keep_is_written_out() -> None:
    odd = replace(EVENT, subject_id="a\0b", reason="\ud800", actor=replace(EVENT.actor, name="\udfff\0"))
    back = read(written(odd))

    assert (back.subject_id, back.reason, back.actor.name) == ("a⟨U+0000⟩b", "⟨U+D800⟩", "⟨U+DFFF⟩⟨U+0000⟩")
    assert written(back) == written(odd)


@pytest.mark.parametrize(
    "change",
    [
        {"at": EVENT.at.replace(tzinfo=None)},
        {"subject_id": "x" * 201},
        {"subject_id": UUID(int=1)},
        {"subject_kind": "Person"},
        {"action": "signed in"},
        {"actor": Actor("robot")},
        {"reason": None},
        {"details": {"share": 0.5}},
        {"details": {"when": EVENT.at}},
        {"details": {"whose": UUID(int=1)}},
        {"details": {"roles": {"leader"}}},
        {"details": {"numbers": [1]}},
        {"details": {"deep": {"a": "b"}}},
        {"details": {1: "a"}},
        {"details": {"big": 2**53}},
        {"reads": (1,)},
    ],
)
def test_what_would_not_come_back_as_it_was_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        written(replace(EVENT, **change))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        written(EVENT) + " ",
        written(EVENT).replace('"action"', '"action":"x","action"', 1),
        written(EVENT).replace('"reads":["email"]', '"reads":"email"'),
        written(EVENT).replace('"p-1"]', '"p-1","p-2"]'),
        written(EVENT).replace(',"reason"', ',"more":1,"reason"'),
        written(EVENT).replace("+00:00", "+07:00"),
        written(EVENT).replace('"count":2', '"count":2.0'),
    ],
)
def test_what_nobody_wrote_is_no_event(body: str) -> None:
    with pytest.raises(ValueError, match="no event"):
        read(body)


def test_the_hash_is_taken_as_it_is_documented() -> None:
    plain = b"3 2 " + b"\1" * 32 + b"\2" * 32 + b"{}"

    assert linked("{}", PLACE) == hashlib.sha256(plain).digest()


@pytest.mark.parametrize(
    "other",
    [
        replace(PLACE, number=4),
        replace(PLACE, previous=START),
        replace(PLACE, subject_number=1),
        replace(PLACE, subject_previous=START),
    ],
)
def test_the_hash_depends_on_the_whole_place_and_body(other: Place) -> None:
    assert len({linked("{}", PLACE), linked("{}", other), linked("{ }", PLACE)}) == 3
