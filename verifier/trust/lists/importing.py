"""Taking several lists over at once: for which scheme each is, lists of lists first, pivots with their list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from verifier.errors import BadRequest, CouldNotJudge, Problem
from verifier.snapshot import Origin, Scheme, TrustSnapshot
from verifier.trust.lists.following import ID, said
from verifier.trust.lists.model import ListKind, TrustedList
from verifier.trust.lists.reader import read_list
from verifier.trust.lists.taking import Took, took, with_scheme
from verifier.trust.lists.xml import NotReadable, parse


@dataclass(frozen=True)
class Brought:
    """A file that was handed in."""

    file: str
    data: bytes = b""
    problem: Problem | None = None
    """Why it could not be read from disk or network."""
    address: str = ""
    """Where it was fetched, if it was."""


@dataclass(frozen=True)
class Wanted:
    """What the operator says of the scheme; empty fields are as they are, or as the list tells."""

    id: str = ""
    name: str = ""
    location: str = ""
    territory: str = ""
    branch: str = ""
    refresh: str = ""
    brings_authorities: bool = False
    """Take the entries of the register of authorities over too."""
    pins: tuple[bytes, ...] = ()

    @property
    def says(self) -> dict[str, object]:
        """What is said of the scheme, but for its id."""
        names = ("name", "location", "territory", "branch", "refresh", "brings_authorities", "pins")
        return {name: value for name in names if (value := getattr(self, name))}


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    brought: Brought
    scheme: str
    """Id; empty where it was not found out."""
    content: TrustedList | None
    problem: Problem | None
    """Why it was not taken over."""
    before: TrustSnapshot
    after: TrustSnapshot
    took: Took | None = None
    """None for a list that was refused, and for a pivot."""

    @property
    def accepted(self) -> bool:
        """Whether it was taken over, or served as pivot."""
        return self.problem is None


@dataclass
class Imports:
    """A run over several files."""

    snapshot: TrustSnapshot
    wanted: Wanted
    at: datetime
    """The instant as of which the lists are judged."""
    now: datetime
    by: str = ""
    results: list[Result] = field(default_factory=list)

    def run(self, files: Iterable[Brought], done: Callable[[Result], None]) -> None:
        """Take the files over, and tell of each when it is done; `results` is in the order in which that was."""
        read = [(one, *_told(one, self.at)) for one in files]
        lists = [(one, content) for one, content, _ in read if content is not None]
        for one, _, problem in read:
            if problem is not None:
                self._add(Result(one, "", None, problem, self.snapshot, self.snapshot), done)
        for file, content, pivots in _grouped(lists):
            self._take(file, content, pivots, done)

    @property
    def accepted(self) -> list[tuple[Origin, bytes]]:
        """The lists that were taken over, in order; those that were in use already change nothing."""
        return [(one.took.origin, one.brought.data) for one in self.results if one.took and one.after is not one.before]

    @property
    def pivots(self) -> list[bytes]:
        """The lists of lists that led to another certificate."""
        return [one.brought.data for one in self.results if one.accepted and one.took is None]

    def _add(self, result: Result, done: Callable[[Result], None]) -> None:
        self.results.append(result)
        done(result)

    def _take(
        self, file: Brought, content: TrustedList, pivots: Sequence[Brought], done: Callable[[Result], None]
    ) -> None:
        before, scheme, problem, what = self.snapshot, "", None, None
        try:
            base, scheme = self._placed(content, file)
            what = took(
                base, scheme, file.data, self.at, self.by, pivots=[one.data for one in pivots], came_at=self.now
            )
            if base is not before or not _in_use(before, scheme, what):
                self.snapshot = what.snapshot
        except (BadRequest, CouldNotJudge) as refused:
            problem = refused.problem
        for one in pivots:
            self._add(Result(one, scheme, content, problem, before, before), done)
        self._add(Result(file, scheme, content, problem, before, self.snapshot, what), done)

    def _placed(self, content: TrustedList, file: Brought) -> tuple[TrustSnapshot, str]:
        """Return the snapshot with the scheme that a list is for, and its id; BadRequest where there is none."""
        found = self._known(content)
        if found is None:
            new = self._new(content, file)
            return with_scheme(self.snapshot, new), new.id
        if found.parent:
            if self.wanted.id and self.wanted.says:
                raise BadRequest("scheme-of-list", f"{found.id} is as {found.parent} tells", name=found.parent)
            return self.snapshot, found.id
        changed = replace(found, **self.wanted.says)  # type: ignore[arg-type]
        if not self.wanted.id and (changed.pins, changed.branch) != (found.pins, found.branch):
            # the list itself said which scheme it is for, and nobody has vouched for it yet
            raise BadRequest("scheme-unclear", f"{found.id} has other pins or another branch; name it with --scheme")
        return (self.snapshot if changed == found else with_scheme(self.snapshot, changed)), found.id

    def _known(self, content: TrustedList) -> Scheme | None:
        """Return the scheme of that id, else the only one with the list's territory and kind."""
        if self.wanted.id:
            return next((one for one in self.snapshot.schemes if one.id == self.wanted.id), None)
        key = (content.territory.upper(), content.kind.value)
        found = [one for one in self.snapshot.schemes if (one.territory.upper(), one.kind) == key]
        if len(found) > 1:
            names = ", ".join(sorted(one.id for one in found))
            raise BadRequest("scheme-unclear", f"several schemes are of {content.territory}: {names}")
        return found[0] if found else None

    def _new(self, content: TrustedList, file: Brought) -> Scheme:
        """Return a new scheme; what the list tells of itself is taken for it, but never who may sign it."""
        wanted = self.wanted
        if not wanted.pins:
            raise BadRequest("pin-missing", "the first list of a scheme needs --pin: who may sign it")
        if not wanted.branch:
            raise BadRequest("bad-option", "the first list of a scheme needs --branch", option="--branch")
        territory = wanted.territory or content.territory
        id_ = wanted.id or territory.lower()
        if not ID.fullmatch(id_):
            raise BadRequest("bad-option", f"{territory[:40]!r} makes no id; name one with --scheme", option="--scheme")
        if any(one.id == id_ for one in self.snapshot.schemes):
            raise BadRequest("scheme-unclear", f"a scheme {id_} of another kind is there; name one with --scheme")
        return Scheme(
            id=id_,
            name=wanted.name or said(content.operators) or territory,
            location=wanted.location or file.address,
            territory=territory,
            branch=wanted.branch,
            pins=wanted.pins,
            kind=content.kind.value,
            refresh=wanted.refresh or "by-hand",
            brings_authorities=wanted.brings_authorities,
        )


def _in_use(snapshot: TrustSnapshot, scheme: str, what: Took) -> bool:
    """Whether the list that was taken over is the one in use before."""
    return any(one.id == scheme and one.sha256 == what.origin.sha256 for one in snapshot.schemes)


def _told(brought: Brought, at: datetime) -> tuple[TrustedList | None, Problem | None]:
    """Return what a file says of itself, which nobody has verified yet; else why it is no list."""
    if brought.problem is not None:
        return None, brought.problem
    try:
        return read_list(parse(brought.data), at), None
    except NotReadable as error:
        return None, Problem(error.problem.code, error.problem.detail)


def _grouped(
    files: Iterable[tuple[Brought, TrustedList]],
) -> Iterable[tuple[Brought, TrustedList, Sequence[Brought]]]:
    """Yield the files in the order in which they are taken over; of lists of lists of one territory the newest is it.

    The others are pivots, which come along with it.
    """
    ordered = sorted(files, key=lambda pair: (pair[1].kind is not ListKind.LIST_OF_LISTS, pair[1].number or 0))
    lists = [pair for pair in ordered if pair[1].kind is ListKind.LIST_OF_LISTS]
    for territory in dict.fromkeys(content.territory.upper() for _, content in lists):
        *pivots, last = (pair for pair in lists if pair[1].territory.upper() == territory)
        yield *last, [one for one, _ in pivots]
    for file, content in ordered[len(lists) :]:
        yield file, content, []
