"""All blueprints of the pages of accounts; a part that adds pages adds its blueprint here."""

from __future__ import annotations

from flask import Blueprint

from verifier.web.account import blueprint as account

PAGES: tuple[Blueprint, ...] = (account,)
