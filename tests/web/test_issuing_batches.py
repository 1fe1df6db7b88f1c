from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.signing.acts.ports import DOCUMENT
from tests.web.issuing_site import LIST, IssuingSite, id_in, issuing_site, send
from verifier.accounts.roles import Role
from verifier.errors import Problem
from verifier.storage.database import Database
from verifier.web.issuing.order import BATCH_FILES

BATCHES = f"{LIST}/batches"


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[IssuingSite]:
    with issuing_site(database, tmp_path) as made:
        yield made


def opened(site: IssuingSite, dossier: str = "L-1") -> UUID:
    return id_in(send(site.client(), f"{BATCHES}/new", {"kind": "certified-ecopy", "dossier": dossier}))


def filled(site: IssuingSite, batch: UUID, *files: bytes) -> TestResponse:
    told = [(io.BytesIO(data), f"tệp {number}.pdf") for number, data in enumerate(files, 1)]
    return send(site.client(), f"{BATCHES}/{batch}/files", {"file": told})


def confirmed(client: FlaskClient, batch: UUID) -> TestResponse:
    """Open the page that confirms, and confirm what it shows."""
    address = f"{BATCHES}/{batch}/confirm"
    return send(client, address, {"seen": seen_on(client, address)})


def seen_on(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', client.get(address).text)
    return found[1] if found else ""


def test_what_was_added_to_a_batch_after_it_was_looked_at_is_not_confirmed(site: IssuingSite) -> None:
    batch, client = opened(site), site.client()
    filled(site, batch, DOCUMENT)
    client.get(f"{LIST}/{site.issuing.batch(site.caller(), batch).acts[0].id}")
    seen = seen_on(client, f"{BATCHES}/{batch}/confirm")
    filled(site, batch, DOCUMENT)
    for act in site.issuing.batch(site.caller(), batch).acts:
        client.get(f"{LIST}/{act.id}")

    late = send(client, f"{BATCHES}/{batch}/confirm", {"seen": seen})

    assert late.status_code == 409
    assert site.issuing.batch(site.caller(), batch).batch.state == "open"
    assert confirmed(client, batch).status_code == 303


def test_another_leader_adds_nothing_to_a_batch(site: IssuingSite) -> None:
    batch = opened(site)
    other = site.colleague(Role.LEADER)

    send(other, f"{BATCHES}/{batch}/files", {"file": [(io.BytesIO(DOCUMENT), "x.pdf")]})

    assert site.issuing.batch(site.caller(), batch).acts == ()


def test_a_batch_is_filled_looked_at_and_confirmed_at_once(site: IssuingSite) -> None:
    batch, client = opened(site), site.client()
    assert filled(site, batch, *[DOCUMENT] * 3).status_code == 303
    acts = site.issuing.batch(site.caller(), batch).acts
    assert [one.dossier for one in acts] == ["L-1"] * 3

    early = client.get(f"{BATCHES}/{batch}/confirm").text
    assert "Đã mở xem 0/2" in early
    assert "Ký và phát hành" not in early
    assert confirmed(client, batch).status_code == 422

    for act in acts[:2]:
        client.get(f"{LIST}/{act.id}")
    assert "Ký và phát hành 3 văn bản" in client.get(f"{BATCHES}/{batch}/confirm").text
    assert "dự kiến từ 01 đến 03" in client.get(f"{BATCHES}/{batch}/confirm").text
    assert confirmed(client, batch).status_code == 303

    numbers = [site.ran(one.id).number for one in acts]
    shown = client.get(f"{BATCHES}/{batch}").text
    assert sorted(one or 0 for one in numbers) == [1, 2, 3]
    assert "Đã xong 3/3 văn bản" in shown
    assert "Đã phát hành, còn hiệu lực" in shown
    assert confirmed(client, batch).headers["Location"].endswith(str(batch))


def test_a_bad_file_stands_in_its_line_and_holds_up_no_other(site: IssuingSite) -> None:
    batch = opened(site)

    answer = filled(site, batch, DOCUMENT, b"", DOCUMENT)

    assert answer.status_code == 422
    assert "tệp 2.pdf: Tệp rỗng" in answer.text
    assert site.issuing.batch(site.caller(), batch).counts == {"ordered": 2}


def test_samples_are_a_tenth_of_the_batch_and_two_at_least(site: IssuingSite) -> None:
    batch = opened(site, "")
    for _ in range(25):
        site.house.ordered(batch_id=batch, wanted={"said": {}}, layout={})

    assert "Đã mở xem 0/3" in site.client().get(f"{BATCHES}/{batch}").text


def test_acts_opened_in_another_batch_count_for_nothing(site: IssuingSite) -> None:
    one, other, client = opened(site), opened(site), site.client()
    for batch in (one, other):
        filled(site, batch, DOCUMENT, DOCUMENT)
    for act in site.issuing.batch(site.caller(), one).acts:
        client.get(f"{LIST}/{act.id}")

    assert "Đã mở xem 2/2" in client.get(f"{BATCHES}/{one}").text
    assert "Đã mở xem 0/2" in client.get(f"{BATCHES}/{other}").text


def test_a_running_batch_is_stopped_and_goes_on(site: IssuingSite) -> None:
    batch, client = opened(site), site.client()
    filled(site, batch, DOCUMENT, DOCUMENT)
    acts = site.issuing.batch(site.caller(), batch).acts
    for act in acts:
        client.get(f"{LIST}/{act.id}")
    confirmed(client, batch)
    seen = client.get(f"{BATCHES}/{batch}/progress")
    assert seen.status_code == 200
    assert "Đã xong 0/2 văn bản" in seen.text

    for _ in range(2):
        assert send(client, f"{BATCHES}/{batch}/stop").status_code == 303
    assert "Đã tạm dừng" in client.get(f"{BATCHES}/{batch}").text
    assert client.get(f"{BATCHES}/{batch}/progress").status_code == 286
    for _ in range(2):
        assert send(client, f"{BATCHES}/{batch}/resume").status_code == 303
    assert "Tạm dừng lô" in client.get(f"{BATCHES}/{batch}").text


def test_one_that_cannot_be_issued_is_listed_with_its_reason(site: IssuingSite) -> None:
    batch, client = opened(site), site.client()
    filled(site, batch, DOCUMENT, DOCUMENT)
    acts = site.issuing.batch(site.caller(), batch).acts
    for act in acts:
        client.get(f"{LIST}/{act.id}")
    confirmed(client, batch)
    site.completes.short = True
    site.ran(acts[0].id)
    site.completes.short = False
    site.ran(acts[1].id)

    shown = client.get(f"{BATCHES}/{batch}").text

    assert [site.act(one.id).state for one in acts] == ["cancelled", "released"]
    assert "Không phát hành được" in shown
    assert "Kiểm tra mô phỏng cho tương lai không đạt" in shown


def test_a_batch_with_an_unfit_key_cannot_be_confirmed(site: IssuingSite) -> None:
    batch, client = opened(site), site.client()
    filled(site, batch, DOCUMENT)
    client.get(f"{LIST}/{site.issuing.batch(site.caller(), batch).acts[0].id}")
    site.fitness.trouble = Problem("certificate-expired")

    assert "đã hết hạn" in client.get(f"{BATCHES}/{batch}/confirm").text
    assert confirmed(client, batch).status_code == 409


def test_a_form_carries_so_many_files(site: IssuingSite) -> None:
    batch = opened(site)

    assert filled(site, batch).status_code == 422
    assert f"từ 1 đến {BATCH_FILES} tệp" in filled(site, batch, *[b"x"] * (BATCH_FILES + 1)).text
    assert site.issuing.batch(site.caller(), batch).total == 0
