"""`verifier demo`: everything `make run` starts, for trying and never for production."""
