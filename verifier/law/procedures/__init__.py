"""Procedures (thủ tục hành chính) as dated, cited data."""
