"""Isolated worker processes: reading, judging and rendering of hostile bytes under limits."""
