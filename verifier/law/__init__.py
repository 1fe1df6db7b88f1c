"""The law as data, dated and cited, with its readers. Imports nothing of ours."""
