"""Renderings of an outcome: JSON, text and sentences for people, in Vietnamese and English; no judgement here.

Each form is one module over `verdict`: `json_report` (the wire form), `text_report` (the command line), `sentences`
(what pages print). Wording is data in `texts/*.toml`, read by `catalogue`. Two more forms have their place here and are
not written yet: `etsi` (the XML report of ETSI TS 119 102-2) and `pdf` (the printable report).
"""
