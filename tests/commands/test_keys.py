from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.accounts.support import AT, SECRET, add_authority, add_person
from tests.support.postgres import RING
from verifier.accounts import second_factor
from verifier.audit import Actor, Event
from verifier.cli import run
from verifier.commands.shared import NOT_JUDGED, USAGE, Surroundings
from verifier.outside.clock import FixedClock
from verifier.storage.audit_check import verify
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import CannotOpen, KeyRing, add_key, read_ring, write_ring
from verifier.storage.people import Person, SecondFactor
from verifier.storage.rotation import SECOND_FACTOR, Failure, Rotation
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM


@dataclass
class House:
    """What the commands find: a key file, files, second factors and an audit log, all under the key `test`."""

    folder: Path
    url: str
    """Address of the service's login."""
    owner_url: str
    database: Database
    files: dict[str, bytes]
    people: list[Person]

    @property
    def key_file(self) -> Path:
        return self.folder / "keys.toml"

    def keys(self, *args: str, **env: str) -> tuple[int, list[str], list[str]]:
        out, err = io.StringIO(), io.StringIO()
        place = {
            "VERIFIER_KEY_FILE": str(self.key_file),
            "VERIFIER_DATA": str(self.folder),
            "DATABASE_URL": self.url,
            "VERIFIER_ENV": "production",  # the other settings of the service are none of these commands'
        }
        code = run(["keys", *args], Surroundings({**place, **env}, out, err, FixedClock(AT)))
        return code, out.getvalue().splitlines(), err.getvalue().splitlines()

    def blobs(self, ring: KeyRing | None = None) -> Blobs:
        return Blobs(self.folder / "files", ring or read_ring(self.key_file), self.folder / "spool")

    def stored(self, number: int) -> Path:
        return self.folder / "files" / list(self.files)[number]

    def factors(self) -> tuple[SecondFactor, ...]:
        with self.database.unit(SYSTEM) as unit:
            return unit.people.second_factors()

    def head_key(self) -> str:
        with self.database.unit(SYSTEM) as unit:
            return unit.audit.head_key()

    def as_owner(self, statement: str, **values: object) -> None:
        with Schema(self.owner_url).connection() as connection:
            connection.execute(text(statement), values)

    def all_opens_with(self, ring: KeyRing) -> bool:
        blobs = self.blobs(ring)
        assert {name: blobs.read(name) for name in self.files} == self.files
        factors = self.factors()
        assert {ring.open(SECOND_FACTOR, one.secret, one.person_id.bytes) for one in factors} == {SECRET.encode()}
        assert len(factors) == len(self.people)
        assert not verify(self.database, ring).code
        return True


@pytest.fixture
def house(database: Database, database_url: str, service_url: str, tmp_path: Path) -> House:
    write_ring(tmp_path / "keys.toml", RING)
    authority = add_authority(database)
    people = [add_person(database, authority, login=f"person{number}") for number in range(3)]
    for person in people:
        factor = SecondFactor(person.id, authority.id, second_factor.sealed(RING, person, SECRET), 7, AT)
        with database.unit(SYSTEM) as unit:
            unit.people.set_second_factor(factor)
            unit.audit.append(Event("person", str(person.id), "enrolled", Actor("system"), AT))
    blobs = Blobs(tmp_path / "files", RING, tmp_path / "spool")
    contents = [os.urandom(size) for size in (0, 1, 300_000, 1_500_000)]
    return House(tmp_path, service_url, database_url, database, {blobs.put(one): one for one in contents}, people)


def alone(ring: KeyRing) -> KeyRing:
    return KeyRing(ring.current, {ring.current: ring.keys[ring.current]})


# --- new -------------------------------------------------------------------------------------------------------------


def test_a_new_key_is_named_after_the_day_and_what_comes_next_is_told(house: House) -> None:
    code, out, err = house.keys("new")

    ring = read_ring(house.key_file)
    assert (code, err) == (0, [])
    assert (ring.current, set(ring.keys)) == ("2026-03-02", {"2026-03-02", "test"})
    assert out == [
        f"key 2026-03-02 is in {house.key_file} and current",
        "now restart every process of the service, then run: verifier keys rotate",
    ]


def test_the_first_key_makes_the_file_and_needs_neither_files_nor_database(house: House, tmp_path: Path) -> None:
    first = tmp_path / "first.toml"

    code, out, _ = house.keys("new", "--name", "one", VERIFIER_KEY_FILE=str(first), DATABASE_URL="", VERIFIER_DATA="")

    assert (code, len(out), list(read_ring(first).keys)) == (0, 1, ["one"])


@pytest.mark.parametrize(("name", "why"), [("test", "there already"), ("A b", "no name of a key")])
def test_a_name_that_cannot_be_is_refused(house: House, name: str, why: str) -> None:
    code, out, (line,) = house.keys("new", "--name", name)

    assert (code, out) == (USAGE, [])
    assert why in line
    assert read_ring(house.key_file) == RING


# --- rotate and list -------------------------------------------------------------------------------------------------


def test_all_is_sealed_anew_and_then_opens_without_the_old_key(house: House) -> None:
    house.keys("new", "--name", "next")

    code, out, err = house.keys("rotate")

    assert (code, err) == (0, [])
    assert out == [
        "sealed anew with next: 4 files, 3 second factors, the mark of the audit log",
        "key test is no longer in use",
    ]
    assert house.all_opens_with(alone(read_ring(house.key_file)))
    assert [one.last_step for one in house.factors()] == [7, 7, 7]


def test_the_second_time_nothing_is_left_to_do(house: House) -> None:
    house.keys("new", "--name", "next")
    house.keys("rotate")

    code, out, _ = house.keys("rotate")

    assert (code, out[0]) == (0, "sealed anew with next: 0 files, 0 second factors")


def test_that_it_was_done_is_in_the_audit_log(house: House) -> None:
    house.keys("new", "--name", "next")
    house.keys("rotate")
    house.keys("rotate")

    with house.database.unit(SYSTEM) as unit:
        (entry,) = unit.audit.chain("keys", "next", 9)
    assert entry.event.action == "keys-rotated"
    assert (entry.event.actor, entry.event.at) == (Actor("system", "keys rotate"), AT)
    assert dict(entry.event.details) == {"files": 4, "second_factors": 3}


def test_the_list_tells_how_much_each_key_seals_and_never_the_keys(house: House) -> None:
    before = house.keys("list")
    house.keys("new", "--name", "next")
    house.blobs().reseal(next(iter(house.files)))
    between = house.keys("list")

    assert before == (0, ["current  test  4 files, 3 second factors, the mark of the audit log"], [])
    assert between[:2] == (
        0,
        [
            "current  next  1 file, 0 second factors",
            "older    test  3 files, 3 second factors, the mark of the audit log",
        ],
    )
    for line in house.key_file.read_text().splitlines()[3:]:
        assert line.split('"')[1] not in str(between)


def test_an_empty_house_needs_no_rotation(
    database: Database, database_url: str, service_url: str, tmp_path: Path
) -> None:
    write_ring(tmp_path / "keys.toml", RING)
    (tmp_path / "files").mkdir()
    house = House(tmp_path, service_url, database_url, database, {}, [])
    house.keys("new", "--name", "next")

    assert house.keys("rotate")[:2] == (
        0,
        ["sealed anew with next: 0 files, 0 second factors", "key test is no longer in use"],
    )
    assert house.head_key() == ""


def test_what_the_old_service_still_seals_is_told_and_done_the_next_time(house: House) -> None:
    house.keys("new", "--name", "next")
    house.keys("rotate")
    name = house.blobs(RING).put(b"by a process that was not restarted")
    house.files[name] = b"by a process that was not restarted"

    assert house.keys("list")[1][1] == "older    test  1 file, 0 second factors"
    assert house.keys("rotate")[1][0] == "sealed anew with next: 1 file, 0 second factors"
    assert house.all_opens_with(alone(read_ring(house.key_file)))


def test_a_file_that_is_deleted_meanwhile_is_passed_by(house: House) -> None:
    ring = add_key(house.key_file, "next")
    rotation = Rotation(house.database, house.blobs(ring), ring)
    names = rotation.names()
    rotation.blobs.delete(names[0])

    done = rotation.rotate(names, AT)

    assert (done.files, done.failures) == (3, ())


# --- what does not open ----------------------------------------------------------------------------------------------


def spoil_header(house: House) -> str:
    place = house.stored(2)
    form = bytearray(place.read_bytes())
    form[60] ^= 1
    place.write_bytes(form)
    return f"{place.parent.name}/{place.name}"


def spoil_magic(house: House) -> str:
    place = house.stored(2)
    place.write_bytes(b"%PDF-1.7 in the clear")
    return f"{place.parent.name}/{place.name}"


def spoil_factor(house: House) -> str:
    house.as_owner("update second_factor set secret = :new where person_id = :id", new=b"x", id=house.people[1].id)
    return f"second factor of {house.people[1].id}"


def swap_factor(house: House) -> str:
    mine, other = (RING.seal(SECOND_FACTOR, SECRET.encode(), person.id.bytes) for person in house.people[:2])
    house.as_owner("update second_factor set secret = :new where person_id = :id", new=other, id=house.people[0].id)
    assert mine != other
    return f"second factor of {house.people[0].id}"


def spoil_head(house: House) -> str:
    house.as_owner("update audit_head set number = number + 1")
    return "audit log"


@pytest.mark.parametrize("spoil", [spoil_header, spoil_magic, spoil_factor, swap_factor, spoil_head])
def test_what_does_not_open_stays_as_it_is_is_named_and_no_key_is_called_unused(
    house: House, spoil: Callable[[House], str]
) -> None:
    what = spoil(house)
    house.keys("new", "--name", "next")

    code, out, err = house.keys("rotate")

    assert code == NOT_JUDGED
    assert len(out) == 1
    assert out[0].startswith("sealed anew with next: ")
    assert [line for line in err if line.startswith("verifier: ")] == err[-1:]
    assert f"sealed-data-broken: {what}: " in err[-1]
    assert house.keys("rotate")[0] == NOT_JUDGED


@pytest.mark.parametrize("current", ["next", "test"])
def test_a_head_that_somebody_moved_is_never_marked_anew(house: House, current: str) -> None:
    if current == "next":
        house.keys("new", "--name", "next")
    house.as_owner("update audit_head set hash = :zeros", zeros=bytes(32))

    assert house.keys("rotate")[0] == NOT_JUDGED
    house.files[house.blobs(RING).put(b"x")] = b"x"
    assert house.keys("rotate")[0] == NOT_JUDGED
    assert house.head_key() == "test"
    assert verify(house.database, read_ring(house.key_file)).code
    with house.database.unit(SYSTEM) as unit:
        assert unit.audit.chain("keys", current, 9) == ()


def test_a_key_that_went_missing_is_told(house: House) -> None:
    write_ring(house.key_file, KeyRing("other", {"other": bytes(range(1, 33))}))

    code, out, _ = house.keys("list")
    rotated = house.keys("rotate")

    assert (code, rotated[0]) == (NOT_JUDGED, NOT_JUDGED)
    assert out[1] == "missing  test  4 files, 3 second factors, the mark of the audit log"
    assert "The key 'test' is not on the ring." in rotated[2][-2]
    write_ring(house.key_file, RING)
    assert house.all_opens_with(RING)


# --- interrupted -----------------------------------------------------------------------------------------------------

DIES = """
import os, signal, sys
from pathlib import Path
from datetime import UTC, datetime
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import read_ring
from verifier.storage.rotation import Rotation

folder, url, after = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ring, done = read_ring(folder / "keys.toml"), []

def die_after(name):
    done.append(name)
    if len(done) == after:
        os.kill(os.getpid(), signal.SIGKILL)

rotation = Rotation(Database(url, ring), Blobs(folder / "files", ring, folder / "spool"), ring)
rotation.rotate(rotation.names(), datetime.now(UTC), die_after)
"""


@pytest.mark.parametrize("after", [1, 3, 4])
def test_killed_between_files_everything_opens_and_the_next_time_does_the_rest(house: House, after: int) -> None:
    house.keys("new", "--name", "next")
    ring = read_ring(house.key_file)

    ended = subprocess.run([sys.executable, "-c", DIES, house.folder, house.url, str(after)], check=False, timeout=60)

    assert ended.returncode == -signal.SIGKILL
    assert house.all_opens_with(ring)
    assert house.keys("list")[1][0] == f"current  next  {after} file{'s' * (after != 1)}, 0 second factors"
    left = f"{4 - after} file{'s' * (4 - after != 1)}"
    assert house.keys("rotate")[1] == [
        f"sealed anew with next: {left}, 3 second factors, the mark of the audit log",
        "key test is no longer in use",
    ]
    assert house.all_opens_with(alone(ring))


def test_the_database_is_changed_as_a_whole_or_not_at_all(house: House) -> None:
    ring = add_key(house.key_file, "next")

    before = house.factors()
    last = before[-1].person_id

    class Failing(Rotation):
        def _second_factor(self, unit: UnitOfWork, factor: SecondFactor, failures: list[Failure]) -> bool:
            if factor.person_id == last:
                raise ConnectionResetError
            return super()._second_factor(unit, factor, failures)

    with pytest.raises(ConnectionResetError):
        Failing(house.database, house.blobs(ring), ring).rotate((), AT)

    assert sorted(house.factors(), key=str) == sorted(before, key=str)
    assert house.head_key() == "test"


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["rotate", "list"])
@pytest.mark.parametrize(
    ("changes", "code", "why"),
    [
        ({"VERIFIER_KEY_FILE": ""}, USAGE, "VERIFIER_KEY_FILE is not set"),
        ({"VERIFIER_DATA": ""}, USAGE, "VERIFIER_DATA is not set"),
        ({"DATABASE_URL": ""}, USAGE, "DATABASE_URL is not set"),
        ({"VERIFIER_KEY_FILE": "/nowhere/keys.toml"}, USAGE, "cannot be read"),
        ({"VERIFIER_DATA": "/nowhere"}, USAGE, "holds no files of the service"),
        ({"DATABASE_URL": "postgresql://judge:geheim@127.0.0.1:port/x"}, USAGE, "no address of a database"),
        ({"DATABASE_URL": "postgresql://judge:geheim@127.0.0.1:1/x"}, NOT_JUDGED, "Connection refused"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_nothing_is_made(
    house: House, command: str, changes: dict[str, str], code: int, why: str
) -> None:
    answered, out, (line,) = house.keys(command, **changes)

    assert (answered, out) == (code, [])
    assert why in line
    assert "geheim" not in line
    assert not Path("/nowhere").exists()


def test_a_schema_that_is_behind_is_told(house: House) -> None:
    url = f"{house.url}{'&' if '?' in house.url else '?'}options=-csearch_path%3Dnowhere"

    code, _, (line,) = house.keys("list", DATABASE_URL=url)

    assert code == NOT_JUDGED
    assert "verifier db upgrade" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_files_of_another_user_are_left_alone(house: House) -> None:
    os.chown(house.folder / "files", 1234, -1)

    code, _, (line,) = house.keys("rotate")

    assert code == USAGE
    assert "run this as the user of the service" in line


def test_nothing_opens_with_a_ring_of_other_keys(house: House) -> None:
    with pytest.raises(CannotOpen):
        house.all_opens_with(replace(RING, keys={"test": bytes(32)}))
