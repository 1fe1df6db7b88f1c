"""Appointments (lịch hẹn): slots of an authority's desks, reckoned from its calendar, and who comes when.

Rules only: rows are written by `verifier.storage.appointments`, notices go out by `verifier.notices`.
"""
