"""Tests of writing PDF."""
