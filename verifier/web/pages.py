"""All blueprints of the pages of accounts; a part that adds pages adds its blueprint here."""

from __future__ import annotations

from flask import Blueprint

from verifier.web.account import blueprint as account
from verifier.web.oauth import blueprint as oauth

PAGES: tuple[Blueprint, ...] = (account, oauth)
