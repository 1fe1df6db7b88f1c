"""Carries notices, statuses and results out: at least once, by the next way where one fails, never losing any.

The words of a notice come sealed in the message, so nothing is asked of the database here. What became of it is
noted in the relay's transaction (`relay.After`).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from verifier.cases.statuses import statuses
from verifier.notices.telling import SEAL, TOPIC
from verifier.notices.writing import masked_address
from verifier.outside.doors import NotTaken
from verifier.outside.mail import Attachment, Mail
from verifier.outside.portal import Portal, PortalFile, PortalMessage, PortalResult, PortalStatus
from verifier.storage.database import UnitOfWork
from verifier.storage.keys import CannotOpen, KeyRing
from verifier.storage.outbox import Message
from verifier.workers.relay import After, CannotDeliver, Carrier

PORTAL_STATUS = "portal-status"
"""Topic of `verifier.cases.settling`."""
PORTAL_RESULT = "portal-result"
"""Topic of `verifier.cases.delivery`."""
TRIES = 12
"""Attempts by one way that fail for now before the next way is tried: two to three hours."""
PATIENCE = {TOPIC: 150, PORTAL_STATUS: 150, PORTAL_RESULT: 150}
"""Attempts before a message is given up: four to five days (RFC 5321 section 4.5.4.1)."""


class SendsMail(Protocol):
    """`outside.mail.Mailer`."""

    def send(self, mail: Mail) -> str:
        """Hand a message in; NotTaken."""


class SendsSms(Protocol):
    """`outside.sms.SmsGateway`."""

    def send(self, to: str, text: str, key: str) -> str:
        """Send one; NotTaken."""


class Reads(Protocol):
    """`storage.blobs.Blobs`."""

    def read(self, name: str) -> bytes:
        """Return a stored file; FileNotFoundError, CannotOpen."""


@dataclass(frozen=True)
class Doors:
    """The doors that there are; None where the operator set none up."""

    mail: SendsMail | None = None
    sms: SendsSms | None = None
    portal: Portal | None = None


@dataclass(frozen=True)
class Out:
    """What the carriers work with."""

    doors: Doors
    ring: KeyRing = field(repr=False)
    files: Reads
    clock: Callable[[], datetime]


def carriers(out: Out) -> Mapping[str, Carrier]:
    """Return the carriers of notices, and those of the portal where there is a door to it."""
    found: dict[str, Carrier] = {TOPIC: NoticeCarrier(out)}
    if out.doors.portal is not None:
        found[PORTAL_STATUS] = StatusCarrier(out.doors.portal)
        found[PORTAL_RESULT] = ResultCarrier(out.doors.portal, out.files)
    return found


@dataclass(frozen=True)
class NoticeCarrier:
    """Carries a notice by the first way that takes it."""

    out: Out

    def __call__(self, message: Message) -> After:
        """Try the way whose turn it is; where that refuses for good, the next at once.

        A way that fails for now keeps its turn for `TRIES` attempts; then the next has it, and so around. What a way
        refused for good is remembered in the message. CannotDeliver, for good where every way did.
        """
        id_, ways = _notice_of(message)
        over = [way for way in message.payload.get("over", ()) if way in ways]
        parcel = self._opened(message, id_)
        turn = (max(message.attempts, 1) - 1) // TRIES % len(ways)
        trouble = "every way refused it"
        for way in (*ways[turn:], *ways[:turn]):
            if way in over:
                continue
            try:
                receipt = self._sent(way, parcel[way], message)
            except NotTaken as failed:
                trouble = failed.trouble
                if failed.retry:
                    raise CannotDeliver(trouble, retry=True, after=_failed(message, id_, trouble, over)) from None
                over.append(way)
                continue
            return _went(message, id_, way, parcel[way]["to"], receipt)
        raise CannotDeliver(trouble, retry=False, after=_failed(message, id_, trouble, []))

    def given_up(self, message: Message, trouble: str) -> After:
        """Note what was given up without an answer of ours. CannotDeliver where the payload is none of ours."""
        return _failed(message, _notice_of(message)[0], trouble, [])

    def _opened(self, message: Message, id_: UUID) -> Mapping[str, Any]:
        try:
            sealed = base64.b64decode(message.payload["sealed"], validate=True)
            told = json.loads(self.out.ring.open(SEAL, sealed, id_.bytes))
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise CannotDeliver("the payload is none of ours", retry=False) from None
        except CannotOpen as error:
            trouble = f"the words do not open: {error.problem.code}"
            raise CannotDeliver(trouble, retry=True, after=_failed(message, id_, trouble, [])) from None
        return {way: told[way] for way in message.payload["ways"]}

    def _sent(self, way: str, told: Mapping[str, Any], message: Message) -> str:
        doors = self.out.doors
        if way == "e-mail" and doors.mail is not None:
            files = tuple(self._file(one) for one in told["files"])
            return doors.mail.send(
                Mail(told["to"], told["subject"], told["text"], message.key, message.created_at, files)
            )
        if way == "sms" and doors.sms is not None:
            return doors.sms.send(told["to"], told["text"], message.key)
        if way == "portal" and doors.portal is not None:
            said = PortalMessage(told["to"], told["code"], told["title"], told["text"], message.created_at)
            return doors.portal.message(said, message.key)
        raise NotTaken(f"{way}: not set up here", retry=True)

    def _file(self, told: Mapping[str, str]) -> Attachment:
        return Attachment(told["name"], told["type"], _read(self.out.files, told["blob"]))


@dataclass(frozen=True)
class StatusCarrier:
    """Tells the portal where a dossier stands; each change by itself, with its exact time."""

    portal: Portal

    def __call__(self, message: Message) -> None:
        """Tell it. CannotDeliver."""
        told = message.payload
        try:
            due = told.get("due")
            words = statuses()[told["status"]].words.vi
            at = datetime.fromisoformat(told["at"])
            until = datetime.fromisoformat(due) if due else None
            said = PortalStatus(told["code"], int(told["portal"]), words, at, until)
        except (KeyError, TypeError, ValueError):
            raise CannotDeliver("the payload is none of ours", retry=False) from None
        try:
            self.portal.status(said, message.key)
        except NotTaken as failed:
            raise CannotDeliver(failed.trouble, retry=failed.retry) from None


@dataclass(frozen=True)
class ResultCarrier:
    """Puts a result into the data store of an account; the receipt is noted as the proof of the delivery."""

    portal: Portal
    files: Reads

    def __call__(self, message: Message) -> After:
        """Hand it over. CannotDeliver; the delivery is noted as failed where that is for good."""
        told = message.payload
        try:
            id_ = UUID(told["delivery"])
            files = tuple(self._file(one) for one in told["files"])
            at = datetime.fromisoformat(told["at"])
            said = PortalResult(told["account"], told["code"], int(told["portal"]), at, files)
        except (KeyError, TypeError, ValueError):
            raise CannotDeliver("the payload is none of ours", retry=False) from None
        except NotTaken as failed:
            raise CannotDeliver(
                failed.trouble, retry=failed.retry, after=_undelivered(message, id_, failed.trouble)
            ) from None
        try:
            receipt = self.portal.result(said, message.key)
        except NotTaken as failed:
            raise CannotDeliver(
                failed.trouble, retry=failed.retry, after=_undelivered(message, id_, failed.trouble)
            ) from None

        def after(unit: UnitOfWork, now: datetime, _state: str) -> None:
            told = {"tries": message.attempts, "trouble": "", "proof": {"receipt": receipt}}
            for was in ("sending", "failed"):
                unit.notices.change_delivery(id_, was, state="done", done_at=now, **told)

        return after

    def given_up(self, message: Message, trouble: str) -> After:
        """Note what was given up without an answer of ours. CannotDeliver where the payload is none of ours."""
        try:
            return _undelivered(message, UUID(message.payload["delivery"]), trouble)
        except (KeyError, TypeError, ValueError):
            raise CannotDeliver("the payload is none of ours", retry=False) from None

    def _file(self, told: Mapping[str, str]) -> PortalFile:
        data = _read(self.files, told["blob"])
        return PortalFile(told["name"], told["kind"], told["type"], told["sha256"], data)


def _notice_of(message: Message) -> tuple[UUID, list[str]]:
    try:
        id_, ways = UUID(message.payload["notice"]), list(message.payload["ways"])
    except (KeyError, TypeError, ValueError):
        raise CannotDeliver("the payload is none of ours", retry=False) from None
    if not ways:
        raise CannotDeliver("the payload names no way", retry=False)
    return id_, ways


def _read(files: Reads, name: str) -> bytes:
    try:
        return files.read(name)
    except FileNotFoundError:
        raise NotTaken("a file that goes with it is gone", retry=False) from None
    except (OSError, CannotOpen) as error:
        raise NotTaken(f"a file that goes with it cannot be read: {type(error).__name__}", retry=True) from None


def _went(message: Message, id_: UUID, way: str, to: str, receipt: str) -> After:
    def after(unit: UnitOfWork, now: datetime, _state: str) -> None:
        told = {"state": "sent", "way": way, "address": masked_address(to), "sent_at": now, "receipt": receipt}
        unit.notices.note(id_, **told, trouble="", tries=message.attempts)

    return after


def _failed(message: Message, id_: UUID, trouble: str, over: list[str]) -> After:
    """Note the trouble; `over` are the ways that refused for good and are not to be asked again."""

    def after(unit: UnitOfWork, _now: datetime, state: str) -> None:
        stands = "failed" if state == "dead" else "waiting"
        unit.notices.note(id_, state=stands, trouble=trouble, tries=message.attempts)
        unit.outbox.amend(message.id, over=over)

    return after


def _undelivered(message: Message, id_: UUID, trouble: str) -> After:
    """Note why the data store has it not; what was given up before and is tried anew is on its way again."""

    def after(unit: UnitOfWork, _now: datetime, state: str) -> None:
        stands = "failed" if state == "dead" else "sending"
        for was in ("sending", "failed"):
            if unit.notices.change_delivery(id_, was, state=stands, trouble=trouble, tries=message.attempts):
                return

    return after
