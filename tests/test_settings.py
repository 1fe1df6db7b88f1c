from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from verifier.errors import BadRequest
from verifier.settings import MIB, VARIABLES, Settings

SOUND = {
    "VERIFIER_ENV": "production",
    "VERIFIER_TRUST_STORE": "/srv/trust",
    "DATABASE_URL": "postgresql://judge:geheim@db/verifier",
    "VERIFIER_SECRET_KEY": "k" * 32,
    "VERIFIER_FETCH": "off",
    "VERIFIER_FETCH_ALLOW_HOSTS": "127.0.0.1:8001, PKI.example:8080,[::1]:80",
    "VERIFIER_MAX_UPLOAD_MB": "7",
    "VERIFIER_RATE_LIMIT": "5 per hour",
    "VERIFIER_TRUSTED_PROXIES": "2",
    "VERIFIER_TIME_ZONE": "Europe/Paris",
    "VERIFIER_HELP_LINE": "1900 1234",
    "VERIFIER_PUBLIC_URL": "https://verifier.example/",
    "VERIFIER_KEY_FILE": "/srv/keys.toml",
    "VERIFIER_SESSION_HOURS": "8",
    "VERIFIER_OIDC_ISSUER": "https://idp.example/realm",
    "VERIFIER_OIDC_CLIENT_SECRET": "geheim-am-idp",
    "HOME": "/root",
}


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings.trust_store.name == "trust_store"
    assert (settings.judge_seconds, settings.judge_mib, settings.workers, settings.keep_days) == (20, 1024, 2, 30)
    assert settings.max_upload_bytes == 100 * MIB
    assert settings.fetch
    assert settings.trusted_proxies == 0
    assert not settings.production


def test_every_setting_is_read() -> None:
    settings = Settings.from_environment(SOUND)
    assert settings.production
    assert settings.trust_store == Path("/srv/trust")
    assert settings.database_url == SOUND["DATABASE_URL"]
    assert not settings.fetch
    assert settings.fetch_allow_hosts == {"127.0.0.1:8001", "pki.example:8080", "[::1]:80"}
    assert settings.max_upload_mb == 7
    assert settings.trusted_proxies == 2
    assert settings.time_zone.key == "Europe/Paris"
    assert settings.help_line == "1900 1234"
    assert settings.public_url == "https://verifier.example"
    assert settings.key_file == Path("/srv/keys.toml")
    assert settings.session_hours == 8
    assert settings.oidc_issuer == "https://idp.example/realm"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VERIFIER_ENV", "prod"),
        ("VERIFIER_FETCH", "yes"),
        ("VERIFIER_MAX_UPLOAD_MB", "0"),
        ("VERIFIER_JUDGE_SECONDS", "20s"),
        ("VERIFIER_WORKERS", "-1"),
        ("VERIFIER_WORKERS", "٣"),
        ("VERIFIER_RATE_LIMIT", "many"),
        ("VERIFIER_LOG_LEVEL", "loud"),
        ("VERIFIER_RATE_LIMIT_SIGNED_IN", "0 per minute"),
        ("VERIFIER_PUBLIC_URL", "verifier.example"),
        ("VERIFIER_PUBLIC_URL", "http://verifier.example"),
        ("VERIFIER_OIDC_ISSUER", "https://user@idp.example"),
        ("VERIFIER_TRUSTED_PROXIES", "-1"),
        ("VERIFIER_TRUSTED_PROXIES", "all"),
        ("VERIFIER_FETCH_ALLOW_HOSTS", "localhost"),
        ("VERIFIER_FETCH_ALLOW_HOSTS", "localhost:99999"),
        ("VERIFIER_TIME_ZONE", "Asia/Nowhere"),
        ("VERIFIER_TIME_ZONE", "../etc/passwd"),
        ("DATABASE_URL", "sqlite:///geheim"),
        ("DATABASE_URL", "postgresql://judge:ge@heim@db/verifier"),
        ("DATABASE_URL", ""),
        ("VERIFIER_SECRET_KEY", "short"),
        ("VERIFIER_SECRET_KEY", ""),
        ("VERIFIER_TRUSTSTORE", "/srv/trust"),
    ],
)
def test_one_wrong_value_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Settings.from_environment({**SOUND, variable: value})
    assert caught.value.problem.code == "bad-option"
    assert caught.value.problem.params == {"option": variable}
    assert variable in caught.value.problem.detail
    assert "heim" not in str(caught.value)


def test_secrets_do_not_show() -> None:
    shown = repr(Settings.from_environment(SOUND))
    assert "geheim" not in shown
    assert "kkkk" not in shown


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().workers = 3  # type: ignore[misc]


ISSUING = {
    "VERIFIER_SIGNER_SOCKET": "/run/verifier/signer.sock",
    "VERIFIER_TSA": "http://tsa.example/one, https://tsa.example/two",
    "VERIFIER_PUBLIC_URL": "https://verifier.example",
    "VERIFIER_ISSUE_LEVEL": "B-LT",
    "VERIFIER_ELECTRONIC_BOOK": "on",
    "VERIFIER_LAW_SWITCHES": " e-apostille,",
}


def test_what_a_service_needs_to_issue() -> None:
    settings = Settings.from_environment(ISSUING)

    assert settings.signer_socket == Path("/run/verifier/signer.sock")
    assert settings.tsa == ("http://tsa.example/one", "https://tsa.example/two")
    assert (settings.issue_level, settings.electronic_book) == ("B-LT", True)
    assert settings.law_switches == frozenset({"e-apostille"})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VERIFIER_TSA", ""),
        ("VERIFIER_TSA", "tsa.example"),
        ("VERIFIER_PUBLIC_URL", ""),
        ("VERIFIER_FETCH", "off"),
        ("VERIFIER_ISSUE_LEVEL", "B-T"),
        ("VERIFIER_ELECTRONIC_BOOK", "yes"),
        ("VERIFIER_LAW_SWITCHES", "e-apostille, e-apostile"),
    ],
)
def test_a_service_that_could_only_half_issue_does_not_start(variable: str, value: str) -> None:
    with pytest.raises(BadRequest, match=variable) as refused:
        Settings.from_environment({**ISSUING, variable: value})

    assert refused.value.problem.code == "bad-option"


DOORS = {
    "VERIFIER_SMTP_URL": "smtp+starttls://post@mail.example.vn:587",
    "VERIFIER_SMTP_PASSWORD": "geheim-der-post",
    "VERIFIER_MAIL_FROM": "Cơ quan <thong-bao@coquan.example.vn>",
    "VERIFIER_SMS_URL": "https://sms.example.vn/send",
    "VERIFIER_SMS_KEY": "geheim-der-sms",
    "VERIFIER_PORTAL_URL": "https://lgsp.example.vn/api",
    "VERIFIER_PORTAL_KEY": "geheim-der-cong",
}


def test_what_a_service_needs_to_tell_people() -> None:
    settings = Settings.from_environment({**SOUND, **DOORS})

    assert settings.smtp_url.startswith("smtp+starttls://")
    assert (settings.sms_url, settings.portal_key) == ("https://sms.example.vn/send", "geheim-der-cong")
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VERIFIER_SMTP_URL", "smtp://mail.example.vn:25"),
        ("VERIFIER_SMTP_URL", "smtps://post:geheim@mail.example.vn"),
        ("VERIFIER_SMTP_URL", "smtps://mail.example.vn"),
        ("VERIFIER_MAIL_FROM", ""),
        ("VERIFIER_MAIL_FROM", "nobody"),
        ("VERIFIER_SMS_URL", "http://sms.example.vn/send"),
        ("VERIFIER_SMS_URL", "ftp://sms.example.vn"),
        ("VERIFIER_SMS_KEY", ""),
        ("VERIFIER_SMS_KEY", "khóa"),
        ("VERIFIER_PORTAL_URL", "http://lgsp.example.vn"),
        ("VERIFIER_PORTAL_KEY", ""),
        ("VERIFIER_PORTAL_KEY", "a\nb"),
    ],
)
def test_a_door_that_would_not_open_or_would_be_open_to_others_is_refused(variable: str, value: str) -> None:
    with pytest.raises(BadRequest, match=variable) as refused:
        Settings.from_environment({**SOUND, **DOORS, variable: value})

    assert refused.value.problem.code == "bad-option"
    assert "geheim" not in refused.value.problem.detail


def test_every_setting_stands_in_the_table_of_the_readme() -> None:
    table = (Path(__file__).parents[1] / "README.md").read_text()

    assert [name for name in VARIABLES if f"`{name}`" not in table] == []
