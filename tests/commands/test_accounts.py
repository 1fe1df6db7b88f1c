from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.accounts.support import PASSWORD, CheapHasher, Clock
from tests.support.postgres import RING
from verifier.accounts.sign_in import Origin, SessionLimits, SignIn
from verifier.cli import run
from verifier.commands.shared import USAGE, Surroundings
from verifier.errors import BadRequest
from verifier.storage.database import Database
from verifier.storage.keys import write_ring
from verifier.storage.schema import Schema

SITE = "https://kiemtra.example.vn"
AUTHORITY = ["authority", "add", "--code", "G10.18", "--kind", "mission", "--name-vi", "Đại sứ quán tại Xứ Thử",
             "--name-en", "Embassy in Testland"]  # fmt: skip
PERSON = ["person", "invite", "--authority", "G10.18", "--login", "Lan.Nguyen", "--name", "Nguyễn Thị Lan",
          "--role", "administrator"]  # fmt: skip


class Shell:
    def __init__(self, url: str, folder: Path) -> None:
        write_ring(folder / "keys.toml", RING)
        self.env = {
            "DATABASE_URL": url,
            "VERIFIER_KEY_FILE": str(folder / "keys.toml"),
            "VERIFIER_PUBLIC_URL": SITE,
        }

    def __call__(self, argv: list[str]) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run(argv, Surroundings(self.env, out, err, Clock()))
        return code, out.getvalue(), err.getvalue()


@pytest.fixture
def shell(service_url: str, tmp_path: Path) -> Shell:
    return Shell(service_url, tmp_path)


def sign_in(database: Database) -> SignIn:
    limits = SessionLimits(timedelta(minutes=30), timedelta(hours=12))
    return SignIn(database, Clock(), RING, limits, CheapHasher())


def link(out: str) -> str:
    (token,) = re.findall(rf"{SITE}/invitation/([A-Za-z0-9_-]{{43}})\n", out)
    return str(token)


def test_the_first_administrator_gets_a_link_that_sets_the_account_up(shell: Shell, database: Database) -> None:
    added, invited = shell(AUTHORITY), shell(PERSON)

    assert added == (0, "added G10.18 (Đại sứ quán tại Xứ Thử)\n", "")
    assert (invited[0], invited[2]) == (0, "")
    service = sign_in(database)
    person = service.invitation(link(invited[1]))
    assert person is not None
    assert (person.login, person.name) == ("lan.nguyen", "Nguyễn Thị Lan")
    opened = service.accept_invitation(link(invited[1]), PASSWORD, Origin("", ""))
    assert opened.session.stage == "enrol"


def test_both_commands_stand_in_the_audit_log_without_the_link(
    shell: Shell, database: Database, database_url: str
) -> None:
    shell(AUTHORITY)
    token = link(shell(PERSON)[1])

    with Schema(database_url).connection() as connection:
        told = connection.execute(text("select action, actor_kind, actor_id, body from audit_event order by number"))
        rows = [tuple(row) for row in told]
    assert [row[:3] for row in rows] == [
        ("authority-added", "system", "verifier authority add"),
        ("person-invited", "system", "verifier person invite"),
    ]
    assert token not in str(rows)


def test_who_lost_everything_is_reset_and_the_old_password_is_worth_nothing(shell: Shell, database: Database) -> None:
    shell(AUTHORITY)
    service = sign_in(database)
    service.accept_invitation(link(shell(PERSON)[1]), PASSWORD, Origin("", ""))

    again = shell(["person", "invite", "--authority", "G10.18", "--login", "lan.nguyen", "--reset"])

    assert again[0] == 0
    assert service.invitation(link(again[1])) is not None
    with pytest.raises(BadRequest):
        service.with_password("lan.nguyen", PASSWORD, Origin("", ""))


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ([*AUTHORITY, "--code", "g10"], "--code"),
        ([*AUTHORITY, "--code", "G" * 36], "--code"),
        ([*AUTHORITY, "--code", "G10.18"], "--code"),
        ([*AUTHORITY, "--code", "G11", "--kind", "bakery"], "--kind"),
        ([*AUTHORITY, "--code", "G11", "--time-zone", "Mars/Base"], "--time-zone"),
        ([*AUTHORITY, "--code", "G11", "--time-zone", "../../etc/passwd"], "--time-zone"),
        ([*AUTHORITY, "--code", "G11", "--name-vi", "<b>"], "name-unclear"),
        ([*PERSON, "--authority", "G99"], "--authority"),
        ([*PERSON, "--login", "l"], "login-unclear"),
        ([*PERSON, "--name", "Lаn"], "name-unclear"),
        ([*PERSON, "--role", "emperor"], "--role"),
        ([*PERSON, "--role", "portal"], "--role"),
        ([*PERSON, "--role", "leader"], "roles-exclude"),
        ([*PERSON, "--login", "other.person", "--reset"], "--login"),
        (["person", "invite", "--authority", "G10.18", "--login", "lan.nguyen"], "--name"),
    ],
)
def test_a_mistake_is_one_line(shell: Shell, argv: list[str], told: str) -> None:
    shell(AUTHORITY)

    code, out, err = shell(argv)

    assert (code, out) == (USAGE, "")
    assert told in err
    assert err.count("\n") == 1


def test_a_sign_in_name_is_given_once(shell: Shell) -> None:
    shell(AUTHORITY)
    shell(PERSON)

    code, _, err = shell(PERSON)

    assert (code, err) == (USAGE, "verifier: login-taken: lan.nguyen\n")


def test_without_its_own_address_the_service_has_no_link_to_give(shell: Shell) -> None:
    shell.env["VERIFIER_PUBLIC_URL"] = ""

    code, _, err = shell(PERSON)

    assert (code, err) == (USAGE, "verifier: bad-option: VERIFIER_PUBLIC_URL is not set\n")
