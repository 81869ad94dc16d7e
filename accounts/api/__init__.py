"""One's own sessions in the API."""
