"""Projects, environments, secrets and values in the API."""
