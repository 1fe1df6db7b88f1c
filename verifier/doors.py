"""Opens the doors by which people and the portal are told, as the settings name them."""

from __future__ import annotations

from verifier.notices.carriers import Doors
from verifier.notices.telling import Reach
from verifier.outside.discovery import host_and_port
from verifier.outside.fetch import Fetcher
from verifier.outside.mail import Mailer, server_of
from verifier.outside.portal import HttpPortal
from verifier.outside.sms import SmsGateway
from verifier.settings import Settings


def doors_of(settings: Settings) -> Doors:
    """Return the doors; nobody is asked yet."""
    mail = sms = portal = None
    if settings.smtp_url:
        mail = Mailer(server_of(settings.smtp_url, settings.mail_from, settings.smtp_password))
    if settings.sms_url:
        sms = SmsGateway(settings.sms_url, settings.sms_key, _fetcher(settings, settings.sms_url))
    if settings.portal_url:
        portal = HttpPortal(settings.portal_url, settings.portal_key, _fetcher(settings, settings.portal_url))
    return Doors(mail, sms, portal)


def reach_of(settings: Settings) -> Reach:
    """Return which doors there are."""
    return Reach(bool(settings.smtp_url), bool(settings.sms_url), bool(settings.portal_url))


def _fetcher(settings: Settings, url: str) -> Fetcher:
    return Fetcher(settings.fetch_allow_hosts | {host_and_port(url)})
