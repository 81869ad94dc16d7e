"""Tokens and service identities in the API. A token issues only children of its own."""
