"""Every door to the world: guarded fetch, gathering of evidence, clock."""
