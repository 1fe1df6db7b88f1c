"""Register books: numbers without a gap, entries that stay."""
