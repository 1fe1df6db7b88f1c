from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.signing.acts.ports import DOCUMENT
from tests.web.issuing_site import LIST, IssuingSite, id_in, issuing_site, order, send
from verifier.storage.database import Database


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[IssuingSite]:
    with issuing_site(database, tmp_path) as made:
        yield made


def test_a_document_is_ordered_confirmed_and_released(site: IssuingSite) -> None:
    client = site.client()
    made = order(client, {"dossier": "G12-1", "said-remarks": "chép từ bản chính"})
    shown = client.get(made.headers["Location"]).text
    assert made.status_code == 303
    assert "Chờ lãnh đạo xác nhận" in shown
    assert "chép từ bản chính" in shown

    before = client.get(f"{LIST}/{id_in(made)}/confirm").text
    assert "dự kiến 01" in before
    done = send(client, f"{LIST}/{id_in(made)}/confirm", {"version": str(site.act(id_in(made)).version)})
    assert done.headers["Location"].endswith(str(id_in(made)))
    assert "Bước 2/8: Cấp số, ghi sổ" in client.get(done.headers["Location"]).text

    act = site.ran(id_in(made))
    shown = client.get(f"{LIST}/{act.id}").text
    assert "Đã phát hành, còn hiệu lực" in shown
    assert "số 01" in shown
    released = client.get(f"{LIST}/{act.id}/document", buffered=True)
    assert released.data.startswith(DOCUMENT)
    assert "attachment" in released.headers["Content-Disposition"]
    assert client.get(f"{LIST}/{act.id}/original", buffered=True).data == DOCUMENT
    assert client.get(f"{LIST}/{act.id}/sheet").data.startswith(b"%PDF")
    assert "filename*=UTF-8''b%E1%BA%A3n%20sao.pdf" in released.headers["Content-Disposition"]

