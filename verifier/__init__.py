"""Verifier judges and produces digital signatures on documents for consular and certification authorities."""

__version__ = "0.1.0"
