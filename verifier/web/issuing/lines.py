"""Acts of issuing in words: whose move it is, the steps with their times, and the progress in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from verifier.errors import CouldNotIssue, Problem
from verifier.reports.formats import Moment
from verifier.signing.records import OPEN, Kind, Role, State
from verifier.storage.issuances import Issuance
from verifier.web.chrome import say, words
from verifier.web.issuing.base import service
from verifier.web.refusals import problem_words

SIGNED = {State.PERSON_SIGNED: Role.PERSON, State.AGENCY_SIGNED: Role.AGENCY}
STEPS = (State.CONFIRMED, *OPEN[1:], State.RELEASED)
"""States that an act passes once it is confirmed."""
SHORT = 12
"""Characters of a hash that tell one state of an act from another."""


@dataclass(frozen=True)
class ActLine:
    """One act as a list shows it."""

    act: Issuance
    number: str
    kind: str
    look: str
    word: str
    """The state, and whose move it is."""
    created: Moment


@dataclass(frozen=True)
class Step:
    """One step of an act as the macro `progress` shows it."""

    state: str
    """`done`, `now` or `later`."""
    text: str


@dataclass(frozen=True)
class Progress:
    """How far an act is."""

    steps: tuple[Step, ...]
    now: str
    """One line: the present step, or what it waits for."""
    trouble: str = ""
    """Why it does not go on, and what happens next; empty where it goes on."""
    advice: str = ""
    seen: str = ""
    """Differs whenever there is something new to show."""


def act_line(act: Issuance) -> ActLine:
    """Return one act for a list."""
    look, word = standing(act)
    number = act.number_text or say("issuing-no-number")
    return ActLine(act, number, say(f"issuing-kind-{Kind(act.kind)}"), look, word, words().moment(act.created_at))


def standing(act: Issuance) -> tuple[str, str]:
    """Return look and word of an act's state: whose move it is, or what became of it."""
    if act.state == State.RELEASED:
        if act.annulled_at:
            return "void", say("issued-word-annulled")
        return ("void", say("issued-word-replaced")) if act.replaced_by_id else ("ok", say("issuing-state-released"))
    if act.state in (State.ORDERED, State.CANCELLED):
        return ("open" if act.state == State.ORDERED else "plain"), say(f"issuing-state-{State(act.state)}")
    if waits(act):
        return "none", say("issuing-state-waiting")
    return "info", say("issuing-state-running")


def waits(act: Issuance) -> bool:
    """Tell whether an act is the service's move but stands still for a problem."""
    return act.state in OPEN and act.problem is not None


def problem_of(act: Issuance) -> Problem | None:
    """Return why an act waits or was abandoned."""
    told = act.problem
    if not told:
        return None
    params = {str(name): str(value) for name, value in told.get("params", {}).items()}
    return Problem(str(told.get("code", "")), str(told.get("detail", "")), params)


def progress_of(act: Issuance) -> Progress:
    """Return the steps of an act: done, present and later."""
    passed, goes_on = _passed(act), act.state in OPEN
    texts = [_step_text(act, one) for one in passed]
    done = passed.index(State(act.state)) + 1 if act.state in passed else 0
    states = ["done"] * done + ["now" if goes_on else "later"] + ["later"] * len(passed)
    steps = tuple(Step(state, text) for state, text in zip(states, texts, strict=False))
    at = min(done, len(passed) - 1)
    now = say("issuing-step-now", number=at + 1, count=len(passed), step=texts[at]) if goes_on else standing(act)[1]
    return Progress(steps, now, *_trouble(act), f"{act.version}-{act.state}")


def moments(act: Issuance) -> Mapping[str, datetime]:
    """Return the times of an act that are known, by the key of their words."""
    found = {
        "issuing-at-ordered": act.created_at,
        "issuing-at-issued": act.issued_at,
        "issuing-at-released": act.released_at,
        "issuing-at-annulled": act.annulled_at,
    }
    return {key: at for key, at in found.items() if at}


def _passed(act: Issuance) -> tuple[State, ...]:
    """The states that this act passes: only the signatures that its kind has."""
    try:
        roles: tuple[Role, ...] = service().layout(Kind(act.kind)).signatures
    except CouldNotIssue:
        roles = tuple(Role)
    return tuple(one for one in STEPS if one not in SIGNED or SIGNED[one] in roles)


def _step_text(act: Issuance, state: State) -> str:
    number = act.number_text if state == State.NUMBERED else ""
    text = say(f"issuing-step-{state}")
    return f"{text}: {number}" if number else text


def _trouble(act: Issuance) -> tuple[str, str]:
    problem = problem_of(act)
    if problem is None:
        return "", ""
    said, advice = problem_words(problem)
    if act.state in OPEN and act.next_try_at:
        advice = say("issuing-tried-again", time=words().when(act.next_try_at), advice=advice).strip()
    return said, advice
