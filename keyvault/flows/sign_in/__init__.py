"""The one road of signing in: what comes after the password or the identity provider."""
