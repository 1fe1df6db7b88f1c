"""`verifier issue`: one act of issuing from the order to the release, as an officer; without configuration on trial."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy.exc import SQLAlchemyError

from verifier.accounts.caller import Caller
from verifier.commands.issuing_house import IssuingHouse, configured, issuing_house
from verifier.commands.officer import Officer, signed_in
from verifier.commands.particulars import lacking, of_document, said_in, samples
from verifier.commands.shared import ALL_PASSED, Surroundings
from verifier.commands.workshop import give_out, logs, secret_of
from verifier.errors import BadRequest, CouldNotIssue, CouldNotJudge
from verifier.plain import visible
from verifier.settings import Settings
from verifier.signing.acts.facts import check_code, check_url
from verifier.signing.acts.fields import field_name
from verifier.signing.acts.plan import plan_from
from verifier.signing.records import Kind, Level, Order, Placement, Role, State, Wish
from verifier.storage.issuances import Issuance

PASSWORD, CODE = "OFFICER_PASSWORD", "OFFICER_CODE"
PATIENCE = timedelta(minutes=5)
"""How long we wait for an act that waits for others, as for a time stamp."""
LOOK = 0.25
"""Seconds between looks at how far it is."""
STEPS = {
    State.CONFIRMED: "đã xác nhận · confirmed",
    State.NUMBERED: "đã lấy số · numbered",
    State.PREPARED: "đã dựng dấu chứng nhận · mark drawn",
    State.PERSON_SIGNED: "người có thẩm quyền đã ký · signed by the person",
    State.AGENCY_SIGNED: "cơ quan đã ký · signed by the agency",
    State.COMPLETED: "đã bổ sung dữ liệu kiểm tra lâu dài · validation data added",
    State.JUDGED: "đã tự kiểm tra · judged by ourselves",
    State.RELEASED: "đã phát hành · released",
    State.CANCELLED: "đã hủy · cancelled",
}


@dataclass(frozen=True)
class _Asked:
    """What the command line asks for."""

    source: Path
    out: Path
    kind: Kind
    dossier: str
    level: Level
    placement: Placement | None
    replaces: UUID | None
    said: Mapping[str, str]
    trial: bool
    """Whether this is the demonstration, which fills in what nobody said."""


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Issue the document; nothing stands at the output unless it was released.

    BadRequest, CouldNotIssue and CouldNotJudge with the code of what is wrong.
    """
    said = said_in(args.say)
    _usable(args)
    with contextlib.ExitStack() as stack:
        surroundings, officer = stack.enter_context(_where(args, around))
        settings = Settings.from_environment(surroundings.env)
        logs(settings, surroundings)
        asked = _asked(args, settings, said, trial=surroundings is not around)
        try:
            house = stack.enter_context(issuing_house(settings, surroundings))
            if asked.trial:  # there is no service that would
                house.issuing.recover(around.clock.now())
            told = _issued(asked, house, officer, surroundings)
        except SQLAlchemyError as error:
            raise CouldNotJudge("database-unusable", type(error).__name__) from None
    print(json.dumps(told, ensure_ascii=False), file=around.out, flush=True)
    return ALL_PASSED


def _usable(args: argparse.Namespace) -> None:
    """Refuse before anything is started what cannot be read or written; BadRequest `bad-option`."""
    try:
        with args.file.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        raise _bad(str(args.file), getattr(error, "strerror", None) or str(error)) from None
    if args.output.is_dir() or not args.output.parent.is_dir():
        raise _bad("--output", f"{args.output} cannot be written")
    if args.output.exists() and args.output.samefile(args.file):
        raise _bad("--output", "is the document itself")


def _asked(args: argparse.Namespace, settings: Settings, said: Mapping[str, str], *, trial: bool) -> _Asked:
    try:
        replaces = UUID(args.replaces) if args.replaces else None
    except ValueError:
        raise _bad("--replaces", f"{args.replaces} is no id") from None
    placement = Placement(args.placement) if args.placement else None
    level = Level(args.level or settings.issue_level)
    return _Asked(args.file, args.output, Kind(args.kind), args.dossier, level, placement, replaces, said, trial)


# --- where, and as whom ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _where(args: argparse.Namespace, around: Surroundings) -> Iterator[tuple[Surroundings, Officer]]:
    """Give the surroundings as configured, or those of a demonstration that is started for this act."""
    if configured(around):
        if not args.officer:
            raise _bad("--officer", "is needed: who issues")
        yield (
            around,
            Officer(
                args.officer,
                lambda: secret_of(around, PASSWORD, f"Mật khẩu · password ({args.officer})"),
                lambda: secret_of(around, CODE, "Mã dùng một lần · one-time code"),
            ),
        )
        return
    from verifier.demo.alone import demonstration  # noqa: PLC0415 - its parts are there in development only

    say = _teller(around)
    say("chưa có cấu hình: dùng khóa, TSA, OCSP, cơ sở dữ liệu trình diễn; kết quả không có giá trị pháp lý")
    say("no configuration: demonstration keys, TSA, OCSP and database are used; the result is of no legal effect")
    waiting = "đợi một lần chạy khác kết thúc · another run is at work; waiting for its end"
    with demonstration(around.clock, lambda: say(waiting)) as alone:
        account = alone.account(args.officer) if args.officer else alone.officer(Kind(args.kind))
        say(f"cán bộ trình diễn · sample officer: {account.name} ({account.login}), {account.authority}")
        kept = {name: value for name, value in around.env.items() if name in PASSED_ON}
        env = {**alone.environment, **kept}
        totp = pyotp.TOTP(account.secret)
        officer = Officer(account.login, lambda: account.password, lambda: totp.at(around.clock.now()))
        yield Surroundings(env, around.out, around.err, around.clock), officer
        say(f"kiểm tra bằng · check with: verifier validate --trust-store {alone.trust_store} {args.output}")


PASSED_ON = ("VERIFIER_ISSUE_LEVEL", "VERIFIER_ELECTRONIC_BOOK", "VERIFIER_LAW_SWITCHES", "VERIFIER_MAX_UPLOAD_MB")
"""Settings that count in the demonstration too."""


# --- the act ---------------------------------------------------------------------------------------------------------


def _issued(asked: _Asked, house: IssuingHouse, officer: Officer, around: Surroundings) -> dict[str, Any]:
    say = _teller(around)
    with signed_in(house.accounts, officer) as (caller, token):
        order = _order(asked, house, say)
        say("đang kiểm tra và sắp chỗ cho dấu · judging the document and placing the mark")
        act = house.issuing.order(caller, asked.source, asked.source.name, order)
        forecast = house.issuing.forecast(caller, (act.id,))
        for problem in forecast.problems:
            house.issuing.cancel(caller, act.id, problem.code)
            raise CouldNotIssue(problem.code, problem.detail, **problem.params)
        house.issuing.confirm(caller, token, (act.id,))
        act = _finished(act.id, caller, house, around, say)
        with house.issuing.document(caller, act.id).opened() as document:
            give_out(document, asked.out)
    return _told(act, asked, house)


def _order(asked: _Asked, house: IssuingHouse, say: Callable[[str], None]) -> Order:
    """Return the order; what nobody said is taken from the document's own signatures, and told."""
    layout = house.issuing.layout(asked.kind)
    said = dict(asked.said)
    wanted = lacking(layout, said)
    if wanted:
        outcome = house.parts.judges.judged(asked.source, asked.source.name).outcome
        found = of_document(outcome, wanted)
        if asked.trial:
            found |= samples(outcome, layout, said | found)
        for name, value in found.items():
            say(f"{name} = {value}")
        say("theo chữ ký trên tài liệu, hoặc là mẫu · as the document's signature tells, or a sample: use --say")
        said |= found
    return Order(asked.kind, asked.dossier, asked.level, Wish(asked.placement), said, asked.replaces)


def _finished(
    id_: UUID, caller: Caller, house: IssuingHouse, around: Surroundings, say: Callable[[str], None]
) -> Issuance:
    """Wait until the act is released; CouldNotIssue with its problem where it was cancelled, or waits for too long."""
    deadline, before, waits = around.clock.now() + PATIENCE, "", ""
    while True:
        act = house.issuing.wait(caller, id_, LOOK)
        if act.state != before:
            say(STEPS.get(State(act.state), act.state))
        before, problem = act.state, dict(act.problem or {})
        if act.state == State.RELEASED:
            return act
        if problem and str(problem.get("code")) != waits:
            waits = str(problem.get("code"))
            say(f"{waits}: {problem.get('detail', '')}")
        late = around.clock.now() >= deadline
        if act.state == State.CANCELLED or late:
            why = str(problem.get("detail", "")) or act.state
            kept = f"; number {act.number_text} stays in the book" if act.number_text else ""
            raise CouldNotIssue(waits or "not-finished", why if late else f"{why}{kept}")
        if problem and act.next_try_at is not None and act.next_try_at <= around.clock.now():
            house.issuing.job.task(around.clock.now())


def _told(act: Issuance, asked: _Asked, house: IssuingHouse) -> dict[str, Any]:
    issued = house.issuing.by_sha256(act.output_sha256)
    report = json.loads(act.output_report)
    return {
        "id": str(act.id),
        "kind": act.kind,
        "number": act.number_text,
        "book": issued.book if issued else "",
        "authority": issued.authority_vi if issued else "",
        "issued_at": act.issued_at.isoformat() if act.issued_at else None,
        "released_at": act.released_at.isoformat() if act.released_at else None,
        "output": str(asked.out),
        "sha256": act.output_sha256,
        "input_sha256": act.input_sha256,
        "added": asked.out.stat().st_size - act.size,
        "level": act.level,
        "placement": act.placement,
        "conclusion": act.conclusion,
        "check": check_url(house.parts, check_code(house.parts.ring, act.id, plan_from(act.layout).key)),
        "time_stamps": _stamps(report, {field_name(act, role) for role in Role}),
    }


def _stamps(report: Mapping[str, Any], fields: set[str]) -> list[dict[str, str]]:
    """Return the time stamps of our signatures and over the document, as our own judge found them."""
    found = [(one["field"], stamp) for one in report["signatures"] for stamp in one["timestamps"]]
    told = {
        (stamp["time"], stamp["kind"]): {
            "field": field if stamp["kind"] == "signature" else "",
            "kind": stamp["kind"],
            "at": stamp["time"],
            "tsa": stamp["issuer"],
        }
        for field, stamp in found
        if field in fields
    }
    return [told[key] for key in sorted(told)]


def _teller(around: Surroundings) -> Callable[[str], None]:
    return lambda text: print(visible(f"verifier: {text}"), file=around.err, flush=True)


def _bad(option: str, why: str) -> BadRequest:
    return BadRequest("bad-option", f"{option} {why}", option=option)
