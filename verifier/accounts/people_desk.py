"""People and their roles, as an administrator changes them; every rule is held here, whatever a page has checked."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from verifier.accounts.caller import Caller
from verifier.accounts.desk import Desk, Work, difference, email_of, when, words_of
from verifier.accounts.names import clean_login, clean_name
from verifier.accounts.plain_text import LONGEST_TEXT, reason_of
from verifier.accounts.roles import OF_PEOPLE, Role
from verifier.accounts.security_log import What
from verifier.accounts.staffing import alike, check_beside, check_last_administrator
from verifier.audit import Detail
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import KeyRing
from verifier.storage.people import Invitation, Person, RoleGrant
from verifier.storage.sessions import SignedIn

INVITATION_LASTS = timedelta(hours=72)
"""How long a link to set up an account is good."""
MOST_PEOPLE = 5000
"""People looked at in one authority."""
DETAILS = ("name", "title_vi", "title_en", "email")
"""What an administrator may change of a person; the sign-in name stays."""
BY_ADMINISTRATOR = "administrator"
"""Why a session ended."""


@dataclass(frozen=True)
class Invited:
    """A person who can set up how to sign in, by a link that is told here and never again."""

    person: Person
    token: str
    expires_at: datetime
    namesakes: tuple[Person, ...] = ()
    """Others of the authority whose name looks the same."""

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"Invited(person={self.person.id})"


@dataclass(frozen=True)
class Line:
    """One person in the list."""

    person: Person
    grants: tuple[RoleGrant, ...]
    """Roles held now or later."""
    state: str
    """`open`; `invited`: has a link that is good; `unable`: no way to sign in and no good link; `closed`."""
    seen_at: datetime | None
    """Last request, as far as sessions are kept."""


@dataclass(frozen=True)
class Sheet:
    """All about one person."""

    line: Line
    grants: tuple[RoleGrant, ...]
    """Past roles too."""
    sessions: tuple[SignedIn, ...]
    invited_until: datetime | None
    changed_by: str
    """Name of who changed the account last; empty for a command on the command line."""
    namesakes: tuple[Person, ...]
    now: datetime

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.line.person


class PeopleDesk(Desk):
    """People of the caller's authority."""

    def __init__(self, database: Database, clock: Clock, ring: KeyRing) -> None:
        super().__init__(database, clock)
        self._ring = ring

    # --- reading ---------------------------------------------------------------------------------------------------

    def people(self, caller: Caller, text: str = "") -> tuple[Line, ...]:
        """Return the people whose name, sign-in name or e-mail holds `text`, by given name; the reading is logged."""
        with self._work(caller, alone=False) as work:
            shown = work.unit.people.search(text, limit=MOST_PEOPLE)
            told: dict[str, Detail] = {"searched": bool(text), "count": len(shown)}
            work.tell(("authority", work.authority.id), "people-listed", details=told, reads=("name", "title", "roles"))
            return _lines(work.unit, shown, work.now)

    def person(self, caller: Caller, id_: UUID) -> Sheet:
        """Return all about a person; BadRequest `not-found`. The reading is logged."""
        with self._work(caller, alone=False) as work:
            person = _person(work, id_)
            work.tell(("person", id_), "person-read", reads=("name", "title", "email", "roles", "sessions"))
            return _sheet(work, person)

    # --- accounts --------------------------------------------------------------------------------------------------

    def invite(
        self,
        caller: Caller,
        login: str,
        name: str,
        title_vi: str = "",
        title_en: str = "",
        email: str = "",
        roles: Iterable[Role] = (),
        reason: str = "",
        *,
        key: UUID | None = None,
    ) -> Invited:
        """Open an account and return the link's token. Sent again with the same `key`, the same is returned.

        BadRequest `name-unclear`, `login-unclear`, `login-taken`, `text-unclear`, `email-unclear`, `role-unknown`,
        `roles-exclude`.
        """
        key = key or uuid4()
        with self._work(caller) as work:
            login = clean_login(login)
            wanted = _details(clean_name(name), title_vi, title_en, email)
            id_ = uuid5(work.authority.id, f"{key} {login}")
            token = self._token(id_, key)
            if known := _invited_before(work, id_, token, wanted):
                return known
            if work.unit.people.login_taken(login):
                raise BadRequest("login-taken", field="login")
            why = words_of(reason, "reason", LONGEST_TEXT)
            person = _new_person(work, id_, login, wanted)
            invited = Invited(person, token, work.now + INVITATION_LASTS, alike(person.name, _everybody(work)))
            work.unit.people.add(person)
            told: dict[str, Detail] = {"login": login, **wanted, "roles": _first_roles(work, person, roles)}
            self._hand_link(work, invited)
            work.tell(("person", id_), "person-invited", why, told)
            return invited

    def change(
        self,
        caller: Caller,
        id_: UUID,
        version: int,
        name: str,
        title_vi: str = "",
        title_en: str = "",
        email: str = "",
    ) -> Person:
        """Change a person's details; nothing happens where nothing is different.

        BadRequest `changed-meanwhile` (with `by` and `at`) where the account is not at `version` any more, and as
        `invite`.
        """
        with self._work(caller) as work:
            before = _person(work, id_)
            wanted = _details(clean_name(name), title_vi, title_en, email)
            if all(getattr(before, name) == value for name, value in wanted.items()):
                return before
            after = _store(work, before, version, **wanted)
            work.tell(("person", id_), "person-changed", details=difference(before, after, DETAILS))
            return after

    def close(self, caller: Caller, id_: UUID, version: int, reason: str) -> Person:
        """Close an account: sessions and roles end, credentials are forgotten, what was done stays in the log.

        BadRequest `own-account`, `last-administrator`, `changed-meanwhile`, `reason-missing`.
        """
        with self._work(caller) as work:
            before, why = _other(work, id_), reason_of(reason)
            if before.disabled_at is not None:
                return before
            held = [
                one for one in work.unit.people.grants(id_) if one.valid_until is None or one.valid_until > work.now
            ]
            _check_last(work, frozenset(one.id for one in held), work.now)
            after = _store(work, before, version, disabled_at=work.now)
            for one in held:
                work.unit.people.end_grant(one.id, max(work.now, one.valid_from))
            work.unit.people.forget_credentials(id_)
            work.unit.sessions.end_all(id_, work.now, BY_ADMINISTRATOR)
            told: dict[str, Detail] = {"state": ["open", "closed"], "roles_ended": sorted(one.role for one in held)}
            work.tell(("person", id_), "person-closed", why, told)
            work.warn(What.SESSION_ENDED, person=str(id_), all=True)
            return after

    def reopen(self, caller: Caller, id_: UUID, version: int, reason: str) -> Person:
        """Open a closed account again, without roles and without a way to sign in: both are given anew."""
        with self._work(caller) as work:
            before, why = _other(work, id_), reason_of(reason)
            if before.disabled_at is None:
                return before
            after = _store(work, before, version, disabled_at=None)
            work.tell(("person", id_), "person-reopened", why, {"state": ["closed", "open"]})
            return after

    def reset(self, caller: Caller, id_: UUID, reason: str, *, key: UUID | None = None) -> Invited:
        """Forget how a person signs in, end the sessions, and return a new link. The same `key` returns the same.

        BadRequest `step-up-needed` where the caller has not proved within five minutes who it is; `own-account`,
        `account-closed`, `reason-missing`; `form-expired` where the link of this key was used.
        """
        key = key or uuid4()
        with self._work(caller) as work:
            if not caller.proved_within(work.now):
                raise BadRequest("step-up-needed")
            person, why = _other(work, id_), reason_of(reason)
            _still_open(person)
            token = self._token(id_, key)
            if sent := work.unit.people.invitation(token):
                if sent.used_at is not None:
                    raise BadRequest("form-expired")
                return Invited(person, token, sent.expires_at)
            work.unit.people.forget_credentials(id_)
            work.unit.sessions.end_all(id_, work.now, BY_ADMINISTRATOR)
            invited = Invited(person, token, work.now + INVITATION_LASTS)
            self._hand_link(work, invited)
            work.tell(("person", id_), "credentials-reset", why)
            return invited

    def end_sessions(self, caller: Caller, id_: UUID, reason: str) -> None:
        """End all sessions of a person."""
        with self._work(caller) as work:
            _other(work, id_)
            why = reason_of(reason)
            if work.unit.sessions.end_all(id_, work.now, BY_ADMINISTRATOR):
                work.tell(("person", id_), "sessions-ended", why)
                work.warn(What.SESSION_ENDED, person=str(id_), all=True)

    # --- roles -----------------------------------------------------------------------------------------------------

    def grant(
        self,
        caller: Caller,
        id_: UUID,
        role: str,
        valid_from: datetime | None,
        valid_until: datetime | None,
        reason: str,
        *,
        key: UUID | None = None,
    ) -> RoleGrant:
        """Give a role from `valid_from` (at the earliest from now; None for now) until before `valid_until`.

        The same `key` returns the same; BadRequest `form-expired` where that was ended meanwhile. `own-account`,
        `account-closed`, `role-unknown`, `bad-date`, `role-held`, `roles-exclude` (with `role` and `other`),
        `reason-missing`.
        """
        key = key or uuid4()
        with self._work(caller) as work:
            person, why = _other(work, id_), reason_of(reason)
            _still_open(person)
            grant = RoleGrant(
                id=uuid5(id_, f"{key} {role}"),
                authority_id=work.authority.id,
                person_id=id_,
                role=_of_people(role),
                valid_from=max(valid_from or work.now, work.now),
                valid_until=valid_until,
                granted_by=work.me.id,
                granted_at=work.now,
            )
            held = work.unit.people.grants(id_)
            if before := next((one for one in held if one.id == grant.id), None):
                if before.valid_until != valid_until:
                    raise BadRequest("form-expired")
                return before
            if valid_until is not None and valid_until <= grant.valid_from:
                raise BadRequest("bad-date", field="valid_until")
            _give(work, held, grant)
            work.tell(("person", id_), "role-granted", why, _told(grant))
            return grant

    def end_grant(self, caller: Caller, grant_id: UUID, at: datetime | None, reason: str) -> RoleGrant:
        """Let a role end at an instant, now at the earliest (None for now); one that has not begun is never held.

        Nothing happens where it has ended by then. BadRequest `own-account`, `last-administrator`, `reason-missing`.
        """
        with self._work(caller) as work:
            grant = next((one for one in work.unit.people.all_grants() if one.id == grant_id), None)
            if grant is None:
                raise BadRequest("not-found", str(grant_id))
            _other(work, grant.person_id)
            why, last = reason_of(reason), max(at or work.now, work.now, grant.valid_from)
            if grant.valid_until is not None and grant.valid_until <= last:
                return grant
            _check_last(work, frozenset({grant_id}), last)
            work.unit.people.end_grant(grant_id, last)
            told: dict[str, Detail] = {"role": grant.role, "valid_until": [when(grant.valid_until), when(last)]}
            work.tell(("person", grant.person_id), "role-ended", why, told)
            return replace(grant, valid_until=last)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _token(self, id_: UUID, key: UUID) -> str:
        """Return the token of a link, 43 letters that only the key ring can make; the same for the same form."""
        digest = self._ring.digest("invitation", id_.bytes + key.bytes)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _hand_link(self, work: Work, invited: Invited) -> None:
        person = invited.person
        work.unit.people.invite(Invitation(work.authority.id, person.id, work.now, invited.expires_at), invited.token)
        work.warn(What.CREDENTIALS_CHANGED, person=str(person.id), kind="invitation")


def _person(work: Work, id_: UUID) -> Person:
    person = work.unit.people.get(id_)
    if person is None:
        raise BadRequest("not-found", str(id_))
    return person


def _other(work: Work, id_: UUID) -> Person:
    """Return a person who is not the caller: nobody changes what they themselves may do."""
    person = _person(work, id_)
    if person.id == work.me.id:
        raise BadRequest("own-account")
    return person


def _still_open(person: Person) -> None:
    if person.disabled_at is not None:
        raise BadRequest("account-closed")


def _store(work: Work, before: Person, version: int, **changes: object) -> Person:
    """Store a person anew where the account is still as the caller saw it."""
    told = {"changed_at": work.now, "changed_by": work.me.id, "version": version, **changes}
    after = replace(before, **told)  # type: ignore[arg-type]
    if before.version != version or not work.unit.people.change(after):
        raise BadRequest("changed-meanwhile", by=_changer(work.unit, before), at=when(before.changed_at))
    return replace(after, version=version + 1)


def _changer(unit: UnitOfWork, person: Person) -> str:
    someone = unit.people.get(person.changed_by) if person.changed_by else None
    return someone.name if someone else ""


def _details(name: str, title_vi: str, title_en: str, email: str) -> dict[str, str]:
    titles = {"title_vi": words_of(title_vi, "title_vi"), "title_en": words_of(title_en, "title_en")}
    return {"name": name, **titles, "email": email_of(email)}


def _new_person(work: Work, id_: UUID, login: str, told: Mapping[str, str]) -> Person:
    return Person(
        id=id_,
        authority_id=work.authority.id,
        login=login,
        name=told["name"],
        title_vi=told["title_vi"],
        title_en=told["title_en"],
        email=told["email"],
        created_at=work.now,
        disabled_at=None,
        version=1,
        changed_at=work.now,
        changed_by=work.me.id,
    )


def _invited_before(work: Work, id_: UUID, token: str, wanted: Mapping[str, str]) -> Invited | None:
    """Return what the same form made when it was sent before."""
    person, sent = work.unit.people.get(id_), work.unit.people.invitation(token)
    if person is None or sent is None or sent.used_at is not None:
        return None
    same = all(getattr(person, name) == value for name, value in wanted.items())
    return Invited(person, token, sent.expires_at, _namesakes(work, person)) if same else None


def _first_roles(work: Work, person: Person, roles: Iterable[Role]) -> list[str]:
    given: list[RoleGrant] = []
    for role in dict.fromkeys(roles):
        one = RoleGrant(uuid4(), person.authority_id, person.id, _of_people(role), work.now, None, work.me.id, work.now)
        _give(work, given, one)
        given.append(one)
    return [one.role for one in given]


def _of_people(role: str) -> Role:
    known = next((one for one in OF_PEOPLE if one == role), None)
    if known is None:
        raise BadRequest("role-unknown", field="role")
    return known


def _give(work: Work, held: Iterable[RoleGrant], grant: RoleGrant) -> None:
    check_beside(held, grant)
    work.unit.people.grant(grant)


def _told(grant: RoleGrant) -> dict[str, Detail]:
    return {"role": grant.role, "valid_from": when(grant.valid_from), "valid_until": when(grant.valid_until)}


def _check_last(work: Work, gone: frozenset[UUID], at: datetime) -> None:
    open_ = frozenset(one.id for one in _everybody(work) if one.disabled_at is None)
    check_last_administrator(work.unit.people.all_grants(), open_, gone, at)


def _everybody(work: Work) -> tuple[Person, ...]:
    return work.unit.people.search(limit=MOST_PEOPLE)


def _namesakes(work: Work, person: Person) -> tuple[Person, ...]:
    return alike(person.name, (one for one in _everybody(work) if one.id != person.id))


def _lines(unit: UnitOfWork, people: Iterable[Person], now: datetime) -> tuple[Line, ...]:
    able, invited, seen = unit.people.able(), unit.people.invited(), unit.sessions.last_seen()
    grants: dict[UUID, list[RoleGrant]] = {}
    for one in unit.people.all_grants():
        if one.valid_until is None or one.valid_until > now:
            grants.setdefault(one.person_id, []).append(one)

    def state(person: Person) -> str:
        if person.disabled_at is not None:
            return "closed"
        if person.id in able:
            return "open"
        return "invited" if person.id in invited and invited[person.id] > now else "unable"

    return tuple(Line(one, tuple(grants.get(one.id, ())), state(one), seen.get(one.id)) for one in people)


def _sheet(work: Work, person: Person) -> Sheet:
    (line,) = _lines(work.unit, [person], work.now)
    return Sheet(
        line=line,
        grants=work.unit.people.grants(person.id),
        sessions=tuple(one for one in work.unit.sessions.of_person(person.id) if one.expires_at > work.now),
        invited_until=work.unit.people.invited().get(person.id) if line.state == "invited" else None,
        changed_by=_changer(work.unit, person),
        namesakes=_namesakes(work, person),
        now=work.now,
    )
