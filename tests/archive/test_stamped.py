"""A package is sealed by a time-stamping authority that is asked over HTTP."""

from __future__ import annotations

from tests.archive.conftest import Store
from tests.outside.servers import serving, status
from tests.pki import AT
from tests.signing.time.authority import Authority, stampers
from verifier.accounts.roles import Role
from verifier.archive.service import Archives
from verifier.archive.verifying import verify


def test_a_package_is_stamped_by_the_first_authority_that_can_be_believed(store: Store) -> None:
    store.world.clock.instant = AT
    case = store.ended()
    with serving({"/down": status(503), "/tsa": Authority()}) as server:
        asked = stampers([server.url("/down"), server.url("/tsa")], [server.host])
        archives = Archives(store.world.cases, asked, store.folder / "packing")
        one = archives.pack(store.world.asker(Role.CLERK), case.id)
    found = verify(store.file(one))

    assert (one.sealed_at, one.tsa, found.sealed_at, found.findings) == (AT, server.url("/tsa"), AT, ())
    assert "TSA 1" in found.signer


def test_where_no_authority_can_be_believed_the_package_says_so(store: Store) -> None:
    store.world.clock.instant = AT
    case = store.ended()
    with serving({"/tsa": Authority(other_nonce=True)}) as server:
        archives = Archives(store.world.cases, stampers([server.url("/tsa")], [server.host]), store.folder / "packing")
        one = archives.pack(store.world.asker(Role.CLERK), case.id)

    assert (one.sealed_at, one.tsa, one.unsealed) == (None, "", "no-time-stamp")
