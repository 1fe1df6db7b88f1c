"""The routes on what is trusted: how the store stands, its journal, one snapshot, what two of them have different."""

from __future__ import annotations

from flask import Response, request, url_for

from verifier.reports.formats import iso
from verifier.web.access import caller
from verifier.web.chrome import page
from verifier.web.refusals import hide
from verifier.web.trust.base import blueprint, desk, how, may_propose, problem_words
from verifier.web.trust.changes import changes_of
from verifier.web.trust.state import branches_of, lists_of, store_view

ROWS = 25
"""Entries of the journal on one page."""
ANCHORS = 2000
"""Anchors of one branch on the page of a snapshot."""


@blueprint.get("")
@hide
def state() -> Response:
    """Show how the store stands."""
    view = store_view()
    trouble, advice = problem_words(view.trouble) if view.trouble else ("", "")
    folder = desk().folder() if view.snapshot else None
    entry = next(iter(desk().journal(1)), None)
    return page(
        "trust/state.html",
        view=view,
        trouble=trouble,
        advice=advice,
        folder=folder and changes_of(folder.differences),
        folder_trouble=problem_words(folder.problem)[0] if folder and folder.problem else "",
        entry=entry,
        how=how(entry) if entry else "",
        waiting=desk().waiting(caller()),
        may_propose=may_propose(),
    )


@blueprint.get("/history")
@hide
def history() -> Response:
    """List which snapshots came into use when, with who and who approved."""
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < 2**62 else None
    found = desk().journal(ROWS + 1, before)
    shown = found[:ROWS]
    older = url_for(".history", before=shown[-1].number) if len(found) > ROWS else ""
    return page("trust/history.html", entries=shown, how=how, older=older, newest=url_for(".history") if before else "")


@blueprint.get("/snapshots/<snapshot>")
@hide
def snapshot(snapshot: str) -> Response:
    """Show what stood in a snapshot."""
    found, now = desk().snapshot(snapshot), desk().clock.now()
    return page(
        "trust/snapshot.html",
        snapshot=found,
        lists=lists_of(found, (), now),
        branches=branches_of(found, now, ANCHORS),
        most=ANCHORS,
        in_use=_in_use() == found.id,
        at_iso=iso(now),
    )


@blueprint.get("/diff/<before>/<after>")
@hide
def diff(before: str, after: str) -> Response:
    """Show what is different between two snapshots."""
    return page("trust/diff.html", before=before, after=after, changes=changes_of(desk().between(before, after)))


def _in_use() -> str:
    entry = desk().keeper.in_use()
    return entry.snapshot_id if entry else ""
