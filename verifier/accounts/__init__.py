"""Who acts here: people, roles, sessions, authorities, machine clients, and how each proves who it is."""
