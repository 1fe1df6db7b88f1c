from __future__ import annotations

from pathlib import Path

from tests.web.trust_site import site_at
from verifier.accounts.caller import Caller
from verifier.storage.database import Database

ADDRESS = "/api/v1/trust"


def test_what_is_known_already_is_not_sent_again_until_it_changes(database: Database, tmp_path: Path) -> None:
    site = site_at(database, tmp_path)
    site.caller = Caller()
    client = site.app.test_client()
    first = client.get(ADDRESS)
    asked = {"If-None-Match": first.headers["ETag"]}
    same = client.get(ADDRESS, headers=asked)
    site.change(site.anchor())
    site.caller = Caller()
    other = client.get(ADDRESS, headers=asked)

    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert same.headers["Cache-Control"] == "public, max-age=60"
    assert (other.status_code, other.headers["ETag"] != first.headers["ETag"]) == (200, True)
    assert [one.text.count('"trusted_until"') for one in (first, other)] == [1, 2]
