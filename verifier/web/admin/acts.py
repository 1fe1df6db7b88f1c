"""What the forms of administrators share: an act with its effects and its reason, days, roles, refusals as words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from flask import Response, request

from verifier.accounts.administration import Administration
from verifier.accounts.desk import email_of, words_of
from verifier.accounts.names import clean_login, clean_name
from verifier.errors import BadRequest
from verifier.web.chrome import day, page, say, words
from verifier.web.forms import FormError, form_error
from verifier.web.services import accounts

FIELDS: Mapping[str, str] = {
    "name-unclear": "name",
    "login-unclear": "login",
    "login-taken": "login",
    "email-unclear": "email",
    "reason-missing": "reason",
    "role-held": "role",
    "role-unknown": "role",
    "roles-exclude": "role",
    "key-unusable": "key",
}
"""The field at which a refusal is shown, where the refusal does not say it."""
_CLEAN: Mapping[str, Callable[[str], str]] = {
    "name": clean_name,
    "login": clean_login,
    "title_vi": lambda raw: words_of(raw, "title_vi"),
    "title_en": lambda raw: words_of(raw, "title_en"),
    "email": email_of,
}
"""How the fields on a person are taken, in the order shown."""


@dataclass(frozen=True)
class Act:
    """Something that is done by one button, after its effects were said."""

    heading: str
    back: str
    """Address of where it leads, done or not."""
    crumbs: Sequence[tuple[str, str]]
    effects: Sequence[str]
    """Sentences."""
    button: str
    hidden: Mapping[str, object] = field(default_factory=dict)
    danger: bool = True
    asks_reason: bool = True
    asks_day: str = ""
    """Label of a last day that may be given; empty for none."""


def show_act(act: Act, refusal: BadRequest | None = None) -> Response:
    """Show the form of an act, with what was typed where it was refused."""
    errors = [] if refusal is None else [refused(refusal)]
    typed = {"reason": request.form.get("reason", ""), "day": request.form.get("day", "")}
    return page("admin/act.html", errors[0].status if errors else 200, act=act, errors=errors, typed=typed)


def done_or_shown(act: Callable[[], Act], carry_out: Callable[[], Response]) -> Response:
    """Carry an act out and answer with what comes of it; show its form before, and again where it was refused."""
    if request.method != "POST":
        return show_act(act())
    try:
        return carry_out()
    except BadRequest as refusal:
        return show_act(act(), refusal)


def desk() -> Administration:
    """Return the service."""
    return accounts().administration


def refused(refusal: BadRequest) -> FormError:
    """Return the words of a refusal, at its field; one that has no field ends the request."""
    problem = refusal.problem
    if problem.code == "roles-exclude":
        told = {name: say(f"role-{problem.params[name]}") for name in ("role", "other")}
        return FormError(say("admin-roles-exclude", **told), "", "role", 409)
    if problem.code == "changed-meanwhile":
        return FormError(changed_words(refusal), "", "main", 409)
    if problem.code in {"not-found", "not-allowed", "form-expired", "step-up-needed"}:
        raise refusal
    return form_error(problem, problem.params.get("field") or FIELDS.get(problem.code, "main"))


def all_wrong(refusal: BadRequest, typed: Mapping[str, str]) -> list[FormError]:
    """Return the words of a refusal, and of whatever else in the form on a person would be refused next."""
    found = {error.field: error for error in (*_wrong_fields(typed), refused(refusal))}
    order = (*_CLEAN, *found)
    return [found[name] for name in dict.fromkeys(order) if name in found]


def changed_words(refusal: BadRequest) -> str:
    """Say who changed it meanwhile, and when."""
    told = refusal.problem.params
    if not told.get("at"):
        return say("admin-changed")
    by = told["by"] or say("admin-command-line")
    return say("admin-changed-by", by=by, time=words().when(datetime.fromisoformat(told["at"])))


def form_key() -> UUID:
    """Return the key of the form that was sent, a new one for a form to be shown; it tells a form sent twice."""
    try:
        return UUID(request.form["key_of_form"])
    except (KeyError, ValueError):
        return uuid4()


def sent_version() -> int:
    """Return the version of what the form showed; 0 where it holds none."""
    return request.form.get("version", 0, type=int)


def given_day(name: str) -> date | None:
    """Return the day in a field; None for an empty one. BadRequest `bad-date`."""
    told = request.form.get(name, "").strip()
    if not told:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise BadRequest("bad-date", field=name) from None


def after_day(told: date | None, name: str) -> datetime | None:
    """Return the first instant after a last day; None where there is none."""
    if told is None:
        return None
    try:
        return _first_instant(told + timedelta(days=1), name)
    except OverflowError:
        raise BadRequest("bad-date", field=name) from None


def given_period() -> tuple[datetime | None, datetime | None]:
    """Return when a period begins (None: now) and ends (None: no end is known). BadRequest `bad-date`."""
    first, last = given_day("valid_from"), given_day("valid_until")
    if first is not None and first < today():
        raise BadRequest("bad-date", field="valid_from")
    later = first is not None and first > today()
    begins = _first_instant(first, "valid_from") if first and later else None
    return begins, after_day(last, "valid_until")


def today() -> date:
    """Return the day on which the authority is now."""
    return accounts().clock.now().astimezone(words().zone).date()


def last_day(until: datetime) -> str:
    """Write the last day of something that ends before an instant."""
    return day(until - timedelta(microseconds=1))


def _first_instant(told: date, name: str) -> datetime:
    """Return when a day begins for the authority. BadRequest `bad-date` for a day beyond the calendar."""
    try:
        return datetime.combine(told, time(), words().zone)
    except (OverflowError, ValueError):
        raise BadRequest("bad-date", field=name) from None


def _wrong_fields(typed: Mapping[str, str]) -> Iterator[FormError]:
    for name, clean in _CLEAN.items():
        if name not in typed:
            continue
        try:
            clean(typed[name])
        except BadRequest as refusal:
            yield refused(refusal)
