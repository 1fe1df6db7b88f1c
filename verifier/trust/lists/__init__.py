"""Trusted lists (ETSI TS 119 612): what they say, who signed them, and what in them was not understood; pure."""
