"""Keeping trust over time: changes that two people make, lists that are fetched again, alarms (for the running service)."""
