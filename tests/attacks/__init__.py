"""Forged and altered documents that must not pass, and sound ones of many tools that must not be suspected."""
