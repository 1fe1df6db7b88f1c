from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests
from werkzeug.test import Client

from tests.support.openid_provider import AN, BACK, BINH, US, Browser, free_port
from verifier.demo.identity_provider import MAX_ASKED, DemoIdentity, DemoIdentityProvider, RunningProvider, serve

ASKED = {
    "response_type": "code",
    "client_id": US.client_id,
    "redirect_uri": BACK,
    "scope": "openid",
    "state": "s",
    "nonce": "n",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
}
BROWSER = Browser()


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    people = [AN, BINH, DemoIdentity("003", '<b>"x"</b>', note="Lãnh đạo <i>")]
    running = serve(free_port(), people, US.client_id, US.client_secret, BACK)
    yield running
    running.shutdown()


def visit(provider: RunningProvider, **change: str) -> requests.Response:
    return BROWSER.visit(f"{provider.issuer}/authorization?{urlencode({**ASKED, **change})}")


def token(provider: RunningProvider, secret: str, **form: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{provider.issuer}/token", form, auth=(US.client_id, secret), timeout=10)


def test_the_page_is_in_both_languages_and_offers_everybody(provider: RunningProvider) -> None:
    page = visit(provider)
    assert page.status_code == 200
    for words in ("Ông/bà là ai?", "choose a person", AN.name, BINH.name, "&lt;b&gt;", "Lãnh đạo &lt;i&gt;"):
        assert words in page.text
    assert "<b>" not in page.text


def test_somebody_chosen_comes_back_with_a_code_and_the_state(provider: RunningProvider) -> None:
    query = BROWSER.press(visit(provider), BINH.sub)
    assert (query["state"], query["iss"], "code" in query) == ("s", provider.issuer, True)


@pytest.mark.parametrize("sub", ["", "nobody"])
def test_nobody_chosen_is_a_no(provider: RunningProvider, sub: str) -> None:
    assert BROWSER.press(visit(provider), sub) == {"error": "access_denied", "state": "s", "iss": provider.issuer}


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://127.0.0.1:9/elsewhere"},
        {"client_id": "nobody"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"response_type": "token"},
    ],
)
def test_a_request_that_is_not_in_order_is_sent_nowhere(provider: RunningProvider, change: dict[str, str]) -> None:
    answer = visit(provider, **change)
    assert answer.status_code in (400, 401)
    assert "Location" not in answer.headers


@pytest.mark.parametrize("form", [{}, {"request": ""}, {"request": "x", "sub": AN.sub}])
def test_a_form_that_was_not_made_here(provider: RunningProvider, form: dict[str, str]) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(f"{provider.issuer}/chosen", form, allow_redirects=False, timeout=10)
        assert answer.status_code == 400


def test_a_form_counts_once(provider: RunningProvider) -> None:
    page = visit(provider)
    BROWSER.press(page, AN.sub)
    with pytest.raises(AssertionError, match="invalid_request"):
        BROWSER.press(page, AN.sub)


def test_requests_that_nobody_answers_are_forgotten() -> None:
    provider = DemoIdentityProvider(free_port(), [AN], [US])
    browser = Client(provider)
    for _ in range(MAX_ASKED + 1):
        last = browser.get("/authorization", query_string=ASKED)
    assert last.status_code == 200
    assert len(provider._asked) == MAX_ASKED


def test_the_token_endpoint_wants_the_secret_and_a_code(provider: RunningProvider) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": BACK}
    wrong, right = token(provider, "wrong", **form), token(provider, US.client_secret, **form)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert right.status_code == 400


def test_a_port_is_free_again_after_the_end() -> None:
    port = free_port()
    for _ in range(2):
        serve(port, [AN], US.client_id, US.client_secret, BACK).shutdown()
