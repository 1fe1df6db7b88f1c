from __future__ import annotations

import io
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.support.postgres import RING
from verifier.demo.held import drawing, held_keys, make_grants, make_key_file
from verifier.demo.people import furnish
from verifier.demo.pki import DemoPki
from verifier.signing.keys.chain import KeyChain
from verifier.signing.keys.keyfile import read_key_file
from verifier.signing.records import Role
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.signing import SigningGrant

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> DemoPki:
    return DemoPki(tmp_path_factory.mktemp("pki") / "keys", 29_999)


def test_the_signer_can_sign_with_every_key_of_the_file(pki: DemoPki, tmp_path: Path) -> None:
    file = make_key_file(tmp_path, pki)
    keys = KeyChain(read_key_file(file), development=True, env={})
    held = keys.held()
    keys.close()

    assert {one.name: one.problem for one in held} == {one["name"]: "" for one in held_keys()}
    assert {(one.authority, one.role) for one in held} == {
        (code, role) for code in ("G08.09", "G08.FR01", "H26.301") for role in Role
    }


def test_what_is_secret_is_for_its_owner_alone(pki: DemoPki, tmp_path: Path) -> None:
    make_key_file(tmp_path, pki)

    closed = [one for one in (tmp_path / "signer").iterdir() if one.suffix in {".p12", ".password", ".toml"}]
    assert len(closed) == 2 * len(held_keys()) + 1
    assert {stat.S_IMODE(one.stat().st_mode) for one in closed} == {0o600}
    assert stat.S_IMODE((tmp_path / "signer").stat().st_mode) == 0o700


def grants(database: Database, login: str) -> dict[str, SigningGrant]:
    with database.unit(SYSTEM) as unit:
        person = unit.people.by_login(login)
        assert person is not None
        return {one.key_name: one for one in unit.signing.grants(person.id) if one.ended_at is None}


def test_each_leader_may_sign_with_two_keys_what_the_authority_decides(
    pki: DemoPki, database: Database, tmp_path: Path
) -> None:
    furnish(database, RING, tmp_path, "", NOW)
    make_grants(database, pki, NOW)

    office, copies, abroad = (grants(database, one) for one in ("lanhdao", "phuong.chutich", "paris.lanhsu"))
    assert set(office) == {"mofa-leader", "mofa-seal"}
    assert set(office["mofa-seal"].kinds) == {
        "consular-certification", "consular-legalization", "apostille", "agency-document"
    }  # fmt: skip
    assert set(copies["ward-leader"].kinds) == {"certified-ecopy", "agency-document"}
    assert "certified-ecopy" in abroad["paris-seal"].kinds
    assert (office["mofa-leader"].role, office["mofa-seal"].role) == ("person", "agency")


def test_grants_are_given_once_and_anew_for_another_certificate(
    pki: DemoPki, database: Database, tmp_path: Path
) -> None:
    furnish(database, RING, tmp_path, "", NOW)
    make_grants(database, pki, NOW)
    first = grants(database, "lanhdao")
    make_grants(database, pki, NOW + timedelta(hours=1))
    again = grants(database, "lanhdao")
    make_grants(database, DemoPki(tmp_path / "other", 29_998), NOW + timedelta(hours=2))
    other = grants(database, "lanhdao")

    assert {one.id for one in again.values()} == {one.id for one in first.values()}
    assert set(other) == set(first)
    assert {one.certificate_sha256 for one in other.values()}.isdisjoint(
        one.certificate_sha256 for one in first.values()
    )


@pytest.mark.parametrize("role", Role)
def test_pictures_are_transparent_and_of_the_colour_of_the_law(role: Role, database: Database, tmp_path: Path) -> None:
    furnish(database, RING, tmp_path, "", NOW)
    with database.unit(SYSTEM) as unit:
        place = unit.authorities.by_code("G08.09")
    assert isinstance(place, Authority)

    image = Image.open(io.BytesIO(drawing(role, place, 3))).convert("RGBA")

    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    inks = image.getcolors(1 << 20)
    assert inks is not None
    solid = max((count, colour) for count, colour in inks if isinstance(colour, tuple) and colour[3] == 255)[1]
    assert isinstance(solid, tuple)
    red, _, blue, _ = solid
    assert (blue > red) if role is Role.PERSON else (red > blue)
