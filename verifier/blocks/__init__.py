"""Building blocks of EN 319 102-1 clauses 5.2, 5.4 and 5.6.2, called by `judge`; pure."""
