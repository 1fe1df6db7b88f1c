"""Opens the door to the payment platform that the settings name, and tells the jobs of fees."""

from __future__ import annotations

from verifier.outside.discovery import host_and_port
from verifier.outside.fetch import Fetcher
from verifier.outside.payments import PaymentPlatform
from verifier.payments.days import Days
from verifier.payments.desk import Payments
from verifier.settings import Settings
from verifier.workers.jobs import HOURLY, OFTEN, Job

CALLBACK_PATH = "/api/v1/payments/callback"
"""Where the platform tells what happened."""


def platform_of(settings: Settings) -> PaymentPlatform | None:
    """Return the online payment platform; None where the settings name none. Nobody is asked yet."""
    if not settings.payment_url:
        return None
    return PaymentPlatform(
        settings.payment_url.rstrip("/"),
        settings.payment_client,
        settings.payment_key.encode(),
        settings.public_url,
        settings.public_url + CALLBACK_PATH,
        Fetcher(settings.fetch_allow_hosts | {host_and_port(settings.payment_url)}),
    )


def payment_jobs(payments: Payments, days: Days) -> tuple[Job, ...]:
    """Return the jobs of fees: the platform is asked about payments of which it told nothing, and for its statement."""
    return Job("ask-payments", OFTEN, payments.ask_open), Job("reconcile-payments", HOURLY, days.reconcile_due)
