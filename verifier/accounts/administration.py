"""What an administrator does for an authority: people, their roles, machine clients."""

from __future__ import annotations

from verifier.accounts.client_desk import ClientDesk, ClientSheet
from verifier.accounts.people_desk import INVITATION_LASTS, Invited, Line, PeopleDesk, Sheet

__all__ = ["INVITATION_LASTS", "Administration", "ClientSheet", "Invited", "Line", "Sheet"]


class Administration(PeopleDesk, ClientDesk):
    """All commands of an administrator.

    Each is one unit of work within the caller's authority and leaves one event in the audit log; each looks anew
    whether the caller is an administrator there, and refuses what belongs to another authority as what does not exist.
    """
