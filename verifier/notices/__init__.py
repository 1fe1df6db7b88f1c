"""Notices (thông báo) to applicants and officers: words as data, ways, and who carries them.

A command's handler gives a `Letter(template, values)`; `telling.Telling` keeps the notice with its outbox message in
the same transaction; `carriers` bring it out. Each template of `templates/*.toml` names the values that it `needs`
and those that it `may` have; what every notice has by itself stands in `templates.GIVEN`.
"""
