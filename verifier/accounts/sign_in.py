"""Signing in: by password and second factor, by an identity elsewhere, by invitation; and whose a token is."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from verifier.accounts import second_factor as totp
from verifier.accounts.caller import Caller
from verifier.accounts.entrance import SIGN_IN, person_actor, tell, visitor
from verifier.accounts.names import clean_login
from verifier.accounts.own_account import OwnAccount
from verifier.accounts.second_factor import Enrolment, Judged
from verifier.accounts.security_log import What, note
from verifier.accounts.sessions import (
    CLOCK_SLACK,
    PENDING_LASTS,
    TOUCH,
    Opened,
    Origin,
    SessionLimits,
    admitted,
    begin,
    told,
)
from verifier.audit import Actor
from verifier.errors import BadRequest
from verifier.outside.identity import Identity
from verifier.storage.database import UnitOfWork
from verifier.storage.people import Person, SecondFactor
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import SignedIn

__all__ = ["Enrolment", "Opened", "Origin", "SessionLimits", "SignIn"]


class SignIn(OwnAccount):
    """The ways in, and what people do with their own account."""

    # --- password and second factor ----------------------------------------------------------------------------------

    def with_password(self, login: str, password: str, origin: Origin) -> Opened:
        """Take the first step: a session in stage `second_factor`, or `enrol` where there is none yet.

        BadRequest `sign-in-failed` whatever is wrong, alike; `sign-in-locked` with the seconds to wait, before the
        password is looked at.
        """
        name = _typed(login)
        mark, now = self._lockout.mark(SIGN_IN, name), self._clock.now()
        one = self._lockout.begin(mark, now)
        with self._database.unit(SYSTEM) as unit:
            person = unit.people.by_login("?" if name.startswith("?") else name)
        hashed = self._fitting(person, password)
        with self._database.unit(SYSTEM) as unit:
            who = admitted(unit, unit.people.hold(person.id), now) if person and hashed else None
            if who and unit.people.password(who.person.id) == hashed:
                self._renew(unit, who.person, hashed, password, now)
                self._lockout.forgive(unit, one)
                return self._first_step(unit, who.person, origin)
            self._failed(unit, person or mark, one, origin.address, step="password")
        raise BadRequest("sign-in-failed")

    def second_factor(self, token: str, code: str, origin: Origin) -> Opened:
        """Take the second step by a one-time code or a recovery code: a new session in stage `open`, the old one ends.

        BadRequest `not-signed-in` where the token is not good (any more), `sign-in-failed`, `sign-in-locked`.
        """
        with self._pending(token, "second_factor") as (_, _, person):
            mark = self._lockout.mark(SIGN_IN, person.login)
        one = self._lockout.begin(mark, self._clock.now())
        with self._pending(token, "second_factor") as (unit, session, person):
            who = admitted(unit, person, self._clock.now())
            way = self._judge_code(unit, who.person, code, origin.address) if who else ""
            if who and way:
                unit.sessions.end(session.id, self._clock.now(), "rotated")
                return self._let_in(unit, who, session.method, origin, second_factor=way)
            self._failed(unit, person, one, origin.address, step="second-factor")
        raise BadRequest("sign-in-failed")

    def _first_step(self, unit: UnitOfWork, person: Person, origin: Origin) -> Opened:
        stage = "second_factor" if self._factor(unit, person) else "enrol"
        return begin(unit, person, stage, "password", origin, self._clock.now(), PENDING_LASTS)

    def _judge_code(self, unit: UnitOfWork, person: Person, code: str, address: str) -> str:
        """Return by what a person proved to be there, `totp` or `recovery-code`, which is used up; empty where not."""
        if self._code_fits(unit, person, code, visitor(address)):
            return "totp"
        now, recovery = self._clock.now(), totp.plain_recovery_code(code)
        if self._factor(unit, person) and unit.people.use_recovery_code(person.id, recovery, now):
            left = unit.people.recovery_codes_left(person.id)
            tell(unit, person, person_actor(person, address), "recovery-code-used", now, left=left)
            return "recovery-code"
        return ""

    # --- setting up a second factor ----------------------------------------------------------------------------------

    def enrolment(self, token: str) -> Enrolment:
        """Return what the authenticator app needs; the same each time, until a code was right.

        BadRequest `not-signed-in`; `step-up-needed` where somebody who is signed in has given no fresh proof.
        """
        with self._pending(token, "enrol", "open") as (unit, session, person):
            before = self._replaceable(unit, session, person)
            secret = totp.secret_for(self._ring, session.id.bytes, before)
            return totp.enrolment(secret, person.login, self._issuer)

    def enrol(self, token: str, code: str, origin: Origin) -> tuple[Opened, tuple[str, ...]]:
        """Set up the second factor by a first right code; return a new session, and the recovery codes, shown once.

        All other sessions end. BadRequest `code-wrong` and as `enrolment`; `sign-in-failed` where the person may not
        be here any more.
        """
        now = self._clock.now()
        with self._pending(token, "enrol", "open") as (unit, session, person):
            before, who = self._replaceable(unit, session, person), admitted(unit, person, now)
            if who is None:
                raise BadRequest("sign-in-failed")
            secret = totp.secret_for(self._ring, session.id.bytes, before)
            judged, step = totp.judge(secret, code, now, 0)
            if judged is not Judged.RIGHT:
                raise BadRequest("code-wrong")
            sealed = totp.sealed(self._ring, person, secret)
            unit.people.set_second_factor(SecondFactor(person.id, person.authority_id, sealed, step, now))
            codes = self._fresh_codes(unit, person)
            actor = person_actor(person, origin.address)
            tell(unit, person, actor, "second-factor-enrolled", now, replaced=before is not None)
            note(unit, actor, What.CREDENTIALS_CHANGED, now, credential="second-factor")
            if session.stage == "open":
                return self._go_on(unit, session, "second-factor-changed"), codes
            unit.sessions.end_all(person.id, now, "second-factor-changed")
            return self._let_in(unit, who, session.method, origin, second_factor="enrolled"), codes

    def _replaceable(self, unit: UnitOfWork, session: SignedIn, person: Person) -> SecondFactor | None:
        """Return the second factor that is there; None where the first one is set up.

        A session that is open needs a fresh proof for the first one too: with one of their own making, whoever found
        it open could prove whatever is asked for later.
        """
        before = self._factor(unit, person)
        fresh = Caller(session=session).proved_within(self._clock.now())
        if not (fresh if session.stage == "open" else before is None):
            raise BadRequest("step-up-needed")
        return before

    # --- identities and invitations ----------------------------------------------------------------------------------

    def with_identity(self, identity: Identity, origin: Origin, invitation: str = "") -> Opened:
        """Sign in by an identity that a provider vouches for; by an invitation it is linked to the person first.

        BadRequest `identity-unknown` where nobody has it, `sign-in-failed` where the person may not be here;
        `invitation-over`; `identity-taken` where it is somebody else's already.
        """
        now = self._clock.now()
        mark = self._lockout.mark(SIGN_IN, f"{identity.issuer} {identity.subject}")
        with self._database.unit(SYSTEM) as unit:
            known = unit.people.by_identity(identity.issuer, identity.subject)
            person = self._invited(unit, invitation) if invitation else unit.people.hold(known.id) if known else None
            who = admitted(unit, person, now)
            if who is not None:
                if invitation:
                    self._link(unit, who.person, identity, invitation, origin)
                return self._let_in(unit, who, "identity", origin)
            code = "sign-in-failed" if person else "identity-unknown"
            self._failed(unit, person or mark, None, origin.address, step="identity")
        raise BadRequest(code)

    def invitation(self, token: str) -> Person | None:
        """Return who is invited by a link; None where it is not good (any more)."""
        with self._database.unit(SYSTEM) as unit:
            found = unit.people.invitation(token)
            person = unit.people.get(found.person_id) if found else None
            good = found is not None and found.used_at is None and self._clock.now() < found.expires_at
            return person if good and person and person.disabled_at is None else None

    def accept_invitation(self, token: str, password: str, origin: Origin) -> Opened:
        """Set a password by an invitation, which is used up; all sessions end, a second factor comes next.

        BadRequest `invitation-over`, `sign-in-failed` where the person may not be here yet, and as `passwords.check`.
        """
        now = self._clock.now()
        if (invited := self.invitation(token)) is None:
            raise BadRequest("invitation-over")
        self._check_new(invited, password)
        hashed = self._hasher.hashed(password)
        with self._database.unit(SYSTEM) as unit:
            person = self._invited(unit, token)
            if admitted(unit, person, now) is not None:
                unit.people.use_invitation(token, now)
                unit.people.set_password(person, hashed, now)
                unit.sessions.end_all(person.id, now, "credentials-set")
                actor = person_actor(person, origin.address)
                tell(unit, person, actor, "invitation-accepted", now, by="password")
                note(unit, actor, What.CREDENTIALS_CHANGED, now, credential="password")
                return self._first_step(unit, person, origin)
            self._failed(unit, person, None, origin.address, step="invitation")
        raise BadRequest("sign-in-failed")

    def _invited(self, unit: UnitOfWork, token: str) -> Person:
        """Return who is invited, held; BadRequest `invitation-over`. Held, the invitation is used by nobody else."""
        found = unit.people.invitation(token)
        person = unit.people.hold(found.person_id) if found else None
        again = unit.people.invitation(token)
        over = again is None or again.used_at is not None or self._clock.now() >= again.expires_at
        if person is None or over or person.disabled_at is not None:
            raise BadRequest("invitation-over")
        return person

    def _link(self, unit: UnitOfWork, person: Person, identity: Identity, invitation: str, origin: Origin) -> None:
        now, owner = self._clock.now(), unit.people.by_identity(identity.issuer, identity.subject)
        if owner is not None and owner.id != person.id:
            raise BadRequest("identity-taken")
        unit.people.use_invitation(invitation, now)
        if owner is None:
            try:
                unit.people.link_identity(person, identity.issuer, identity.subject, now)
            except IntegrityError:  # somebody else was quicker
                raise BadRequest("identity-taken") from None
        unit.sessions.end_all(person.id, now, "credentials-set")
        actor = person_actor(person, origin.address)
        tell(unit, person, actor, "invitation-accepted", now, by="identity", issuer=identity.issuer)
        note(unit, actor, What.CREDENTIALS_CHANGED, now, credential="identity")

    # --- whose a token is --------------------------------------------------------------------------------------------

    def caller(self, token: str, address: str) -> Caller:
        """Return who has this token, with the roles of this moment; a visitor where it is not good.

        A session that is over by its limits is ended, and all of a person who may not be here any more.
        """
        now, stranger = self._clock.now(), Caller(told(address))
        if not token:
            return stranger
        with self._database.unit(SYSTEM) as unit:
            session = unit.sessions.by_token(token)
            if session is None or session.ended_at is not None or session.stage != "open":
                return stranger
            person = unit.people.get(session.person_id)
            who = admitted(unit, person, now)
            why = self._over(session) or ("" if who else "not-admitted")
            if who is None or why:
                self._end(unit, person, session, why)
                return stranger
            if now - session.seen_at >= TOUCH or session.seen_at - now > CLOCK_SLACK:
                unit.sessions.seen(session.id, now)
            return Caller(told(address), who.authority, who.person, None, session, who.roles)

    def pending(self, token: str) -> SignedIn | None:
        """Return the session that waits for its next step; None where the token is not good for that."""
        with self._database.unit(SYSTEM) as unit:
            found = unit.sessions.by_token(token) if token else None
            return found if found and found.stage != "open" and not self._over(found) else None

    def sign_out(self, token: str, address: str) -> None:
        """End the session of a token, whatever its stage."""
        now = self._clock.now()
        with self._database.unit(SYSTEM) as unit:
            session = unit.sessions.by_token(token)
            person = unit.people.get(session.person_id) if session else None
            if session and person and unit.sessions.end(session.id, now, "signed-out"):
                actor = person_actor(person, address)
                tell(unit, person, actor, "signed-out", now, session=str(session.id))
                note(unit, actor, What.SIGNED_OUT, now)

    def _end(self, unit: UnitOfWork, person: Person | None, session: SignedIn, why: str) -> None:
        if unit.sessions.end(session.id, self._clock.now(), why) and person:
            limits = Actor("system", "session limits")
            tell(unit, person, limits, "session-ended", self._clock.now(), session=str(session.id), why=why)


def _typed(login: str) -> str:
    """Return the sign-in name that was typed, as it is kept; of what can be none the beginning, under a sign."""
    try:
        return clean_login(login)
    except BadRequest:
        return f"?{login[:100]}"
