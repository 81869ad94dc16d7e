"""The log in the API."""
