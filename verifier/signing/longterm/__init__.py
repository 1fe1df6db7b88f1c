"""Documents that stay valid: validation data, archive time stamps, their renewal, and a look into the future."""
