"""The gateway in the API."""
