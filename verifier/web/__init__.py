"""The web: blueprints by audience, problems, security, health, and the service that runs validations."""
