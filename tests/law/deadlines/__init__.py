"""Deadlines and terms."""
