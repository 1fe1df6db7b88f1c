"""One's own account: proving anew to be there (step-up), password, recovery codes, sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from verifier.accounts import second_factor as totp
from verifier.accounts.caller import PROOF_LASTS, Caller
from verifier.accounts.entrance import STEP_UP, Entrance, tell
from verifier.accounts.lockout import Try
from verifier.accounts.passwords import check
from verifier.accounts.second_factor import Judged
from verifier.accounts.security_log import What, note
from verifier.accounts.sessions import Opened, rotate
from verifier.audit import Actor
from verifier.errors import BadRequest
from verifier.outside.id_token import SKEW
from verifier.outside.identity import Identity
from verifier.storage.database import UnitOfWork
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import SignedIn


class OwnAccount(Entrance):
    """What people do with their own account."""

    # --- proving anew ------------------------------------------------------------------------------------------------

    def step_up(self, caller: Caller, token: str, secret: str) -> None:
        """Note that the person is there, by a one-time code or the password; it counts for five minutes.

        BadRequest `step-up-failed`; `sign-in-locked` with the seconds to wait; `not-signed-in`.
        """
        hashed, one = "", self._begin(caller)
        if not totp.plain_code(secret):
            hashed = self._fitting(caller.person, secret)
        with self._own(caller, token) as (unit, session, person):
            way = "totp" if self._code_fits(unit, person, secret, caller.actor) else ""
            if hashed and unit.people.password(person.id) == hashed:
                way = "password"
            if way:
                self._proved(unit, caller, session, way)
                self._lockout.clear(unit, one.mark)
                return
            self._disproved(unit, caller, person, one, "step-up")
        raise BadRequest("step-up-failed")

    def step_up_with_identity(self, caller: Caller, token: str, identity: Identity, began: datetime) -> None:
        """Note that the person is there, by an identity that signed in at its provider anew since the step-up `began`.

        The provider was asked to let the person sign in anew; its clock may be a minute behind ours. BadRequest
        `step-up-failed`, `not-signed-in`.
        """
        now, since = self._clock.now(), began - SKEW
        with self._own(caller, token) as (unit, session, person):
            owner = unit.people.by_identity(identity.issuer, identity.subject)
            fresh = since <= identity.signed_in_at and now - identity.signed_in_at <= PROOF_LASTS
            if owner is not None and owner.id == person.id and fresh:
                self._proved(unit, caller, session, "identity")
                return
            self._disproved(unit, caller, person, None, "step-up")
        raise BadRequest("step-up-failed")

    # --- credentials -------------------------------------------------------------------------------------------------

    def change_password(self, caller: Caller, old: str, new: str) -> Opened:
        """Set a new password; all other sessions end, this one goes on under a new token.

        BadRequest `step-up-failed` where the old one is wrong; `sign-in-locked`; and as `passwords.check`.
        """
        one = self._begin(caller)
        before = self._fitting(caller.person, old)
        if before and caller.person:
            with self._database.unit(SYSTEM) as unit:
                self._lockout.forgive(unit, one)
            self._check_new(caller.person, new)
        hashed = self._hasher.hashed(new) if before else ""
        with self._own(caller) as (unit, session, person):
            if before and unit.people.password(person.id) == before:
                unit.people.set_password(person, hashed, self._clock.now())
                self._lockout.clear(unit, one.mark)
                self._changed(unit, caller, person, "password-changed", "password")
                return self._go_on(unit, session, "password-changed")
            self._disproved(unit, caller, person, one, "password-change")
        raise BadRequest("step-up-failed")

    def new_recovery_codes(self, caller: Caller) -> tuple[str, ...]:
        """Return new recovery codes, shown once; those before are worth nothing.

        BadRequest `step-up-needed` without a fresh proof; `no-second-factor`.
        """
        with self._own(caller) as (unit, session, person):
            if not Caller(session=session).proved_within(self._clock.now()):
                raise BadRequest("step-up-needed")
            if self._factor(unit, person) is None:
                raise BadRequest("no-second-factor")
            self._changed(unit, caller, person, "recovery-codes-made", "recovery-codes")
            return self._fresh_codes(unit, person)

    def credentials(self, caller: Caller) -> tuple[bool, bool, int]:
        """Tell whether the person has a password, whether a second factor, and how many recovery codes are left."""
        with self._own(caller) as (unit, _, person):
            factor = self._factor(unit, person) is not None
            return bool(unit.people.password(person.id)), factor, unit.people.recovery_codes_left(person.id)

    # --- sessions ----------------------------------------------------------------------------------------------------

    def sessions(self, caller: Caller) -> tuple[SignedIn, ...]:
        """Return the person's sessions that are open, the last used first."""
        person, _ = _signed_in(caller)
        with self._database.unit(caller.scope) as unit:
            found = unit.sessions.of_person(person.id)
        return tuple(one for one in found if one.stage == "open" and not self._over(one))

    def end_session(self, caller: Caller, session_id: UUID) -> None:
        """End one of the person's sessions; BadRequest `page-not-found` where it is none of theirs."""
        person, _ = _signed_in(caller)
        now = self._clock.now()
        with self._database.unit(caller.scope) as unit:
            session = unit.sessions.get(session_id)
            if session is None or session.person_id != person.id:
                raise BadRequest("page-not-found")
            if unit.sessions.end(session_id, now, "ended-by-person"):
                tell(unit, person, caller.actor, "session-ended", now, session=str(session_id), why="ended-by-person")
                note(unit, caller, What.SESSION_ENDED, now, count=1)

    def end_other_sessions(self, caller: Caller) -> None:
        """End all of the person's sessions but this one."""
        person, own = _signed_in(caller)
        now = self._clock.now()
        with self._database.unit(caller.scope) as unit:
            if unit.sessions.end_all(person.id, now, "ended-by-person", but=own.id):
                tell(unit, person, caller.actor, "other-sessions-ended", now, session=str(own.id))
                note(unit, caller, What.SESSION_ENDED, now, others=True)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _begin(self, caller: Caller) -> Try:
        person, _ = _signed_in(caller)
        return self._lockout.begin(self._lockout.mark(STEP_UP, str(person.id)), self._clock.now())

    @contextmanager
    def _own(self, caller: Caller, token: str | None = None) -> Iterator[tuple[UnitOfWork, SignedIn, Person]]:
        """Open a unit of work about the caller's own session, the person held; BadRequest `not-signed-in`.

        It reaches all authorities for the counters of failures; nothing else is read by what the request brings.
        """
        someone, own = _signed_in(caller)
        with self._database.unit(SYSTEM) as unit:
            person, session = unit.people.hold(someone.id), unit.sessions.get(own.id)
            given = unit.sessions.by_token(token) if token is not None else session
            if person is None or session is None or given != session or self._over(session):
                raise BadRequest("not-signed-in")
            yield unit, session, person

    def _code_fits(self, unit: UnitOfWork, person: Person, code: str, actor: Actor) -> bool:
        """Tell whether a one-time code is right, and use it up; one that was used before is told to the logs."""
        factor = self._factor(unit, person)
        if factor is None or not totp.plain_code(code):
            return False
        now = self._clock.now()
        judged, step = totp.judge(totp.opened(self._ring, factor), code, now, factor.last_step)
        if judged is Judged.RIGHT:
            unit.people.use_step(person.id, step)
        if judged is Judged.REPLAYED:
            tell(unit, person, actor, "code-replayed", now)
            note(unit, actor, What.CODE_REPLAYED, now, subject=str(person.id))
        return judged is Judged.RIGHT

    def _proved(self, unit: UnitOfWork, caller: Caller, session: SignedIn, way: str) -> None:
        now = self._clock.now()
        unit.sessions.proved(session.id, now)
        if caller.person:
            tell(unit, caller.person, caller.actor, "stepped-up", now, session=str(session.id), by=way)

    def _disproved(self, unit: UnitOfWork, caller: Caller, person: Person, one: Try | None, step: str) -> None:
        """Tell the logs that a proof failed, and whether that locks."""
        now = self._clock.now()
        tell(unit, person, caller.actor, "step-up-failed", now, step=step)
        note(unit, caller, What.STEP_UP_FAILED, now, step=step)
        if one is not None and one.locks:
            tell(unit, person, caller.actor, "step-up-locked", now, failures=one.after.failures)
            note(unit, caller, What.SIGN_IN_LOCKED, now, step=step, failures=one.after.failures)

    def _changed(self, unit: UnitOfWork, caller: Caller, person: Person, action: str, credential: str) -> None:
        now = self._clock.now()
        tell(unit, person, caller.actor, action, now)
        note(unit, caller, What.CREDENTIALS_CHANGED, now, credential=credential)

    def _check_new(self, person: Person, password: str) -> None:
        with self._database.unit(SYSTEM) as unit:
            place = unit.authorities.get(person.authority_id)
        names = (place.code, place.name_vi, place.name_en) if place else ()
        check(password, (person.login, person.email, person.name, *names))

    def _fresh_codes(self, unit: UnitOfWork, person: Person) -> tuple[str, ...]:
        codes = totp.new_recovery_codes()
        unit.people.set_recovery_codes(person, tuple(totp.plain_recovery_code(one) for one in codes))
        return codes

    def _go_on(self, unit: UnitOfWork, session: SignedIn, why: str) -> Opened:
        """End all sessions of a person; this one goes on under a new token, until its absolute end."""
        now = self._clock.now()
        unit.sessions.end_all(session.person_id, now, why, but=session.id)
        opened = rotate(unit, session, now)
        if opened is None:
            raise BadRequest("not-signed-in")
        return opened


def _signed_in(caller: Caller) -> tuple[Person, SignedIn]:
    if caller.person is None or caller.session is None:
        raise BadRequest("not-signed-in")
    return caller.person, caller.session
