"""Judge some rows of the table while the system clock says another year: `python -m tests.judge.other_day 2033`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
import time

ROWS = ("3", "4S", "16S", "23", "66")


def set_clock(year: int) -> None:
    """Let every reading of the clock in this process give new year's day of `year`; call before all other imports."""
    moment = dt.datetime(year, 1, 1, tzinfo=dt.UTC)

    class OtherDay(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> OtherDay:
            made = cls.fromtimestamp(moment.timestamp(), tz)
            assert isinstance(made, OtherDay)
            return made

        @classmethod
        def utcnow(cls) -> OtherDay:
            return cls.now(dt.UTC).replace(tzinfo=None)

    dt.datetime = OtherDay  # type: ignore[misc]
    time.time = moment.timestamp


def main() -> None:
    """Print one verdict a line."""
    set_clock(int(sys.argv[1]))
    from tests.judge.rows import read_table
    from tests.pki import AT
    from verifier.judge import judge
    from verifier.pades.reader import read_document

    for row in read_table():
        if row.id in ROWS:
            judgement = judge(read_document(row.case.document), row.case.evidence, row.make_policy(), AT)
            sys.stdout.write(json.dumps(dataclasses.asdict(judgement.verdict), default=str) + "\n")


if __name__ == "__main__":
    main()
