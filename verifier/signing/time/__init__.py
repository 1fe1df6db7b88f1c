"""Time from time-stamping authorities (RFC 3161): asked in order, believed only once checked; never the local clock."""
