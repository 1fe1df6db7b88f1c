"""Absurd questions to the law over HTTP: each is a page or a problem with a code, never a fault, never huge."""

from __future__ import annotations

import random
from itertools import product

import pytest
from flask.testing import FlaskClient

USUAL = {
    "procedure": "certified-copy",
    "received": "2026-11-23T10:00",
    "issued_in": "VN",
    "used_in": "FR",
    "pages": "3",
}
PATHS = (
    "/api/v1/law/procedures", "/api/v1/law/procedures/apostille", "/api/v1/law/fee", "/api/v1/law/deadline",
    "/api/v1/law/calendar", "/api/v1/law/branch", "/procedures", "/procedures/which",
    "/procedures/certified-copy?calc=fee", "/procedures/apostille?calc=deadline",
)  # fmt: skip
FIELDS = ("at", "procedure", "pages", "copies", "documents", "received", "accepted", "channel", "authority", "year",
          "issued_in", "used_in", "kind", "has_apostille")  # fmt: skip
ABSURD = (
    "9" * 31, "-1", "NaN", "1e9", "\u0663", "\uff11", "1_0", "\x00", "\u202e1", "\x1b[31m", "{0}",
    '#read("/etc/passwd")',
    "2026-11-23T25:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-11-23T10:00+99:99", "2026-06-30T23:59:60Z",
    "2099-12-31T23:59-12:00", "2015-01-01T00:00+14:00", "2026-02-30", "1," * 1500, "vn", "fr", "XX", "A" * 1999,
)  # fmt: skip
MOST_BYTES = 200_000
ASKED = 70
"""Of the absurd questions to one address; by lot."""


@pytest.mark.parametrize("path", PATHS)
def test_an_absurd_value_is_answered(visitor: FlaskClient, path: str) -> None:
    place, _, calculator = path.partition("?calc=")
    for field, value in random.Random(path).sample(list(product(FIELDS, ABSURD)), ASKED):
        answer = visitor.get(place, query_string={**USUAL, "calc": calculator, field: value})
        assert answer.status_code in (200, 400, 404, 422), (field, value)
        assert len(answer.data) < MOST_BYTES, (field, value)
        if path.startswith("/api") and answer.status_code != 200:
            assert answer.get_json(force=True)["code"], (field, value)


@pytest.mark.parametrize(("issued", "used"), [("vn", "fr"), ("fr", "vn"), ("Vn", "lA")])
def test_countries_may_be_written_in_small_letters(visitor: FlaskClient, issued: str, used: str) -> None:
    small = visitor.get("/procedures/which", query_string={"issued_in": issued, "used_in": used})
    large = visitor.get("/procedures/which", query_string={"issued_in": issued.upper(), "used_in": used.upper()})
    assert small.status_code == large.status_code == 200
    assert small.text.split("<main")[1] == large.text.split("<main")[1]


def test_a_receipt_that_is_sent_generations_later_is_a_slip_of_the_pen(visitor: FlaskClient) -> None:
    asked = {"received": "2026-11-23T10:00", "accepted": "2099-11-23T10:00", "procedure": "apostille"}
    answer = visitor.get("/api/v1/law/deadline", query_string=asked)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "time-wrong")
